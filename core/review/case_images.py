"""The files of cases, each kept once by its content: `data/review/images/ab/<sha256>`, whatever it was called.

A file is there before the row that speaks of it, so no case is ever without its image. Until that row is committed a
note, `pending/<sha256>` of the first of those that are put together, says so; what a killed program left behind is
found by its note and taken away.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent import futures
from pathlib import Path

import filelock

from core.base import asides, errors, files, paths
from core.datasets.index import decoding

LOCK_SECONDS, LOOK_SECONDS = 10.0, 0.005
AT_ONCE = 16  # files that are written beside each other


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


def put(contents: Mapping[str, bytes], database: str) -> None:
    """Have files on the disk, sha256 -> bytes, and a note about those that were not there until `settle`. DiskFull.

    database : the one that the rows go into; `sweep` asks no other.
    """
    folder = _folder()
    places = {sha256: folder / sha256[:2] / sha256 for sha256 in contents}
    absent = [sha256 for sha256, path in places.items() if not path.exists()]
    if not absent:
        return
    note = "\n".join([database, *absent[1:]])  # it is called as the first of them
    files.write_whole(_note_of(absent[0]), lambda aside: _write(aside, note.encode()))
    inside = {places[sha256].parent for sha256 in absent}
    with files.disk_full_as_message(folder), asides.make_folder(folder, "put") as aside:
        for parent in inside:
            parent.mkdir(exist_ok=True)

        def put_one(sha256: str) -> None:
            _write(aside / sha256, contents[sha256])
            files.flush_to_disk(aside / sha256)
            (aside / sha256).replace(places[sha256])

        with futures.ThreadPoolExecutor(
            min(AT_ONCE, len(absent))
        ) as pool:  # who waits for the disk together waits once
            list(pool.map(put_one, absent))
            list(pool.map(_flush_folder, inside))


def settle(contents: Iterable[str]) -> None:
    """Say that the rows about files are committed."""
    settled = set(contents)
    for note in (_folder() / "pending").glob("[0-9a-f]*"):
        if note.name in settled:
            note.unlink(missing_ok=True)


def read(sha256: str) -> bytes:
    """The bytes of the file, those very ones. Raises CaseBroken where they are gone, or others stand there."""
    try:
        content = files.read_bounded(path_of(sha256), decoding.MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        raise _broken(sha256, getattr(error, "strerror", None) or str(error)) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _broken(sha256, "other contents")
    return content


def remove_other(sha256: str) -> None:
    """Take away what stands in the place of this content and is another one, so that `put` puts it there."""
    path = path_of(sha256)
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        path.unlink()


def remove(sha256: str) -> None:
    """Remove a file; absent is fine."""
    path_of(sha256).unlink(missing_ok=True)


def sweep(database: str, is_kept: Callable[[str], bool]) -> int:
    """Remove what was put for this database and never got its row; returns how many files. To be called `alone`.

    is_kept : whether there is a row about this sha256.
    """
    removed = 0
    for note in (_folder() / "pending").glob("[0-9a-f]*"):
        whose, *others = note.read_bytes().decode().split("\n")
        if whose != database:
            continue
        for sha256 in (note.name, *others):
            if not is_kept(sha256):
                removed += path_of(sha256).exists()
                remove(sha256)
        settle([note.name])
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
