"""Readings as tables: a row a case and reader, from which agreement is measured, and the trail of every act."""

from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa

from core.review import database, outcomes, review_record, reviews
from core.review.schema import CaseRow, EntryRow, ReadingRow

COLUMNS = ["entry", "case", "sha256", "name", "patient", "dataset", "image_id", "reason", "audit", "gold", "stratum"]
COLUMNS += [
    "weight",
    "rank",
    "reader",
    "blind",
    "blind_at",
    "blind_seconds",
    "final",
    "final_at",
    "saw_model",
    "counts",
]
COLUMNS += ["model", "model_created", "model_answer", "model_verdict", "state", "settled", "settled_by", "settled_at"]
TRAIL = ["id", "at", "reader", "phase", "answer", "shown_at", "saw_model", "entry", "case", "sha256", "patient"]
TRAIL += ["model", "model_created", "model_answer", "why"]


def tabulate(review_id: int) -> pd.DataFrame:
    """A row a case and reader, in the order in which they began: COLUMNS. Cases that nobody read have a row without a
    reader.

    blind, final : what the reader said without the model, and in the end ("" = not said). blind_seconds : from seeing
    the case to the blind answer. counts : whether the reader is one of those whose answers settle it. settled : what it
    came to, "" = open; settled_by : who settled a dispute. Raises ReviewNotFound, and what `database.reading` raises.
    """
    with database.reading() as session:
        settings = reviews.read_settings(reviews.require_row(session, review_id))
        chosen = sa.select(EntryRow, CaseRow).join(CaseRow, CaseRow.id == EntryRow.case_id)
        entries = session.execute(chosen.where(EntryRow.review_id == review_id).order_by(EntryRow.id)).all()
        said = sa.select(ReadingRow).join(EntryRow, EntryRow.id == ReadingRow.entry_id)
        of_entry: dict[int, list[ReadingRow]] = {}
        for row in session.scalars(said.where(EntryRow.review_id == review_id).order_by(ReadingRow.id)):
            of_entry.setdefault(row.entry_id, []).append(row)
        rows = [one for entry, case in entries for one in _describe(entry, case, of_entry.get(entry.id, []), settings)]
    return pd.DataFrame(rows, columns=COLUMNS)


def count_acts(review_id: int) -> tuple[int, int]:
    """How many cases a review has and the number of the last act in it: what changes whenever its tables do."""
    with database.reading() as session:
        entries = sa.select(sa.func.count()).select_from(EntryRow).where(EntryRow.review_id == review_id)
        last = sa.select(sa.func.max(ReadingRow.id)).join(EntryRow, EntryRow.id == ReadingRow.entry_id)
        return session.scalar(entries) or 0, session.scalar(last.where(EntryRow.review_id == review_id)) or 0


def tabulate_trail(review_id: int) -> pd.DataFrame:
    """Everything that was said in a review, a row an act, in order: TRAIL. Raises as `tabulate` does."""
    with database.reading() as session:
        reviews.require_row(session, review_id)
        chosen = sa.select(ReadingRow, EntryRow, CaseRow).join(EntryRow, EntryRow.id == ReadingRow.entry_id)
        chosen = chosen.join(CaseRow, CaseRow.id == EntryRow.case_id).where(EntryRow.review_id == review_id)
        rows = [
            {name: getattr(row, name) for name in ("id", "at", "reader", "phase", "answer", "shown_at", "saw_model")}
            | {"entry": entry.id, "case": case.id, "sha256": case.image, "patient": case.patient, "why": row.why}
            | {"model": row.model_id, "model_created": row.model_created, "model_answer": row.model_answer}
            for row, entry, case in session.execute(chosen.order_by(ReadingRow.id))
        ]
    return pd.DataFrame(rows, columns=TRAIL)


def _describe(
    entry: EntryRow, case: CaseRow, rows: Sequence[ReadingRow], settings: review_record.Settings
) -> list[dict[str, object]]:
    shared: dict[str, object] = dict.fromkeys(COLUMNS, "")
    shared |= {name: getattr(case, name) for name in ("name", "patient", "dataset", "image_id")}
    taken = ("reason", "audit", "gold", "stratum", "weight", "rank", "state", "settled", "settled_at", "model_created")
    shared |= {name: getattr(entry, name) for name in taken}
    shared |= {"entry": entry.id, "case": case.id, "sha256": case.image, "model": entry.model_id}
    shared |= {"model_answer": entry.class_name or "", "model_verdict": entry.verdict}
    shared |= {"saw_model": False, "counts": False, "blind_seconds": float("nan")}
    found = outcomes.find_outcome(rows, settings.readers)
    shared["settled_by"] = found.settled_by
    readers = list(dict.fromkeys(row.reader for row in rows if row.phase != review_record.SETTLING))
    return [shared | _describe_reader(one, rows, counts=one in found.counting) for one in readers] or [shared]


def _describe_reader(reader: str, rows: Sequence[ReadingRow], *, counts: bool) -> dict[str, object]:
    said: dict[str, object] = {"reader": reader, "counts": counts}
    for row in rows:
        if row.reader == reader and row.phase == review_record.BLIND:
            seconds = (pd.Timestamp(row.at) - pd.Timestamp(row.shown_at)).total_seconds()
            said |= {"blind": row.answer, "blind_at": row.at, "blind_seconds": seconds}
        elif row.reader == reader and row.phase == review_record.FINAL:
            said |= {"final": row.answer, "final_at": row.at, "saw_model": row.saw_model}
    return said
