"""The files of cases, each kept once by its content: `data/review/images/ab/<sha256>`, whatever it was called.

A file is there before the row that speaks of it, so no case is ever without its image. Until that row is committed a
note, `pending/<sha256>`, says so; what a killed program left behind is found by its note and taken away.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock

from core.base import errors, files, paths
from core.datasets.index import decoding

LOCK_SECONDS, LOOK_SECONDS = 10.0, 0.005


def path_of(sha256: str) -> Path:
    """Where the file of this content is."""
    return _folder() / sha256[:2] / sha256


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Nobody else puts, settles, sweeps or removes files of cases meanwhile, in no process. Raises DatabaseBusy."""
    folder = _folder()
    with files.disk_full_as_message(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder / "images.lock", timeout=LOCK_SECONDS, poll_interval=LOOK_SECONDS):
            yield
    except filelock.Timeout as error:
        raise errors.DatabaseBusy(
            expected="to get to the images of the cases",
            found=f"somebody else who has been writing for {LOCK_SECONDS:g} seconds",
            where=str(folder),
            todo="Wait a moment and do it again. Nothing was lost.",
        ) from error


def put(sha256: str, content: bytes, database: str) -> None:
    """Have the file on the disk, and a note about it until `settle`. Raises DiskFull.

    database : the one that the row goes into; `sweep` asks no other.
    """
    path = path_of(sha256)
    if not path.exists():
        files.write_whole(_note_of(sha256), lambda aside: _write(aside, database.encode()))
        files.write_whole(path, lambda aside: _write(aside, content))
        _flush_folder(path.parent)


def settle(sha256: str) -> None:
    """Say that the row about a file is committed."""
    _note_of(sha256).unlink(missing_ok=True)


def read(sha256: str) -> bytes:
    """The bytes of the file, those very ones. Raises CaseBroken where they are gone, or others stand there."""
    try:
        content = files.read_bounded(path_of(sha256), decoding.MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        raise _broken(sha256, getattr(error, "strerror", None) or str(error)) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _broken(sha256, "other contents")
    return content


def remove(sha256: str) -> None:
    """Remove a file; absent is fine."""
    path_of(sha256).unlink(missing_ok=True)


def sweep(database: str, is_kept: Callable[[str], bool]) -> int:
    """Remove what was put for this database and never got its row; returns how many files. To be called `alone`.

    is_kept : whether there is a row about this sha256.
    """
    removed = 0
    for note in (_folder() / "pending").glob("[0-9a-f]*"):
        if note.read_bytes() != database.encode():
            continue
        if not is_kept(note.name):
            removed += path_of(note.name).exists()
            remove(note.name)
        settle(note.name)
    return removed


def _folder() -> Path:
    return paths.review_folder() / "images"


def _note_of(sha256: str) -> Path:
    return _folder() / "pending" / sha256


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _flush_folder(folder: Path) -> None:
    """Have the name on the disk as well as the bytes; Windows does so by itself, and opens no folder."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _broken(sha256: str, found: str) -> errors.CaseBroken:
    return errors.CaseBroken(
        expected="the image of a case as it was sent",
        found=found[:300],
        where=str(path_of(sha256)),
        todo="Put back a copy of the file, or delete the case.",
    )
