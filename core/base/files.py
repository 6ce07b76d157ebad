"""Files that are whole or absent: atomic replacement, tolerant line logs, hashes, room on the disk."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import filelock

from core.base import asides, errors, progress, records

LOCK_LOOK_SECONDS = 0.3
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LARGEST_JSON_BYTES = 500_000_000


@contextlib.contextmanager
def disk_full_as_message(where: Path) -> Iterator[None]:
    """Turn "no space left on device" into `DiskFull`; every other error passes unchanged."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        raise errors.DiskFull(
            expected="room to write",
            found=f"a full disk ({describe_bytes(free_bytes(where))} free)",
            where=str(where),
            todo="Free some space on this disk, then try again. Nothing was lost.",
        ) from error


def require_home(folder: Path) -> None:
    """Raise `HomeNotUsable` unless `folder` is (or can be made) a folder that can be written to."""
    found = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = error.strerror or str(error)
    if not found and not os.access(folder, os.W_OK | os.X_OK):
        found = "one that may not be written to"
    if found:
        raise errors.HomeNotUsable(
            expected="a folder that can be written to",
            found=found,
            where=str(folder),
            todo="Set SECOND_LOOK_HOME to another folder, or give yourself the right to write there.",
        )


def require_free(where: Path, needed_bytes: int) -> None:
    """Raise `DiskFull` unless the disk that holds `where` has `needed_bytes` and a margin of 64 MB left."""
    free = free_bytes(where)
    if needed_bytes + 64_000_000 > free:
        raise errors.DiskFull(
            expected=f"{describe_bytes(needed_bytes)} and a margin of 64 MB free",
            found=f"{describe_bytes(free)} free",
            where=str(where),
            todo="Free some space on this disk, or set SECOND_LOOK_HOME to a folder on a larger one. Nothing was lost.",
        )


def free_bytes(where: Path) -> int:
    """Free bytes on the disk that holds `where` (or its nearest existing parent)."""
    folder = where
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def describe_bytes(count: int) -> str:
    """`count` bytes as a person reads it: 122 MB, 1.4 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}" if count < 10 * size else f"{count / size:.0f} {unit}"
    return f"{count} bytes"


def make_new_folder(parent: Path, name: str) -> Path:
    """Make `parent/name`, or with -2, -3 ... behind where that is taken; nobody else gets the same one."""
    number = 1
    while True:
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            with disk_full_as_message(folder):
                folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder


def write_whole(path: Path, write: Callable[[Path], None], *, durable: bool = True, make_folder: bool = True) -> None:
    """Call `write(temporary_path)`, then put the result in the place of `path` in one step.

    The temporary file keeps the suffix of `path`, since some writers choose their format by it. `durable` waits
    until the bytes are on the disk itself; files that are rewritten every second need not. Without `make_folder` an
    absent folder is a FileNotFoundError: a worker whose folder was moved must not make an empty one in its place.
    What a killed writer leaves is removed later, see `asides`.
    """
    if make_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    elif not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
    with disk_full_as_message(path):
        aside = asides.name(path.parent, path.stem, path.suffix)
    try:
        with disk_full_as_message(path):
            write(aside)
            if durable:
                flush_to_disk(aside)
            _put_in_place(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _put_in_place(aside: Path, path: Path, attempts: int = 20) -> None:
    """Rename over `path`. Windows refuses while a reader has it open, which it has for a moment: try again."""
    for _ in range(attempts - 1):
        try:
            aside.replace(path)
        except PermissionError:
            time.sleep(0.05)
        else:
            return
    aside.replace(path)


def flush_to_disk(path: Path) -> None:
    """Ask the system to have the file on the disk itself before going on."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def encode(value: Any) -> Any:
    """The `default` of `json.dumps` for what is ours: whatever says `to_json` how it is written."""
    if not hasattr(value, "to_json"):
        raise TypeError(f"expected what JSON can hold, found {type(value).__name__}")
    return value.to_json()


def write_json(path: Path, content: Any, *, durable: bool = True, make_folder: bool = True) -> None:
    """Replace `path` by `content` as JSON, whole or not at all; see `write_whole` and `encode`."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=encode)

    def write(aside: Path) -> None:
        aside.write_text(text + "\n", encoding="utf-8")

    write_whole(path, write, durable=durable, make_folder=make_folder)


def find_kind(path: Path) -> str:
    """What stands at a path, without following it: "file", "folder", "link", "pipe or device", or "nothing"."""
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):  # a name that no file can have is one that is not there
        return "nothing"
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
    return kinds.get(stat.S_IFMT(mode), "pipe or device")


def read_bounded(path: Path, limit_bytes: int) -> bytes:
    """The bytes of a plain file; OSError where it is none (a pipe would be waited for), ValueError above the limit."""
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    content = b""
    if facts.st_size <= limit_bytes:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    if max(facts.st_size, len(content)) > limit_bytes:
        raise ValueError(f"more than {describe_bytes(limit_bytes)}")
    return content


def read_json(path: Path, kind: Any = Any, *, limit_bytes: int = LARGEST_JSON_BYTES) -> Any:
    """The content of a JSON file, as a value of `kind` (see `records.parse`); only plain files are read.

    Raises FileNotFoundError where there is none, and `records.Fault` for whatever else is wrong with it.
    """
    try:
        content = read_bounded(path, limit_bytes)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise records.Fault("", "a plain file that can be read", error.strerror or str(error)) from error
    except ValueError as error:
        raise records.Fault("", f"at most {describe_bytes(limit_bytes)}", str(error)) from error
    return records.parse(content, kind)


def read_json_or_none(path: Path, kind: Any = Any, *, limit_bytes: int = LARGEST_JSON_BYTES) -> Any | None:
    """The same, or None where it is absent, torn or being replaced, or content of another kind."""
    try:
        return read_json(path, kind, limit_bytes=limit_bytes)
    except (OSError, ValueError):
        return None


def append_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """Append rows to a JSON-lines file in one write. A torn last line (a writer killed half way) is closed first."""
    text = "".join(json.dumps(row, separators=(",", ":"), allow_nan=False) + "\n" for row in rows)
    with disk_full_as_message(path), path.open("ab+") as file:
        if file.tell() and _last_byte(file) != b"\n":
            text = "\n" + text
        file.write(text.encode())


def _last_byte(file: BinaryIO) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)


def read_lines(path: Path, kind: Any = dict[str, Any]) -> list[Any]:
    """Rows of a JSON-lines file, each of `kind`; a torn line (a writer killed half way) is left out, an absent file has
    none. Raises OSError or ValueError where it is no plain file, or beyond all measure.
    """
    try:
        content = read_bounded(path, LARGEST_JSON_BYTES)
    except FileNotFoundError:
        return []
    rows = []
    for line in content.split(b"\n"):
        if line.startswith(b"{") and line.endswith(b"}"):
            with contextlib.suppress(records.Fault):
                rows.append(records.parse(line, kind))
    return rows


@contextlib.contextmanager
def wait_for_lock(path: Path, report: progress.Report, words: str) -> Iterator[None]:
    """Hold the lock file `path` between processes; while another one has it, report `words`, and so let cancel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=LOCK_LOOK_SECONDS)
        except filelock.Timeout:
            report(0, 0, words)
    try:
        yield
    finally:
        lock.release()


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it; absent is fine. It is renamed first, so that nobody reads half of it."""
    if folder.is_symlink():
        folder.unlink()
    if not folder.exists():
        return
    aside = asides.name(folder.parent, "removed")
    try:
        folder.rename(aside)
    except FileNotFoundError:  # somebody else removes it at this moment
        return
    shutil.rmtree(aside)
