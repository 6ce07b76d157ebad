"""Home's data sets, compact: each is a link to where it is shown; and what cannot be used."""

import streamlit as st

from core.jobs import overview
from pages.kit import state, text

SHOWN = 12


def show_shelves(found: overview.Overview) -> None:
    """Both, in a few lines."""
    st.header("Data sets")
    _show_datasets(found)
    if found.faults:
        _show_faults(found.faults)


def _show_datasets(found: overview.Overview) -> None:
    if not found.datasets:
        st.markdown("None yet. What you import will stand here.")
        return
    with st.container(horizontal=True, gap="small"):
        for row in found.datasets[:SHOWN]:
            name = text.plain(row["name"])
            if row["status"] == "ready":
                label, address = f"{name}, {row['images']:,} images", {state.DATASET: row["name"]}
                st.page_link("pages/explore/page.py", label=label, icon=":material/grid_view:", query_params=address)
            else:
                label = f"{name}, {text.plain(row['status'])}"
                st.page_link("pages/datasets/page.py", label=label, icon=":material/sync_problem:")
    if len(found.datasets) > SHOWN:
        st.markdown(f"And {len(found.datasets) - SHOWN:,} more, in the tables.")


def _show_faults(faults: list[str]) -> None:
    """How many things cannot be used, and folded what is wrong with each."""
    things = "1 thing here" if len(faults) == 1 else f"{len(faults):,} things here"
    with st.expander(f"{things} cannot be used", icon=":material/warning:"):
        for fault in faults:
            st.warning(text.plain(fault), icon=":material/warning:")
