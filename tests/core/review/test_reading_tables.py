"""Readings as tables: what each reader said of each case, and every act in its order."""

import math

import pytest

from core.base import errors
from core.review import queueing, reading_tables, readings, review_record
from core.review.review_record import BLIND, FINAL, SETTLING
from tests.support import begun_reviews as begun
from tests.support.begun_reviews import SICK, WELL


@pytest.fixture
def read(store):
    """Three cases for two readers: a dispute that Cleo settled and Eve read late, a half read one, an unread one."""
    review = begun.begin(begun.send(3), readers=2, audit_share=0)
    first = queueing.claim(review, "Ada").entry
    readings.submit(first.id, "Ada", BLIND, WELL, shown_at="2026-01-01T00:00:00+00:00")
    readings.submit(first.id, "Ada", FINAL, WELL)
    readings.submit(first.id, "Ada", FINAL, SICK)
    begun.answer(first.id, "Ben", WELL)
    begun.answer(first.id, "Eve", WELL)
    readings.submit(first.id, "Cleo", SETTLING, WELL, why="the ring")
    second = queueing.claim(review, "Ada").entry
    readings.submit(second.id, "Ada", BLIND, review_record.NOT_SUCH)
    return review, first, second


def test_a_row_a_case_and_reader(read):
    review, first, second = read
    table = reading_tables.tabulate(review)
    assert table.columns.tolist() == reading_tables.COLUMNS and len(table) == 5
    of_first = table[table["entry"] == first.id].set_index("reader")
    assert of_first.index.tolist() == ["Ada", "Ben", "Eve"]
    assert of_first["blind"].tolist() == 3 * [WELL] and of_first["final"].tolist() == [SICK, WELL, WELL]
    assert of_first["counts"].tolist() == [True, True, False]
    assert set(of_first["settled"]) == {WELL} and set(of_first["settled_by"]) == {"Cleo"}
    assert of_first.loc["Ada", "blind_seconds"] > 0 and of_first["model_answer"].tolist() == 3 * [SICK]
    half = table[table["entry"] == second.id].iloc[0]
    assert (half["reader"], half["blind"], half["final"], half["counts"]) == ("Ada", review_record.NOT_SUCH, "", False)
    unread = table[table["reader"] == ""].iloc[0]
    assert unread["state"] == review_record.OPEN and math.isnan(unread["blind_seconds"]) and not unread["counts"]


def test_the_trail_has_every_act(read):
    review, first, _ = read
    trail = reading_tables.tabulate_trail(review)
    assert trail.columns.tolist() == reading_tables.TRAIL
    assert trail["id"].is_monotonic_increasing and trail["at"].is_monotonic_increasing
    acts = trail.loc[trail["entry"] == first.id, ["reader", "phase", "answer"]].to_numpy().tolist()
    assert acts[:3] == [["Ada", BLIND, WELL], ["Ada", FINAL, WELL], ["Ada", FINAL, SICK]]
    assert acts[-1] == ["Cleo", SETTLING, WELL] and trail["why"].tolist().count("the ring") == 1
    assert not trail.loc[trail["phase"] == BLIND, "saw_model"].any()
    assert set(trail["model"]) == {"net"} and set(trail["sha256"]) >= {first.sha256}


def test_nothing_read_and_no_such_review(store):
    review = begun.begin(begun.send(2))
    assert reading_tables.tabulate(review)["reader"].tolist() == ["", ""]
    assert reading_tables.tabulate_trail(review).empty
    for act in (reading_tables.tabulate, reading_tables.tabulate_trail):
        with pytest.raises(errors.ReviewNotFound):
            act(review + 1)
