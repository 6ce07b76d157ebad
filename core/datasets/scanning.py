"""Image files read in parallel: hash, size, problem and pixels of each. Runs as a child process: imports stay light.

The children are plain processes that read their work from stdin and write results to stdout, not a multiprocessing
pool: they never import the parent's main module (a dashboard page, under Streamlit), they end by themselves when the
parent is killed, and an image that brings one down costs that image, not the import.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple, cast

from core import errors, paths
from core.datasets import decoding

if sys.platform == "linux":
    import fcntl

IN_PROCESS_BELOW = 200  # starting children takes longer than reading so few
CHUNK_FILES, CHUNK_BYTES = 32, 4_000_000
PIPE_BYTES = 1 << 20  # what Linux grants anybody: room for two chunks of small images, so that no child waits its turn
READY = b"ready\n"


class Scanned(NamedTuple):
    """What one file turned out to be; `sha256` is "" where it could not be read; 0 x 0 px where there is a problem."""

    path: str
    sha256: str
    height_px: int
    width_px: int
    problem: str


@dataclass(frozen=True)
class Chunk:
    """Some files in order, and their pixels: uint8 (files, height_px, width_px, 3), zeros where there is a problem."""

    files: list[Scanned]
    pixels: bytes


def scan_files(folder: Path, files: Sequence[str], height_px: int, width_px: int) -> Generator[Chunk, None, None]:
    """Read and decode `files` (relative to `folder`) on all processors and give the results in their order.

    An unreadable file is a result with a problem. Close the iterator to stop the children.
    Raises JobNotStarted if no child process can be started.
    """
    step = max(1, min(CHUNK_FILES, CHUNK_BYTES // (height_px * width_px * 3)))
    chunks = [list(files[start : start + step]) for start in range(0, len(files), step)]
    if len(files) < IN_PROCESS_BELOW:
        yield from (scan_chunk(folder, chunk, height_px, width_px) for chunk in chunks)
        return
    count = min(os.cpu_count() or 1, len(chunks))
    workers: list[_Worker] = []
    try:
        workers += (_Worker(folder, chunks[start::count], height_px, width_px) for start in range(count))
        for number in range(len(chunks)):
            yield from workers[number % count].next_chunks()
    finally:
        for worker in workers:
            worker.stop()


def scan_chunk(folder: Path, files: Sequence[str], height_px: int, width_px: int) -> Chunk:
    """Read and decode some files, one after the other."""
    results = [_scan_file(folder, path, height_px, width_px) for path in files]
    return Chunk([scanned for scanned, _ in results], b"".join(pixels for _, pixels in results))


def _scan_file(folder: Path, path: str, height_px: int, width_px: int) -> tuple[Scanned, bytes]:
    empty = bytes(height_px * width_px * 3)
    try:
        # Path and buffer would cost a tenth of the time here.
        with open(f"{folder}/{path}", "rb", buffering=0) as file:  # noqa: PTH123
            data = file.read()
    except OSError as error:
        return Scanned(path, "", 0, 0, f"cannot be read: {error.strerror or error}"), empty
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        picture = decoding.decode_picture(data, where=path)
        width, height = picture.size
        pixels, problem = decoding.resize_picture(picture, height_px, width_px).tobytes(), ""
    except errors.UnreadableImage as error:
        height, width, pixels, problem = 0, 0, empty, f"expected {error.expected}; found {error.found}"
    return Scanned(path, sha256, height, width, problem), pixels


class _Worker:
    """One child process and the chunks that it still owes, in order."""

    def __init__(self, folder: Path, chunks: list[list[str]], height_px: int, width_px: int) -> None:
        self._folder, self._height, self._width = folder, height_px, width_px
        self._owed = deque(chunks)
        self._process = self._start()

    def next_chunks(self) -> Iterator[Chunk]:
        """The next chunk; in more than one piece where the child died on one of its files."""
        wanted = len(self._owed[0])
        while wanted:
            chunk = self._receive()
            if chunk is None:
                chunk = self._recover()
            if chunk is not None:
                wanted -= len(chunk.files)
                yield chunk

    @property
    def _results(self) -> IO[bytes]:
        return cast(IO[bytes], self._process.stdout)

    def stop(self) -> None:
        """End the child at once."""
        self._process.kill()
        self._results.close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        """A child at its work. That lies in a file, not a pipe: so all children start at once, and nobody waits."""
        work = {"folder": str(self._folder), "height": self._height, "width": self._width, "chunks": list(self._owed)}
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps(work).encode())
            file.seek(0)
            self._greeted = False
            process = subprocess.Popen(
                [sys.executable, "-m", "core.datasets.scanning"],
                stdin=file,
                stdout=subprocess.PIPE,
                env=paths.child_environment(),
                start_new_session=True,  # Ctrl-C reaches the parent alone, which stops its children
            )
        if sys.platform == "linux":
            with contextlib.suppress(PermissionError):  # a smaller pipe is only slower
                fcntl.fcntl(cast(IO[bytes], process.stdout).fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        return process

    def _require_greeting(self) -> None:
        """Tell a child that cannot run at all from one that died of an image."""
        if not self._greeted and self._results.readline() != READY:
            raise errors.JobNotStarted(
                expected="a process that reads images",
                found="that it ended at once",
                where=sys.executable,
                todo="The terminal or the job's log says why; memory may be short.",
            )
        self._greeted = True

    def _receive(self) -> Chunk | None:
        """One chunk from the child; None where it died before it was complete."""
        self._require_greeting()
        header = self._results.readline()
        if not header.endswith(b"\n"):
            return None
        files = [Scanned(*fields) for fields in json.loads(header)]
        size = len(files) * self._height * self._width * 3
        pixels = self._results.read(size)
        if len(pixels) < size:
            return None
        self._owed.popleft()
        return Chunk(files, pixels)

    def _recover(self) -> Chunk | None:
        """After a death: go on file by file, so that the one that caused it is found; that one gets a problem."""
        self.stop()
        first = self._owed.popleft()
        if len(first) > 1:
            self._owed.extendleft([path] for path in reversed(first))
            self._process = self._start()
            return None
        problem = "the program that decodes it crashed or ran out of memory"
        if self._owed:
            self._process = self._start()
        return Chunk([Scanned(first[0], "", 0, 0, problem)], bytes(self._height * self._width * 3))


def _answer(work: IO[bytes], results: IO[bytes]) -> None:
    """The child's life: read all the work, then write chunk after chunk; a parent that is gone ends it."""
    results.write(READY)
    results.flush()
    asked = json.load(work)
    for files in asked["chunks"]:
        chunk = scan_chunk(Path(asked["folder"]), files, asked["height"], asked["width"])
        results.write(json.dumps(chunk.files).encode() + b"\n")
        results.write(chunk.pixels)
        results.flush()


if __name__ == "__main__":
    try:
        _answer(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(1)  # without the attempt to flush what nobody reads
