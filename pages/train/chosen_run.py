"""Which training the Train page shows, and the others of this machine."""

import streamlit as st

from core.base import errors
from core.training import queue, run, run_comparison
from pages.kit import address, run_overlay, state, text
from pages.train import live, series

MOST = 12
BROKE = ("failed", "interrupted")  # which nobody may overlook
VIEW = "panel"
ALONE = "run"
VIEWS = {ALONE: "This training", "compare": "Compare trainings", "series": "Series"}


def choose_run(runs: list[run.Run]) -> run.Run | None:
    """The run to watch: the one in the address, else one that trains, else one that waits, else the newest if it broke.

    None where nothing asks for attention. runs : newest first, which a view of several begins with.
    """
    asked = state.recall(state.RUN)
    if asked:
        try:
            return run.read_run(asked)
        except errors.SecondLookError as error:
            address.refuse(state.RUN, text.plain(str(error)))
            address.say_fault(state.RUN)
    states = {entry.id: entry.state for entry in runs}
    at_work = [entry for entry in runs if states[entry.id].is_active]
    training = [entry for entry in at_work if states[entry.id].name != queue.WAITING]
    compared = state.recall(VIEW) not in (None, ALONE)
    ended = [entry for entry in runs[:1] if compared or states[entry.id].name in BROKE]
    return next(iter(training or at_work or ended), None)


def show_chosen(chosen: run.Run) -> None:
    """The chosen run alone, beside others, or the series."""
    state.remember(state.RUN, chosen.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):  # one row, so that more is in view
        view = state.input_view(VIEW, VIEWS, "What to look at")
        if view == ALONE:
            st.header(live.say_title(chosen))
    if view == "compare":
        run_overlay.show_overlay(chosen)
    elif view == "series":
        series.show_series()
    else:
        live.show_run(chosen)


def _say_what(found: run.Run) -> str:
    """The name that a person or a series gave to its model; without one, what is trained on what."""
    return found.facts.save_as or f"{found.recipe.architecture} on {found.recipe.dataset}"


def show_other_runs(chosen: run.Run | None, runs: list[run.Run]) -> None:
    """The other trainings of this machine, each a link."""
    others = [found for found in runs if chosen is None or found.id != chosen.id]
    broken = run.list_broken()
    if not others and not broken:
        return
    st.header("Other trainings" if chosen else "Trainings so far")
    for found in others[:MOST]:
        label = f"{_say_what(found)} · {run.describe_progress(found.state)} · {run_comparison.describe_start(found)}"
        st.page_link(
            "pages/train/page.py", label=label, icon=":material/show_chart:", query_params={state.RUN: found.id}
        )
    if len(others) > MOST:
        st.caption(f"The newest {MOST} of {len(others):,}; Home lists all of them.")
    if chosen is None and runs:
        with st.container(horizontal=True):
            for view, icon in (("compare", ":material/stacked_line_chart:"), ("series", ":material/stacks:")):
                st.page_link("pages/train/page.py", label=VIEWS[view], icon=icon, query_params={VIEW: view})
    for fault in broken:
        st.caption(text.plain(fault))
