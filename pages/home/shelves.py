"""Home's data sets and trainings, compact: each is a link to where it is shown."""

import streamlit as st

from core.jobs import overview
from pages.kit import state, text

SHOWN = 5


def show_shelves(found: overview.Overview) -> None:
    """Both beside each other, and what cannot be used."""
    data, trainings = st.columns(2, gap="large")
    with data:
        st.header("Data sets")
        _show_datasets(found)
    with trainings:
        st.header("Trainings")
        _show_runs(found)
    if found.faults:
        _show_faults(found.faults)


def _show_datasets(found: overview.Overview) -> None:
    if not found.datasets:
        st.markdown("None yet. What you import will stand here.")
    for row in found.datasets[:SHOWN]:
        name = text.plain(row["name"])
        address = {state.DATASET: row["name"]}
        if row["status"] == "ready":
            label = f"{name}, {row['images']:,} images"
            st.page_link("pages/explore/page.py", label=label, icon=":material/grid_view:", query_params=address)
        else:
            label = f"{name}, {row['status']}"
            st.page_link("pages/datasets/page.py", label=label, icon=":material/sync_problem:")
    _show_rest(len(found.datasets))


def _show_runs(found: overview.Overview) -> None:
    if not found.runs:
        st.markdown("None yet on this machine.")
    for row in found.runs[:SHOWN]:
        label = text.plain(f"{row['run_id']}, {row['status']}")
        address = {state.RUN: row["run_id"]}
        st.page_link("pages/train/page.py", label=label, icon=":material/model_training:", query_params=address)
    _show_rest(len(found.runs))


def _show_rest(count: int) -> None:
    if count > SHOWN:
        st.caption(f"And {count - SHOWN:,} more, in the tables below.")


def _show_faults(faults: list[str]) -> None:
    """How many things cannot be used, and folded what is wrong with each."""
    things = "1 thing here" if len(faults) == 1 else f"{len(faults):,} things here"
    with st.expander(f"{things} cannot be used", icon=":material/warning:"):
        for fault in faults:
            st.warning(text.plain(fault), icon=":material/warning:")
