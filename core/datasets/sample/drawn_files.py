"""Which pictures the drawn sample data set has, and writing them: what a worker process needs, and light to import."""

import multiprocessing
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets.sample import drawn_cells, drawn_patients

INFECTED, HEALTHY = "Parasitized", "Uninfected"
CELLS_PER_FIELD = 8


@dataclass(frozen=True)
class Job:
    """One picture to draw; `number` and `patient` count from 0."""

    number: int
    patient: int
    infected: bool
    file_name: str


def plan_images(images: int, seed: int) -> list[Job]:
    """Who and what is in each picture: even numbers infected, odd ones healthy; ten patients have healthy cells only.

    Names are like the public malaria names, patient first: `S07thinF_IMG_0002_cell_12.png`.
    """
    rng = np.random.default_rng([seed, images, 3])
    patients = rng.permutation(drawn_patients.PATIENTS)
    infected = _share_out((images + 1) // 2, patients[drawn_patients.HEALTHY_ONLY :], rng)
    healthy = _share_out(images // 2, patients, rng)
    jobs, cells = [], [0] * drawn_patients.PATIENTS
    for number in range(images):
        patient = (healthy if number % 2 else infected)[number // 2]
        cells[patient] += 1
        field = (cells[patient] - 1) // CELLS_PER_FIELD + 1
        name = f"{drawn_patients.name_patient(patient)}thinF_IMG_{field:04d}_cell_{cells[patient]}.png"
        jobs.append(Job(number, patient, number % 2 == 0, name))
    return jobs


def _share_out(count: int, patients: NDArray[np.int64], rng: np.random.Generator) -> list[int]:
    """A patient for each of `count` pictures: each patient once, the others unevenly, in random order."""
    weights = rng.uniform(0.5, 1.5, len(patients))
    others = rng.choice(patients, count - len(patients), p=weights / weights.sum())
    return [int(patient) for patient in rng.permutation(np.concatenate([patients, others]))]


def make_folders(folder: Path) -> None:
    """The empty folders that `draw_files` writes to."""
    for part in (f"images/{INFECTED}", f"images/{HEALTHY}", f"masks/{INFECTED}"):
        (folder / part).mkdir(parents=True)


def draw_files(folder: Path, seed: int, jobs: list[Job]) -> int:
    """Draw the pictures of `jobs` and the masks of the infected ones into `folder`; returns their number."""
    patients = [drawn_patients.invent_patient(seed, number) for number in range(drawn_patients.PATIENTS)]
    for job in jobs:
        cell = drawn_cells.draw_cell(patients[job.patient], seed=seed, number=job.number, infected=job.infected)
        class_name = INFECTED if job.infected else HEALTHY
        _write_png(folder / "images" / class_name / job.file_name, cv2.cvtColor(cell.image_rgb, cv2.COLOR_RGB2BGR))
        if job.infected:
            _write_png(folder / "masks" / INFECTED / job.file_name, cell.mask)
    return len(jobs)


def begin_worker() -> None:
    """Set up a worker process: one thread for OpenCV, since each core has a worker; it ends with its parent."""
    cv2.setNumThreads(1)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    # A worker of a process that was killed would otherwise wait for work for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _write_png(path: Path, image: NDArray[np.uint8] | cv2.typing.MatLike) -> None:
    # Encoded in memory and written by Python: cv2.imwrite does not say why it could not write.
    _, encoded = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    path.write_bytes(encoded.tobytes())
