"""Reviews: begun, listed, changed, closed; which cases are in them. One row a case, however often it is enrolled."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy import orm

from core.base import errors
from core.datasets.index import ledger
from core.review import case_packing, database, outcomes, review_record
from core.review.schema import CaseRow, EntryRow, LeaseRow, ReadingRow, ReviewChangeRow, ReviewRow

LONGEST_NAME, LONGEST_CLASS = 80, 255
MOST_CLASSES = 9  # one key each
AT_ONCE = 1000  # rows in one statement
_ONCE_FILLED = ("purpose", "audit_share", "seed")  # by which its cases were drawn
_ONCE_READ = ("class_names", "mode")  # without which what was said means something else


def begin(name: str, settings: review_record.Settings, *, by: str) -> review_record.Review:
    """Begin a review. Raises SettingNotUsable where name or settings cannot be, and as `database.writing` does."""
    title, author = case_packing.tidy(name, LONGEST_NAME), case_packing.tidy(by, ledger.LONGEST_NAME)
    if not author:
        raise ValueError("expected an author")
    _require_usable(title, settings)

    def write(session: orm.Session) -> review_record.Review:
        if session.scalar(sa.select(ReviewRow.id).where(ReviewRow.name == title)) is not None:
            raise _not_usable("a name of its own", f"{title}, which another review has", "Choose another name.")
        row = ReviewRow(name=title, made_at=now(), made_by=author, closed_at="", settings=asdict(settings))
        session.add(row)
        session.flush()
        return _to_review(row)

    return database.write(write)


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
        row = session.scalar(sa.select(ReviewRow).where(ReviewRow.name == case_packing.tidy(name, LONGEST_NAME)))
        if row is None:
            raise _not_found(name)
        return _to_review(row)


def change(review_id: int, *, by: str, **changes: Any) -> review_record.Review:
    """Change settings of a review; who did, when, and what stood there before is kept.

    Raises ReviewNotFound; SettingNotUsable for what cannot be, or not any more; ValueError without an author.

    Purpose, audit and seed stay once cases are in it, classes and mode once anything has been read. With another number
    of readers each case comes to what was said of it so far: one that a single reader had settled may be half read.
    """
    with database.writing() as session:
        row = require_row(session, review_id, lock=True)
        before = read_settings(row)
        settings = replace(before, **changes)
        _require_usable(row.name, settings)
        _require_still_possible(session, review_id, before, settings)
        was, row.settings = row.settings, asdict(settings)
        _note(session, review_id, by, {name: [was[name], row.settings[name]] for name in changes})
        if settings.readers != before.readers:
            outcomes.write_outcomes(session, review_id, settings.readers)
        return _to_review(row)


def close(review_id: int, *, by: str, closed: bool = True) -> None:
    """Hand out no more of its cases, or hand them out again. Raises ReviewNotFound; ValueError without an author."""
    with database.writing() as session:
        row = require_row(session, review_id, lock=True)
        was, row.closed_at = row.closed_at, now() if closed else ""
        _note(session, review_id, by, {"closed_at": [was, row.closed_at]})


def list_changes(review_id: int) -> list[review_record.Change]:
    """What was changed of a review, in order. Raises what `database.reading` raises."""
    with database.reading() as session:
        chosen = sa.select(ReviewChangeRow).where(ReviewChangeRow.review_id == review_id).order_by(ReviewChangeRow.id)
        return [
            review_record.Change(row.at, row.by, name, before, after)
            for row in session.scalars(chosen)
            for name, (before, after) in row.change.items()
        ]


def enrol(review_id: int, enrolments: Sequence[review_record.Enrolment]) -> int:
    """Put cases into a review; those that are in it stay as they are, and those that are gone are left out. Returns how
    many are new. One transaction.

    Raises ReviewNotFound, and what `database.writing` raises; ValueError for what no case of this review can be.
    """

    def write(session: orm.Session) -> int:
        settings = read_settings(require_row(session, review_id, lock=True))
        wanted = {one.case_id: one for one in reversed(enrolments)}
        numbers, at, new = list(wanted)[::-1], now(), 0
        for start in range(0, len(numbers), AT_ONCE):
            part = numbers[start : start + AT_ONCE]
            chosen = sa.select(EntryRow.case_id).where(EntryRow.review_id == review_id, EntryRow.case_id.in_(part))
            known = set(session.scalars(chosen))
            there = set(session.scalars(sa.select(CaseRow.id).where(CaseRow.id.in_(part)))) - known
            rows = [_describe_entry(review_id, settings, wanted[one], at) for one in part if one in there]
            if rows:
                session.execute(sa.insert(EntryRow), rows)
            new += len(rows)
        return new

    return database.write(write)


def count(review_id: int) -> review_record.Counts:
    """How far a review is. Raises what `database.reading` raises."""
    with database.reading() as session:
        read = (EntryRow.n_read > 0).label("is_read")
        chosen = sa.select(EntryRow.state, read, sa.func.count()).where(EntryRow.review_id == review_id)
        found = session.execute(chosen.group_by(EntryRow.state, "is_read")).all()
        of_state = {state: sum(n for each, _, n in found if each == state) for state in get_args(review_record.State)}
        half = sum(n for state, is_read, n in found if state == review_record.OPEN and is_read)
        return review_record.Counts(
            of_state[review_record.OPEN], half, of_state[review_record.DISPUTED], of_state[review_record.SETTLED]
        )


def list_absent_readers(review_id: int) -> list[str]:
    """Who has cases of this review in hand whose time is over. Raises what `database.reading` raises."""
    with database.reading() as session:
        chosen = sa.select(LeaseRow.reader).join(EntryRow, EntryRow.id == LeaseRow.entry_id)
        chosen = chosen.where(LeaseRow.review_id == review_id, EntryRow.state != review_record.SETTLED)
        return sorted(set(session.scalars(chosen.where(LeaseRow.until <= now()))))


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


def _note(session: orm.Session, review_id: int, by: str, changed: dict[str, list[Any]]) -> None:
    """Write down what is other than before. changed : name -> [before, after]."""
    author = case_packing.tidy(by, ledger.LONGEST_NAME)
    if not author:
        raise ValueError("expected an author")
    other = {name: values for name, values in changed.items() if values[0] != values[1]}
    if other:
        session.add(ReviewChangeRow(review_id=review_id, at=now(), by=author, change=other))


def _to_review(row: ReviewRow) -> review_record.Review:
    return review_record.Review(row.id, row.name, row.made_at, row.made_by, read_settings(row), row.closed_at)


def _describe_entry(
    review_id: int, settings: review_record.Settings, one: review_record.Enrolment, at: str
) -> dict[str, Any]:
    _require_enrolment(settings, one)
    sampled = settings.purpose == review_record.SITE or draw(settings.seed, "audit", one.case_id) < settings.audit_share
    return {
        "review_id": review_id,
        "case_id": one.case_id,
        "added_at": at,
        "reason": one.reason,
        "rank": one.rank,
        "draw": draw(settings.seed, "place", one.case_id),
        "audit": sampled and not one.gold,
        "gold": one.gold,
        "stratum": case_packing.tidy(one.stratum, LONGEST_NAME),
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


def _require_enrolment(settings: review_record.Settings, one: review_record.Enrolment) -> None:
    if not (math.isfinite(one.rank) and math.isfinite(one.weight) and one.weight > 0):
        raise ValueError(f"expected a finite rank and a weight above 0, found {one.rank} and {one.weight}")
    if one.gold not in ("", *settings.class_names, *_RESERVED):
        raise ValueError(f"expected a true class of the review, found {one.gold[:80]}")


def _require_still_possible(
    session: orm.Session, review_id: int, before: review_record.Settings, settings: review_record.Settings
) -> None:
    entries = sa.select(EntryRow.id).where(EntryRow.review_id == review_id).limit(1)
    said = sa.select(ReadingRow.id).join(EntryRow, EntryRow.id == ReadingRow.entry_id).limit(1)
    for fixed, chosen in ((_ONCE_FILLED, entries), (_ONCE_READ, said.where(EntryRow.review_id == review_id))):
        changed = [name for name in fixed if getattr(before, name) != getattr(settings, name)]
        if changed and session.scalar(chosen) is not None:
            todo = "Begin another review: with other settings what was drawn or said here would mean something else."
            raise _not_usable("settings that can still be changed", changed[0].replace("_", " "), todo)


def _require_usable(title: str, settings: review_record.Settings) -> None:
    names = settings.class_names
    if not title:
        raise _not_usable("a name", "none", "Give the review a name.")
    if not 2 <= len(names) <= MOST_CLASSES or len(set(names)) != len(names) or set(names) & {"", *_RESERVED}:
        todo = "Readers have a key for each class: leave classes out, or read them in two reviews."
        raise _not_usable(f"2 to {MOST_CLASSES} different classes", _show(names), todo)
    if any(len(name) > LONGEST_CLASS or "\0" in name or not _is_text(name) for name in names):
        todo = "Give the classes of the data set other names."
        raise _not_usable(f"names of classes that are text of up to {LONGEST_CLASS} characters", _show(names), todo)
    if settings.positive and settings.positive not in names:
        raise _not_usable("one of its classes as the one looked for", settings.positive, "Choose one of its classes.")
    if settings.readers not in (1, 2) or not 0 <= settings.audit_share <= 1:
        found = f"{settings.readers} readers, an audit of {settings.audit_share:g}"
        raise _not_usable("1 or 2 readers and an audit of 0 to 1", found, "Change it.")
    for said, known in (
        (settings.purpose, review_record.Purpose),
        (settings.mode, review_record.Mode),
        (settings.order, review_record.Order),
    ):
        if said not in get_args(known):
            raise _not_usable(f"one of {', '.join(get_args(known))}", str(said)[:80], "Choose one of them.")


def _is_text(name: str) -> bool:
    return name.encode("utf-8", "replace").decode() == name


def _show(names: Sequence[str]) -> str:
    return case_packing.tidy(", ".join(names), 200) or "none"


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
