"""Occlusion: how much less a network answers a class when a patch of the image is covered (Zeiler & Fergus 2014,
arXiv:1311.2901). Pure numpy; needs answers alone, so any runtime will do.

What is compared are log-odds and no probabilities: from 0.99999 to 0.999 is nothing in a probability, and a drop of 4.6
in log-odds. A patch shows the blurred image in place of its own: an edge of grey or black would be evidence of itself.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.explanation import heatmaps
from core.runtimes import base

CELLS = 16  # rows and columns of places that are covered, each in turn
PATCH_SHARE = 1 / 8  # of the image's side: a patch, twice as wide as the distance to the next one
BLUR_SHARE = 1 / 8  # standard deviation of what it shows, of the image's side
SMALLEST = 1e-38  # of probabilities, so that log-odds stay finite: float32 has none below


@dataclass(frozen=True)
class Occlusions:
    """Occlusion with one network, see `heatmaps.Source`."""

    asked: base.Runtime
    layer_name: str = heatmaps.THE_IMAGE

    @property
    def alignment(self) -> base.Alignment:
        """Equal tiles: a cell lies where the patch has its centre."""
        return base.Alignment.stretched((CELLS, CELLS), self.asked.input_size_px)

    def compute(
        self, images: NDArray[Any], class_index: int | NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Maps (N, CELLS, CELLS), how far the class's log-odds fall, and these log-odds of the images (N,)."""
        classes = np.broadcast_to(np.asarray(class_index, dtype=np.int32), (len(images),))
        maps, odds = np.zeros((len(images), CELLS, CELLS), np.float32), np.zeros(len(images), np.float32)
        for row, image in enumerate(np.rint(images).astype(np.uint8)):
            answers = self.asked.predict(np.concatenate([image[np.newaxis], _cover(image)]))
            found = compute_log_odds(answers, int(classes[row]))
            odds[row] = found[0]
            maps[row] = np.maximum(found[0] - found[1:], 0).reshape(CELLS, CELLS)
        return maps, odds


def find_occlusions(asked: base.Runtime) -> Occlusions:
    """Occlusion of what this runtime runs; every runtime answers."""
    return Occlusions(asked)


def compute_log_odds(answers: NDArray[np.float32], class_index: int) -> NDArray[np.float64]:
    """log(p / (1 - p)) of a class in probabilities (N, K), or (N, 1) of a single unit: (N,). The rest is summed up and
    not 1 - p, which is 0 long before its parts are. Raises ValueError where `class_index` is no class."""
    rows = answers.astype(np.float64)
    if rows.shape[1] == 1:
        rows = np.concatenate([1 - rows, rows], axis=1)
    if not 0 <= class_index < rows.shape[1]:
        raise ValueError(f"expected class indices 0 to {rows.shape[1] - 1}, found {class_index}")
    others = np.delete(rows, class_index, axis=1).sum(axis=1)
    return np.asarray(np.log(np.maximum(rows[:, class_index], SMALLEST)) - np.log(np.maximum(others, SMALLEST)))


def _cover(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image (H, W, 3) with a patch at each place, row by row: (CELLS * CELLS, H, W, 3)."""
    blurred = cv2.GaussianBlur(image, (0, 0), BLUR_SHARE * max(image.shape[:2]), borderType=cv2.BORDER_REPLICATE)
    covered = np.repeat(image[np.newaxis], CELLS * CELLS, axis=0)
    rows, columns = (_spread_patches(extent) for extent in image.shape[:2])
    for number, place in enumerate((row, column) for row in rows for column in columns):
        covered[number][place] = blurred[place]
    return covered


def _spread_patches(extent_px: int) -> list[slice]:
    """Where the patches lie along a side: at least one pixel each, cut off at the image's edge."""
    centres = (np.arange(CELLS) + 0.5) * extent_px / CELLS
    half = max(PATCH_SHARE * extent_px / 2, 0.5)
    starts = np.clip(np.rint(centres - half), 0, extent_px - 1).astype(int)
    stops = np.clip(np.rint(centres + half), starts + 1, extent_px).astype(int)
    return [slice(int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]
