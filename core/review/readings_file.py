"""Readings that were made elsewhere, taken into a review from a table: blind, since nobody saw an answer there.

Each is matched to its case by the file's sha256 and written as a reader here would have: an answer without the model,
and the same as the final one. The same table twice changes nothing.
"""

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from core.base import errors, files, records
from core.review import database, queueing, readings, review_record, reviews
from core.review.schema import CaseRow, EntryRow, ReadingRow

COLUMNS = ("sha256", "reader", "answer", "at")
LARGEST_BYTES = 100_000_000


@dataclass(frozen=True)
class Outcome:
    """How many readings are new, were here already, are of images that are not in the review, and cannot be taken: an
    answer that the review does not know, no reader, no time, or a case that this reader has answered here.

    first : the first of the last ones, in words, "" = none.
    """

    taken: int = 0
    known: int = 0
    unknown: int = 0
    refused: int = 0
    first: str = ""


def read_table(path: Path) -> pd.DataFrame:
    """A .csv with COLUMNS, or a .json with a list of objects that have them; all as text, others left out.

    Raises SourceNotFound, SourceNotUsable.
    """
    try:
        content = files.read_bounded(path, LARGEST_BYTES)
        if path.suffix.lower() == ".json":
            table = pd.DataFrame(records.parse(content, list[dict[str, Any]]), dtype=object).fillna("").astype(str)
        else:
            table = pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise errors.SourceNotFound(
            expected="a table of readings", found="no such file", where=str(path), todo="Check the path."
        ) from error
    except (OSError, ValueError) as error:  # a damaged table is a ValueError, of pandas and of ours
        raise _not_usable(path, str(error)[:200]) from error
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise _not_usable(path, f"a table without {', '.join(missing)}")
    return table[list(COLUMNS)]


def take_in(review_id: int, table: pd.DataFrame) -> Outcome:
    """Write the readings of a table into a review, in its order. table : COLUMNS, as text; `at` ISO, UTC where it names
    no zone. Raises ReviewNotFound, and what `database.writing` raises; what cannot be taken is counted."""
    outcome = Outcome()
    with database.writing() as session:
        settings = reviews.read_settings(reviews.require_row(session, review_id, lock=True))
        chosen = sa.select(CaseRow.image, EntryRow.id).join(EntryRow, EntryRow.case_id == CaseRow.id)
        chosen = chosen.where(EntryRow.review_id == review_id)
        entries: dict[str, int] = {row.image: row.id for row in session.execute(chosen)}
        for row in table.to_dict("records"):
            entry_id = entries.get(str(row["sha256"]).strip().lower())
            if entry_id is None:
                outcome = replace(outcome, unknown=outcome.unknown + 1)
                continue
            try:
                with session.begin_nested():
                    new = _write(session, review_id, entry_id, row, settings.mode)
            except (errors.ReadingNotPossible, ValueError) as error:
                first = outcome.first or f"{str(row['sha256'])[:12]}, {row['reader']}: {error}"[:300]
                outcome = replace(outcome, refused=outcome.refused + 1, first=first)
            else:
                outcome = replace(outcome, taken=outcome.taken + new, known=outcome.known + (not new))
    return outcome


def _write(session: Any, review_id: int, entry_id: int, row: Mapping[Hashable, Any], mode: review_record.Mode) -> bool:
    """Both phases of one reading; False where it is there. In a review that shows the model at once there is one."""
    at = datetime.fromisoformat(str(row["at"]).strip())
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    said, phases = at.isoformat(timespec="microseconds"), (review_record.BLIND, review_record.FINAL)
    new = False
    for phase in phases if mode == review_record.BLIND_FIRST else phases[1:]:
        facts = (review_id, entry_id, row["reader"], row["answer"], said, phase)
        client_id = hashlib.sha256("\0".join(map(str, facts)).encode()).hexdigest()
        if session.scalar(sa.select(ReadingRow.id).where(ReadingRow.client_id == client_id)) is not None:
            continue
        reader, answer = queueing.tidy_reader(str(row["reader"])), str(row["answer"]).strip()
        readings.submit_within(
            session, entry_id, reader, phase, answer, said, "read elsewhere", client_id, read_at=said
        )
        new = True
    return new


def _not_usable(path: Path, found: str) -> errors.SourceNotUsable:
    return errors.SourceNotUsable(
        expected=f"a .csv or .json with the columns {', '.join(COLUMNS)}",
        found=found,
        where=str(path),
        todo="Write them into the table: an image's sha256, who read it, the answer, and when.",
    )
