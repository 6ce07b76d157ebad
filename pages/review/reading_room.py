"""One case before one reader: picture, question, answers; what a press does; what is said of the model, and when."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from core.base import errors
from core.figures import template
from core.review import queueing, reading_turns, review_record
from core.review.reading_turns import Turn
from pages.kit import answer_keys, guards, reading_picture
from pages.review import behind_answer, case_pictures, reading_words

TURN, HEARD, BACK, SETTLED = "reading-turn", "reading-heard", "reading-back", "settled-last"
KEYS, PICTURE, AHEAD = "case-answers", "case-picture", "case-ahead"
KEY_OF = {review_record.CANNOT_TELL: "?", review_record.NOT_SUCH: "X"}
SHOWN_BADGE = "The model's answer is shown from the beginning: this is no blind reading"
KEEP = "Keep and go on"


def show_case(
    review: review_record.Review,
    reader: str,
    turn: Turn,
    *,
    undo: bool = False,
) -> None:
    """The case, until it is answered. undo : whether there is one to go back to."""
    st.session_state[TURN] = turn
    left, right = st.columns([3, 2], gap="medium")
    picture = case_pictures.load_picture(turn.entry.sha256)
    with left:
        reading_picture.show_picture(picture, seen=str(turn.entry.id), alt="The case", key=PICTURE)
    with right:
        question = _make_question(review.settings, turn, undo=undo)
        answer_keys.ask(
            question,
            key=KEYS,
            heard=str(st.session_state.get(HEARD, "")),
            on_press=_make_hearer(review, reader),
            on_draft=_make_keeper(reader),
        )
        behind = st.container()
    ahead = reading_turns.find_sha256_ahead(review, reader, turn)
    if ahead is not None:
        reading_picture.fetch_ahead(case_pictures.load_picture(ahead), key=AHEAD)
    if turn.answered is not None:
        with behind:
            behind_answer.show(turn.entry, turn.answered, review.settings)


def list_answers(settings: review_record.Settings) -> tuple[str, ...]:
    """What can be answered, in the order of the buttons."""
    return (*settings.class_names, *review_record.OTHER_ANSWERS)


def count_back(review_id: int) -> int:
    """Which of the last cases of a review is open again, 1 = the last one; 0 = none."""
    return int(st.session_state.get(f"{BACK}-{review_id}", 0))


def go_back(review_id: int) -> None:
    """Open the case before this one again, or the last one; a button's callback."""
    st.session_state[f"{BACK}-{review_id}"] = min(count_back(review_id) + 1, reading_turns.MOST_BACK)


def recall_settled(review_id: int) -> Turn | None:
    """The case of a review that was settled last in this session, as it stood then."""
    settled: Turn | None = st.session_state.get(f"{SETTLED}-{review_id}")
    return settled


def _go_on(turn: Turn) -> None:
    st.session_state[f"{BACK}-{turn.entry.review_id}"] = 0


def _make_hearer(review: review_record.Review, reader: str) -> Callable[[answer_keys.Press], None]:
    turn: Turn = st.session_state[TURN]
    answers = list_answers(review.settings)

    def hear(press: answer_keys.Press) -> None:
        reading_picture.remember_pictures(press.have)
        st.session_state[HEARD] = press.id
        if press.step != turn.step:  # made for a case that is not this one any more
            return
        if press.act == "undo":
            go_back(review.id)
            return
        answer = turn.own if press.act == "keep" else answers[press.choice or 0]
        if press.act == "keep" and turn.kind == reading_turns.AGAIN:
            _go_on(turn)
        elif answer:
            guards.attempt(_submit, turn, reader, answer, press)

    return hear


def _submit(turn: Turn, reader: str, answer: str, press: answer_keys.Press) -> None:
    if turn.kind in (reading_turns.AGAIN, reading_turns.SETTLE):
        _go_on(turn)
    reading_turns.submit(turn, reader, answer, seconds=press.seconds, why=press.why, client_id=press.id)
    if turn.kind == reading_turns.SETTLE:
        st.session_state[f"{SETTLED}-{turn.entry.review_id}"] = replace(turn, until="", why=press.why)


def _make_keeper(reader: str) -> Callable[[str, str], None]:
    turn: Turn = st.session_state[TURN]

    def keep(step: str, why: str) -> None:
        if step == turn.step and turn.until:
            with suppress(errors.DatabaseBusy):  # a note that is kept a moment later
                queueing.keep_draft(turn.entry.id, reader, {"why": why})

    return keep


def _make_question(settings: review_record.Settings, turn: Turn, *, undo: bool) -> answer_keys.Question:
    answers = list_answers(settings)
    colours: Mapping[str, str] = dict(
        zip(settings.class_names, template.choose_class_colours(settings.class_names, settings.positive), strict=True)
    )
    choices = [
        answer_keys.Choice(KEY_OF.get(one, str(place + 1)), reading_words.say_answer(one), colours.get(one, ""))
        for place, one in enumerate(answers)
    ]
    line, ask = reading_words.say_turn(turn)
    return answer_keys.Question(
        step=turn.step,
        seen=str(turn.entry.id),
        choices=choices,
        line=line,
        ask=ask,
        notes=[reading_words.say_opinion(number, one) for number, one in enumerate(turn.opinions, 1)],
        badge=SHOWN_BADGE if turn.kind == reading_turns.SHOWN else "",
        own=answers.index(turn.own) if turn.own in answers else None,
        keep=KEEP if turn.own else "",
        undo=undo,
        why=turn.why,
        lease_seconds=turn.lease_seconds if turn.until else 1e6,
    )
