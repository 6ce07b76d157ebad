"""Who reads which case next. A case in hand is leased: others get another one until the lease is over. Whoever goes
away gives it back by doing nothing; what had been begun is kept. Nobody is asked twice about a case.

Of what a reader gets, the share that the review states is of the audit: cases that were drawn at random and are read
whatever their rank. What is measured on them holds for all cases.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core.datasets.index import ledger
from core.review import case_packing, database, review_record, reviews
from core.review.schema import CaseRow, EntryRow, LeaseRow, ReadingRow

LEASE_MINUTES = 15


def claim(review_id: int, reader: str) -> review_record.Claim | None:
    """The case that a reader has in hand, else the next one for the reader, leased from now on; None = nothing left.

    Raises ReviewNotFound, and what `database.writing` raises.
    """
    name = tidy_reader(reader)
    with database.writing() as session:
        review = reviews.require_row(session, review_id, lock=True)
        settings = reviews.read_settings(review)
        entry = _find_in_hand(session, review_id, name, review_record.OPEN, settings.readers)
        if entry is None and not review.closed_at:
            entry = _find_next(session, review_id, settings, name)
        return _lease(session, entry, name) if entry is not None else None


def claim_dispute(review_id: int, reader: str) -> review_record.Claim | None:
    """A case about which its readers differ, for somebody who has not read it. Raises as `claim` does."""
    name = tidy_reader(reader)
    with database.writing() as session:
        reviews.require_row(session, review_id, lock=True)
        entry = _find_in_hand(session, review_id, name, review_record.DISPUTED, 1)
        if entry is None:
            chosen = _select_free(review_id, name, review_record.DISPUTED, most_others=1)
            entry = session.scalar(chosen.order_by(EntryRow.id).limit(1))
        return _lease(session, entry, name) if entry is not None else None


def count_disputes(review_id: int, reader: str) -> int:
    """How many disputed cases wait for somebody like this reader. Raises what `database.reading` raises."""
    with database.reading() as session:
        chosen = _select_free(review_id, tidy_reader(reader), review_record.DISPUTED, most_others=1)
        return session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0


def peek(review_id: int, reader: str, *, besides: int) -> str | None:
    """The sha256 of the image that comes after the one in hand (an entry's number), to be fetched ahead; leases
    nothing, so another one may come after all. Raises ReviewNotFound, and what `database.reading` raises."""
    name = tidy_reader(reader)
    with database.reading() as session:
        settings = reviews.read_settings(reviews.require_row(session, review_id))
        entry = _find_next(session, review_id, settings, name, besides=besides, ahead=1)
        return session.scalar(sa.select(CaseRow.image).where(CaseRow.id == entry.case_id)) if entry else None


def keep_draft(entry_id: int, reader: str, draft: Mapping[str, Any]) -> None:
    """Keep what a reader has begun to say, and with it the case a while longer. Raises as `claim` does."""
    with database.writing() as session:
        values = {"draft": dict(draft), "until": _find_end()}
        session.execute(sa.update(LeaseRow).where(*_is_of(entry_id, tidy_reader(reader))).values(**values))


def give_back(entry_id: int, reader: str) -> None:
    """Let others have the case now; what was begun is forgotten. Raises what `database.writing` raises."""
    with database.writing() as session:
        session.execute(sa.delete(LeaseRow).where(*_is_of(entry_id, tidy_reader(reader))))


def tidy_reader(reader: str) -> str:
    """A reader's name as it is kept. Raises ValueError where there is none."""
    name = case_packing.tidy(reader, ledger.LONGEST_NAME)
    if not name:
        raise ValueError("expected a reader")
    return name


def to_entry(entry: EntryRow, case: CaseRow) -> review_record.Entry:
    """A case in a review as its reader may see it."""
    return review_record.Entry(entry.id, entry.review_id, case.id, case.image, case.name, case.patient, entry.state)


def _find_in_hand(
    session: orm.Session, review_id: int, reader: str, state: review_record.State, most_others: int
) -> EntryRow | None:
    """What the reader had begun, whether or not its time is over; not where others took the place meanwhile."""
    chosen = sa.select(EntryRow).join(LeaseRow, LeaseRow.entry_id == EntryRow.id)
    chosen = chosen.where(LeaseRow.review_id == review_id, LeaseRow.reader == reader, EntryRow.state == state)
    free = sa.or_(LeaseRow.until > reviews.now(), _count_others(reader, state) < most_others)
    return session.scalar(chosen.where(free).order_by(LeaseRow.id).limit(1))


def _find_next(
    session: orm.Session,
    review_id: int,
    settings: review_record.Settings,
    reader: str,
    *,
    besides: int = 0,
    ahead: int = 0,
) -> EntryRow | None:
    free = _select_free(review_id, reader, review_record.OPEN, most_others=settings.readers)
    free = free.where(EntryRow.id != besides).order_by(EntryRow.place.desc(), EntryRow.draw.desc()).limit(1)
    audit_first = _is_audit_turn(settings, reader, _count_begun(session, review_id, reader) + ahead)
    for audit in (audit_first, not audit_first):
        entry = session.scalar(free.where(EntryRow.audit.is_(audit)))
        if entry is not None:
            return entry
    return None


def _select_free(review_id: int, reader: str, state: review_record.State, *, most_others: int) -> "sa.Select[EntryRow]":
    """Entries of a state that this reader has not read and fewer than so many others have read or in hand.

    Of a disputed one nobody counts who has read it.
    """
    own = sa.select(ReadingRow.id).where(ReadingRow.entry_id == EntryRow.id, ReadingRow.reader == reader)
    chosen = sa.select(EntryRow).where(EntryRow.review_id == review_id, EntryRow.state == state)
    return chosen.where(~own.correlate(EntryRow).exists(), _count_others(reader, state) < most_others)


def _count_others(reader: str, state: review_record.State) -> "sa.ColumnElement[int]":
    """How many others have an entry in hand or, while it is open, have read it."""
    other = orm.aliased(LeaseRow)
    held = sa.select(sa.func.count()).select_from(other)
    held = held.where(other.entry_id == EntryRow.id, other.reader != reader, other.until > reviews.now())
    read = EntryRow.n_read if state == review_record.OPEN else sa.literal(0)
    return read + held.correlate(EntryRow).scalar_subquery()


def _is_audit_turn(settings: review_record.Settings, reader: str, begun: int) -> bool:
    return reviews.draw(settings.seed, "turn", reader, begun) < settings.audit_share


def _count_begun(session: orm.Session, review_id: int, reader: str) -> int:
    """How many cases of a review a reader has had in hand."""
    counted = sa.select(sa.func.count(sa.distinct(ReadingRow.entry_id))).join(
        EntryRow, EntryRow.id == ReadingRow.entry_id
    )
    return session.scalar(counted.where(EntryRow.review_id == review_id, ReadingRow.reader == reader)) or 0


def _lease(session: orm.Session, entry: EntryRow, reader: str) -> review_record.Claim:
    lease = session.scalar(sa.select(LeaseRow).where(*_is_of(entry.id, reader)))
    if lease is None:
        lease = LeaseRow(entry_id=entry.id, review_id=entry.review_id, reader=reader, until="", draft={})
        session.add(lease)
    lease.until = _find_end()
    blind = sa.select(ReadingRow.answer).where(ReadingRow.entry_id == entry.id, ReadingRow.reader == reader)
    said = session.scalar(blind.where(ReadingRow.phase == review_record.BLIND)) or ""
    case = session.get_one(CaseRow, entry.case_id)
    return review_record.Claim(to_entry(entry, case), reader, lease.until, said, dict(lease.draft))


def _is_of(entry_id: int, reader: str) -> tuple["sa.ColumnElement[bool]", ...]:
    return LeaseRow.entry_id == entry_id, LeaseRow.reader == reader


def _find_end() -> str:
    return (datetime.now(UTC) + timedelta(minutes=LEASE_MINUTES)).isoformat(timespec="microseconds")
