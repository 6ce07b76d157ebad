"""Which two models are compared, in the address as `?a=` and `?b=`, and what is worked out about them, once."""

import functools
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.models import package
from core.results import comparison, cross_evaluation, disagreement, ranking
from pages.kit import headline, model_names, state

A, B = "a", "b"  # in the address
Pair = tuple[package.Package, package.Package]
Key = tuple[str | float | None, ...]


def input_pair(models: list[package.Package]) -> Pair | None:
    """Models A and B: A of the chosen data set, B any with the same classes; None where there is no second one.

    They begin with the best of the data set and the runner-up, honest ones first.
    """
    models = sort_by_merit(models)
    here = {found.id for found in models}
    every = [*models, *(found for found in package.list_packages() if found.id not in here)]
    left, middle, right = st.columns([5, 5, 1], vertical_alignment="bottom")
    with left:
        first = _input_model(A, "Model A", [found.id for found in models], every)
    found = {entry.id: entry for entry in every}
    others = _list_others(found[first], models, every)
    if not others:
        headline.show_headline(
            "There is one model of these classes", note="A second model of these classes will stand here beside it."
        )
        st.page_link("pages/train/page.py", label="Train a second one", icon=":material/model_training:")
        return None
    with middle:
        second = _input_model(B, "Model B", others, every)
    right.button(
        " ",
        icon=":material/swap_horiz:",
        key="swap-pair",
        help="Exchange A and B",
        disabled=not any(entry.id == second for entry in models),
        on_click=choose_pair,
        args=(second, first),
    )
    return found[first], found[second]


def choose_pair(first: str, second: str) -> None:
    """Put two models into the address; a button's callback."""
    state.remember(A, first)
    state.remember(B, second)


def _list_others(first: package.Package, models: list[package.Package], every: list[package.Package]) -> list[str]:
    """What A can be compared with: those on the same test images first, then of the same data set, then others."""
    own = {entry.id for entry in models}
    alike = [entry for entry in every if entry.id != first.id and set(entry.class_names) == set(first.class_names)]
    tested = first.manifest.split
    alike.sort(key=lambda entry: (entry.id not in own, entry.manifest.split != tested))
    return [entry.id for entry in alike]


def _input_model(name: str, label: str, options: list[str], every: list[package.Package]) -> str:
    """One of the two; what the address asks for and is not offered is forgotten, said only where it is not here."""
    asked = state.recall(name)
    if asked and asked not in options and any(entry.id == asked for entry in every):
        state.forget(name)
    found = {entry.id: entry for entry in every}
    return state.input_choice(name, label, options, show=functools.partial(model_names.name_model, found))


def identify(found: package.Package) -> Key:
    """What a cached result about a model is keyed by: an amended manifest shows anew."""
    return found.id, found.manifest.created, found.threshold, found.temperature


def load_ranking(models: Sequence[package.Package]) -> list[dict[str, Any]]:
    """`ranking.rank`, worked out once for each set of models as they are."""
    return _ranking(models, tuple(identify(found) for found in models))


@st.cache_data(max_entries=16, show_spinner="Reading what the models answered …")
def _ranking(_models: Sequence[package.Package], key: tuple[Key, ...]) -> list[dict[str, Any]]:
    return ranking.rank(_models)


def sort_by_merit(models: Sequence[package.Package]) -> list[package.Package]:
    """The models of a data set as the table of Compare lists them, the best first."""
    found = {entry.id: entry for entry in models}
    return [found[row["id"]] for row in load_ranking(models)]


def load_comparison(pair: Pair) -> dict[str, Any]:
    """`comparing.compare`, worked out once for each state of the two."""
    return _comparison(pair, _identify_pair(pair))


def find_common(pair: Pair) -> comparison.Common:
    """`comparing.find_comparable`, worked out once for each state of the two."""
    return _common(pair, _identify_pair(pair))


def load_cases(pair: Pair) -> pd.DataFrame:
    """`disagreement.find_cases` of all images that both can be compared on, worked out once."""
    return _cases(pair, _identify_pair(pair))


def _identify_pair(pair: Pair) -> Key:
    """Both models, and when either answered the other's test images (nanoseconds, 0 = it did not)."""
    paths = [cross_evaluation.crossed_path(*order) for order in (pair, pair[::-1])]
    return (*identify(pair[0]), *identify(pair[1]), *(p.stat().st_mtime_ns if p.exists() else 0 for p in paths))


@st.cache_data(max_entries=32, show_spinner="Comparing …")
def _comparison(_pair: Pair, key: Key) -> dict[str, Any]:
    return comparison.compare(*_pair)


@st.cache_data(max_entries=32, show_spinner=False)
def _common(_pair: Pair, key: Key) -> comparison.Common:
    return comparison.find_comparable(*_pair)


@st.cache_data(max_entries=16, show_spinner=False)
def _cases(_pair: Pair, key: Key) -> pd.DataFrame:
    names = _pair[0].class_names
    judges = (disagreement.make_judge(_pair[0], names), disagreement.make_judge(_pair[1], names))
    return disagreement.find_cases(*comparison.load_pair(*_pair), names, judges=judges)
