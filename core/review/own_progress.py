"""How far one reader is in a review."""

from dataclasses import dataclass

import sqlalchemy as sa

from core.review import database, queueing, review_record
from core.review.schema import EntryRow, ReadingRow


@dataclass(frozen=True)
class Progress:
    """Cases of a review: `read` by this reader to the end, `left` for the same, and how many stand `disputed`."""

    read: int
    left: int
    disputed: int


def count_own(review_id: int, reader: str) -> Progress:
    """How far a reader is; cases that others have in hand at this moment are among those left.

    Raises what `database.reading` raises; ValueError without a reader.
    """
    final = (ReadingRow.phase == review_record.FINAL) & (ReadingRow.reader == queueing.tidy_reader(reader))
    own = sa.select(ReadingRow.id).where(ReadingRow.entry_id == EntryRow.id, final).correlate(EntryRow).exists()
    chosen = sa.select(EntryRow.state, own, sa.func.count()).where(EntryRow.review_id == review_id)
    with database.reading() as session:
        found = {(state, bool(mine)): n for state, mine, n in session.execute(chosen.group_by(EntryRow.state, own))}
    return Progress(
        sum(n for (_, mine), n in found.items() if mine),
        found.get((review_record.OPEN, False), 0),
        sum(n for (state, _), n in found.items() if state == review_record.DISPUTED),
    )
