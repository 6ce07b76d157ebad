"""Image files read in parallel: hash, size, problem and pixels of each. Runs as a child process: imports stay light.

The children are plain processes that read their work from stdin and tell results on stdout, not a multiprocessing
pool: they never import the parent's main module (a dashboard page, under Streamlit), they end by themselves when the
parent is killed, and an image that brings one down costs that image, not the import. Pixels do not pass through the
parent: each child writes them where they belong.
"""

import contextlib
import hashlib
import importlib
import json
import os
import select
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Self, cast

from PIL import Image

from core.base import errors, memory, paths
from core.datasets.index import decoding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IN_PROCESS_BELOW = 200  # starting children takes longer than reading so few
CHUNK_FILES, CHUNK_BYTES = 32, 4_000_000
READY = b"ready\n"
GREETING_SECONDS = 120.0  # a machine that is very busy takes a few; one without memory, for ever
LARGE_LOCK = "large-image.lock"


class Scanned(NamedTuple):
    """What one file turned out to be; `sha256` is "" where it could not be read; 0 x 0 px where there is a problem."""

    path: str
    sha256: str
    height_px: int
    width_px: int
    problem: str


@dataclass(frozen=True)
class Change:
    """What is made of an image, uint8 (H, W, 3), RGB, before it is resized: a function, by where a child finds it.

    It is called with the image and `arguments`, plain data. tag : names it, and its arguments, in a file's name.
    """

    module: str
    function: str
    arguments: Sequence[object]
    tag: str

    def apply(self, image_rgb: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
        """The image, changed."""
        changed: NDArray[np.uint8] = self._find()(image_rgb, *self.arguments)
        return changed

    def _find(self) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(importlib.import_module(self.module), self.function)
        return found


@dataclass(frozen=True)
class Target:
    """Where pixels go: a file, long enough and all zero, in which the image of row 0 begins at byte `start`.

    An image is uint8 (height_px, width_px, 3), RGB; one with a problem stays zero. change : made of it before.
    """

    file: str
    start: int
    height_px: int
    width_px: int
    change: Change | None = None

    @property
    def image_bytes(self) -> int:
        """The length of one image."""
        return self.height_px * self.width_px * 3


class _Chunk(NamedTuple):
    """Files that stand one after the other in the target, and the row of the first."""

    row: int
    files: Sequence[str]


class Readers:
    """The child processes that read images, one a processor. Leaving the `with` block ends them."""

    def __init__(self) -> None:
        self._waiting: list[_Child] = []
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self._workers:
            worker.stop()
        for child in self._waiting:
            child.stop()

    def start(self) -> None:
        """Start the children before their work is known, so that they are awake when it is."""
        while len(self._waiting) < (os.cpu_count() or 1):
            self._waiting.append(_Child())

    def scan(self, folder: Path, files: Sequence[str], target: Target) -> Generator[list[Scanned], None, None]:
        """Read and decode `files` (relative to `folder`) and give the results in their order; once per `Readers`.

        The i-th file becomes the i-th image of `target`, and is there when its result is given. An unreadable file is
        a result with a problem. Few files are read in this very process.
        Raises JobNotStarted if no child process can work, OSError if the target cannot be written (a full disk).
        """
        step = max(1, min(CHUNK_FILES, CHUNK_BYTES // target.image_bytes))
        chunks = [_Chunk(row, files[row : row + step]) for row in range(0, len(files), step)]
        if len(files) < IN_PROCESS_BELOW:
            yield from (_scan_chunk(folder, chunk, target) for chunk in chunks)
            return
        self.start()
        count = min(len(self._waiting), len(chunks))
        room = memory.share_out(count, paths.cache_folder() / LARGE_LOCK)
        for start in range(count):
            self._workers.append(_Worker(self._waiting.pop(), folder, chunks[start::count], target, room))
        for number in range(len(chunks)):
            yield from self._workers[number % count].next_results()


def _scan_chunk(folder: Path, chunk: _Chunk, target: Target) -> list[Scanned]:
    """Read and decode some files, one after the other, and write their pixels."""
    sheet = Image.new("RGB", (target.width_px, target.height_px * len(chunk.files)))  # one below the other, black
    results = []
    for place, path in enumerate(chunk.files):
        scanned, picture = _scan_file(folder, path, target)
        results.append(scanned)
        if picture:
            sheet.paste(picture, (0, place * target.height_px))
    with Path(target.file).open("rb+") as file:
        file.seek(target.start + chunk.row * target.image_bytes)
        file.write(sheet.tobytes())
    return results


def _scan_file(folder: Path, path: str, target: Target) -> tuple[Scanned, Image.Image | None]:
    try:
        with open(f"{folder}/{path}", "rb", buffering=0) as file:  # noqa: PTH123  (Path and a buffer cost a tenth here)
            size_bytes = os.fstat(file.fileno()).st_size
            if size_bytes > decoding.MAX_FILE_BYTES:
                return Scanned(path, "", 0, 0, f"cannot be read: {decoding.TOO_LONG}"), None
            with memory.reading().hold(size_bytes, path):
                return _scan_bytes(file.read(), path, target)
    except OSError as error:
        return Scanned(path, "", 0, 0, f"cannot be read: {error.strerror or error}"), None
    except MemoryError:
        return Scanned(path, "", 0, 0, "cannot be read: it does not fit into memory"), None
    except errors.UnreadableImage as error:
        return Scanned(path, "", 0, 0, f"expected {error.expected}; found {error.found}"), None


def _scan_bytes(data: bytes, path: str, target: Target) -> tuple[Scanned, Image.Image | None]:
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        picture, (width, height) = _read_changed(data, path, target.change)
    except errors.UnreadableImage as error:
        return Scanned(path, sha256, 0, 0, f"expected {error.expected}; found {error.found}"), None
    return Scanned(path, sha256, height, width, ""), decoding.resize_picture(picture, target.height_px, target.width_px)


def _read_changed(data: bytes, path: str, change: Change | None) -> tuple[Image.Image, tuple[int, int]]:
    if change is None:
        return decoding.read_picture(data, where=path)
    image_rgb, size = decoding.read_image(data, where=path)
    return Image.fromarray(change.apply(image_rgb)), size


class _Child:
    """One process that waits for its work."""

    def __init__(self) -> None:
        self._greeted = False
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.datasets.index.scanning"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=paths.child_environment(),
                start_new_session=True,  # Ctrl-C reaches the parent alone, which stops its children
            )
        except OSError as error:  # no memory, or too many processes
            raise _not_started(error.strerror or str(error)) from error

    def give(self, work: dict[str, object]) -> None:
        """All its work, at once. A child that is dead already is noticed where its results are read."""
        with contextlib.suppress(BrokenPipeError), cast(IO[bytes], self._process.stdin) as pipe:
            pipe.write(json.dumps(work).encode())

    def read_line(self) -> bytes:
        """The next line that it tells; empty or torn where it died. Raises JobNotStarted if it never came to life."""
        results = cast(IO[bytes], self._process.stdout)
        if not self._greeted:
            if not _has_something(results, GREETING_SECONDS):
                raise _not_started(f"one that has not come to life within {GREETING_SECONDS:.0f} s")
            if results.readline() != READY:
                raise _not_started("that it ended at once")
        self._greeted = True
        return results.readline()

    def stop(self) -> None:
        """End it at once."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                cast(IO[bytes], pipe).close()
        self._process.wait()


class _Worker:
    """A child, and the chunks that it still owes, in order."""

    def __init__(
        self, child: _Child, folder: Path, chunks: list[_Chunk], target: Target, room: dict[str, object]
    ) -> None:
        self._folder, self._target, self._room = folder, target, room
        self._owed = deque(chunks)
        self._child = child
        self._give_work()

    def next_results(self) -> Iterator[list[Scanned]]:
        """Those of the next chunk; in more than one piece where the child died on one of its files."""
        wanted = len(self._owed[0].files)
        while wanted:
            found = self._receive() or self._recover()
            wanted -= len(found)
            yield found

    def stop(self) -> None:
        """End the child at once."""
        self._child.stop()

    def _give_work(self) -> None:
        about = {"folder": str(self._folder), "target": asdict(self._target), "memory": self._room}
        self._child.give({**about, "chunks": list(self._owed)})

    def _receive(self) -> list[Scanned]:
        """The results of one chunk; none where the child died before it was complete."""
        line = self._child.read_line()
        if not line.endswith(b"\n"):
            return []
        told = json.loads(line)
        if isinstance(told, int):
            raise OSError(told, os.strerror(told), self._target.file)
        if isinstance(told, dict):
            raise errors.MemoryBusy(**told)
        self._owed.popleft()
        return [Scanned(*fields) for fields in told]

    def _recover(self) -> list[Scanned]:
        """After a death: go on file by file, so that the one that caused it is found; that one gets a problem."""
        self._child.stop()
        first = self._owed.popleft()
        alone = len(first.files) == 1
        if not alone:
            self._owed.extendleft(
                _Chunk(row, [path]) for row, path in reversed(list(enumerate(first.files, start=first.row)))
            )
        if self._owed:
            self._child = _Child()
            self._give_work()
        problem = "the program that decodes it crashed or ran out of memory"
        return [Scanned(first.files[0], "", 0, 0, problem)] if alone else []


def _not_started(found: str) -> errors.JobNotStarted:
    return errors.JobNotStarted(
        expected="a process that reads images",
        found=found,
        where=sys.executable,
        todo="The terminal or the job's log says why; memory may be short. Close other programs, and try again.",
    )


def _has_something(pipe: IO[bytes], seconds: float) -> bool:
    """Whether there is anything to read, or the end of it, in this time. Windows cannot ask a pipe: there it waits."""
    return sys.platform == "win32" or bool(select.select([pipe], [], [], seconds)[0])


def _answer(work: IO[bytes], results: IO[bytes]) -> None:
    """The child's life: read all the work, then tell of chunk after chunk; a parent that is gone ends it."""
    results.write(READY)
    results.flush()
    given = work.read()
    if not given:
        return
    asked = json.loads(given)
    target = _read_target(asked["target"])
    if target.change:
        _use_one_thread()
    memory.adopt(asked["memory"])
    for row, files in asked["chunks"]:
        try:
            told: object = _scan_chunk(Path(asked["folder"]), _Chunk(row, files), target)
        except OSError as error:
            told = error.errno
        except errors.MemoryBusy as error:
            told = {"expected": error.expected, "found": error.found, "where": error.where, "todo": error.todo}
        results.write(json.dumps(told).encode() + b"\n")
        results.flush()


def _use_one_thread() -> None:
    """Let OpenCV, with which images are changed, not divide small ones between processors: each has a child already,
    and that they wait for each other takes a third more time, several times as much where the machine is busy."""
    import cv2  # noqa: PLC0415  (most children never need it)

    cv2.setNumThreads(1)


def _read_target(said: dict[str, Any]) -> Target:
    change = said.pop("change")
    return Target(**said, change=Change(**change) if change else None)


if __name__ == "__main__":
    try:
        _answer(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(1)  # without the attempt to flush what nobody reads
