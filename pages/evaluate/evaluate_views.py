"""The views of the Evaluate page, in the order in which a person would ask, and what stands above all of them."""

from collections.abc import Callable

import streamlit as st

from core.models import package
from core.reports import report
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
    sites,
    slices,
    stress_view,
)
from pages.kit import state, text

REPORT = (
    "One HTML file with everything in it: result, figures, training, card. It asks nothing of any host, so it opens "
    "without a network, and it takes a few seconds to make. For a PDF, open it and print it (Ctrl+P, “Save as PDF”)."
)


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
    card.show_count(found)
    sites.show_sites(found)
    history.show_history(found)
    card.show_card(found)


VIEWS: dict[str, tuple[str, Callable[[package.Package], None]]] = {
    "result": ("Result", results.show_result),
    "point": ("Threshold", _show_point),
    "trust": ("Trust", _show_trust),
    "where": ("Where it fails", _show_where),
    "card": ("History and card", _show_card),
}


def input_view(found: package.Package) -> str:
    """The view to show; beside it all of them in one file."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        view = state.input_view(state.VIEW, {key: title for key, (title, _) in VIEWS.items()}, "View")
        st.download_button(
            "Report",
            lambda: report.write(found),  # computed when a person asks for it: figures and intervals take seconds
            f"{found.id}-report.html",
            mime="text/html",
            icon=":material/download:",
            key=f"report-{found.id}",
            on_click="ignore",
            help=f"{REPORT} The same from a terminal: `python -m core report {text.plain(found.id)} report.html`",
        )
    return view


def show_view(view: str, found: package.Package) -> None:
    """Draw the chosen view."""
    VIEWS[view][1](found)
