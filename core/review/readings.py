"""What readers say of cases, written down as it is said; nothing is overwritten, and what a case comes to follows.

Blind first, a reader answers without the model (BLIND), which is locked; then sees what the model answered, and keeps
or changes the answer (FINAL). A random tenth of the second looks does not show the model: what changes there, changed
without it. Where two readers differ, somebody who is neither settles it (SETTLING). Who comes late is written down as
well, and changes nothing that was settled.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import exc, orm

from core.base import errors
from core.datasets.index import ledger
from core.review import case_packing, case_record, database, queueing, review_record, reviews
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

    answer : a class of the review, CANNOT_TELL or NOT_SUCH. shown_at : since when the reader has seen the case, UTC,
    ISO. client_id : given by whoever acts, the same at a retry, which then changes nothing. FINAL again, by the same
    reader, changes the answer until somebody has settled the case; BLIND is locked once it is given.
    Raises ReadingNotPossible, and what `database.writing` raises.
    """
    given = (entry_id, queueing.tidy_reader(reader), phase, answer, shown_at or reviews.now(), why, client_id)
    for attempt in range(2):
        try:
            with database.writing() as session:
                return _submit(session, *given)
        except exc.IntegrityError:  # another server was first with the same act: now it is there
            if attempt:
                raise
    raise AssertionError


def find_reveal(entry_id: int, reader: str) -> case_record.Answer | None:
    """What the model had answered, for a reader who may see it now; None where it gave no answer, or is not shown to
    this reader. Raises ReadingNotPossible before the blind answer, and what `database.reading` raises."""
    with database.reading() as session:
        entry, settings = _require_entry(session, entry_id)
        name = queueing.tidy_reader(reader)
        if settings.mode == review_record.BLIND_FIRST and not _list_own(session, entry_id, name):
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
        last = sa.select(ReadingRow.entry_id, sa.func.max(ReadingRow.id).label("id")).where(
            ReadingRow.reader == queueing.tidy_reader(reader), ReadingRow.phase == review_record.FINAL
        )
        newest = last.group_by(ReadingRow.entry_id).subquery()
        chosen = sa.select(EntryRow, CaseRow).join(newest, newest.c.entry_id == EntryRow.id)
        chosen = chosen.join(CaseRow, CaseRow.id == EntryRow.case_id).where(EntryRow.review_id == review_id)
        found = session.execute(chosen.order_by(newest.c.id.desc()).limit(limit)).all()
        return [queueing.to_entry(entry, case) for entry, case in found]


def _submit(
    session: orm.Session,
    entry_id: int,
    reader: str,
    phase: review_record.Phase,
    answer: str,
    shown_at: str,
    why: str,
    client_id: str,
) -> review_record.Entry:
    entry, settings = _require_entry(session, entry_id, lock=True)
    case = session.get_one(CaseRow, entry.case_id)
    done = sa.select(ReadingRow.id).where(ReadingRow.client_id == client_id[:LONGEST_ID])
    if client_id and session.scalar(done) is not None:
        return queueing.to_entry(entry, case)
    own = _list_own(session, entry_id, reader)
    settling = sa.select(ReadingRow.id).where(ReadingRow.entry_id == entry_id)
    settling = settling.where(ReadingRow.phase == review_record.SETTLING).limit(1)
    _require_possible(entry, settings, phase, answer, own, was_settled=session.scalar(settling) is not None)
    shown = phase != review_record.BLIND and (phase == review_record.SETTLING or _shows_model(entry, settings, reader))
    session.add(
        ReadingRow(
            entry_id=entry_id,
            reader=reader,
            phase=phase,
            answer=answer,
            shown_at=shown_at,
            at=reviews.now(),
            saw_model=shown and entry.class_name is not None,
            model_id=entry.model_id,
            model_created=entry.model_created,
            model_answer=entry.class_name or "",
            why=case_packing.tidy(why, ledger.LONGEST_WHY),
            client_id=client_id[:LONGEST_ID] or None,
        )
    )
    session.flush()
    if phase != review_record.BLIND:
        session.execute(sa.delete(LeaseRow).where(LeaseRow.entry_id == entry_id, LeaseRow.reader == reader))
        _find_state(session, entry, settings)
        if entry.state == review_record.SETTLED:
            case.state = case_record.READ
        elif case.state == case_record.READ:
            case.state = case_record.POOLED
    return queueing.to_entry(entry, case)


def _require_possible(
    entry: EntryRow,
    settings: review_record.Settings,
    phase: review_record.Phase,
    answer: str,
    own: Sequence[ReadingRow],
    *,
    was_settled: bool,
) -> None:
    """Raise ReadingNotPossible where a reader cannot say this now.

    own : what the reader has said of the case. was_settled : whether somebody has settled a dispute about it.
    """
    if answer not in (*settings.class_names, *review_record.OTHER_ANSWERS):
        known = ", ".join((*settings.class_names, *review_record.OTHER_ANSWERS))
        raise _not_possible(f"one of {known}", answer[:80], "Choose one of them.")
    phases = {row.phase for row in own}
    if phase == review_record.BLIND and (phases or settings.mode == review_record.MODEL_SHOWN):
        raise _not_possible("a case that this reader has not answered", "an answer", "It is locked: see the model's.")
    if phase == review_record.FINAL and settings.mode == review_record.BLIND_FIRST and not phases:
        raise _not_possible("an answer without the model first", "none", "Answer the case without the model.")
    if phase == review_record.FINAL and was_settled:
        raise _not_possible("a case that is open", "one that somebody has settled", "Go on with the next case.")
    if phase == review_record.SETTLING and phases - {review_record.SETTLING}:
        raise _not_possible("somebody who has not read the case", "one of its readers", "Have somebody else settle it.")
    if phase == review_record.SETTLING and entry.state == review_record.OPEN:
        raise _not_possible("a case that its readers have read", "an open one", "Read it as any other.")


def _find_state(session: orm.Session, entry: EntryRow, settings: review_record.Settings) -> None:
    """Write down what the case comes to by all that was said of it."""
    rows = session.scalars(sa.select(ReadingRow).where(ReadingRow.entry_id == entry.id).order_by(ReadingRow.id)).all()
    finals = find_finals(rows)
    counted = list(finals.values())[: settings.readers]
    settling = [row.answer for row in rows if row.phase == review_record.SETTLING]
    entry.n_read = len(finals)
    before = entry.state, entry.settled
    if settling:
        entry.state, entry.settled = review_record.SETTLED, settling[-1]
    elif len(counted) < settings.readers:
        entry.state, entry.settled = review_record.OPEN, ""
    elif len(set(counted)) == 1:
        entry.state, entry.settled = review_record.SETTLED, counted[0]
    else:
        entry.state, entry.settled = review_record.DISPUTED, ""
    if before != (entry.state, entry.settled):
        entry.settled_at = reviews.now() if entry.settled else ""


def find_finals(rows: Sequence[ReadingRow]) -> dict[str, str]:
    """Of the readings of one case the last final answer of each reader, in the order in which they gave the first."""
    found: dict[str, str] = {}
    for row in rows:
        if row.phase == review_record.FINAL:
            found[row.reader] = row.answer
    return found


def _shows_model(entry: EntryRow, settings: review_record.Settings, reader: str) -> bool:
    if settings.mode == review_record.MODEL_SHOWN:
        return True
    return reviews.draw(settings.seed, "control", entry.id, reader) >= CONTROL_SHARE


def _read_answer(entry: EntryRow) -> case_record.Answer | None:
    if not entry.model_id:
        return None
    return case_record.Answer(entry.model_id, entry.model_created, entry.verdict, entry.class_name, entry.probabilities)


def _list_own(session: orm.Session, entry_id: int, reader: str) -> Sequence[ReadingRow]:
    chosen = sa.select(ReadingRow).where(ReadingRow.entry_id == entry_id, ReadingRow.reader == reader)
    return session.scalars(chosen.order_by(ReadingRow.id)).all()


def _require_entry(
    session: orm.Session, entry_id: int, *, lock: bool = False
) -> tuple[EntryRow, review_record.Settings]:
    entry = session.get(EntryRow, entry_id, with_for_update=lock)
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
