"""What a page does when something is not there: a message that says what to do, and a link to the page that helps."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import streamlit as st

from core.base import errors, files, limits, paths
from core.datasets.index import index
from core.jobs import jobs
from core.models import choosing, package
from pages.kit import cache, headline, model_names, state, text

BRINGING = ("import", "download", "draw", "index")  # verbs of jobs that a data set comes of


@contextlib.contextmanager
def faults_as_messages() -> Iterator[None]:
    """Show a `SecondLookError` as a message and end the page there; every other error is a fault of ours and passes."""
    try:
        yield
    except errors.SecondLookError as error:
        st.error(text.plain(str(error)), icon=":material/error:")
        st.stop()


@contextlib.contextmanager
def faults_in_place() -> Iterator[None]:
    """The same for what the page can do without: the message stands where it would have stood, and the page goes on."""
    try:
        yield
    except errors.SecondLookError as error:
        st.error(text.plain(str(error)), icon=":material/error:")


def fragment(show: Callable[..., None]) -> Callable[..., None]:
    """`st.fragment` with `faults_as_messages` inside: no error leaves a fragment, so none can be caught around it."""

    @functools.wraps(show)
    def guarded(*arguments: Any, **options: Any) -> None:
        with faults_as_messages():
            show(*arguments, **options)

    return st.fragment(guarded)


def attempt(action: Callable[..., object], *arguments: object) -> None:
    """Do what a button's callback does; a fault that a person can act on becomes a message over the page."""
    try:
        action(*arguments)
    except errors.SecondLookError as error:
        st.toast(text.plain(str(error)), icon=":material/error:", duration="infinite")


def require_home() -> None:
    """End the page with a message where the app's folder cannot be written to, or its memory is too little."""
    with faults_as_messages():
        limits.require_address_space()
        files.require_home(paths.home_folder())


def list_ready() -> dict[str, int]:
    """Name -> number of images of all data sets that can be shown."""
    return {str(row["name"]): int(row["images"]) for row in index.list_datasets() if row["status"] == "ready"}


def show_nothing_ready() -> str:
    """What to say where there is no data set to look at: none, one on its way, or one that cannot be used as it is.

    Returns what leads to the page that helps.
    """
    coming = [job.dataset for job in jobs.list_jobs() if job.verb in BRINGING and job.state.is_active]
    if coming:
        headline.show_headline(f"{coming[0]} is on its way", note="Its images will stand here as soon as it is in.")
    elif waits := next((row for row in index.list_datasets() if row["status"] != "ready"), None):
        headline.show_headline(f"{waits['name']} is {waits['status']}", note=text.plain(waits["message"]))
        return "Read it anew, or bring in another"
    else:
        headline.show_headline("No data set yet", note="Its images will stand here.")
    return "Bring in a data set"


def require_any_dataset() -> dict[str, int]:
    """What `list_ready` gives; ends the page with the way out where there is none."""
    images = list_ready()
    if not images:
        label = show_nothing_ready()
        st.page_link("pages/datasets/page.py", label=label, icon=":material/arrow_forward:")
        st.stop()
    return images


def require_dataset(label: str = "Data set") -> index.Index:
    """The data set that the person chose; ends the page with the way out where there is none."""
    images = require_any_dataset()
    name = state.input_choice(state.DATASET, label, list(images), show=lambda n: f"{n} ({images[n]:,} images)")
    with faults_as_messages():
        return cache.load_index(name)


def require_model(label: str = "Model") -> package.Package:
    """The model that the person chose; ends the page with the way out where there is none."""
    require_home()
    found = {entry.id: entry for entry in package.list_packages()}
    for fault in package.list_broken():
        st.warning(text.plain(str(fault)), icon=":material/warning:")
    if not found:
        show_nothing_yet("No model yet", "What it answers will stand here.", "pages/train/page.py", "Train a network")
    show = functools.partial(model_names.name_model, found)
    return found[state.input_choice(state.MODEL, label, _sort_models(list(found.values())), show=show)]


def find_model_in_hand() -> package.Package | None:
    """The model that a page begins with: the one that the person chose, else the first to ask; None where is none."""
    found = {entry.id: entry for entry in package.list_packages()}
    chosen = state.recall(state.MODEL)
    return found.get(chosen if chosen in found else next(iter(_sort_models(list(found.values()))), ""))


def _sort_models(found: list[package.Package]) -> list[str]:
    """Model ids, the one to begin with for the data set in hand first."""
    ready = {row["name"]: row for row in index.list_datasets() if row["status"] == "ready"}
    in_hand = ready.get(state.recall(state.DATASET) or "") or choosing.choose_data(list(ready.values()), found)
    return [entry.id for entry in choosing.sort_by_merit(found, in_hand)]


def show_nothing_yet(title: str, note: str, page: str, label: str) -> None:
    """An empty state, at which the page ends: what is not there, what will stand here, and the way to what makes it."""
    headline.show_headline(title, note=note)
    st.page_link(page, label=label, icon=":material/arrow_forward:")
    st.stop()
