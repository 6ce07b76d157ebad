"""The views of the Evaluate page, in the order in which a person would ask, and what stands above all of them."""

from collections.abc import Callable

import streamlit as st

from core.datasets.splits import split_words
from core.models import choosing, package
from core.results import split_twins
from pages.evaluate import (
    calibration,
    card,
    decision_curve_view,
    elsewhere_view,
    gate_study,
    history,
    operating_point,
    prevalence,
    referral,
    results,
    slices,
    stress_view,
)
from pages.kit import leak_notice, state, text


def _show_point(found: package.Package) -> None:
    operating_point.show_operating(found)
    prevalence.show_prevalence(found)


def _show_trust(found: package.Package) -> None:
    calibration.show_calibration(found)
    referral.show_referral(found)
    gate_study.show_gate(found)
    elsewhere_view.show_elsewhere(found)


def _show_where(found: package.Package) -> None:
    slices.show_slices(found)
    stress_view.show_stress(found)
    decision_curve_view.show_benefit(found)


def _show_card(found: package.Package) -> None:
    history.show_history(found)
    card.show_card(found)


VIEWS: dict[str, tuple[str, Callable[[package.Package], None]]] = {
    "result": ("Result", results.show_result),
    "point": ("Threshold", _show_point),
    "trust": ("Trust", _show_trust),
    "where": ("Where it fails", _show_where),
    "card": ("History and card", _show_card),
}


def input_view() -> str:
    """The view to show."""
    return state.input_view(state.VIEW, {key: title for key, (title, _) in VIEWS.items()}, "View")


def show_header(found: package.Package) -> None:
    """What it was trained on and how the images were divided; what leaks, and how much that is worth."""
    twin = split_twins.find_twin(found, package.list_packages()) if found.is_leaky else None
    leak_notice.show_leak(
        found.manifest.split, effect=split_twins.describe_effect(found, twin)["sentence"] if twin else ""
    )
    images, groups = found.manifest.split.images, found.manifest.split.groups
    patients = f" of {groups.train:,} patients" if groups.train else ""
    decisions = sum(map(found.count_choices, (package.OPERATING_POINT, package.CALIBRATION, package.REFERRAL)))
    again = f", and again for {decisions} decision{'s' if decisions != 1 else ''} about it" if decisions else ""
    st.caption(
        f"Trained on {text.plain(choosing.say_origin(found))}: {images.train:,} images{patients} of "
        f"{text.plain(found.manifest.dataset.name)}; "
        f"split: {split_words.say_kind(found.manifest.split)}. "
        f"{images.validation:,} validation images decided when to stop; "
        f"{images.test:,} test images were scored once{again}."
    )


def show_view(view: str, found: package.Package) -> None:
    """Draw the chosen view."""
    VIEWS[view][1](found)
