"""The Compare page's frame: of which images the models are, and the views in the order in which a person would ask."""

from collections.abc import Callable

import streamlit as st

from core.datasets.index import index
from core.models import package
from pages.compare import curves, disagreements, pairs, split_effect, table, two_models
from pages.kit import address, guards, state, text

Models = list[package.Package]
VIEWS: dict[str, tuple[str, Callable[[Models], None]]] = {
    "table": ("All models", table.show_table),
    "pair": ("Two models", two_models.show_pair),
    "cases": ("Disagreements", disagreements.show_cases),
    "curves": ("How they learnt", curves.show_curves),
    "split": ("Split effect", split_effect.show_effect),
}


def require_any() -> Models:
    """All models, newest first; ends the page where there is none."""
    guards.require_home()
    found = package.list_packages()
    for fault in package.list_broken():
        st.warning(text.plain(str(fault)), icon=":material/warning:")
    if not found:
        guards.show_nothing_yet(
            "No model yet",
            "The models of a data set will stand here beside each other.",
            "pages/train/page.py",
            "Train a network",
        )
    return found


def input_models(found: Models) -> Models:
    """Those of the data set that the person chooses."""
    sets = _name_sets(found)
    _follow_model(sets)
    chosen = state.input_choice(
        state.DATASET, "Data set", list(sets), show=lambda name: _say_set(name, sets[name]), absent="has no model yet"
    )
    return sets[chosen]


def input_view() -> str:
    """The view to show."""
    return state.input_view(state.VIEW, {key: title for key, (title, _) in VIEWS.items()}, "View")


def show_view(view: str, models: Models) -> None:
    """Draw the chosen view."""
    VIEWS[view][1](models)


def _name_sets(found: Models) -> dict[str, Models]:
    """Models by the images that they were trained on, under the name that these have on this machine, or had; the set
    with the most models first: where nothing was chosen, there is most to compare."""
    by_content: dict[str, Models] = {}
    for entry in found:
        by_content.setdefault(entry.dataset_content, []).append(entry)
    ready = [row for row in index.list_datasets() if row["status"] == "ready"]
    ready.sort(
        key=lambda row: row["name"] == state.recall(state.DATASET)
    )  # of two names for the same images, the chosen
    here = {row["content"]: row["name"] for row in ready}
    named: dict[str, Models] = {}
    for content, models in by_content.items():
        name = str(here.get(content) or models[0].manifest.dataset.name)
        named[f"{name}-{content[:8]}" if name in named else name] = models
    return dict(sorted(named.items(), key=lambda one: -len(one[1])))


def _follow_model(sets: dict[str, Models]) -> None:
    """An address that names a model and no data set is about that model's."""
    asked = state.recall(pairs.A)
    if asked and address.is_asked(pairs.A) and not address.is_asked(state.DATASET):
        for name, models in sets.items():
            if any(entry.id == asked for entry in models):
                state.remember(state.DATASET, name)


def _say_set(name: str, models: Models) -> str:
    return f"{name} ({len(models):,} model{'s' * (len(models) != 1)})"
