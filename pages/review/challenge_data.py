"""What the next model's view works out, once for each state of the models and reviews that it is about."""

import streamlit as st

from core.datasets.index import index
from core.models import package
from core.results import challenges, cross_evaluation, version_curve
from core.review import left_to_model, next_dataset, review_record, reviews, settled_cases

Key = tuple[str | float | int | None, ...]


def load_challenge(champion: package.Package, challenger: package.Package, margin: float) -> challenges.Challenge:
    """`challenges.judge`, worked out once for each state of the two."""
    pair = (champion, challenger)
    paths = [cross_evaluation.crossed_path(*order) for order in (pair, pair[::-1])]
    made = [path.stat().st_mtime_ns if path.exists() else 0 for path in paths]
    return _challenge(*pair, margin, (*_identify(champion), *_identify(challenger), *made))


def load_points(models: list[package.Package]) -> list[version_curve.Point]:
    """`version_curve.trace`, worked out once for each set of models."""
    return _points(models, tuple(part for found in models for part in _identify(found)))


def load_plan(champion: package.Package, data: index.Index, chosen: list[review_record.Review]) -> next_dataset.Plan:
    """`next_dataset.plan` of what is settled in these reviews by now."""
    counts = tuple(part for one in chosen for part in (one.id, reviews.count(one.id).settled))
    return _plan(champion, data, chosen, (*_identify(champion), data.identity, *counts, _last(chosen)))


def _last(chosen: list[review_record.Review]) -> str:
    """When anything was settled last: a changed answer counts too."""
    return max((one.at for one in settled_cases.list_settled(chosen)), default="")


def _identify(found: package.Package) -> Key:
    return found.id, found.manifest.created, found.threshold


@st.cache_data(max_entries=16, show_spinner="Comparing …")
def _challenge(
    _champion: package.Package, _challenger: package.Package, margin: float, key: Key
) -> challenges.Challenge:
    return challenges.judge(_champion, _challenger, margin)


@st.cache_data(max_entries=8, show_spinner=False)
def _points(_models: list[package.Package], key: Key) -> list[version_curve.Point]:
    return version_curve.trace(_models)


@st.cache_data(max_entries=8, show_spinner="Looking at what was settled …")
def _plan(
    _champion: package.Package, _data: index.Index, _chosen: list[review_record.Review], key: Key
) -> next_dataset.Plan:
    settled = settled_cases.list_settled(_chosen)
    return next_dataset.plan(_champion, _data, settled)


def load_left(found: package.Package, chosen: list[review_record.Review], error: float) -> left_to_model.Left:
    """`left_to_model.measure` of a model's audit cases in these reviews."""
    table = left_to_model.read_audit(chosen, found.id, found.manifest.created)
    return left_to_model.measure(table, found.class_names, found.positive_class, error=error)
