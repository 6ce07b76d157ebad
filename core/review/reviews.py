"""Reviews: begun, listed, changed, closed; which cases are in them. One row a case, however often it is enrolled."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core.base import errors
from core.datasets.index import ledger
from core.review import case_packing, database, review_record
from core.review.schema import EntryRow, LeaseRow, ReviewRow

LONGEST_NAME = 80
MOST_CLASSES = 9  # one key each
AT_ONCE = 1000  # rows in one statement


def begin(name: str, settings: review_record.Settings, *, by: str) -> review_record.Review:
    """Begin a review. Raises SettingNotUsable where name or settings cannot be, and as `database.writing` does."""
    title, author = case_packing.tidy(name, LONGEST_NAME), case_packing.tidy(by, ledger.LONGEST_NAME)
    if not author:
        raise ValueError("expected an author")
    _require_usable(title, settings)
    with database.writing() as session:
        if session.scalar(sa.select(ReviewRow.id).where(ReviewRow.name == title)) is not None:
            raise _not_usable("a name of its own", f"{title}, which another review has", "Choose another name.")
        row = ReviewRow(name=title, made_at=now(), made_by=author, closed_at="", settings=asdict(settings))
        session.add(row)
        session.flush()
        return _to_review(row)


def list_reviews() -> list[review_record.Review]:
    """All reviews, the newest first; begins no database. Raises what `database.reading` raises."""
    if not database.exists():
        return []
    with database.reading() as session:
        return [_to_review(row) for row in session.scalars(sa.select(ReviewRow).order_by(ReviewRow.id.desc()))]


def read_review(review_id: int) -> review_record.Review:
    """The review of this number. Raises ReviewNotFound, and what `database.reading` raises."""
    with database.reading() as session:
        return _to_review(require_row(session, review_id))


def find_review(name: str) -> review_record.Review:
    """The review of this name. Raises ReviewNotFound, and what `database.reading` raises."""
    with database.reading() as session:
        row = session.scalar(sa.select(ReviewRow).where(ReviewRow.name == name))
        if row is None:
            raise _not_found(name)
        return _to_review(row)


def change(review_id: int, **changes: Any) -> review_record.Review:
    """Change settings of a review: its order, or who reads. Raises ReviewNotFound, SettingNotUsable.

    Classes and mode stay once anything has been read: what was said before would mean something else.
    """
    with database.writing() as session:
        row = require_row(session, review_id, lock=True)
        settings = replace(_to_review(row).settings, **changes)
        _require_usable(row.name, settings)
        row.settings = asdict(settings)
        if "order" in changes:
            places = _find_places(settings.order)
            session.execute(sa.update(EntryRow).where(EntryRow.review_id == review_id).values(place=places))
        return _to_review(row)


def close(review_id: int, *, closed: bool = True) -> None:
    """Hand out no more of its cases, or hand them out again. Raises ReviewNotFound."""
    with database.writing() as session:
        require_row(session, review_id).closed_at = now() if closed else ""


def enrol(review_id: int, enrolments: Sequence[review_record.Enrolment]) -> int:
    """Put cases into a review; those that are in it stay as they are. Returns how many are new. One transaction.

    Raises ReviewNotFound, and what `database.writing` raises.
    """
    with database.writing() as session:
        settings = _to_review(require_row(session, review_id, lock=True)).settings
        wanted = {one.case_id: one for one in reversed(enrolments)}
        for start in range(0, len(wanted), AT_ONCE):
            numbers = list(wanted)[start : start + AT_ONCE]
            chosen = sa.select(EntryRow.case_id).where(EntryRow.review_id == review_id, EntryRow.case_id.in_(numbers))
            for known in session.scalars(chosen).all():
                del wanted[known]
        at = now()
        rows = [_describe_entry(review_id, settings, one, at) for one in wanted.values()][::-1]
        for start in range(0, len(rows), AT_ONCE):
            session.execute(sa.insert(EntryRow), rows[start : start + AT_ONCE])
        return len(rows)


def count(review_id: int) -> review_record.Counts:
    """How far a review is. Raises what `database.reading` raises."""
    with database.reading() as session:
        chosen = sa.select(EntryRow.state, sa.func.count()).where(EntryRow.review_id == review_id)
        found: dict[str, int] = dict(session.execute(chosen.group_by(EntryRow.state)).tuples().all())
        half = sa.select(sa.func.count()).select_from(EntryRow)
        half = half.where(EntryRow.review_id == review_id, EntryRow.state == review_record.OPEN, EntryRow.n_read > 0)
        return review_record.Counts(
            found.get(review_record.OPEN, 0),
            session.scalar(half) or 0,
            found.get(review_record.DISPUTED, 0),
            found.get(review_record.SETTLED, 0),
        )


def list_absent_readers(review_id: int) -> list[str]:
    """Who has cases of this review in hand whose time is over. Raises what `database.reading` raises."""
    with database.reading() as session:
        chosen = sa.select(LeaseRow.reader).where(LeaseRow.review_id == review_id, LeaseRow.until <= now())
        return sorted(set(session.scalars(chosen)))


def draw(seed: int, *parts: object) -> float:
    """A number in [0, 1) that hangs on these parts and nothing else."""
    said = "/".join(map(str, (seed, *parts))).encode()
    return int.from_bytes(hashlib.sha256(said).digest()[:6]) / 2**48


def require_row(session: orm.Session, review_id: int, *, lock: bool = False) -> ReviewRow:
    """The row of a review. lock : whether others who lock it wait until this session ends. Raises ReviewNotFound."""
    row = session.get(ReviewRow, review_id, with_for_update=lock)
    if row is None:
        raise _not_found(str(review_id))
    return row


def read_settings(row: ReviewRow) -> review_record.Settings:
    """The settings of a row."""
    return review_record.Settings(**{**row.settings, "class_names": tuple(row.settings["class_names"])})


def now() -> str:
    """This moment, UTC, ISO: two of them compare as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _to_review(row: ReviewRow) -> review_record.Review:
    return review_record.Review(row.id, row.name, row.made_at, row.made_by, read_settings(row), row.closed_at)


def _describe_entry(
    review_id: int, settings: review_record.Settings, one: review_record.Enrolment, at: str
) -> dict[str, Any]:
    drawn = draw(settings.seed, "place", one.case_id)
    places = {review_record.USEFUL: one.rank, review_record.RANDOM: drawn, review_record.OLDEST: -float(one.case_id)}
    sampled = settings.purpose == review_record.SITE or draw(settings.seed, "audit", one.case_id) < settings.audit_share
    return {
        "review_id": review_id,
        "case_id": one.case_id,
        "added_at": at,
        "reason": one.reason,
        "rank": one.rank,
        "place": places[settings.order],
        "draw": drawn,
        "audit": sampled and not one.gold,
        "gold": one.gold,
        "stratum": one.stratum,
        "weight": one.weight,
        "model_id": one.answered.model_id,
        "model_created": one.answered.created,
        "verdict": one.answered.verdict,
        "class_name": one.answered.class_name,
        "probabilities": None if one.answered.probabilities is None else dict(one.answered.probabilities),
        "state": review_record.OPEN,
        "n_read": 0,
        "settled": "",
        "settled_at": "",
    }


def _find_places(order: review_record.Order) -> "sa.ColumnElement[float]":
    if order == review_record.OLDEST:
        return -sa.cast(EntryRow.case_id, sa.Float)
    return sa.cast(EntryRow.rank if order == review_record.USEFUL else EntryRow.draw, sa.Float)


def _require_usable(title: str, settings: review_record.Settings) -> None:
    names = settings.class_names
    if not title:
        raise _not_usable("a name", "none", "Give the review a name.")
    if not 2 <= len(names) <= MOST_CLASSES or len(set(names)) != len(names) or set(names) & {"", *_RESERVED}:
        todo = "Readers have a key for each class: leave classes out, or read them in two reviews."
        raise _not_usable(f"2 to {MOST_CLASSES} different classes", ", ".join(names)[:200] or "none", todo)
    if settings.positive and settings.positive not in names:
        raise _not_usable("one of its classes as the one looked for", settings.positive, "Choose one of its classes.")
    if settings.readers not in (1, 2) or not 0 <= settings.audit_share <= 1:
        found = f"{settings.readers} readers, an audit of {settings.audit_share:g}"
        raise _not_usable("1 or 2 readers and an audit of 0 to 1", found, "Change it.")


_RESERVED = review_record.OTHER_ANSWERS


def _not_usable(expected: str, found: str, todo: str) -> errors.SettingNotUsable:
    return errors.SettingNotUsable(expected=expected, found=found, where="the settings of a review", todo=todo)


def _not_found(asked: str) -> errors.ReviewNotFound:
    return errors.ReviewNotFound(
        expected="a review that was begun",
        found=f"none called {asked[:80]}",
        where="the review database",
        todo="Choose one of the reviews, or begin one.",
    )
