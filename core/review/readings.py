"""What readers say of cases, written down as it is said; nothing is overwritten, and what a case comes to follows.

Blind first, a reader answers without the model (BLIND), which is locked; then sees what the model answered, and keeps
or changes the answer (FINAL). A random tenth of the second looks does not show the model: what changes there, changed
without it. Where two readers differ, somebody who is neither settles it (SETTLING). Who comes late is written down as
well, and changes nothing that was settled.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import orm

from core.base import errors
from core.datasets.index import ledger
from core.review import case_packing, case_record, database, outcomes, queueing, review_record, reviews
from core.review.schema import CaseRow, EntryRow, LeaseRow, ReadingRow, ReviewRow

CONTROL_SHARE = 0.1  # of the second looks, which do not show the model
LONGEST_ID = 80


def submit(
    entry_id: int,
    reader: str,
    phase: review_record.Phase,
    answer: str,
    *,
    shown_at: str = "",
    why: str = "",
    client_id: str = "",
) -> review_record.Entry:
    """Write down what a reader says of a case; returns the case as it is then.

    answer : a class of the review, CANNOT_TELL or NOT_SUCH. shown_at : since when the reader has seen the case, ISO
    with its time zone, "" = now. client_id : given by whoever acts, up to 80 characters, the same at a retry, which
    then changes nothing. FINAL again, by the same reader, changes the answer until somebody has settled the case;
    BLIND is locked once it is given.
    Raises ReadingNotPossible, and what `database.writing` raises; ValueError for a client_id that another act has, and
    for a moment that is none.
    """
    name, said, seen = queueing.tidy_reader(reader), case_packing.tidy(why, ledger.LONGEST_WHY), _to_utc(shown_at)
    _require_client_id(client_id)
    return database.write(lambda session: submit_within(session, entry_id, name, phase, answer, seen, said, client_id))


def find_reveal(entry_id: int, reader: str) -> case_record.Answer | None:
    """What the model had answered, for a reader who may see it now; None where it gave no answer, or is not shown to
    this reader. Raises ReadingNotPossible before the blind answer, and what `database.reading` raises."""
    with database.reading() as session:
        entry, settings = _require_entry(session, entry_id)
        name = queueing.tidy_reader(reader)
        own = sa.select(ReadingRow.id).where(ReadingRow.entry_id == entry_id, ReadingRow.reader == name).limit(1)
        if settings.mode == review_record.BLIND_FIRST and session.scalar(own) is None:
            raise _not_possible("an answer without the model first", "none", "Answer the case.")
        return _read_answer(entry) if _shows_model(entry, settings, name) else None


def list_readings(entry_id: int) -> list[review_record.Reading]:
    """All that was said of a case in a review, in order: for who settles it. Raises what `database.reading` raises."""
    with database.reading() as session:
        chosen = sa.select(ReadingRow, EntryRow.case_id).join(EntryRow, EntryRow.id == ReadingRow.entry_id)
        chosen = chosen.where(ReadingRow.entry_id == entry_id).order_by(ReadingRow.id)
        return [_to_reading(row, case_id) for row, case_id in session.execute(chosen)]


def list_last(review_id: int, reader: str, limit: int = 10) -> list[review_record.Entry]:
    """The cases that a reader answered last, the newest first: those that can be changed still."""
    with database.reading() as session:
        other = orm.aliased(ReadingRow)
        settling = sa.select(other.id).where(other.entry_id == EntryRow.id, other.phase == review_record.SETTLING)
        last = sa.select(ReadingRow.entry_id, sa.func.max(ReadingRow.id).label("id")).where(
            ReadingRow.reader == queueing.tidy_reader(reader), ReadingRow.phase == review_record.FINAL
        )
        newest = last.group_by(ReadingRow.entry_id).subquery()
        chosen = sa.select(EntryRow, CaseRow).join(newest, newest.c.entry_id == EntryRow.id)
        chosen = chosen.join(CaseRow, CaseRow.id == EntryRow.case_id).where(EntryRow.review_id == review_id)
        chosen = chosen.where(~settling.correlate(EntryRow).exists())
        found = session.execute(chosen.order_by(newest.c.id.desc()).limit(limit)).all()
        return [queueing.to_entry(entry, case) for entry, case in found]


def submit_within(
    session: orm.Session,
    entry_id: int,
    reader: str,
    phase: review_record.Phase,
    answer: str,
    shown_at: str,
    why: str,
    client_id: str,
    *,
    read_at: str = "",
) -> review_record.Entry:
    """`submit` within a transaction of the caller's. read_at : when it was read elsewhere, where nobody saw what the
    model had answered, UTC, ISO; "" = now and here."""
    entry, settings = _require_entry(session, entry_id, lock=True)
    case = session.get_one(CaseRow, entry.case_id)
    if client_id and _is_done(session, client_id, (entry_id, reader, phase, answer)):
        return queueing.to_entry(entry, case)
    rows = outcomes.list_rows(session, entry_id)
    _require_possible(session, entry, settings, phase, answer, reader, rows)
    shown = phase != review_record.BLIND and (phase == review_record.SETTLING or _shows_model(entry, settings, reader))
    session.add(
        ReadingRow(
            entry_id=entry_id,
            reader=reader,
            phase=phase,
            answer=answer,
            shown_at=shown_at,
            at=read_at or reviews.now(),
            saw_model=shown and not read_at and entry.class_name is not None,
            model_id=entry.model_id,
            model_created=entry.model_created,
            model_answer=entry.class_name or "",
            why=why,
            client_id=client_id or None,
        )
    )
    session.flush()
    if phase == review_record.BLIND:
        queueing.renew(session, entry_id, reader)
    else:
        session.execute(sa.delete(LeaseRow).where(*queueing.is_lease_of(entry_id, reader)))
        outcomes.write_outcome(session, entry, outcomes.list_rows(session, entry_id), settings.readers)
    return queueing.to_entry(entry, case)


def _require_possible(
    session: orm.Session,
    entry: EntryRow,
    settings: review_record.Settings,
    phase: review_record.Phase,
    answer: str,
    reader: str,
    rows: Sequence[ReadingRow],
) -> None:
    """Raise ReadingNotPossible where a reader cannot say this now. rows : all that was said of the case."""
    known = (*settings.class_names, *review_record.OTHER_ANSWERS)
    if answer not in known:
        raise _not_possible(f"one of {', '.join(known)}", answer[:80] or "none", "Choose one of them.")
    phases = {row.phase for row in rows if row.reader == reader}
    settler = outcomes.find_outcome(rows, settings.readers).settled_by
    if phase == review_record.BLIND and (phases or settings.mode == review_record.MODEL_SHOWN):
        raise _not_possible("a case that this reader has not answered", "an answer", "It is locked: see the model's.")
    if (
        phase == review_record.FINAL
        and settings.mode == review_record.BLIND_FIRST
        and review_record.BLIND not in phases
    ):
        raise _not_possible("an answer without the model first", "none", "Answer the case without the model.")
    if phase == review_record.FINAL and settler and review_record.FINAL in phases:
        raise _not_possible("a case that is open", "one that somebody has settled", "Go on with the next case.")
    if phase != review_record.SETTLING:
        return
    if phases - {review_record.SETTLING}:
        raise _not_possible("somebody who has not read the case", "one of its readers", "Have somebody else settle it.")
    was_handed = session.scalar(sa.select(LeaseRow.id).where(*queueing.is_lease_of(entry.id, reader))) is not None
    if entry.state == review_record.OPEN:
        raise _not_possible("a case that its readers have read", "an open one", "Read it as any other.")
    if entry.state == review_record.SETTLED and reader != settler and not was_handed:
        raise _not_possible("a case about which readers differ", "a settled one", "Go on with the next case.")


def _is_done(session: orm.Session, client_id: str, act: tuple[int, str, str, str]) -> bool:
    """Whether this act is written down already. Raises ValueError where another one has its client_id."""
    row = session.scalar(sa.select(ReadingRow).where(ReadingRow.client_id == client_id))
    if row is not None and (row.entry_id, row.reader, row.phase, row.answer) != act:
        raise ValueError("expected another client_id for another act")
    return row is not None


def _require_client_id(client_id: str) -> None:
    if client_id != case_packing.tidy(client_id, LONGEST_ID):
        raise ValueError(f"expected a client_id of at most {LONGEST_ID} plain characters")


def _to_utc(moment: str) -> str:
    if not moment:
        return reviews.now()
    found = datetime.fromisoformat(moment)
    if found.tzinfo is None:
        raise ValueError("expected a moment with its time zone")
    return found.astimezone(UTC).isoformat(timespec="microseconds")


def _shows_model(entry: EntryRow, settings: review_record.Settings, reader: str) -> bool:
    if settings.mode == review_record.MODEL_SHOWN:
        return True
    return reviews.draw(settings.seed, "control", entry.id, reader) >= CONTROL_SHARE


def _read_answer(entry: EntryRow) -> case_record.Answer | None:
    if not entry.model_id:
        return None
    return case_record.Answer(entry.model_id, entry.model_created, entry.verdict, entry.class_name, entry.probabilities)


def _require_entry(
    session: orm.Session, entry_id: int, *, lock: bool = False
) -> tuple[EntryRow, review_record.Settings]:
    # Whoever has the case in hand may point to the row meanwhile: a lease does, which somebody else is taking.
    entry = session.get(EntryRow, entry_id, with_for_update={"key_share": True} if lock else None)
    if entry is None:
        raise _not_possible("a case of a review", "none of this number", "It was deleted: go on with the next one.")
    return entry, reviews.read_settings(session.get_one(ReviewRow, entry.review_id))


def _to_reading(row: ReadingRow, case_id: int) -> review_record.Reading:
    return review_record.Reading(
        row.id,
        row.entry_id,
        case_id,
        row.reader,
        row.phase,
        row.answer,
        row.shown_at,
        row.at,
        row.saw_model,
        row.model_id,
        row.model_created,
        row.model_answer,
        row.why,
        row.client_id or "",
    )


def _not_possible(expected: str, found: str, todo: str) -> errors.ReadingNotPossible:
    return errors.ReadingNotPossible(expected=expected, found=found, where="this review", todo=todo)
