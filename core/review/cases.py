"""Cases for review: sent, taken back, listed, read. An image is one case however often it is sent; what happens to it
is written down as events, which are only added. All of a case goes when its user deletes it, and not before.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import PureWindowsPath

import sqlalchemy as sa
from sqlalchemy import exc, orm

from core.base import errors
from core.datasets.index import decoding, ledger, thumbnails
from core.review import case_images, case_record, case_rows, database
from core.review.schema import CaseRow, EventRow, ImageRow

LONGEST_NAME = 255
PSEUDONYM = "case-{:06d}"


def send(
    content: bytes,
    name: str,
    *,
    by: str,
    why: str = "",
    source: case_record.Source = case_record.PREDICT,
    patient: str = "",
    dataset: str = "",
    image_id: str = "",
    answered: case_record.Answer = case_record.NO_MODEL,
    client_id: str = "",
    pseudonym: bool = False,
) -> case_record.Case:
    """Have people look at an image. Content that was sent before meets its case: one more event, no second case.

    content : the file. name : what it is called; with `pseudonym` a new case is called by its number instead, and the
    name is not kept. client_id : given by whoever acts, the same at a retry, which then changes nothing.
    Raises UnreadableImage, DiskFull, what `database.writing` raises; ValueError without an author.
    """
    where = _tidy(PureWindowsPath(name).name, LONGEST_NAME)  # of both systems' paths the last part
    size_px = decoding.read_picture(content, where=where)[1]  # (width, height)
    sha256 = hashlib.sha256(content).hexdigest()

    def write(session: orm.Session) -> str:
        earlier = _find_event(session, client_id)
        if earlier is not None:
            return _require_same(session.get_one(CaseRow, earlier.case_id), sha256)
        case = session.scalar(sa.select(CaseRow).where(CaseRow.image == sha256))
        if case is None:
            case_images.put(sha256, content, _identity())
            row = ImageRow(sha256=sha256, bytes=len(content), width_px=size_px[0], height_px=size_px[1])
            case = CaseRow(
                image=sha256,
                arrived_at=_now(),
                name="" if pseudonym else where,
                patient=_tidy(patient, LONGEST_NAME),
                source=source,
                dataset=dataset,
                image_id=image_id,
                state=case_record.POOLED,
            )
            session.add(row)
            session.flush()
            session.add(case)
            session.flush()
            case.name = case.name or PSEUDONYM.format(case.id)
        case.state = case_record.POOLED
        _add_event(session, case, case_record.SENT, by, why, answered=answered, client_id=client_id)
        return sha256

    _change(write, then=case_images.settle)
    return _require(find_case(sha256), sha256)


def withdraw(case_id: int, *, by: str, why: str = "", client_id: str = "") -> case_record.Case:
    """Take a case back; one that does not wait is left as it is. Raises CaseNotFound, and as `send` does."""

    def write(session: orm.Session) -> str:
        case = _get(session, case_id)
        if case.state == case_record.POOLED and _find_event(session, client_id) is None:
            case.state = case_record.WITHDRAWN
            _add_event(session, case, case_record.TAKEN_BACK, by, why, client_id=client_id)
        return case.image

    _change(write)
    return read_case(case_id)


def delete(case_id: int) -> None:
    """Delete a case, all that happened to it, and its image, for good. Raises CaseNotFound, and as `send` does."""

    def write(session: orm.Session) -> str:
        sha256 = _get(session, case_id).image
        session.execute(sa.delete(EventRow).where(EventRow.case_id == case_id))
        session.execute(sa.delete(CaseRow).where(CaseRow.id == case_id))
        session.execute(sa.delete(ImageRow).where(ImageRow.sha256 == sha256))
        return sha256

    _change(write, then=_remove_file)


def list_waiting(limit: int | None = None, offset: int = 0) -> list[case_record.Case]:
    """The cases that wait, the last one that was sent first. Raises what `database.reading` raises."""
    with database.reading() as session:
        chosen = case_rows.select().where(CaseRow.state == case_record.POOLED)
        return [case_rows.to_case(*row) for row in session.execute(chosen.limit(limit).offset(offset))]


def count_waiting() -> int:
    """How many cases wait. Raises what `database.reading` raises."""
    with database.reading() as session:
        counted = sa.select(sa.func.count()).select_from(CaseRow).where(CaseRow.state == case_record.POOLED)
        return session.scalar(counted) or 0


def list_contents() -> set[str]:
    """The sha256 of every image that waits. Raises what `database.reading` raises."""
    with database.reading() as session:
        return set(session.scalars(sa.select(CaseRow.image).where(CaseRow.state == case_record.POOLED)))


def find_case(sha256: str) -> case_record.Case | None:
    """The case of the image with this content, waiting or not. Raises what `database.reading` raises."""
    with database.reading() as session:
        row = session.execute(case_rows.select().where(CaseRow.image == sha256)).first()
        return case_rows.to_case(*row) if row else None


def read_case(case_id: int) -> case_record.Case:
    """The case of this number. Raises CaseNotFound, and what `database.reading` raises."""
    with database.reading() as session:
        row = session.execute(case_rows.select().where(CaseRow.id == case_id)).first()
        return _require(case_rows.to_case(*row) if row else None, str(case_id))


def list_events(case_id: int) -> list[case_record.Event]:
    """All that happened to a case, in order. Raises what `database.reading` raises."""
    with database.reading() as session:
        chosen = sa.select(EventRow).where(EventRow.case_id == case_id).order_by(EventRow.id)
        return [case_rows.to_event(row) for row in session.scalars(chosen)]


def read_image(case: case_record.Case) -> bytes:
    """The file of a case, as it was sent. Raises CaseBroken where it is gone, or another one."""
    return case_images.read(case.sha256)


def _change(write: Callable[[orm.Session], str], then: Callable[[str], None] = lambda sha256: None) -> None:
    """Do something about an image, whose sha256 it gives, all of it or nothing; `then` while nobody else is at them.

    Where another server was first with the same image or the same act, it is looked at again: now it is there.
    """
    for attempt in range(2):
        try:
            with case_images.alone():
                with database.writing() as session:
                    case_images.sweep(_identity(), lambda sha256: session.get(ImageRow, sha256) is not None)
                    sha256 = write(session)
                then(sha256)
        except exc.IntegrityError:
            if attempt:
                raise
        else:
            return


def _identity() -> str:
    """By which a database is told from another one; no password is in it."""
    return hashlib.sha256(str(database.find_url()).encode()).hexdigest()


def _remove_file(sha256: str) -> None:
    case_images.remove(sha256)
    for cached in thumbnails.cache_path(sha256, 0).parent.glob(f"{sha256}-*"):
        cached.unlink(missing_ok=True)


def _add_event(
    session: orm.Session,
    case: CaseRow,
    kind: case_record.Kind,
    by: str,
    why: str,
    *,
    answered: case_record.Answer = case_record.NO_MODEL,
    client_id: str,
) -> None:
    author = _tidy(by, ledger.LONGEST_NAME)
    if not author:
        raise ValueError("expected an author")
    session.add(
        EventRow(
            case_id=case.id,
            at=_now(),
            by=author,
            kind=kind,
            why=_tidy(why, ledger.LONGEST_WHY),
            model_id=answered.model_id,
            model_created=answered.created,
            verdict=answered.verdict,
            class_name=answered.class_name,
            probabilities=None if answered.probabilities is None else dict(answered.probabilities),
            gate=None if answered.gate is None else dict(answered.gate),
            client_id=client_id or None,
        )
    )


def _find_event(session: orm.Session, client_id: str) -> EventRow | None:
    return session.scalar(sa.select(EventRow).where(EventRow.client_id == client_id)) if client_id else None


def _require_same(case: CaseRow, sha256: str) -> str:
    if case.image != sha256:
        raise ValueError("expected another client_id for another image")
    return sha256


def _get(session: orm.Session, case_id: int) -> CaseRow:
    case = session.get(CaseRow, case_id)
    if case is None:
        raise _not_found(str(case_id))
    return case


def _require(case: case_record.Case | None, asked: str) -> case_record.Case:
    if case is None:
        raise _not_found(asked)
    return case


def _not_found(asked: str) -> errors.CaseNotFound:
    return errors.CaseNotFound(
        expected="a case that was sent to review",
        found=f"none of {asked[:80]}",
        where="the review database",
        todo="Somebody may have deleted it: send the image again.",
    )


def _tidy(words: str, most: int) -> str:
    """Words on one line that every database can hold."""
    return " ".join(words.replace("\0", "").encode("utf-8", "replace").decode().split())[:most]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
