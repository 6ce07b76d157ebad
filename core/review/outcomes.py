"""What a case comes to by all that was said of it: open, disputed or settled. Acts count in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import orm

from core.review import case_record, review_record
from core.review.schema import CaseRow, EntryRow, ReadingRow


@dataclass(frozen=True)
class Outcome:
    """answer : what the case is settled as, "" = it is not. settled_by : who settled a dispute, "" = nobody had to.
    counting : the readers whose answers count, in the order in which they gave the first.
    """

    state: review_record.State
    answer: str
    settled_by: str
    counting: tuple[str, ...]


def find_outcome(rows: Sequence[ReadingRow], readers: int) -> Outcome:
    """rows : all that was said of one case, in order. readers : how many read each case.

    The first `readers` who answered count, each with the last answer. Where they differ, the first who settles it then
    does so, and may still change what it is settled as; who settles later, or what is no dispute, changes nothing.
    """
    finals: dict[str, str] = {}
    settler = answer = ""
    for row in rows:
        if row.phase == review_record.FINAL:
            finals[row.reader] = row.answer
        elif row.phase == review_record.SETTLING and (
            row.reader == settler or (not settler and _find_state(finals, readers) == review_record.DISPUTED)
        ):
            settler, answer = row.reader, row.answer
    counting = tuple(finals)[:readers]
    if settler:
        return Outcome(review_record.SETTLED, answer, settler, counting)
    state = _find_state(finals, readers)
    return Outcome(state, finals[counting[0]] if state == review_record.SETTLED else "", "", counting)


def write_outcome(session: orm.Session, entry: EntryRow, rows: Sequence[ReadingRow], readers: int) -> None:
    """Write down in an entry, and in its case, what `rows`, all that was said of it, come to."""
    found = find_outcome(rows, readers)
    entry.n_read = len({row.reader for row in rows if row.phase == review_record.FINAL})
    if (entry.state, entry.settled) != (found.state, found.answer):
        entry.settled_at = datetime.now(UTC).isoformat(timespec="microseconds") if found.answer else ""
    entry.state, entry.settled = found.state, found.answer
    case = session.get_one(CaseRow, entry.case_id)
    if found.state == review_record.SETTLED:
        case.state = case_record.READ
    elif case.state == case_record.READ and not _is_settled_elsewhere(session, entry):
        case.state = case_record.POOLED


def write_outcomes(session: orm.Session, review_id: int, readers: int) -> None:
    """`write_outcome` of all cases of a review that anybody has read."""
    chosen = sa.select(EntryRow).where(EntryRow.review_id == review_id, EntryRow.n_read > 0)
    for entry in session.scalars(chosen.order_by(EntryRow.id)).all():
        write_outcome(session, entry, list_rows(session, entry.id), readers)


def list_rows(session: orm.Session, entry_id: int) -> Sequence[ReadingRow]:
    """All that was said of a case in a review, in order."""
    return session.scalars(sa.select(ReadingRow).where(ReadingRow.entry_id == entry_id).order_by(ReadingRow.id)).all()


def _find_state(finals: dict[str, str], readers: int) -> review_record.State:
    counted = list(finals.values())[:readers]
    if len(counted) < readers:
        return review_record.OPEN
    return review_record.SETTLED if len(set(counted)) == 1 else review_record.DISPUTED


def _is_settled_elsewhere(session: orm.Session, entry: EntryRow) -> bool:
    """Whether another review has settled the case."""
    others = sa.select(EntryRow.id).where(EntryRow.case_id == entry.case_id, EntryRow.id != entry.id)
    return session.scalar(others.where(EntryRow.state == review_record.SETTLED).limit(1)) is not None
