"""Background work as the pages show it: progress with a time left, a way to cancel, and what came of it."""

import math

import streamlit as st

from core.base import background, progress
from core.datasets.index import index
from core.datasets.intake import importing
from core.jobs import jobs, overview
from pages.kit import arrivals, attention_component, guards, text

POLL_SECONDS = 1.0
TOLD_STEPS = 4  # of its way that a job is read out, a quarter each
SEEN = "seen-jobs"  # of the session: which of them ran when it last looked
TITLES = {
    "draw": "Drawing",
    "import": "Importing",
    "index": "Reading",
    "download": "Downloading",
    "doctor": "Examining",
    "likeness": "Comparing",
    "means": "Averaging",
    "colours": "Counting colours of",
    "map": "Laying out",
    "cross": "Evaluating on",
    "stress": "Changing images of",
    "elsewhere": "Answering the images of",
    "similar": "Looking for similar cases in",
    "export": "Exporting a model of",
    "answer": "Asking a model about",
    "fill": "Taking images into the review",
    "version": "Making",
}


def begin_sample_on_first_start() -> None:
    """On a machine without any data set, draw the sample one, once."""
    guards.require_home()
    with guards.faults_as_messages():
        overview.draw_sample_once()


def show_unread() -> bool:
    """Data sets whose folder is here but not their index: put there by hand, or the machine went off in between.

    Returns whether there are some.
    """
    busy = {job.dataset for job in jobs.list_jobs() if job.state.is_active}
    unread = [row for row in index.list_datasets() if row["status"] != "ready" and row["name"] not in busy]
    for row in unread:
        words, button = st.columns([6, 1], vertical_alignment="top")
        words.warning(
            f"**{text.plain(row['name'])}** is {row['status']}. {text.plain(row['message'])}",
            icon=":material/sync_problem:",
        )
        if button.button("Read it", key=f"read-{row['name']}"):
            with guards.faults_as_messages():
                arrivals.start("index", row["name"])
            st.rerun()
        name = row["name"]
        button.button("Remove", key=f"remove-{name}", on_click=guards.attempt, args=(importing.remove_dataset, name))
    return bool(unread)


def show_jobs(*, at_home: bool = False) -> None:
    """The imports and drawings that run, went wrong or came in; draws itself anew only while something runs.

    at_home : see `arrivals.show_arrivals`.
    """
    running = frozenset(job.id for job in jobs.list_jobs() if job.state.is_active)
    arrivals.show_arrivals(at_home=at_home)
    _tell_ended(running)
    st.fragment(_show_jobs, run_every=POLL_SECONDS if running else None)(running)


def _tell_ended(running: frozenset[str]) -> None:
    """Read out, once, what has come to its end and is not told as an arrival."""
    ended = st.session_state.get(SEEN, frozenset()) - running
    st.session_state[SEEN] = running
    for job in jobs.list_jobs() if ended else ():
        if job.id in ended and job.state.name == "finished" and not arrivals.is_awaited(job):
            attention_component.tell(f"{TITLES[job.verb]} {job.dataset}: done.")


def _show_jobs(were_running: frozenset[str]) -> None:
    found = [(job, job.state) for job in jobs.list_jobs()]
    if were_running - {job.id for job, state in found if state.is_active}:
        st.rerun()  # one of them has ended: what it made belongs on the page
    for job, state in found:
        if state.is_active:
            _show_running(job, state)
        elif state.name in ("failed", "interrupted"):
            _show_failed(job, state)
        elif state.name == "stopped" and arrivals.is_awaited(job):
            _show_cancelled(job)


def _show_running(job: jobs.Job, state: background.State) -> None:
    row = state.details.progress or background.Step()
    title = f"{TITLES[job.verb]} **{text.plain(job.dataset)}**"
    said = "stopping …" if state.name == "stopping" else progress.describe(row.to_json())
    bar, button = st.columns([6, 1], vertical_alignment="bottom")
    bar.progress(min(1.0, row.done / row.total) if row.total else 0.0, text=f"{title} · {said}")
    attention_component.tell(say_news(job, row))
    stopping = state.name == "stopping"
    button.button("Cancel", key=f"cancel-{job.id}", disabled=stopping, on_click=jobs.stop_job, args=(job,))


def say_news(job: jobs.Job, row: background.Step) -> str:
    """What is read out of its way: that it runs, then each quarter."""
    told = math.floor(TOLD_STEPS * row.done / row.total) / TOLD_STEPS if row.total else 0.0
    return f"{TITLES[job.verb]} {job.dataset}: " + (f"{100 * told:.0f} % done." if told else "at work.")


def _show_failed(job: jobs.Job, state: background.State) -> None:
    said = state.message or "It ended before its end, perhaps because the machine was switched off. Start it again."
    words, button = st.columns([6, 1], vertical_alignment="top")
    name = text.plain(job.dataset)
    words.error(f"{TITLES[job.verb]} **{name}** did not succeed. {text.plain(said)}", icon=":material/error:")
    button.button("Dismiss", key=f"dismiss-{job.id}", on_click=guards.attempt, args=(jobs.dismiss_job, job))


def _show_cancelled(job: jobs.Job) -> None:
    words, button = st.columns([6, 1], vertical_alignment="top")
    words.info(f"{TITLES[job.verb]} **{text.plain(job.dataset)}** was cancelled.", icon=":material/cancel:")
    button.button("Dismiss", key=f"dismiss-{job.id}", on_click=arrivals.forget, args=(job.id,))
