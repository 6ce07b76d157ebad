"""The catalogue of public data sets: what each is for, its terms, and the button that brings it here."""

import streamlit as st

from core.base import files
from core.datasets.intake import catalogue, staging_area
from core.jobs import jobs
from pages.kit import arrivals, guards, text


def input_catalogue() -> None:
    """Choose a public data set, read what it is and under which terms, and download it."""
    titles = {entry.key: entry.title for entry in catalogue.ENTRIES}
    key = st.selectbox("Public data set", list(titles), format_func=titles.__getitem__, key="shelf-entry")
    entry = catalogue.find_entry(key)
    _show_entry(entry)
    if entry.url is None:
        words = f"It cannot be downloaded from here. [Get it yourself]({entry.source_page}), and import the .zip."
        st.info(words, icon=":material/open_in_new:")
        return
    with guards.faults_as_messages():
        _input_download(entry)


def _show_entry(entry: catalogue.Entry) -> None:
    site = text.plain(entry.source_page.split("/")[2])
    st.markdown(text.plain(entry.what_for))
    st.markdown(
        f"**{entry.images:,} images**, {files.describe_bytes(entry.size_bytes)} to download, "
        f"from [{site}]({entry.source_page})."
    )
    st.caption(f"Licence: {text.plain(entry.licence)}")
    with st.expander("How to cite it, and what to know"):
        st.markdown(f"{text.plain(entry.citation)}.")
        if entry.notes:
            st.markdown(text.plain(entry.notes))
        st.markdown(f"No network here? [Get the .zip yourself]({entry.source_page}), and import it.")


def _input_download(entry: catalogue.Entry) -> None:
    name = st.text_input(
        "Name",
        value=entry.suggested_name,
        key=arrivals.key(f"shelf-name-{entry.key}"),
        help="Lower-case letters, digits, - and _.",
    ).strip()
    running = _is_running(entry)
    if not running:
        _show_what_is_here(entry)
    label = "Downloading …" if running else "Download"
    if st.button(label, type="primary", icon=":material/cloud_download:", disabled=running or not name):
        staging_area.require_free_name(name)
        arrivals.start("download", name, key=entry.key)
        st.rerun()
    st.caption("It comes straight from the source; nothing of yours is sent.")


def _show_what_is_here(entry: catalogue.Entry) -> None:
    here = catalogue.bytes_here(entry)
    if here:
        st.caption(f"{files.describe_bytes(here)} of it are on this machine already; the download goes on from there.")
        st.button("Remove these", type="tertiary", on_click=guards.attempt, args=(catalogue.forget_download, entry))


def _is_running(entry: catalogue.Entry) -> bool:
    found = [job for job in jobs.list_jobs() if job.verb == "download" and job.arguments.key == entry.key]
    return any(job.state.is_active for job in found)
