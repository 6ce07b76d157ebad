"""The queue: what trains and what waits, in order, and how many trainings run at once."""

import functools

import streamlit as st

from core.base import settings
from core.training import queue, run
from pages.kit import guards, state, text

POLL_SECONDS = 2.0
SLOTS = "trainings-at-once"


def show_queue(runs: list[run.Run]) -> None:
    """What trains and waits now, drawn anew while something does; then how many may train at once."""
    st.header("Queue")
    active = any(found.state.is_active for found in runs)
    st.fragment(_show_rows, run_every=POLL_SECONDS if active else None)(active)
    _input_slots()


def _show_rows(was_active: bool) -> None:
    active = {found.id: found for found in run.list_runs() if found.state.is_active}
    if was_active != bool(active):
        st.rerun()
    if not active:
        st.caption("Nothing trains and nothing waits.")
        return
    waiting = [active[folder.name] for folder in queue.list_waiting() if folder.name in active]
    for run_id in reversed(active):  # the oldest first
        if active[run_id] not in waiting:
            _show_training(active[run_id])
    for place, found in enumerate(waiting, 1):
        _show_waiting(found, place, len(waiting))


def _show_training(found: run.Run) -> None:
    current = found.state
    details = current.details
    trains = current.name == "training" and details.epoch is not None
    where = f"epoch {details.epoch} of {details.epochs}" if trains else current.name
    _show_link(found, where, ":material/model_training:")


def _show_waiting(found: run.Run, place: int, waiting: int) -> None:
    """Its place in the queue, and what changes that."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
        _show_link(found, f"place {place}", ":material/schedule:")
        _show_button("up", "Earlier", "arrow_upward", found, disabled=place == 1)
        _show_button("down", "Later", "arrow_downward", found, disabled=place == waiting)
        _show_button("cancel", "Take it out of the queue", "close", found, disabled=False)


def _show_link(found: run.Run, where: str, icon: str) -> None:
    label = f"{text.plain(where)} · {found.recipe.architecture} on {found.recipe.dataset} · {found.id[9:15]}"
    address = {state.RUN: found.id}
    st.page_link("pages/train/page.py", label=label, icon=icon, width="stretch", query_params=address)


def _show_button(name: str, meaning: str, icon: str, found: run.Run, *, disabled: bool) -> None:
    actions = {
        "up": functools.partial(queue.move, found.folder, True),
        "down": functools.partial(queue.move, found.folder, False),
        "cancel": functools.partial(run.stop_run, found),
    }
    st.button(
        " ",
        icon=f":material/{icon}:",
        key=f"queue-{name}-{found.id}",
        help=meaning,
        type="tertiary",
        disabled=disabled,
        on_click=guards.attempt,
        args=(actions[name],),
    )


def _input_slots() -> None:
    """How many trainings run at once, kept for this machine."""
    with guards.faults_as_messages():
        now = settings.read().trainings_at_once
    processors = settings.count_processors()
    if processors == 1:
        return
    st.session_state[SLOTS] = now
    st.segmented_control(
        "Trainings at once",
        range(1, processors + 1),
        format_func=lambda slots: _say_share(slots, processors),
        required=True,
        key=SLOTS,
        on_change=guards.attempt,
        args=(_write_slots,),
        wrap=True,
        help="One at a time has all processors and is done soonest. Several at once finish sooner in total, and each "
        "of them takes longer. What trains already goes on as it began.",
    )


def _say_share(slots: int, processors: int) -> str:
    threads = queue.share_threads(slots, processors)
    share = "all processors" if threads is None else f"{threads} processor{'s' if threads != 1 else ''} each"
    return f"{slots} ({share})"


def _write_slots() -> None:
    settings.write(settings.Settings(int(st.session_state[SLOTS])))
