"""Cases for review: sent, taken back, listed, read. An image is one case however often it is sent; what happens to it
is written down as events, which are only added. All of a case goes when its user deletes it, and not before.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc, orm

from core.base import errors
from core.datasets.index import ledger, thumbnails
from core.review import case_images, case_packing, case_record, case_rows, database, entry_rows
from core.review.schema import CaseRow, EventRow, ImageRow

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
    packed = case_packing.pack(
        content, name, patient=patient, dataset=dataset, image_id=image_id, answered=answered, client_id=client_id
    )
    send_packed([packed], by=by, why=why, source=source, pseudonym=pseudonym)
    return _require(find_case(packed.sha256), packed.sha256)


def send_packed(
    images: Sequence[case_packing.Packed],
    *,
    by: str,
    why: str = "",
    source: case_record.Source = case_record.PREDICT,
    pseudonym: bool = False,
) -> None:
    """`send` for several images in one transaction: all of them, or none. No `client_id` twice among them.

    One takes some milliseconds, a thousand some hundred: what costs time is to wait for the disk, once for all.
    Raises as `send` does, except UnreadableImage.
    """

    def write(session: orm.Session) -> list[str]:
        earlier = _find_events(session, [one.client_id for one in images])
        for one in images:
            _require_same(earlier.get(one.client_id, one.sha256), one.sha256)
        fresh = [one for one in images if one.client_id not in earlier]
        wanted = {one.sha256: one for one in reversed(fresh)}  # of two with one content the first names the case
        numbers = find_numbers(session, list(wanted))
        new = [one for sha256, one in wanted.items() if sha256 not in numbers]
        case_images.put({one.sha256: one.content for one in new}, database.identify())
        numbers |= _add_cases(session, new[::-1], source, pseudonym=pseudonym)
        pooled = sa.update(CaseRow).where(CaseRow.image.in_(wanted)).values(state=case_record.POOLED)
        session.execute(pooled)
        told = [(numbers[one.sha256], one.answered, one.client_id) for one in fresh]
        _add_events(session, case_record.SENT, by, why, told)
        return [one.sha256 for one in images]

    _change(write, then=case_images.settle)


def find_numbers(session: orm.Session, contents: Sequence[str]) -> dict[str, int]:
    """The numbers of the cases of these contents, as far as there are some."""
    chosen = sa.select(CaseRow.image, CaseRow.id).where(CaseRow.image.in_(contents))
    return {row.image: row.id for row in session.execute(chosen)}


def _add_cases(
    session: orm.Session, new: Sequence[case_packing.Packed], source: case_record.Source, *, pseudonym: bool
) -> dict[str, int]:
    """Rows about new contents, in this order; returns the numbers of their cases."""
    if not new:
        return {}
    facts = [
        {"sha256": one.sha256, "bytes": len(one.content), "width_px": one.width_px, "height_px": one.height_px}
        for one in new
    ]
    rows = [
        {
            "image": one.sha256,
            "arrived_at": _now(),
            "name": "" if pseudonym else one.name,
            "patient": one.patient,
            "source": source,
            "dataset": one.dataset,
            "image_id": one.image_id,
            "state": case_record.POOLED,
        }
        for one in new
    ]
    session.execute(sa.insert(ImageRow), facts)
    session.execute(sa.insert(CaseRow), rows)
    numbers = find_numbers(session, [one.sha256 for one in new])
    unnamed = [numbers[str(row["image"])] for row in rows if not row["name"]]
    if unnamed:
        session.execute(sa.update(CaseRow), [{"id": one, "name": PSEUDONYM.format(one)} for one in unnamed])
    return numbers


def withdraw(case_id: int, *, by: str, why: str = "", client_id: str = "") -> case_record.Case:
    """Take a case back; one that does not wait is left as it is. Raises CaseNotFound, and as `send` does."""

    def write(session: orm.Session) -> list[str]:
        case = _get(session, case_id)
        if case.state == case_record.POOLED and not _find_events(session, [client_id]):
            case.state = case_record.WITHDRAWN
            entry_rows.remove(session, case_id, unread_only=True)
            _add_events(session, case_record.TAKEN_BACK, by, why, [(case_id, case_record.NO_MODEL, client_id)])
        return [case.image]

    _change(write)
    return read_case(case_id)


def delete(case_id: int) -> None:
    """Delete a case, all that happened to it, and its image, for good. Raises CaseNotFound, and as `send` does."""

    def write(session: orm.Session) -> list[str]:
        sha256 = _get(session, case_id).image
        entry_rows.remove(session, case_id)
        session.execute(sa.delete(EventRow).where(EventRow.case_id == case_id))
        session.execute(sa.delete(CaseRow).where(CaseRow.id == case_id))
        session.execute(sa.delete(ImageRow).where(ImageRow.sha256 == sha256))
        return [sha256]

    _change(write, then=remove_files)


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


def _change(
    write: Callable[[orm.Session], list[str]], then: Callable[[list[str]], None] = lambda contents: None
) -> None:
    """Do something about images, whose sha256 it gives, all of it or nothing; `then` while nobody else is at them.

    Where another server was first with the same image or the same act, it is looked at again: now it is there.
    """
    for attempt in range(2):
        try:
            with case_images.alone():
                with database.writing() as session:
                    case_images.sweep(database.identify(), lambda sha256: session.get(ImageRow, sha256) is not None)
                    contents = write(session)
                then(contents)
        except exc.IntegrityError:
            if attempt:
                raise
        else:
            return


def remove_files(contents: Iterable[str]) -> None:
    """Remove images of cases that are gone, with the small pictures made of them. To be called `case_images.alone`."""
    for sha256 in contents:
        case_images.remove(sha256)
        for cached in thumbnails.cache_path(sha256, 0).parent.glob(f"{sha256}-*"):
            cached.unlink(missing_ok=True)


def _add_events(
    session: orm.Session,
    kind: case_record.Kind,
    by: str,
    why: str,
    about: Sequence[tuple[int, case_record.Answer, str]],
) -> None:
    """One act about cases. about : of each its number, what a model had answered, and the client_id."""
    author = case_packing.tidy(by, ledger.LONGEST_NAME)
    if not author:
        raise ValueError("expected an author")
    shared: dict[str, Any] = {
        "at": _now(),
        "by": author,
        "kind": kind,
        "why": case_packing.tidy(why, ledger.LONGEST_WHY),
    }
    rows: list[dict[str, Any]] = [
        shared
        | {
            "case_id": case_id,
            "model_id": answered.model_id,
            "model_created": answered.created,
            "verdict": answered.verdict,
            "class_name": answered.class_name,
            "probabilities": None if answered.probabilities is None else dict(answered.probabilities),
            "gate": None if answered.gate is None else dict(answered.gate),
            "client_id": client_id or None,
        }
        for case_id, answered, client_id in about
    ]
    if rows:
        session.execute(sa.insert(EventRow), rows)


def _find_events(session: orm.Session, client_ids: Sequence[str]) -> dict[str, str]:
    """Which of these acts have been done: client_id -> sha256 of the image that it was about."""
    given = [one for one in client_ids if one]
    if not given:
        return {}
    chosen = sa.select(EventRow.client_id, CaseRow.image).join(CaseRow).where(EventRow.client_id.in_(given))
    return {str(client_id): sha256 for client_id, sha256 in session.execute(chosen)}


def _require_same(before: str, sha256: str) -> None:
    if before != sha256:
        raise ValueError("expected another client_id for another image")


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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
