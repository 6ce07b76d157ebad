"""What a review is about and where its images come from: the first half of the form that begins one."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.base import errors
from core.datasets.index import index
from core.datasets.intake import gathering
from core.jobs import review_filling
from core.models import package
from core.results import confusion_cell, kept_answers
from core.review import arrivals, review_record, review_sources
from pages.kit import guards, model_names, reading_link, state, text, uploads

ABOUT, FROM = "about", reading_link.FROM  # in the address
MODEL, DATA = "model ", "data set "
SHORT = {
    review_sources.WAITING: "Waiting",
    review_sources.MISTAKES: "Mistakes of the model",
    review_sources.SUSPECTS: "Doubted labels",
    review_sources.NEEDING: "Many answers: those that need a person",
    review_sources.ANSWERS: "Many answers: all",
    review_sources.FOLDER: "Images of your own",
    review_sources.SAMPLE: "A random sample",
    review_sources.GOLD: "Mixed in: certain ones",
}
MOST_MB, MOST_IMAGES = 2_000, 100_000
GOLD_HELP = "Choose this only where you are sure of the labels: readers are measured against them, and are not told."
_OF_ANSWERS = (review_sources.NEEDING, review_sources.ANSWERS)
_OF_DATA = (review_sources.SUSPECTS, review_sources.SAMPLE, review_sources.GOLD)


@dataclass(frozen=True)
class Chosen:
    """What was chosen. given : what came through the browser. counts : images of each source; None = known when they
    are read."""

    sources: tuple[review_sources.Source, ...]
    given: tuple[UploadedFile, ...]
    counts: tuple[int | None, ...]

    @property
    def known(self) -> int:
        """Images of the sources that could be counted."""
        return sum(count or 0 for count in self.counts)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read, as far as can be known."""
        return not self.sources or (None not in self.counts and not self.known)


def list_subjects() -> dict[str, str]:
    """Models and data sets that a review can be about, each with what it is called."""
    found = {one.id: one for one in package.list_packages()}
    named = {f"{MODEL}{name}": model_names.name_model(found, name) for name in found}
    images = guards.list_ready()
    return named | {f"{DATA}{name}": f"{name}, no model ({images[name]:,} images)" for name in images}


def input_about(subjects: dict[str, str]) -> dict[str, Any]:
    """What it is about, as settings. The model in hand, unless the address asks for labels of a data set."""
    found, dataset = guards.find_model_in_hand(), state.recall(state.DATASET)
    wanted = [f"{DATA}{dataset}"] if state.recall(FROM) == review_sources.SUSPECTS else []
    wanted += [f"{MODEL}{found.id}"] if found else []
    usual = next((one for one in wanted if one in subjects), next(iter(subjects)))
    told: str = st.selectbox(
        "About",
        list(subjects),
        format_func=subjects.__getitem__,
        help="Readers choose from its classes. Of a model its answer is kept beside each case, and shown after theirs.",
        **state.follow(ABOUT, usual, key="review-about", options=list(subjects)),
    )
    kind, name = (MODEL, told.removeprefix(MODEL)) if told.startswith(MODEL) else (DATA, told.removeprefix(DATA))
    subject = review_filling.find_subject(name if kind == MODEL else "", name if kind == DATA else "")
    return {"model_id": "", "model_created": "", "dataset": ""} | subject


def input_sources(about: dict[str, Any]) -> Chosen:
    """Where images come from, with what has to be said of each source. about : of `input_about`."""
    settings = review_record.Settings(**about)
    waiting = _count_waiting(settings, settings.class_names, arrivals.read_stamp())
    offered = [kind for kind in SHORT if _is_possible(kind, about)]
    usual = review_sources.WAITING if waiting else offered[1]
    labels = {kind: SHORT[kind] for kind in offered} | {review_sources.WAITING: f"Waiting ({waiting:,})"}
    kinds = st.pills(
        "Images from",
        offered,
        selection_mode="multi",
        wrap=True,
        format_func=labels.__getitem__,
        **state.follow(FROM, [usual], key="review-from", options=offered),
    )
    sources, given = list[review_sources.Source](), list[UploadedFile]()
    counts = list[int | None]()
    for kind in [kind for kind in offered if kind in kinds]:
        if kind == review_sources.FOLDER:
            source, given = _input_own()
        else:
            source = _input_source(kind, about)
        if source is not None:
            sources.append(source)
            slow = kind in (review_sources.FOLDER, review_sources.SUSPECTS)
            counts.append(None if slow else waiting if kind == review_sources.WAITING else _count(settings, source))
    return Chosen(tuple(sources), tuple(given), tuple(counts))


def _is_possible(kind: review_sources.Kind, about: dict[str, Any]) -> bool:
    if kind in (review_sources.MISTAKES, review_sources.FOLDER):
        return bool(about["model_id"])
    if kind in _OF_ANSWERS:
        return any(one.model == about["model_id"] for one in kept_answers.list_kept())
    return kind not in _OF_DATA or bool(_list_datasets(about))


def _input_source(kind: review_sources.Kind, about: dict[str, Any]) -> review_sources.Source | None:
    """What has to be said of a source, in one line under its name."""
    seed = review_filling.find_seed(f"{kind} {say_today()}")
    if kind == review_sources.MISTAKES:
        gold = st.checkbox("The labels of these mistakes are certain", key="review-certain", help=GOLD_HELP)
        return review_sources.Source(kind=kind, of=about["model_id"], gold=gold)
    if kind in _OF_ANSWERS:
        kept = {one.id: one for one in kept_answers.list_kept() if one.model == about["model_id"]}
        answers = st.selectbox("Answers", list(kept), format_func=lambda one: _name(kept[one]), key=f"review-{kind}")
        return review_sources.Source(kind=kind, of=answers)
    if kind in _OF_DATA:
        left, right = st.columns(2)
        name = left.selectbox(SHORT[kind], _list_datasets(about), key=f"review-{kind}-{about['model_id']}")
        if kind == review_sources.SUSPECTS:
            right.caption("Compared with what models answer when the review begins: it takes some seconds.")
            return review_sources.Source(kind=kind, of=name)
        help_ = GOLD_HELP if kind == review_sources.GOLD else "Each image of the data set is as likely as any other."
        most = {review_sources.SAMPLE: 50, review_sources.GOLD: 10}[kind]
        number = right.number_input("Images", 1, MOST_IMAGES, most, key=f"review-number-{kind}", help=help_)
        return review_sources.Source(kind=kind, of=name, most=int(number), seed=seed)
    return review_sources.Source(kind=kind)


def _list_datasets(about: dict[str, Any]) -> list[str]:
    """Data sets whose classes are among those that readers choose from: its own first, then that of the model."""
    ready = [row for row in index.list_datasets() if row["status"] == "ready"]
    fit = [str(row["name"]) for row in ready if set(row["classes"]) <= set(about["class_names"])]
    own = about["dataset"]
    if about["model_id"] and not own:
        own = confusion_cell.find_dataset(package.find_package(about["model_id"]), ready)
    return sorted(fit, key=lambda name: name != own)


def _input_own() -> tuple[review_sources.Source | None, list[UploadedFile]]:
    """Images of one's own: uploads, or a folder or archive of this machine. None as long as there are none."""
    given = uploads.input_files("Images or .zip", [*uploads.IMAGE_TYPES, "zip"], most_mb=MOST_MB, key="review-upload")
    path = st.text_input(
        "Or a folder or .zip of this machine", placeholder="/home/me/smear_17", key="review-path"
    ).strip()
    places = (str(gathering.find_source(path).absolute()),) if path else ()
    st.caption(
        "The model answers them as they come in.",
        help="Patients are recognised from the names of files, else from folders. What cannot be read is counted.",
    )
    return (review_sources.Source(kind=review_sources.FOLDER, paths=places) if given or places else None), given


@st.cache_data(max_entries=8, show_spinner=False)
def _count_waiting(_settings: review_record.Settings, class_names: tuple[str, ...], stamp: Hashable) -> int:
    """How many wait; looked up when anything was sent, taken in, read or closed."""
    return review_filling.count(_settings, review_sources.Source(kind=review_sources.WAITING))


@st.cache_data(ttl=60, max_entries=32, show_spinner="Counting …")
def _count_kept(_settings: review_record.Settings, _source: review_sources.Source, key: str) -> int:
    return review_filling.count(_settings, _source)


def _count(settings: review_record.Settings, source: review_sources.Source) -> int:
    """How many images a source holds, looked up once a minute; none where its data set is not here, which is said."""
    try:
        return _count_kept(settings, source, repr((settings.model_id, settings.model_created, source)))
    except errors.DatasetNotFound as error:
        st.warning(text.plain(str(error)), icon=":material/hide_image:")
        return 0


def _name(about: kept_answers.About) -> str:
    return f"{about.at[:16].replace('T', ' ')}, {about.images:,} images"


def say_today() -> str:
    return datetime.now(UTC).strftime("%-d %b")
