"""Readings made elsewhere: matched by content, blind, written once, and what cannot be taken is counted and said."""

import hashlib
import json

import pandas as pd
import pytest

from core.base import errors
from core.review import (
    case_record,
    cases,
    queueing,
    reading_tables,
    readings,
    readings_file,
    review_record,
    reviews,
)
from tests.support import sent_images

AT = "2026-03-01T10:00:00+01:00"


@pytest.fixture
def review(store):
    """Three cases that a model answered, for two readers."""
    said = case_record.Answer("m", "t", "answer", "Sick", {"Sick": 0.9, "Well": 0.1})
    numbers = [cases.send(sent_images.encode(seed), f"{seed}.png", by="Ada").id for seed in range(3)]
    made = reviews.begin("First", review_record.Settings(("Sick", "Well"), readers=2), by="Ada")
    reviews.enrol(made.id, [review_record.Enrolment(number, answered=said) for number in numbers])
    return made


def make_rows(*said):
    """(seed of the image, reader, answer) each."""
    hashes = [hashlib.sha256(sent_images.encode(seed)).hexdigest() for seed, _, _ in said]
    rows = [
        {"sha256": content, "reader": reader, "answer": answer, "at": AT}
        for content, (_, reader, answer) in zip(hashes, said, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(readings_file.COLUMNS))


def test_readings_count_as_if_they_had_been_made_here_blind(review):
    table = make_rows(
        (0, "Ben", "Sick"), (0, "Cleo", "Sick"), (1, "Ben", "Well"), (2, "Ben", "Sick"), (2, "Cleo", "Well")
    )
    assert readings_file.take_in(review.id, table) == readings_file.Outcome(taken=5)
    counts = reviews.count(review.id)
    assert (counts.settled, counts.half_read, counts.disputed) == (1, 1, 1)
    trail = reading_tables.tabulate_trail(review.id)
    assert len(trail) == 10 and not trail["saw_model"].any(), "nobody saw the model's answer there"
    assert set(trail["at"]) == {"2026-03-01T09:00:00.000000+00:00"} and set(trail["why"]) == {"read elsewhere"}
    assert readings_file.take_in(review.id, table) == readings_file.Outcome(known=5)
    assert len(reading_tables.tabulate_trail(review.id)) == 10


def test_what_cannot_be_taken_is_counted_and_nothing_of_it_is_kept(review):
    entry = queueing.claim(review.id, "Ben").entry
    readings.submit(entry.id, "Ben", review_record.BLIND, "Sick")
    seed = next(seed for seed in range(3) if entry.sha256 == hashlib.sha256(sent_images.encode(seed)).hexdigest())
    other = (seed + 1) % 3
    table = make_rows((9, "Ben", "Sick"), (seed, "Ben", "Well"), (other, "Ben", "Dog"), (other, " ", "Sick"))
    table = pd.concat(
        [table, make_rows((other, "Ben", "Sick"), (other, "Cleo", "(cannot tell)")).assign(at=["soon", AT])]
    )
    outcome = readings_file.take_in(review.id, table)
    assert (outcome.taken, outcome.unknown, outcome.refused) == (1, 1, 4)
    assert outcome.first.startswith(entry.sha256[:12]) and "It is locked" in outcome.first
    assert reading_tables.tabulate_trail(review.id)["reader"].tolist() == ["Ben", "Cleo", "Cleo"]


def test_a_review_that_shows_the_model_takes_the_answer_alone(store):
    number = cases.send(sent_images.encode(0), "0.png", by="Ada").id
    made = reviews.begin("Shown", review_record.Settings(("Sick", "Well"), mode="shown"), by="Ada")
    reviews.enrol(made.id, [review_record.Enrolment(number)])
    assert readings_file.take_in(made.id, make_rows((0, "Ben", "Sick"))).taken == 1
    assert reading_tables.tabulate_trail(made.id)["phase"].tolist() == ["final"]


def test_tables_come_as_csv_and_as_json_and_others_are_refused(tmp_path):
    rows = make_rows((0, "Ben", "NA"))
    rows.assign(note="x").to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "a.json").write_text(json.dumps(rows.to_dict("records")))
    for name in ("a.csv", "a.json"):
        pd.testing.assert_frame_equal(readings_file.read_table(tmp_path / name), rows, check_dtype=False)
    for name, content in (("b.csv", "sha256,reader\n"), ("b.json", '{"a": 1}'), ("c.csv", "")):
        (tmp_path / name).write_text(content)
        with pytest.raises(errors.SourceNotUsable):
            readings_file.read_table(tmp_path / name)
    with pytest.raises(errors.SourceNotFound):
        readings_file.read_table(tmp_path / "absent.csv")
