"""Away from home: what form and gate cost an image, beside the answer alone, in one process, taking turns."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets.index import decoding
from core.gate import gate_file
from core.models import normalisation, package
from core.prediction import predictor
from core.runtimes import opening
from tests.benchmarks import common

MODEL = "malaria-smear-cnn-micro-normalised"
SIZES_PX = (133, 394)  # the public cells' median, and the largest of them
REPEATS, WARM_UPS = 60, 5
GOAL_MS = 3.0


def measure() -> list[dict[str, Any]]:
    """Medians over REPEATS drawn cells of each size; one thread."""
    cv2.setNumThreads(1)
    found = package.find_package(MODEL)
    kept, asked = gate_file.read(found), opening.open_runtime(found)
    if kept is None:
        raise SystemExit(f"{MODEL} has no gate")
    rows = []
    for size_px in SIZES_PX:
        cells = [_draw(size_px, seed) for seed in range(WARM_UPS + REPEATS)]
        form = _time(lambda image: normalisation.bring(image, found.form, *found.input_size_px), cells)
        answer = _time(lambda image: asked.predict(decoding.resize_image(image, *found.input_size_px)[None]), cells)
        whole = _time(lambda image: predictor.ask_about(found, asked, kept, image), cells)
        both = whole - answer
        rows.append(
            common.row(
                f"(s) form and gate of one image of {size_px} px",
                ours=f"{both:.1f} ms",
                plain=f"{answer:.1f} ms for the answer alone, of the image as it came",
                ratio=both / answer,
                goal=f"at most {GOAL_MS:.0f} ms",
                holds=both <= GOAL_MS,
                note=f"form {form:.2f} ms; the rest is the gate, which asks the network about the image as it came too",
            )
        )
    return rows


def _draw(size_px: int, seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    image = np.full((size_px, size_px, 3), (238, 232, 228), np.uint8)
    centre, radius = (size_px // 2, size_px // 2), int(size_px * rng.uniform(0.38, 0.47))
    cv2.circle(image, centre, radius, tuple(int(value) for value in rng.integers(140, 215, 3)), cv2.FILLED)
    noisy: NDArray[np.uint8] = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
    return noisy


def _time(action: Callable[[NDArray[np.uint8]], object], images: list[NDArray[np.uint8]]) -> float:
    """The median in milliseconds, the first few aside."""
    seconds = []
    for image in images:
        began = time.perf_counter()
        action(image)
        seconds.append(time.perf_counter() - began)
    return 1000 * statistics.median(seconds[WARM_UPS:])
