"""Who reads which case next. A case in hand is leased: others get another one until the lease is over. Whoever goes
away gives it back by doing nothing; what had been begun is kept. Nobody is asked twice about a case. Who has what in
hand need not outlast a power cut, and does not wait for the disk.

Of what a reader gets, the share that the review states is of the audit: cases that were drawn at random and are read
whatever their rank. What is measured on them holds for all cases.
"""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core.datasets.index import ledger
from core.review import case_packing, database, review_record, reviews
from core.review.schema import CaseRow, EntryRow, LeaseRow, ReadingRow, ReviewRow

LEASE_MINUTES = 15
_PLACES: dict[review_record.Order, tuple["sa.ColumnElement[Any]", ...]] = {
    review_record.USEFUL: (EntryRow.rank.desc(), EntryRow.draw.desc()),
    review_record.RANDOM: (EntryRow.draw.desc(),),
    review_record.OLDEST: (EntryRow.case_id.asc(),),
}


def claim(review_id: int, reader: str) -> review_record.Claim | None:
    """The case that a reader has in hand, else the next one for the reader, leased from now on; None = nothing left.

    Raises ReviewNotFound, and what `database.writing` raises.
    """
    name = tidy_reader(reader)
    with database.writing(durable=False) as session:
        review = reviews.require_row(session, review_id, lock=True)
        settings = reviews.read_settings(review)
        entry = _find_in_hand(session, review_id, name, review_record.OPEN, settings.readers)
        if entry is None and not review.closed_at:
            entry = _find_next(session, review_id, settings, name)
        return _lease(session, entry, name) if entry is not None else None


def claim_dispute(review_id: int, reader: str) -> review_record.Claim | None:
    """A case about which its readers differ, for somebody who has not read it. Raises as `claim` does."""
    name = tidy_reader(reader)
    with database.writing(durable=False) as session:
        review = reviews.require_row(session, review_id, lock=True)
        entry = _find_in_hand(session, review_id, name, review_record.DISPUTED, 1)
        if entry is None and not review.closed_at:
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
        review = reviews.require_row(session, review_id)
        if review.closed_at:
            return None
        entry = _find_next(session, review_id, reviews.read_settings(review), name, besides=besides)
        return session.scalar(sa.select(CaseRow.image).where(CaseRow.id == entry.case_id)) if entry else None


def keep_draft(entry_id: int, reader: str, draft: Mapping[str, Any]) -> None:
    """Keep what a reader has begun to say, and with it the case a while longer, unless its time is over and others took
    the place. One that is no longer in hand at all is left alone. Raises as `claim` does."""
    name = tidy_reader(reader)
    with database.writing(durable=False) as session:
        chosen = sa.select(LeaseRow, EntryRow).join(EntryRow, EntryRow.id == LeaseRow.entry_id)
        found = session.execute(chosen.where(*is_lease_of(entry_id, name))).first()
        if found is None:
            return
        lease, entry = found
        lease.draft = dict(draft)
        if _find_in_hand(session, entry.review_id, name, entry.state, _most(session, entry), entry_id) is not None:
            lease.until = _find_end()


def renew(session: orm.Session, entry_id: int, reader: str) -> None:
    """Leave a case a while longer with a reader who has just done something about it, where it still is."""
    held = sa.update(LeaseRow).where(*is_lease_of(entry_id, reader), LeaseRow.until > reviews.now())
    session.execute(held.values(until=_find_end()))


def give_back(entry_id: int, reader: str) -> None:
    """Let others have the case now; what was begun is forgotten, but for an answer that is locked. The reader may get
    the case again. Raises what `database.writing` raises."""
    with database.writing(durable=False) as session:
        session.execute(sa.delete(LeaseRow).where(*is_lease_of(entry_id, tidy_reader(reader))))


def tidy_reader(reader: str) -> str:
    """A reader's name as it is kept: one, however its accents were typed. Raises ValueError where there is none."""
    name = case_packing.tidy(unicodedata.normalize("NFC", reader), ledger.LONGEST_NAME)
    if not name:
        raise ValueError("expected a reader")
    return name


def to_entry(entry: EntryRow, case: CaseRow) -> review_record.Entry:
    """A case in a review as its reader may see it."""
    return review_record.Entry(entry.id, entry.review_id, case.id, case.image, case.name, case.patient, entry.state)


def is_lease_of(entry_id: int, reader: str) -> tuple["sa.ColumnElement[bool]", ...]:
    """By which the row of who has a case in hand is found."""
    return LeaseRow.entry_id == entry_id, LeaseRow.reader == reader


def _find_in_hand(
    session: orm.Session,
    review_id: int,
    reader: str,
    state: review_record.State,
    most_others: int,
    entry_id: int | None = None,
) -> EntryRow | None:
    """What the reader had begun, whether or not its time is over; not where others took the place meanwhile."""
    chosen = sa.select(EntryRow).join(LeaseRow, LeaseRow.entry_id == EntryRow.id)
    chosen = chosen.where(LeaseRow.review_id == review_id, LeaseRow.reader == reader, EntryRow.state == state)
    if entry_id is not None:
        chosen = chosen.where(EntryRow.id == entry_id)
    free = sa.or_(LeaseRow.until > reviews.now(), _count_others(reader, state) < most_others)
    return session.scalar(chosen.where(free, ~_has_read(reader, state)).order_by(LeaseRow.id).limit(1))


def _find_next(
    session: orm.Session, review_id: int, settings: review_record.Settings, reader: str, *, besides: int | None = None
) -> EntryRow | None:
    """The next case for a reader. besides : the one that the reader has in hand, after which it comes."""
    free = _select_free(review_id, reader, review_record.OPEN, most_others=settings.readers)
    if besides is not None:
        free = free.where(EntryRow.id != besides)
    previous = besides if besides is not None else _find_previous(session, review_id, reader)
    audit_first = reviews.draw(settings.seed, "turn", reader, previous) < settings.audit_share
    for audit in (audit_first, not audit_first):
        # The audit has an order of its own, by chance: of its cases those that happen to be read first stand for all.
        order = _PLACES[review_record.RANDOM if audit else settings.order]
        entry = session.scalar(free.where(EntryRow.audit.is_(audit)).order_by(*order).limit(1))
        if entry is not None:
            return entry
    return None


def _select_free(review_id: int, reader: str, state: review_record.State, *, most_others: int) -> "sa.Select[EntryRow]":
    """Entries of a state that this reader has not read and fewer than so many others have read or in hand.

    Of a disputed one nobody counts who has read it.
    """
    chosen = sa.select(EntryRow).where(EntryRow.review_id == review_id, EntryRow.state == state)
    return chosen.where(~_has_read(reader, state), _count_others(reader, state) < most_others)


def _has_read(reader: str, state: review_record.State) -> "sa.ColumnElement[bool]":
    """Whether a reader is done with an entry. One who has begun to read an open one is not; nor may settle it later."""
    own = sa.select(ReadingRow.id).where(ReadingRow.entry_id == EntryRow.id, ReadingRow.reader == reader)
    if state == review_record.OPEN:
        own = own.where(ReadingRow.phase == review_record.FINAL)
    return own.correlate(EntryRow).exists()


def _count_others(reader: str, state: review_record.State) -> "sa.ColumnElement[int]":
    """How many others have an entry in hand or, while it is open, have read it."""
    other = orm.aliased(LeaseRow)
    held = sa.select(sa.func.count()).select_from(other)
    held = held.where(other.entry_id == EntryRow.id, other.reader != reader, other.until > reviews.now())
    read = EntryRow.n_read if state == review_record.OPEN else sa.literal(0)
    return read + held.correlate(EntryRow).scalar_subquery()


def _find_previous(session: orm.Session, review_id: int, reader: str) -> int:
    """The entry of which a reader of a review said something last, 0 = of none: what comes next is drawn after it."""
    chosen = sa.select(ReadingRow.entry_id).join(EntryRow, EntryRow.id == ReadingRow.entry_id)
    chosen = chosen.where(EntryRow.review_id == review_id, ReadingRow.reader == reader)
    return session.scalar(chosen.order_by(ReadingRow.id.desc()).limit(1)) or 0


def _most(session: orm.Session, entry: EntryRow) -> int:
    """How many others may not be at an entry when it is handed to somebody: so many, or more."""
    if entry.state != review_record.OPEN:
        return 1
    return reviews.read_settings(session.get_one(ReviewRow, entry.review_id)).readers


def _lease(session: orm.Session, entry: EntryRow, reader: str) -> review_record.Claim:
    lease = session.scalar(sa.select(LeaseRow).where(*is_lease_of(entry.id, reader)))
    if lease is None:
        lease = LeaseRow(entry_id=entry.id, review_id=entry.review_id, reader=reader, until="", draft={})
        session.add(lease)
    lease.until = _find_end()
    blind = sa.select(ReadingRow.answer).where(ReadingRow.entry_id == entry.id, ReadingRow.reader == reader)
    said = session.scalar(blind.where(ReadingRow.phase == review_record.BLIND)) or ""
    case = session.get_one(CaseRow, entry.case_id)
    return review_record.Claim(to_entry(entry, case), reader, lease.until, said, dict(lease.draft))


def _find_end() -> str:
    return (datetime.now(UTC) + timedelta(minutes=LEASE_MINUTES)).isoformat(timespec="microseconds")
