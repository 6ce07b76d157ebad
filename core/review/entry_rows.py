"""What belongs to a case in the reviews that it is in, taken away with it."""

import sqlalchemy as sa
from sqlalchemy import orm

from core.review.schema import EntryRow, LeaseRow, ReadingRow


def remove(session: orm.Session, case_id: int, *, unread_only: bool = False) -> None:
    """Take a case out of all reviews, with what was said of it; unread_only : out of those where nothing was said."""
    chosen = sa.select(EntryRow.id).where(EntryRow.case_id == case_id)
    if unread_only:
        said = sa.select(ReadingRow.id).where(ReadingRow.entry_id == EntryRow.id)
        chosen = chosen.where(~said.correlate(EntryRow).exists())
    numbers = session.scalars(chosen).all()
    for table in (LeaseRow, ReadingRow):
        session.execute(sa.delete(table).where(table.entry_id.in_(numbers)))
    session.execute(sa.delete(EntryRow).where(EntryRow.id.in_(numbers)))
