"""The sample data set: red blood cells of 40 invented patients, drawn by this program, with the truth beside them.

`images/{Parasitized,Uninfected}/*.png` are the cells, `masks/Parasitized/*.png` (uint8, 0 or 255) say where the
parasite is; the names carry the patient as the public malaria names do. Nothing is downloaded, and a seed always gives
the same pixels.
"""

import concurrent.futures.process
import contextlib
import multiprocessing
import os
import sys
from collections.abc import Generator
from pathlib import Path

from core.base import errors, files, progress
from core.datasets.index import index
from core.datasets.intake import staging_area
from core.datasets.sample import drawn_files, drawn_patients

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
    target = staging_area.require_free_name(name)
    _require_numbers(images, seed)
    files.require_free(target, images * BYTES_PER_IMAGE)
    facts = {"kind": "drawn", "source": "drawn by Second Look", "seed": seed, "patients": drawn_patients.PATIENTS}
    with staging_area.stage() as staging, files.disk_full_as_message(staging):
        drawn_files.make_folders(staging)
        _draw_all(staging, seed, drawn_files.plan_images(images, seed), report)
        return staging_area.settle(staging, target, facts=facts, report=report)


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
    except concurrent.futures.process.BrokenProcessPool as error:
        raise errors.JobNotStarted(
            expected="processes that draw",
            found="that one of them ended at once",
            where=sys.executable,
            todo="Memory may be short. Close other programs, and try again.",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _count_cores() -> int:
    """The cores that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
