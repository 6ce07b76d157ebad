"""A large array on its way to the disk, piece by piece: a stop or a kill costs the last seconds, not what came before.

Beside the array that is to be lie `NAME.part`, with the values so far, and `NAME.part.json`, which says how many rows
of them are on the disk itself. Both belong to the holder of the array's lock.
"""

import contextlib
import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.base import files, progress

KEEP_SECONDS = 5.0
FORGOTTEN_AFTER_SECONDS = 7 * 86_400.0
Compute = Callable[[int], Iterator[NDArray[np.float32]]]


def write_array(path: Path, shape: tuple[int, ...], compute: Compute, say: Callable[[int], None]) -> None:
    """Write a float32 array of `shape` to `path`, going on where an earlier attempt was ended. Only under its lock.

    compute(n) : pieces of shape (rows, shape[-1]) from row n on, counted over all axes but the last; it must give the
        same values in every attempt. say(n) : called with the rows that are done; may raise `progress.Cancelled`.
    After any fault the next attempt goes on from what was last kept. Where somebody clears the folder meanwhile, there
    is no array in the end. Raises DiskFull and what `compute` and `say` raise.
    """
    part = path.with_name(path.name + ".part")
    _remove_forgotten(path.parent)
    header = _write_header(shape)
    row_bytes = shape[-1] * np.dtype(np.float32).itemsize
    done = _read_done(part, header, row_bytes)
    files.require_free(path.parent, (int(np.prod(shape[:-1])) - done) * row_bytes)
    with files.disk_full_as_message(path), part.open("r+b" if done else "w+b") as file:
        file.write(header)
        file.seek(len(header) + done * row_bytes)
        file.truncate()
        _fill(file, part, done, compute, say)
    with contextlib.suppress(FileNotFoundError):
        part.replace(path)
    _note(part).unlink(missing_ok=True)


def _fill(file: BinaryIO, part: Path, done: int, compute: Compute, say: Callable[[int], None]) -> None:
    kept = time.monotonic()
    try:
        say(done)
        for piece in compute(done):
            file.write(np.ascontiguousarray(piece, "<f4").data)
            done += len(piece)
            if time.monotonic() - kept > KEEP_SECONDS:
                _keep(file, part, done)
                kept = time.monotonic()
            say(done)
    except progress.Cancelled:
        _keep(file, part, done)
        raise
    file.flush()
    os.fsync(file.fileno())


def _keep(file: BinaryIO, part: Path, done: int) -> None:
    """Let so many rows count, once they are on the disk itself."""
    file.flush()
    os.fsync(file.fileno())
    files.write_json(_note(part), {"rows": done}, make_folder=False)


def _read_done(part: Path, header: bytes, row_bytes: int) -> int:
    """How many rows of an earlier attempt count; none where it is absent, damaged, or of another shape."""
    said = files.read_json_or_none(_note(part))
    rows = said.get("rows") if isinstance(said, dict) else None
    if not isinstance(rows, int) or rows <= 0 or not part.is_file():
        return 0
    with part.open("rb") as file:
        mine = file.read(len(header)) == header
    return rows if mine and part.stat().st_size >= len(header) + rows * row_bytes else 0


def _write_header(shape: tuple[int, ...]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _remove(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _remove_forgotten(folder: Path) -> None:
    """Remove what nobody has gone on with for a week."""
    for part in folder.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            if abs(time.time() - part.stat().st_mtime) > FORGOTTEN_AFTER_SECONDS:
                _remove(part)
