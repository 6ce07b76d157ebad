"""Beginning a review: what it is about, where its images come from, how it is read; and one button."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.base import errors, progress
from core.datasets.index import index
from core.datasets.intake import gathering, importing
from core.jobs import handed_in, jobs, review_filling
from core.models import package
from core.results import confusion_cell, kept_answers
from core.review import arrivals, review_record, review_sources, reviews
from pages.kit import guards, model_names, reading_link, signature, state, text, uploads
from pages.review import chosen, reading_choices, ways

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
ASKED, BEGUN, SAID, WHO, NAME = "review-asked", "review-begun", "review-said", "review-who", "review-name"
MOST_MB, MOST_IMAGES = 2_000, 100_000
GOLD_HELP = "Choose this only where you are sure of the labels: readers are measured against them, and are not told."
_OF_ANSWERS = (review_sources.NEEDING, review_sources.ANSWERS)
_OF_DATA = (review_sources.SUSPECTS, review_sources.SAMPLE, review_sources.GOLD)


@dataclass(frozen=True)
class Plan:
    """What the form says. given : what came through the browser."""

    settings: review_record.Settings
    sources: tuple[review_sources.Source, ...]
    pseudonym: bool
    given: tuple[UploadedFile, ...] = ()


def show_form() -> None:
    """The form; what it begins is made in the run after the press, of what the fields say then."""
    if st.session_state.pop(BEGUN, False):
        st.session_state[NAME] = ""
    _show_said()
    st.header("Begin a review")
    subjects = _list_subjects()
    if not subjects:
        guards.show_nothing_yet(
            "A review needs a model or a data set: readers choose from its classes.",
            "pages/datasets/page.py",
            "Bring in a data set",
        )
    with guards.faults_as_messages():
        hand, eye = st.columns([3, 2], gap="large")
        with hand:
            about = _input_about(subjects)
            sources, given, counts = _input_sources(about)
        with eye:
            read = reading_choices.input_choices(subjects, about["model_id"])
        _show_button(about, sources, given, counts, read)


def _list_subjects() -> dict[str, str]:
    """Models and data sets that a review can be about, each with what it is called."""
    found = {one.id: one for one in package.list_packages()}
    named = {f"{MODEL}{name}": text.plain(model_names.name_model(found, name)) for name in found}
    images = guards.list_ready()
    return named | {f"{DATA}{name}": f"{text.plain(name)}, no model ({images[name]:,} images)" for name in images}


def _input_about(subjects: dict[str, str]) -> dict[str, Any]:
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


def _input_sources(
    about: dict[str, Any],
) -> tuple[list[review_sources.Source], list[UploadedFile], dict[review_sources.Kind, int | None]]:
    """Where images come from, what was uploaded, and how many there are of each; None = known when they are read."""
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
    counts: dict[review_sources.Kind, int | None] = {}
    for kind in [kind for kind in offered if kind in kinds]:
        if kind == review_sources.FOLDER:
            source, given = _input_own()
        else:
            source = _input_source(kind, about)
        if source is not None:
            sources.append(source)
            slow = kind in (review_sources.FOLDER, review_sources.SUSPECTS)
            counts[kind] = None if slow else waiting if kind == review_sources.WAITING else _count(settings, source)
    return sources, given, counts


def _is_possible(kind: review_sources.Kind, about: dict[str, Any]) -> bool:
    if kind in (review_sources.MISTAKES, review_sources.FOLDER):
        return bool(about["model_id"])
    if kind in _OF_ANSWERS:
        return any(one.model == about["model_id"] for one in kept_answers.list_kept())
    return kind not in _OF_DATA or bool(_list_datasets(about))


def _input_source(kind: review_sources.Kind, about: dict[str, Any]) -> review_sources.Source | None:
    """What has to be said of a source, in one line under its name."""
    seed = review_filling.find_seed(f"{kind} {_today()}")
    if kind == review_sources.MISTAKES:
        gold = st.checkbox("The labels of these mistakes are certain", key="review-certain", help=GOLD_HELP)
        return review_sources.Source(kind=kind, of=about["model_id"], gold=gold)
    if kind in _OF_ANSWERS:
        kept = {one.id: one for one in kept_answers.list_kept() if one.model == about["model_id"]}
        answers = st.selectbox("Answers", list(kept), format_func=lambda one: _name(kept[one]), key=f"review-{kind}")
        return review_sources.Source(kind=kind, of=answers)
    if kind in _OF_DATA:
        left, right = st.columns(2)
        name = left.selectbox(
            SHORT[kind], _list_datasets(about), format_func=text.plain, key=f"review-{kind}-{about['model_id']}"
        )
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


def _show_button(
    about: dict[str, Any],
    sources: list[review_sources.Source],
    given: list[UploadedFile],
    counts: dict[review_sources.Kind, int | None],
    read: reading_choices.Choices,
) -> None:
    kinds = [one.kind for one in sources]
    usual = review_filling.suggest_name(f"{SHORT[kinds[0]] if kinds else 'Review'}, {_today()}")
    settings = review_record.Settings(**about, **read.settings, facts={review_filling.BESIDE: list(read.beside)})
    plan = Plan(settings, tuple(sources), read.pseudonym, tuple(given))
    left, middle, right = st.columns([2, 2, 2], vertical_alignment="bottom")
    with left:
        signature.input_name(WHO, "Who begins it")
    middle.text_input("Name", key=NAME, placeholder=usual, max_chars=reviews.LONGEST_NAME)
    known = [count for count in counts.values() if count is not None]
    right.button(
        _say_button(kinds, sum(known), whole=len(known) == len(counts)),
        type="secondary" if SAID in st.session_state else "primary",
        icon=":material/rate_review:",
        disabled=not sources or (len(known) == len(counts) and not sum(known)),
        on_click=signature.decide,
        args=(WHO, _ask_for),
        key="review-begin",
    )
    if ASKED in st.session_state:
        typed = str(st.session_state.get(NAME, "")).strip()
        _begin(plan, typed or usual, st.session_state.pop(ASKED))


def _say_button(kinds: list[review_sources.Kind], images: int, *, whole: bool) -> str:
    if kinds == [review_sources.WAITING]:
        return f"Read the {images:,} that wait{'s' if images == 1 else ''}"
    return f"Read {'' if whole else 'at least '}{images:,} image{'s' if images != 1 else ''}" if images else "Begin"


def _ask_for(by: str) -> None:
    """Have the run that follows begin it: what a button brings along is of the run before, and others may have been
    pressed since."""
    st.session_state[ASKED] = by


def _begin(plan: Plan, name: str, by: str) -> None:
    """Begin it, and fill it at once where that is quick, else by a job."""
    settings = review_record.Settings(**{**vars(plan.settings), "seed": review_filling.find_seed(name)})
    sources = [_add_uploads(one, plan.given) for one in plan.sources]
    if review_filling.is_quick(settings, sources):
        bar = st.progress(0.0, "Taking images into the review")

        def show_progress(row: dict[str, Any]) -> None:
            bar.progress(min(1.0, row["done"] / row["total"]), progress.describe(row))

        report = progress.Throttled(show_progress)
        made = review_filling.begin_filled(name, settings, sources, by=by, pseudonym=plan.pseudonym, report=report)
        review, said = made[0], made[1].say()
        bar.empty()
    else:
        review = reviews.begin(name, settings, by=by)
        told: dict[str, Any] = {"review": review.id, "by": by, "pseudonym": plan.pseudonym, "coming": tuple(sources)}
        jobs.start_job("fill", importing.suggest_name(name), **told)
        said = "Its images are on their way; the work goes on when you leave the page."
    state.remember(chosen.REVIEW, str(review.id))
    st.session_state[SAID] = (review.id, said)
    st.session_state[BEGUN] = True
    st.rerun()


def _add_uploads(source: review_sources.Source, given: tuple[UploadedFile, ...]) -> review_sources.Source:
    if source.kind != review_sources.FOLDER or not given:
        return source
    kept = handed_in.keep_all([(file.name, file) for file in given])
    return review_sources.Source(kind=source.kind, paths=(*source.paths, *map(str, kept)), rule=source.rule)


def _show_said() -> None:
    """What was begun last, and the way on, until another one is."""
    if SAID not in st.session_state:
        return
    review_id, said = st.session_state[SAID]
    review = reviews.read_review(review_id)
    facts = dict(review.settings.facts)
    said = facts[review_filling.FILLED][-1]["said"] if review_filling.FILLED in facts else said
    said = f"“{review.name}” has begun. {said}"
    words, button = st.columns([5, 1], vertical_alignment="center")
    words.success(text.plain(said), icon=":material/rate_review:")
    button.button("Read now", type="primary", key="review-read-now", on_click=ways.open_view, args=("read", review_id))


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
    return text.plain(f"{about.at[:16].replace('T', ' ')}, {about.images:,} images")


def _today() -> str:
    return datetime.now(UTC).strftime("%-d %b")
