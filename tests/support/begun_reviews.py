"""Reviews of a few small cases, and readers who answer them."""

import functools
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from core.review import case_packing, case_record, cases, database, queueing, readings, review_record, reviews
from core.review.schema import CaseRow, LeaseRow
from tests.support import sent_images

SICK, WELL = "Sick", "Well"
ANSWERED = case_record.Answer("net", "2026", "class", SICK, {SICK: 0.9, WELL: 0.1})


@functools.cache
def _pack(seed):
    return case_packing.pack(sent_images.encode(seed), f"{seed}.png", patient=f"P{seed % 5}")


def send(count):
    """So many cases; their numbers, in order."""
    cases.send_packed([_pack(seed) for seed in range(count)], by="Ada")
    with database.reading() as session:
        return list(session.scalars(sa.select(CaseRow.id).order_by(CaseRow.id)))


def begin(numbers, name="First", **settings):
    """A review of these cases, the last of them ranked first."""
    begun = reviews.begin(name, review_record.Settings((SICK, WELL), **settings), by="Ada")
    ranked = [
        review_record.Enrolment(each, (place + 1) / len(numbers), answered=ANSWERED)
        for place, each in enumerate(numbers)
    ]
    assert reviews.enrol(begun.id, ranked) == len(numbers)
    return begun.id


def answer(entry_id, reader, said, last=None, **given):
    """Blind, then in the end; returns the case as it is then."""
    readings.submit(entry_id, reader, review_record.BLIND, said)
    return readings.submit(entry_id, reader, review_record.FINAL, last or said, **given)


def read_all(review_id, reader, said=SICK):
    """Have somebody read whatever there is; returns the entries, in their order."""
    found = []
    while (claim := queueing.claim(review_id, reader)) is not None:
        answer(claim.entry.id, reader, said)
        found.append(claim.entry)
    return found


def let_time_pass(reader):
    """Whatever this reader has in hand is over."""
    over = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="microseconds")
    with database.writing() as session:
        session.execute(sa.update(LeaseRow).where(LeaseRow.reader == reader).values(until=over))
