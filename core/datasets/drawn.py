"""The sample data set: red blood cells of 40 invented patients, drawn by this program, with the truth beside them.

`images/{Parasitized,Uninfected}/*.png` are the cells, `masks/Parasitized/*.png` (uint8, 0 or 255) say where the
parasite is; the names carry the patient as the public malaria names do. Nothing is downloaded, and a seed always gives
the same pixels.
"""

import concurrent.futures
import contextlib
import datetime
import multiprocessing
import os
import shutil
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import filelock

from core import errors, files, paths, progress
from core.datasets import drawn_files, drawn_patients, importing, index

FEWEST_IMAGES, MOST_IMAGES = 80, 100_000
HIGHEST_SEED = 2**32 - 1
IN_PROCESS_IMAGES = 120  # fewer are drawn sooner than other processes start
CHUNK = 50
BYTES_PER_IMAGE = 22_000  # with the mask and the pixels that the index keeps
DRAWING = "Drawing cells"


def draw_dataset(
    name: str, *, images: int = 2000, seed: int = 7, report: progress.Report = progress.say_nothing
) -> index.Index:
    """Draw `images` cells (80 to 100,000; half of each class) as data set `name`, and index it.

    Raises NameNotUsable, NameTaken, DiskFull, and DrawingNotPossible for a number of images or a seed out of range;
    lets the `Cancelled` of a report pass. Whichever it is, nothing of the data set is left behind.
    """
    name = importing.require_name(name)
    _require_numbers(images, seed)
    folder = paths.datasets_folder() / name
    _require_free_name(folder)
    files.require_free(folder, images * BYTES_PER_IMAGE)
    with _staging_beside(folder) as staging:
        _draw_all(staging, seed, drawn_files.plan_images(images, seed), report)
        _publish(staging, folder)
    return _index_or_remove(folder, seed, report)


def _require_numbers(images: int, seed: int) -> None:
    for what, value, lowest, highest in (
        ("images", images, FEWEST_IMAGES, MOST_IMAGES),
        ("seed", seed, 0, HIGHEST_SEED),
    ):
        if not lowest <= value <= highest:
            raise errors.DrawingNotPossible(
                expected=f"{lowest:,} to {highest:,} for {what}",
                found=f"{value:,}",
                where="the sample data set",
                todo=f"Choose a number between {lowest:,} and {highest:,}.",
            )


def _require_free_name(folder: Path) -> None:
    if folder.exists() or (paths.index_folder() / f"{folder.name}.parquet").exists():
        raise errors.NameTaken(
            expected="a name that no data set has yet",
            found=f"a data set called {folder.name!r}",
            where=str(folder),
            todo="Choose another name, or remove that data set first.",
        )


@contextlib.contextmanager
def _staging_beside(folder: Path) -> Iterator[Path]:
    """A hidden folder that is never listed; removed in the end, unless it was renamed.

    The lock beside it is held meanwhile: by it an import that tidies up knows that the folder is not abandoned.
    """
    staging = folder.parent / f"{importing.INCOMING}{uuid.uuid4().hex}"
    lock_path = staging.with_suffix(".lock")
    with files.disk_full_as_message(staging):
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            with filelock.FileLock(lock_path):
                drawn_files.make_folders(staging)
                yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            lock_path.unlink(missing_ok=True)


def _draw_all(staging: Path, seed: int, jobs: list[drawn_files.Job], report: progress.Report) -> None:
    """Draw all jobs, here or in as many processes as there are cores; reports after each chunk."""
    chunks = [jobs[start : start + CHUNK] for start in range(0, len(jobs), CHUNK)]
    report(0, len(jobs), DRAWING)
    draw = _draw_here if len(jobs) < IN_PROCESS_IMAGES else _draw_apart
    done = 0
    with contextlib.closing(draw(staging, seed, chunks)) as counts:
        for count in counts:
            done += count
            report(done, len(jobs), DRAWING)


def _draw_here(staging: Path, seed: int, chunks: list[list[drawn_files.Job]]) -> Generator[int, None, None]:
    for chunk in chunks:
        yield drawn_files.draw_files(staging, seed, chunk)


def _draw_apart(staging: Path, seed: int, chunks: list[list[drawn_files.Job]]) -> Generator[int, None, None]:
    """The number of pictures of each finished chunk; chunks not begun are dropped when the caller stops listening."""
    workers = min(_count_cores(), len(chunks))
    spawn = multiprocessing.get_context("spawn")
    pool = concurrent.futures.ProcessPoolExecutor(workers, spawn, initializer=drawn_files.begin_worker)
    try:
        waiting = [pool.submit(drawn_files.draw_files, staging, seed, chunk) for chunk in chunks]
        for future in concurrent.futures.as_completed(waiting):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _count_cores() -> int:
    """The cores that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _publish(staging: Path, folder: Path) -> None:
    """Give the finished folder its name, unless somebody took it meanwhile."""
    _require_free_name(folder)
    staging.rename(folder)


def _index_or_remove(folder: Path, seed: int, report: progress.Report) -> index.Index:
    """Index the data set; where that fails or is cancelled the folder goes too, since drawing again gives the same."""
    facts = {
        "kind": "drawn",
        "source": "drawn by Second Look",
        "imported_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "patients": drawn_patients.PATIENTS,
    }
    with contextlib.ExitStack() as undo:
        undo.callback(files.remove_folder, folder)
        built = index.build_index(folder.name, facts=facts, report=report)
        undo.pop_all()
    return built
