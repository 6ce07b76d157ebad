"""Predict's many images: what to ask about, and what was asked before."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.datasets.intake import gathering, importing
from core.jobs import handed_in
from core.jobs import jobs as core_jobs
from core.models import package
from core.prediction import smear_rules
from core.results import kept_answers
from pages.kit import address, answer_view, guards, jobs, site_badge, state, text, uploads
from pages.predict import answers_view

VERB = "answer"
FILES, FOLDER, DISK = "Files", "A folder", "This machine"
MOST_MB = 2_000
MOST_LISTED = 8
GROUPS = {
    "auto": "Recognise from names, else folders",
    smear_rules.FOLDER: "A folder for each",
    smear_rules.ONE: "All are one",
    "malaria": "NIH malaria names (before “thin”)",
    "chest": "Chest X-ray names (person…, IM-…)",
}


def show() -> None:
    """The answers that the address names, what makes them, or the form that asks for some."""
    jobs.show_jobs()
    wanted = address.read(state.BATCH)
    if wanted:
        _show_batch(wanted)
        return
    found = guards.require_model()
    answer_view.show_model_line(found)
    site_badge.show_site(found)
    answer_view.show_leak(found)
    hand, eye = st.columns([3, 4], gap="large")
    with hand:
        _input_images(found)
    with eye:
        _show_earlier()


def _show_batch(batch: str) -> None:
    address.accept(state.BATCH)
    job = _find_job(batch)
    if job is not None and job.state.is_active:
        st.info(
            "The answers will stand here. The work goes on when you leave the page.", icon=":material/hourglass_empty:"
        )
        return
    if job is not None and job.state.name in ("failed", "interrupted", "stopped"):
        st.button("Ask again", icon=":material/arrow_back:", on_click=state.forget, args=(state.BATCH,))
        return
    with guards.faults_as_messages():
        answers_view.show(kept_answers.find(batch))


def _find_job(batch: str) -> core_jobs.Job | None:
    return next((job for job in core_jobs.list_jobs() if job.id == batch), None)


def _input_images(found: package.Package) -> None:
    way = st.segmented_control("Images from", [FILES, FOLDER, DISK], default=FILES, required=True, key="many-from")
    with guards.faults_as_messages():
        sources, given = (_input_path(), []) if way == DISK else ([], _input_upload(folder=way == FOLDER))
        rule = st.selectbox(
            "Which images belong together",
            list(GROUPS),
            format_func=GROUPS.__getitem__,
            key="many-rule",
            help="Shares are given for each of them: a patient, a smear, a folder.",
        )
        if st.button("Ask", type="primary", icon=":material/biotech:", disabled=not (sources or given)):
            _start(
                found,
                [*sources, *handed_in.keep_all([(file.name, file) for file in given])],
                rule,
                _name(sources, given),
            )
            st.rerun()


def _input_path() -> list[Path]:
    path = st.text_input("Folder or .zip", placeholder="/home/me/smear_17", key="many-path").strip()
    return [gathering.find_source(path)] if path else []


def _input_upload(*, folder: bool) -> list[UploadedFile]:
    label, types = ("A folder of images", uploads.IMAGE_TYPES) if folder else ("Images or .zip", _list_types())
    return uploads.input_files(label, types, most_mb=MOST_MB, key=f"many-upload-{folder}", folder=folder)


def _list_types() -> list[str]:
    return [*uploads.IMAGE_TYPES, "zip"]


def _name(sources: list[Path], given: list[UploadedFile]) -> str:
    """What the work is called while it runs."""
    if sources:
        return importing.suggest_name(sources[0].name)
    first = Path(given[0].name)
    return importing.suggest_name(
        first.parts[0] if len(first.parts) > 1 else first.name if len(given) == 1 else "images"
    )


def _start(found: package.Package, sources: list[Path], rule: str, name: str) -> None:
    job = core_jobs.start_job(
        VERB, name, model=found.id, sources=tuple(str(source) for source in sources), group_rule=rule
    )
    state.remember(state.BATCH, job.id)


def _show_earlier() -> None:
    """What was answered before, the newest first, each a click away."""
    kept = kept_answers.list_kept()
    st.header("Answered before")
    for words in kept_answers.list_broken():
        st.warning(text.plain(words), icon=":material/warning:")
    if not kept:
        st.markdown(
            "Answers to many images will stand here: who needs a person first, and for each smear or patient the "
            "share, corrected for the model's errors."
        )
    for about in kept[:MOST_LISTED] if not st.session_state.get("many-all") else kept:
        label = f"{about.at[:16].replace('T', ' ')} · {answers_view.name_sources(about)} · {about.images:,} images"
        st.button(
            text.plain(label),
            key=f"open-{about.id}",
            help=f"Answered by {text.plain(about.model)}.",
            type="tertiary",
            icon=":material/folder_open:",
            on_click=state.remember,
            args=(state.BATCH, about.id),
        )
    if len(kept) > MOST_LISTED:
        st.toggle(f"All {len(kept):,}", key="many-all")
