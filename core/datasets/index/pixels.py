"""Pixels decoded once: a memory map of uint8 images for each data set and image size, safe to delete."""

import contextlib
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from core.base import asides, errors, files, paths, progress
from core.datasets.index import scanning

INDEX_PX = 64  # the size that comes with the index, made in the same pass
WAITING = "Waiting for the same pixels, which another window prepares"
Shape = tuple[int, int, int, int]


def cache_path(content: str, height_px: int, width_px: int, change: scanning.Change | None = None) -> Path:
    """Where the pixels of one data set at one size are kept, as they came or after a change."""
    tag = f"-{change.tag}" if change else ""
    return paths.cache_folder() / f"{content}-{height_px}x{width_px}{tag}.npy"


class Indexed(Protocol):
    """What is needed of an `index.Index`, which is made together with its pixels and so cannot be known here."""

    @property
    def name(self) -> str:
        """Of the data set."""

    @property
    def content(self) -> str:
        """Identity of its files."""

    @property
    def table(self) -> pd.DataFrame:
        """A row an image."""


def open_pixels(
    index: Indexed,
    height_px: int,
    width_px: int,
    *,
    change: scanning.Change | None = None,
    report: progress.Report = progress.say_nothing,
) -> np.memmap:
    """All images of a data set at one size, decoded first where that has not been done; two processes share the work.

    change : what is made of each image before it is resized, a model's `Form.change`.
    Returns a read-only memory map of shape (rows of index.table, height_px, width_px, 3), uint8, RGB; row i belongs to
    row i of the table and is zero where the image has a problem.
    Raises DatasetChanged if a file is no longer the one in the index, DiskFull.
    """
    path = cache_path(index.content, height_px, width_px, change)
    shape = (len(index.table), height_px, width_px, 3)
    opened = _open_if_whole(path, shape)
    if opened is not None:
        return opened
    with files.wait_for_lock(path.with_suffix(".lock"), report, WAITING):
        opened = _open_if_whole(path, shape)
        if opened is None:
            _build(index, height_px, width_px, change, report)
            opened = _open_if_whole(path, shape)
    if opened is None:
        raise errors.DatasetChanged(
            expected="the pixels that were just written",
            found="none of this size",
            where=str(path),
            todo="Another program seems to clear this folder. Try again.",
        )
    return opened


class PartialCache:
    """Pixels on their way to the disk: nobody sees them before `keep`."""

    def __init__(self, aside: Path, start: int, shape: Shape, change: scanning.Change | None) -> None:
        self._aside, self._shape = aside, shape
        self.target = scanning.Target(str(aside), start, shape[1], shape[2], change)
        self._flushed: futures.Future[None] | None = None

    def flush(self) -> "futures.Future[None]":
        """Have the system bring all pixels to the disk itself, once they are there, while something else is done."""
        if self._flushed is None:
            pool = futures.ThreadPoolExecutor(1)
            self._flushed = pool.submit(files.flush_to_disk, self._aside)
            pool.shutdown(wait=False)
        return self._flushed

    def keep(self, content: str) -> None:
        """Make them the pixels of this content, unless they are there already (somebody may have them open)."""
        self.flush().result()  # a fault of the disk is raised here
        _, height, width, _ = self._shape
        path = cache_path(content, height, width, self.target.change)
        if _open_if_whole(path, self._shape) is None:
            self._aside.replace(path)


@contextlib.contextmanager
def start_cache(
    images: int, height_px: int, width_px: int, change: scanning.Change | None = None
) -> Iterator[PartialCache]:
    """A place for the pixels of so many images; whatever happens, only `keep` leaves a file."""
    folder = paths.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    asides.sweep(folder)
    shape = (images, height_px, width_px, 3)
    files.require_free(folder, images * height_px * width_px * 3)
    aside = asides.name(folder, "partial", ".npy")
    try:
        with files.disk_full_as_message(folder), aside.open("wb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            start = file.tell()
            file.truncate(start + images * height_px * width_px * 3)  # zeros, which take no room yet
        with files.disk_full_as_message(folder):
            yield PartialCache(aside, start, shape, change)
    finally:
        aside.unlink(missing_ok=True)


def remove_caches(content: str) -> None:
    """Remove the pixels of one data set, of all sizes, and what else was worked out from them."""
    for path in paths.cache_folder().glob(f"{content}-*"):
        with contextlib.suppress(PermissionError):  # Windows keeps what somebody has open; it is only a cache
            path.unlink(missing_ok=True)


def _open_if_whole(path: Path, shape: Shape) -> np.memmap | None:
    """The memory map, or None where it is absent, torn or of another shape."""
    try:
        opened = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError):
        return None
    whole = isinstance(opened, np.memmap) and opened.shape == shape and opened.dtype == np.uint8
    return opened if whole and not np.isfortran(opened) else None


def _build(
    index: Indexed, height_px: int, width_px: int, change: scanning.Change | None, report: progress.Report
) -> None:
    table = index.table
    names, hashes = table["path"].tolist(), table["sha256"].tolist()
    folder = paths.datasets_folder() / index.name
    if not folder.is_dir():
        raise errors.DatasetNotFound(
            expected=f"the images of data set {index.name}",
            found="no such folder",
            where=str(folder),
            todo="Put the folder back (a drive that is not connected?), or import the data set again.",
        )
    row = 0
    with (
        start_cache(len(names), height_px, width_px, change) as cache,
        scanning.Readers() as readers,
    ):
        for found in readers.scan(folder, names, cache.target):
            for scanned in found:
                _require_same(scanned, hashes[row], index.name)
                row += 1
            report(row, len(names), f"Preparing pixels, {height_px} x {width_px}")
        cache.keep(index.content)


def _require_same(scanned: scanning.Scanned, sha256: str, name: str) -> None:
    if scanned.sha256 == sha256:
        return
    raise errors.DatasetChanged(
        expected="the file that was indexed",
        found="other contents" if scanned.sha256 else scanned.problem,
        where=f"{scanned.path} of data set {name}",
        todo=f"Index it again: python -m core index {name}",
    )
