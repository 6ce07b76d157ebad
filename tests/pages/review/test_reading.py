"""The reading room: blind first, one press an answer, nothing twice, the last ones again, and nothing given away."""

import re
import shutil

import pytest

from core.base import errors
from core.review import (
    case_evidence,
    case_record,
    database,
    database_faults,
    evidence_process,
    queueing,
    reading_tables,
    reading_turns,
    readings,
    reviews,
)
from core.review import review_record as record
from core.runtimes import base
from pages.review import behind_answer
from tests.support import made_models
from tests.support.app_pages import messages, words
from tests.support.read_reviews import CLASSES, draft, find_question, make_answer, make_review, press


@pytest.fixture(autouse=True)
def closed(monkeypatch):
    monkeypatch.setattr(behind_answer, "HEAD_START_SECONDS", 0.0)
    yield
    database.close_all()


def open_as(app, name="Ada", **address):
    test = app("review", **address)
    test.text_input(key="reader-name").set_value(name).run()
    assert not test.exception, test.exception
    return test


def list_trail(review):
    table = reading_tables.tabulate_trail(review.id)
    return list(zip(table["phase"], table["answer"], table["saw_model"], strict=True))


def read_all(test):
    """All that went to the browser as bytes, but for how long the case is this reader's."""
    sent = [one.proto.SerializeToString() for one in test.get("bidi_component")]
    return [re.sub(rb'"lease_seconds": [0-9.]+', b"", one) for one in sent] + [str(test.main).encode()]


def test_without_reviews_it_says_how_to_begin_one(app):
    test = app("review")
    assert "Nothing to read yet" in words(test) and [one.label for one in test.button] == ["Begin a review"]


def test_a_name_is_asked_once_and_said_to_be_unchecked(app, home):
    make_review(1)
    test = app("review")
    assert "Nobody checks this name" in words(test) and find_question(test) is None
    test.text_input(key="reader-name").set_value("Ada").run()
    assert find_question(test)["line"] == "Which is it?" and not test.text_input
    next(one for one in test.button if one.label == "Somebody else reads").click().run()
    assert find_question(test) is None and test.text_input(key="reader-name").value == ""


def test_an_answer_locks_and_reveals_and_the_second_goes_on(app, home):
    review = make_review(2)
    test = open_as(app)
    asked = find_question(test)
    assert [one["key"] for one in asked["choices"]] == ["1", "2", "?", "X"]
    assert (asked["keep"], asked["undo"], asked["own"], asked["badge"]) == ("", False, None, "")
    press(test, "answer", 0, why="ring")
    shown = find_question(test)
    assert shown["line"] in ("You: Parasitized\nModel: Uninfected, 73 %", "You: Parasitized")
    assert (shown["own"], shown["ask"], shown["keep"]) == (0, "Keep or change?", "Keep and go on")
    assert shown["seen"] == asked["seen"] and shown["step"] != asked["step"]
    press(test, "keep")
    assert find_question(test)["seen"] != asked["seen"] and find_question(test)["undo"]
    saw = "Model" in shown["line"]
    assert list_trail(review) == [("blind", "Parasitized", False), ("final", "Parasitized", saw)]
    assert "1 read by you, 1 left" in words(test)


def test_nothing_is_given_away_before_the_answer(app, home):
    """The same page, whatever the model and another reader had said: what goes to the browser, to the byte."""
    seen = []
    for number, answered in enumerate((make_answer(), make_answer("Parasitized", 0.9017, "another-model", "refer"))):
        review = make_review(2, answered=answered, readers=2)
        other = queueing.claim(review.id, "Ben").entry
        for phase in (record.BLIND, record.FINAL):
            readings.submit(other.id, "Ben", phase, CLASSES[number], why=f"because of {number}")
        said = read_all(open_as(app))
        assert not [one for one in said for word in (b"7313", b"9017", b"-model", b"73 %", b"because") if word in one]
        seen.append(said[:-1])
        database.close_all()
        shutil.rmtree(home / "data" / "review")
    assert seen[0] == seen[1] and len(seen[0]) >= 4


def test_a_press_for_another_case_or_again_is_dropped(app, home):
    review = make_review(3)
    test = open_as(app)
    step = find_question(test)["step"]
    press(test, "answer", 0, id="one")
    press(test, "answer", 1, id="one", step=step)
    press(test, "answer", 1, id="two", step=step)
    assert [phase for phase, _, _ in list_trail(review)] == ["blind"] and not test.exception
    assert find_question(test)["heard"] == "two"
    for odd in ({"act": "answer", "choice": 9}, {"act": "answer", "choice": None}, {"act": "no"}, {"act": "keep"}):
        before = len(list_trail(review))
        press(test, **({"seconds": float("nan")} | odd))
        assert len(list_trail(review)) == before + (odd["act"] == "keep") and not test.exception


def test_undo_opens_the_last_ones_again_and_what_changes_is_added(app, home):
    review = make_review(3)
    test = open_as(app)
    first = find_question(test)["seen"]
    for _ in range(2):
        press(test, "answer", 0)
        press(test, "keep")
    here = find_question(test)["seen"]
    press(test, "undo")
    press(test, "undo")
    again = find_question(test)
    assert (again["seen"], again["own"], again["undo"]) == (first, 0, False)
    assert again["ask"].startswith("An earlier case")
    press(test, "answer", 1)
    assert find_question(test)["seen"] == here
    assert [answer for _, answer, _ in list_trail(review)] == ["Parasitized"] * 4 + ["Uninfected"]
    press(test, "undo")
    press(test, "keep")
    assert find_question(test)["seen"] == here and len(list_trail(review)) == 5, "keeping adds nothing"


def test_where_the_model_is_shown_a_badge_says_so(app, home):
    review = make_review(2, mode=record.MODEL_SHOWN)
    test = open_as(app)
    asked = find_question(test)
    assert asked["line"] == "Model: Uninfected, 73 %" and "no blind reading" in asked["badge"]
    press(test, "answer", 2)
    assert list_trail(review) == [("final", record.CANNOT_TELL, True)]


def test_a_note_that_was_begun_comes_back(app, home):
    make_review(1)
    test = open_as(app)
    step = find_question(test)["step"]
    draft(test, "other", "lost")
    draft(test, step, "a ring")
    assert find_question(open_as(app))["why"] == "a ring"


def test_a_fault_is_said_and_the_case_stays(app, home, monkeypatch):
    review = make_review(1)
    test = open_as(app)

    def refuse(*arguments, **options):
        raise database_faults.busy("review.db")

    with monkeypatch.context() as patched:
        patched.setattr(reading_turns, "submit", refuse)
        press(test, "answer", 0, id="late")
    assert "DatabaseBusy" in test.toast[0].value and find_question(test)["heard"] == "late"
    press(test, "answer", 0)
    assert len(list_trail(review)) == 1


def test_the_end_says_what_comes_next(app, home):
    review = make_review(1)
    test = open_as(app)
    press(test, "answer", 0)
    press(test, "keep")
    assert "All read" in words(test)
    assert [one.label for one in test.button if "agreement" in one.label or "Undo" in one.label] == [
        "Undo the last answer",
        "See the agreement",
    ]
    next(one for one in test.button if one.label == "Undo the last answer").click().run()
    assert find_question(test)["ask"].startswith("An earlier case")
    press(test, "keep")
    reviews.close(review.id, by="Ada")
    test.run()
    assert "This review is closed" in words(test)


def test_cases_in_the_hands_of_others_are_said(app, home):
    review = make_review(1)
    queueing.claim(review.id, "Ben")
    assert "in the hands of others" in words(open_as(app))


def test_an_image_that_is_gone_is_said_and_can_be_answered(app, home):
    review = make_review(1)
    for path in (home / "data" / "review" / "images").glob("??/*"):
        path.unlink()
    test = open_as(app)
    press(test, "answer", 2)
    press(test, "keep")
    assert [answer for _, answer, _ in list_trail(review)] == [record.CANNOT_TELL] * 2


def shown_model(monkeypatch, outcome):
    """A model of this home that answered, and what stands behind its answer."""
    found = made_models.write_small_model()

    def ask(self, model_id, sha256, class_name, *, longest_px):
        assert model_id == found.id
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(evidence_process.Asker, "ask", ask)
    chances = dict(zip(CLASSES, (0.4, 0.6), strict=True))
    said = case_record.Answer(found.id, found.manifest.created, "answer", "Uninfected", chances)
    return make_review(1, answered=said, mode=record.MODEL_SHOWN)


def test_what_stands_behind_an_answer_is_shown_or_said(app, home, started, monkeypatch):
    lacking = case_evidence.Evidence(
        base.Lacking("It has no map."), "", (case_evidence.Alike("Uninfected", "P1", b""),)
    )
    shown_model(monkeypatch, lacking)
    test = open_as(app)
    assert "It has no map." in words(test) and "Most similar training images" in words(test)


def test_a_process_that_ends_over_it_is_a_message_and_the_case_can_be_answered(app, home, started, monkeypatch):
    fault = errors.ModelBroken(expected="a", found="b", where="c", todo="Go on without it.")
    review = shown_model(monkeypatch, fault)
    test = open_as(app)
    assert "Go on without it" in messages(test)
    press(test, "answer", 0)
    assert len(list_trail(review)) == 1


def test_a_model_that_is_gone_has_no_heatmap(app, home):
    make_review(1, mode=record.MODEL_SHOWN)
    assert "is not here any more, so there is no heatmap" in words(open_as(app))
