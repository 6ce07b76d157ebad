"""Evaluate's look at the gate: which of the test images a model would refuse at home, and of whom."""

from typing import Any

import pandas as pd
import streamlit as st

from core.models import package
from core.prediction import verdicts
from core.results import gate_shares
from core.statistics import estimate
from pages.kit import cache, downloads, text

MOST_PATIENTS = 8
SAID = {"known": "Known: answered", "away": "Answered with caution", "refused": "Refused"}


def show_gate(found: package.Package) -> None:
    """What the gate does to images of unseen patients of the same data set: the price of refusing what is foreign."""
    st.header("Which images it refuses", help=cache.explain("gate"))
    if not found.has(package.GATE_FILE):
        st.caption(
            "It has no gate: it answers to any picture.",
            help=f"{verdicts.NO_GATE} Where its images are: `python -m core gate {text.plain(found.id)}`",
        )
        return
    measured, patients = _measure(found, found.id, found.manifest.created, found.threshold)
    share = measured["share"]["refused"]
    if not share.n:
        st.info("No unseen image was tested, so there is nothing to refuse.", icon=":material/hourglass_empty:")
        return
    said = f"Of {share.n:,} test images the gate refuses {share.say(estimate.PER_CENT)}."
    st.markdown(
        text.plain(said),
        help="Test images of the data set that it learnt from: an image that the gate refuses here is refused by "
        "mistake. In brackets the 95 % interval. How well it refuses images of another kind cannot be read off these.",
    )
    table = _tabulate(measured)
    st.table(table, width="stretch")
    downloads.offer_csv(table.reset_index, f"{found.id}-gate.csv")
    if patients:
        _show_patients(found, patients)


def _show_patients(found: package.Package, patients: list[dict[str, Any]]) -> None:
    """Refusals cluster: a slide that was stained otherwise is refused as a whole."""
    hit = [row for row in patients if row["refused"].value]
    table = pd.DataFrame(
        {
            "Patient": [row["patient"] for row in patients],
            "Images": [row["images"] for row in patients],
            "With caution": [row["away"] for row in patients],
            "Refused (95 % interval)": [row["refused"].say(estimate.PER_CENT) for row in patients],
        }
    )
    with st.expander(f"{len(hit)} of {len(patients)} patients have a refused image"):
        if hit:
            st.dataframe(table[: min(len(hit), MOST_PATIENTS)], hide_index=True, width="stretch")
        downloads.offer_csv(lambda: table, f"{found.id}-gate-patients.csv", label="All patients, CSV")


@st.cache_data(max_entries=16, show_spinner="Measuring …")
def _measure(
    _found: package.Package, model_id: str, created: str, threshold: float | None
) -> tuple[dict[str, dict[str, estimate.Estimate]], list[dict[str, Any]]]:
    predictions = cache.load_predictions(_found)
    states = gate_shares.find_own(_found, predictions)
    test = predictions[predictions["split"] == "test"]
    return gate_shares.measure_decided(_found, test, states), gate_shares.list_patients(test["group"], states)


def _tabulate(measured: dict[str, dict[str, estimate.Estimate]]) -> pd.DataFrame:
    rows = {
        title: {
            "Share": measured["share"][name].say(estimate.PER_CENT),
            "Right among them": measured["accuracy"][name].say(estimate.PER_CENT),
            "n": measured["accuracy"][name].n,
        }
        for name, title in SAID.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("Images")
