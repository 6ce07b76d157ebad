"""Children of bench_review: fill a review, look what its readers left, time a long queue."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from core.review import database, queueing, review_record, reviews
from core.review.schema import EntryRow, ReadingRow

SICK, WELL = "Sick", "Well"
# Ranks and draws that look like chance: multiples of the golden ratio and of the root of two, without their whole part.
FILL = (
    """INSERT INTO images (sha256, bytes, width_px, height_px)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
    SELECT CAST(i AS VARCHAR(64)), 1, 1, 1 FROM n""",
    """INSERT INTO cases (image, arrived_at, name, patient, source, dataset, image_id, state)
    SELECT sha256, :at, sha256, '', 'batch', '', '', 'pooled' FROM images""",
    """INSERT INTO entries (review_id, case_id, added_at, reason, rank, draw, audit, gold, stratum, weight,
    model_id, model_created, verdict, class_name, state, n_read, settled, settled_at)
    SELECT :review, id, :at, 'sent', rank, draw, audit, '', '', 1.0,
    :model, '', 'class', :sick, 'open', 0, '', '' FROM (
        SELECT id, id % 10 = 0 AS audit,
        id * 0.6180339887498949 - CAST(id * 0.6180339887498949 - 0.5 AS INTEGER) AS rank,
        id * 0.4142135623730951 - CAST(id * 0.4142135623730951 - 0.5 AS INTEGER) AS draw FROM cases) AS made""",
)


def fill(count: int, *, readers: int = 2) -> int:
    """A review of so many cases without images, made by the database itself; its number."""
    begun = reviews.begin(f"{count} cases", review_record.Settings((SICK, WELL), readers=readers), by="bench")
    given = {"count": count, "review": begun.id, "at": reviews.now(), "model": "net", "sick": SICK}
    with database.writing() as session:
        for statement in FILL:
            session.execute(sa.text(statement), given)
    return begun.id


def check(review_id: int) -> dict[str, Any]:
    """What the readers of a review left: reader -> entries with a final answer; how many twice; cases unsettled."""
    with database.reading() as session:
        rows = session.execute(sa.select(ReadingRow.reader, ReadingRow.entry_id, ReadingRow.phase)).all()
    said = Counter((row.reader, row.entry_id, row.phase) for row in rows)
    read: dict[str, list[int]] = {}
    readers_of = Counter[int]()
    for reader, entry, phase in said:
        if phase == review_record.FINAL:
            read.setdefault(reader, []).append(entry)
            readers_of[entry] += 1
    counted = reviews.count(review_id)
    return {
        "read": read,
        "readings": sum(map(len, read.values())),
        "twice": sum(count > 1 for count in said.values()) + sum(count > 2 for count in readers_of.values()),
        "unread": counted.total - counted.settled,
    }


def time_queue(count: int, read: int = 2000) -> dict[str, Any]:
    """Seconds of what opening a long review takes, as its first visitor finds it."""
    review = fill(count)
    database.close_all()
    reviews.list_reviews()
    counted, count_seconds = _time(lambda: reviews.count(review))
    claim, claim_seconds = _time(lambda: queueing.claim(review, "Ada"))
    assert counted.open == count and claim is not None
    _, peek_seconds = _time(lambda: queueing.peek(review, "Ada", besides=claim.entry.id))
    _let_read(review, "Ada", read, besides=claim.entry.id)
    later, later_seconds = _time(lambda: queueing.claim(review, "Ada"))
    assert later is not None and later.entry.id == claim.entry.id
    _, ben_seconds = _time(lambda: queueing.claim(review, "Ben"))
    _, order_seconds = _time(lambda: reviews.change(review, by="Ada", order=review_record.RANDOM))
    return {
        "count": count_seconds,
        "claim": claim_seconds,
        "peek": peek_seconds,
        "later": max(later_seconds, ben_seconds),
        "order": order_seconds,
        "read": read,
    }


def _let_read(review_id: int, reader: str, count: int, *, besides: int) -> None:
    """As if somebody had read the first so many cases of a review, and nobody else yet."""
    chosen = sa.select(EntryRow.id).where(EntryRow.review_id == review_id, EntryRow.id != besides)
    at = reviews.now()
    shared = {"reader": reader, "answer": SICK, "shown_at": at, "at": at, "saw_model": False, "model_id": ""}
    shared |= {"model_created": "", "model_answer": "", "why": "", "client_id": None}
    with database.writing() as session:
        found = session.scalars(chosen.order_by(EntryRow.rank.desc()).limit(count)).all()
        for phase in (review_record.BLIND, review_record.FINAL):
            session.execute(sa.insert(ReadingRow), [shared | {"entry_id": each, "phase": phase} for each in found])
        session.execute(sa.update(EntryRow).where(EntryRow.id.in_(found)).values(n_read=1))


def _time(act: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return act(), time.perf_counter() - began


if __name__ == "__main__":
    verbs: dict[str, Callable[[int], Any]] = {"fill": fill, "check": check, "queue": time_queue}
    print(json.dumps(verbs[sys.argv[1]](int(sys.argv[2]))))
