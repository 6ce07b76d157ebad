"""Beginning a review: what it is about, where its images come from, how it is read; and one button."""

from dataclasses import dataclass
from typing import Any, NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.base import progress
from core.datasets.intake import importing
from core.jobs import handed_in, jobs, review_filling
from core.review import review_record, review_sources, reviews
from pages.kit import guards, signature, state, text
from pages.review import chosen, reading_choices, source_fields, ways

ASKED, BEGUN, SAID = "review-asked", "review-begun", "review-said"
WHO, NAME, INTO = "review-who", "review-name", "review-into"
ON_THE_WAY = "Its images are on their way; the work goes on when you leave the page."


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
        st.session_state[NAME], st.session_state[INTO] = "", 0
    _show_said()
    st.header("Begin a review")
    subjects = source_fields.list_subjects()
    if not subjects:
        guards.show_nothing_yet(
            "Nothing to read about yet",
            "A review needs a model or a data set: readers choose from its classes.",
            "pages/datasets/page.py",
            "Bring in a data set",
        )
    with guards.faults_as_messages():
        hand, eye = st.columns([3, 2], gap="large")
        with hand:
            about = source_fields.input_about(subjects)
            found = source_fields.input_sources(about)
        with eye:
            read = reading_choices.input_choices(subjects, about["model_id"])
        _show_button(about, found, read)


def _show_button(about: dict[str, Any], found: source_fields.Chosen, read: reading_choices.Choices) -> None:
    kinds = [one.kind for one in found.sources]
    settings = review_record.Settings(**about, **read.settings, facts={review_filling.BESIDE: list(read.beside)})
    plan = Plan(settings, found.sources, read.pseudonym, found.given)
    usual = f"{source_fields.SHORT[kinds[0]] if kinds else 'Review'}, {source_fields.say_today()}"
    same = [one for one in reviews.list_reviews() if not one.closed_at and _is_about(one, about)]
    first, *places, last = st.columns(4 if same else 3, vertical_alignment="bottom")
    with first:
        signature.input_name(WHO, "Who begins it")
    into = _input_into(places, same, review_filling.suggest_name(usual))
    last.button(
        _say_button(kinds, found, anew=isinstance(into, str)),
        type="secondary" if SAID in st.session_state else "primary",
        icon=":material/rate_review:",
        disabled=found.is_empty,
        on_click=signature.decide,
        args=(WHO, _ask_for),
        key="review-begin",
    )
    if ASKED in st.session_state:
        by = st.session_state.pop(ASKED)
        if isinstance(into, str):
            _begin(plan, into, by)
        else:
            _add(plan, into, by)


def _input_into(
    places: list[DeltaGenerator], same: list[review_record.Review], usual: str
) -> str | review_record.Review:
    """The name of a new review, or one that images are added to. same : those that are open and about the same."""
    named = {0: "A new one"} | {one.id: one.name for one in same}
    if same:
        if st.session_state.get(INTO) not in named:  # closed since
            st.session_state[INTO] = 0
        help_ = "To an open one images are added; it keeps the settings that it has."
        into = places[0].selectbox("Review", list(named), format_func=named.__getitem__, key=INTO, help=help_)
        if into:
            return next(one for one in same if one.id == into)
    typed = places[-1].text_input("Name", key=NAME, placeholder=usual, max_chars=reviews.LONGEST_NAME)
    return typed.strip() or usual


def _is_about(review: review_record.Review, about: dict[str, Any]) -> bool:
    """Whether a queue is about this: a site check holds a sample with known chances, to which nothing is added."""
    settings = review.settings
    same = all(getattr(settings, name) == about[name] for name in ("class_names", "model_id", "model_created"))
    return same and settings.purpose == review_record.QUEUE


def _say_button(kinds: list[review_sources.Kind], found: source_fields.Chosen, *, anew: bool) -> str:
    images, verb = found.known, "Read" if anew else "Add"
    if kinds == [review_sources.WAITING]:
        return f"{verb} the {images:,} that wait{'s' if images == 1 else ''}"
    at_least = "at least " if None in found.counts else ""
    return f"{verb} {at_least}{images:,} image{'s' if images != 1 else ''}" if images else "Begin" if anew else "Add"


def _ask_for(by: str) -> None:
    """Have the run that follows begin it: what a button brings along is of the run before, and others may have been
    pressed since."""
    st.session_state[ASKED] = by


def _begin(plan: Plan, name: str, by: str) -> None:
    """Begin it, and fill it at once where that is quick, else by a job."""
    settings = review_record.Settings(**{**vars(plan.settings), "seed": review_filling.find_seed(name)})
    sources = [_add_uploads(one, plan.given) for one in plan.sources]
    if review_filling.is_quick(settings, sources):
        review, outcome = review_filling.begin_filled(
            name, settings, sources, by=by, pseudonym=plan.pseudonym, report=_show_progress()
        )
        _finish(review, outcome.say(), "has begun")
    review = reviews.begin(name, settings, by=by)
    _start(review, sources, plan, by)
    _finish(review, ON_THE_WAY, "has begun")


def _add(plan: Plan, review: review_record.Review, by: str) -> None:
    """Put more images into an open review, under the settings that it has."""
    sources = [_add_uploads(one, plan.given) for one in plan.sources]
    if review_filling.is_quick(review.settings, sources):
        outcome = review_filling.fill(review.id, sources, by=by, pseudonym=plan.pseudonym, report=_show_progress())
        _finish(review, outcome.say(), "was added to")
    _start(review, sources, plan, by)
    _finish(review, ON_THE_WAY, "is added to")


def _show_progress() -> progress.Throttled:
    bar = st.progress(0.0, "Taking images into the review")

    def show(row: dict[str, Any]) -> None:
        bar.progress(min(1.0, row["done"] / row["total"]), progress.describe(row))

    return progress.Throttled(show)


def _start(review: review_record.Review, sources: list[review_sources.Source], plan: Plan, by: str) -> None:
    told: dict[str, Any] = {"review": review.id, "by": by, "pseudonym": plan.pseudonym, "coming": tuple(sources)}
    jobs.start_job("fill", importing.suggest_name(review.name), **told)


def _finish(review: review_record.Review, said: str, what: str) -> NoReturn:
    """Keep what is to be said, and draw the page anew with it."""
    state.remember(chosen.REVIEW, str(review.id))
    before = len(dict(review.settings.facts).get(review_filling.FILLED, []))
    st.session_state[SAID] = (review.id, f"“{review.name}” {what}.", said, before)
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
    review_id, what, said, before = st.session_state[SAID]
    facts = dict(reviews.read_review(review_id).settings.facts)
    filled = facts.get(review_filling.FILLED, [])
    said = f"{what} {filled[-1]['said'] if len(filled) > before else said}"
    words, button = st.columns([5, 1], vertical_alignment="center")
    words.success(text.plain(said), icon=":material/rate_review:")
    button.button("Read now", type="primary", key="review-read-now", on_click=ways.open_view, args=("read", review_id))
