"""Reviews: begun, filled, changed, closed."""

import dataclasses
from concurrent import futures

import pytest
import sqlalchemy as sa

from core.base import errors, paths
from core.review import cases, database, queueing, review_record, reviews
from core.review.review_record import Enrolment, Settings
from core.review.schema import EntryRow
from tests.support import begun_reviews as begun
from tests.support.begun_reviews import SICK, WELL

TWO = Settings((SICK, WELL))


def list_entries(review_id):
    with database.reading() as session:
        return list(session.scalars(sa.select(EntryRow).where(EntryRow.review_id == review_id).order_by(EntryRow.id)))


def test_what_was_begun_is_read_back(store):
    settings = Settings(
        ("Ж\u0301", "Well"),
        "Well",
        "cells",
        "net",
        "2026",
        "site",
        2,
        "shown",
        "random",
        0.3,
        7,
        {"n": [1, {"x": None}]},
    )
    begun_here = reviews.begin(" Spring \0 2026 ", settings, by=" Ada ")
    assert (begun_here.name, begun_here.made_by, begun_here.closed_at) == ("Spring 2026", "Ada", "")
    assert begun_here.settings == settings
    assert reviews.read_review(begun_here.id) == reviews.find_review("Spring  2026") == begun_here
    second = reviews.begin("Second", TWO, by="Ada")
    assert reviews.list_reviews() == [second, begun_here]


def test_looking_begins_no_database(home, monkeypatch):
    monkeypatch.delenv("SECOND_LOOK_DATABASE", raising=False)
    assert reviews.list_reviews() == [] and not paths.review_folder().exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"class_names": (SICK,)}, "2 to 9"),
        ({"class_names": tuple("ABCDEFGHIJ")}, "2 to 9"),
        ({"class_names": (SICK, SICK)}, "different"),
        ({"class_names": (SICK, "")}, "different"),
        ({"class_names": (SICK, review_record.CANNOT_TELL)}, "different"),
        ({"class_names": (SICK, 256 * "x")}, "up to 255"),
        ({"class_names": (SICK, "a\0")}, "up to 255"),
        ({"class_names": (SICK, "a\udcff")}, "up to 255"),
        ({"positive": "Other"}, "looked for"),
        ({"readers": 3}, "1 or 2 readers"),
        ({"readers": 0}, "1 or 2 readers"),
        ({"audit_share": 1.01}, "audit of 0 to 1"),
        ({"audit_share": float("nan")}, "audit of 0 to 1"),
        ({"order": "newest"}, "useful, random, oldest"),
        ({"mode": "open"}, "blind, shown"),
        ({"purpose": "fun"}, "queue, site"),
    ],
)
def test_settings_that_cannot_be(store, changes, words):
    with pytest.raises(errors.SettingNotUsable, match=words):
        reviews.begin("First", dataclasses.replace(TWO, **changes), by="Ada")
    assert reviews.list_reviews() == []


def test_a_name_is_of_one_review(store):
    reviews.begin("First", TWO, by="Ada")
    with pytest.raises(errors.SettingNotUsable, match="another review has"):
        reviews.begin("First ", TWO, by="Ben")
    with pytest.raises(errors.SettingNotUsable, match="a name"):
        reviews.begin("\0", TWO, by="Ben")
    with pytest.raises(ValueError, match="author"):
        reviews.begin("Second", TWO, by=" ")

    def begin(reader):
        try:
            return reviews.begin("At once", TWO, by=reader)
        except errors.SettingNotUsable:
            return None

    with futures.ThreadPoolExecutor(4) as pool:
        assert sum(one is not None for one in pool.map(begin, "abcd")) == 1


def test_a_case_is_in_a_review_once(store, monkeypatch):
    """Also where it takes several statements to look who is there."""
    monkeypatch.setattr(reviews, "AT_ONCE", 2)
    numbers = begun.send(9)
    review = reviews.begin("First", TWO, by="Ada").id
    assert reviews.enrol(review, [Enrolment(number) for number in numbers[:3]]) == 3
    assert reviews.enrol(review, [Enrolment(number, 0.5) for number in [*numbers, numbers[-1]]]) == 6
    assert reviews.enrol(review, [Enrolment(number) for number in [*numbers, 999]]) == 0, "what is gone is left out"
    assert reviews.enrol(review, []) == 0
    entries = list_entries(review)
    assert [one.case_id for one in entries] == numbers
    assert [one.rank for one in entries] == 3 * [0.0] + 6 * [0.5]
    with pytest.raises(errors.ReviewNotFound):
        reviews.enrol(review + 1, [Enrolment(numbers[0])])


def test_several_fill_a_review_at_once(store):
    numbers = begun.send(10)
    review = reviews.begin("First", TWO, by="Ada").id
    with futures.ThreadPoolExecutor(4) as pool:
        new = list(pool.map(lambda part: reviews.enrol(review, [Enrolment(each) for each in part]), [numbers] * 4))
    assert sum(new) == 10 == reviews.count(review).total


def test_what_the_model_said_and_where_a_case_was_drawn_is_kept(store):
    numbers = begun.send(3)
    review = reviews.begin("First", dataclasses.replace(TWO, audit_share=1.0), by="Ada").id
    said = [
        Enrolment(numbers[0], 0.25, review_record.UNCERTAIN, begun.ANSWERED, "", "positive", 12.5),
        Enrolment(numbers[1], reason=review_record.GOLD, gold=WELL),
    ]
    assert reviews.enrol(review, said) == 2
    first, second = list_entries(review)
    assert (first.rank, first.reason, first.stratum, first.weight) == (0.25, "uncertain", "positive", 12.5)
    assert (first.model_id, first.class_name, first.probabilities) == ("net", SICK, {SICK: 0.9, WELL: 0.1})
    assert (second.reason, second.gold, second.class_name) == ("gold", WELL, None)
    assert first.audit and not second.audit, "a case whose class is known tells nothing of the others"
    for wrong in ({"gold": "Other"}, {"rank": float("nan")}, {"weight": 0.0}, {"weight": float("inf")}):
        with pytest.raises(ValueError, match="expected"):
            reviews.enrol(review, [Enrolment(numbers[2], **wrong)])


def test_a_sample_is_all_audit(store):
    review = begun.begin(begun.send(4), purpose=review_record.SITE, audit_share=0)
    assert all(one.audit for one in list_entries(review))


def test_what_cases_were_drawn_by_stays_once_there_are_some(store):
    review = reviews.begin("First", TWO, by="Ada").id
    reviews.change(review, by="Ada", audit_share=0.5, seed=3, mode=review_record.MODEL_SHOWN)
    numbers = begun.send(2)
    reviews.enrol(review, [Enrolment(number) for number in numbers])
    for change in ({"audit_share": 0.1}, {"seed": 4}, {"purpose": review_record.SITE}):
        with pytest.raises(errors.SettingNotUsable, match="Begin another review"):
            reviews.change(review, by="Ada", **change)
    reviews.change(review, by="Ada", mode=review_record.BLIND_FIRST, class_names=(SICK, WELL, "Other"))
    begun.read_all(review, "Ada", "Other")
    for change in ({"mode": review_record.MODEL_SHOWN}, {"class_names": (SICK, WELL)}):
        with pytest.raises(errors.SettingNotUsable, match="Begin another review"):
            reviews.change(review, by="Ada", **change)
    with pytest.raises(errors.SettingNotUsable):
        reviews.change(review, by="Ada", readers=5)
    assert reviews.change(review, by="Ada", positive=SICK, facts={"threshold": 0.4}).settings.facts == {
        "threshold": 0.4
    }
    with pytest.raises(errors.ReviewNotFound):
        reviews.change(review + 1, by="Ada", order=review_record.RANDOM)


def test_with_more_or_fewer_readers_cases_come_to_what_was_said(store):
    numbers = begun.send(3)
    review = begun.begin(numbers, audit_share=0)
    begun.answer(queueing.claim(review, "Ada").entry.id, "Ada", SICK)
    assert reviews.count(review) == review_record.Counts(2, 0, 0, 1)
    reviews.change(review, by="Ada", readers=2)
    assert reviews.count(review) == review_record.Counts(3, 1, 0, 0)
    assert cases.count_waiting() == 3
    begun.read_all(review, "Ben", WELL)
    assert reviews.count(review) == review_record.Counts(2, 2, 1, 0)
    reviews.change(review, by="Ada", readers=1)
    assert reviews.count(review) == review_record.Counts(0, 0, 0, 3) and cases.count_waiting() == 0
    assert sorted(one.settled for one in list_entries(review)) == [SICK, WELL, WELL]


def test_closing_is_written_down(store):
    review = reviews.begin("First", TWO, by="Ada").id
    reviews.close(review, by="Ada")
    assert reviews.read_review(review).closed_at
    reviews.close(review, by="Ada", closed=False)
    assert reviews.read_review(review).closed_at == ""
    with pytest.raises(errors.ReviewNotFound):
        reviews.close(review + 1, by="Ada")


def test_what_is_changed_is_kept_with_who_and_what_stood_there_before(store):
    review = reviews.begin("First", TWO, by="Ada").id
    reviews.change(review, by="Ada", order=review_record.RANDOM, readers=1)
    reviews.change(review, by="Ben", order=review_record.RANDOM)
    reviews.close(review, by=" Ben ")
    reviews.close(review, by="Cy", closed=False)
    changes = [(one.by, one.name, one.before, one.after) for one in reviews.list_changes(review)]
    assert changes[0] == ("Ada", "order", review_record.USEFUL, review_record.RANDOM)
    closed = [one for one in changes if one[1] == "closed_at"]
    assert [(one[0], bool(one[2]), bool(one[3])) for one in closed] == [("Ben", False, True), ("Cy", True, False)]
    assert ("Ben", "order") not in [one[:2] for one in changes], "nothing was other than before"
    with pytest.raises(ValueError, match="author"):
        reviews.close(review, by=" ")
    assert not reviews.read_review(review).closed_at


@pytest.mark.parametrize("asked", ["", "none", "a\0b", 200 * "ё"])
def test_no_such_review(store, asked):
    reviews.begin("First", TWO, by="Ada")
    with pytest.raises(errors.ReviewNotFound):
        reviews.find_review(asked)
    with pytest.raises(errors.ReviewNotFound):
        reviews.read_review(7)
