"""What a person asked to be brought in: waited for over reloads and pages, then said and shown, once."""

from typing import Any

import pandas as pd
import streamlit as st

from core.base import errors
from core.datasets.index import index, index_words
from core.jobs import jobs
from pages.kit import address, cache, state, text

JOB = "job"  # in the address: a page that is loaded again goes on waiting
AWAITED = "awaited-jobs"  # of the session: job id -> what the form held, whether it was told, and whether at home
FORM, FIELDS = "arrival-form", ("import-", "draw-", "shelf-")
KEPT_FIELDS = ("import-from", "shelf-entry")  # where from, not what


def key(name: str) -> str:
    """The key of a field of the forms that bring something in; another one once these were cleared."""
    number = st.session_state.get(FORM, 0)
    return f"{name}-{number}" if number else name


def start(verb: str, dataset: str, **arguments: Any) -> None:
    """Start a job that brings a data set in, and wait for it."""
    job = jobs.start_job(verb, dataset, beside=state.recall(state.DATASET) or "", **arguments)
    _list_awaited()[job.id] = {"form": _read_form(), "told": False, "at_home": False}
    _write_address()


def is_awaited(job: jobs.Job) -> bool:
    """Whether somebody waits for this job here."""
    return job.id in _list_awaited()


def forget(job_id: str) -> None:
    """Wait no more for a job, and say no more of it."""
    _list_awaited().pop(job_id, None)
    _write_address()


def show_arrivals(*, at_home: bool) -> None:
    """What has come in since it was asked for, and the next step.

    at_home : this is the page that brings data sets in. It goes on to the new one, once, unless another one was chosen
    since; every other page stays where it is. What was told here is not told again on another page.
    """
    finished = [job for job in _read_awaited() if job.state.name == "finished"]
    for job in finished:
        _go_on(job, at_home=at_home)
    for job in finished:
        _tell(job, at_home=at_home)
    _write_address()


def _read_awaited() -> list[jobs.Job]:
    """Those that are still here; others were dismissed, or are of an old address."""
    found = []
    for job_id in list(_list_awaited()):
        try:
            found.append(jobs.read_job(job_id))
        except (errors.RunNotFound, errors.RunBroken):
            forget(job_id)
    return found


def _go_on(job: jobs.Job, *, at_home: bool) -> None:
    """Once a job: show what it made, where that takes nothing from anybody, and empty the form."""
    awaited = _list_awaited()[job.id]
    if awaited["told"]:
        return
    awaited["told"] = True
    _clear_form(awaited["form"])
    if at_home and _may_go_on(job):
        state.remember(state.DATASET, job.dataset)


def _tell(job: jobs.Job, *, at_home: bool) -> None:
    """The line and what is next, until it is dismissed, another data set is chosen or the page that told it is left."""
    awaited, chosen = _list_awaited()[job.id], state.recall(state.DATASET)
    awaited["shown"] = awaited.get("shown") or chosen
    if (awaited["at_home"] and not at_home) or chosen != awaited["shown"]:
        forget(job.id)
        return
    awaited["at_home"] = at_home
    try:
        data = cache.load_index(job.dataset)
    except errors.SecondLookError:  # removed since
        forget(job.id)
        return
    _show(job, data)


def _may_go_on(job: jobs.Job) -> bool:
    """Whether what is chosen is still what it was when somebody asked for another data set."""
    chosen = state.recall(state.DATASET)
    return job.beside is not None and (not job.beside or chosen in (None, job.beside, job.dataset))


def _show(job: jobs.Job, data: index.Index) -> None:
    """The line, and the buttons that lead on."""
    st.success(text.plain(index_words.say_arrival(data)), icon=":material/check:")
    problems = index.describe(data)["problems"]
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, page, icon in (("Look at them", "explore", "grid_view"), ("Train", "train", "model_training")):
            if st.button(label, key=f"arrived-{page}-{job.id}", icon=f":material/{icon}:"):
                forget(job.id)
                st.switch_page(f"pages/{page}/page.py", query_params={state.DATASET: data.name})
        if problems:
            with st.popover("What could not be read", icon=":material/broken_image:"):
                table = pd.DataFrame(problems).rename(columns={"path": "File", "problem": "Problem"})
                st.dataframe(table, hide_index=True, key=f"arrived-problems-{job.id}")
        st.button("Dismiss", key=f"arrived-{job.id}", type="tertiary", on_click=forget, args=(job.id,))


def _list_awaited() -> dict[str, dict[str, Any]]:
    """Those of this session, and those that the address names, in the order in which they were begun."""
    found: dict[str, dict[str, Any]] = st.session_state.setdefault(AWAITED, {})
    if address.is_asked(JOB):  # by a link or a reload; else the address only shows what the session holds
        for job_id in (address.read(JOB) or "").split(","):
            found.setdefault(job_id, {"form": {}, "told": False, "at_home": False})
        address.accept(JOB)
    return found


def _write_address() -> None:
    awaited = ",".join(st.session_state.get(AWAITED, {}))
    if (address.read(JOB) or "") != awaited:
        address.write(JOB, awaited)


def _read_form() -> dict[str, Any]:
    """What the forms hold now."""
    names = [str(name) for name in st.session_state if str(name).startswith(FIELDS)]
    return {name: st.session_state[name] for name in names if not name.startswith(KEPT_FIELDS)}


def _clear_form(held: dict[str, Any]) -> None:
    """Empty the forms, unless something else was typed since the job was begun."""
    now = _read_form()
    if all(now[name] == value for name, value in held.items() if name in now):
        st.session_state[FORM] = st.session_state.get(FORM, 0) + 1
