"""The pointing game (Zhang et al. 2018) on drawn cells: does a heatmap's highest point lie on the parasite?"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.datasets.index import decoding
from core.explanation import gradcam, heatmaps
from core.models import package
from core.runtimes import base, opening, receptive_field

MARGIN_PX = 3


@dataclass(frozen=True)
class Case:
    """An image whose truth is known: uint8 (H, W, 3), RGB; where the parasite is, bool (H, W); and of which patient."""

    image_rgb: np.ndarray
    mask: np.ndarray
    patient: str

    @property
    def near(self) -> np.ndarray:
        """What counts as a hit: within MARGIN_PX of the parasite, a square's worth."""
        square = np.ones((2 * MARGIN_PX + 1,) * 2, np.uint8)
        return np.asarray(cv2.dilate(self.mask.astype(np.uint8), square) > 0)

    @property
    def chance(self) -> float:
        """How often a random point of the cell hits."""
        return float(self.near[self.image_rgb.max(axis=-1) > 0].mean())


def list_drawn(folder: Path, image_paths: Iterable[str], patients: Iterable[str]) -> list[Case]:
    """Images of a drawn data set's folder, with their masks."""
    cases = []
    for path, patient in zip(image_paths, patients, strict=True):
        image_rgb = decoding.decode_image((folder / path).read_bytes(), where=path)
        mask = cv2.imread(str(folder / path.replace("images/", "masks/", 1)), cv2.IMREAD_GRAYSCALE)
        cases.append(Case(image_rgb, mask > 0, patient))
    return cases


def find_summit(heat: np.ndarray) -> tuple[int, int] | None:
    """Row and column of the highest point; None of an empty map."""
    if heat.max() <= 0:
        return None
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    return int(row), int(column)


def hits(case: Case, heat: np.ndarray) -> bool:
    """Whether a map's highest point lies near the parasite; an empty map points nowhere, and misses."""
    summit = find_summit(heat)
    return summit is not None and bool(case.near[summit])


@dataclass(frozen=True)
class Hits:
    """Of `n` images with a heatmap: hits with our placing, hits with equal tiles, and what a random point would hit."""

    n: int
    placed: int
    tiles: int
    chance_fraction: float


def play(folder: Path, image_paths: Iterable[str], found: package.Package, class_name: str = "Parasitized") -> Hits:
    """Play it with each image of a drawn data set's folder. A hit lies within MARGIN_PX of the parasite's mask."""
    explainer = gradcam.find_gradients(opening.open_runtime(found))
    assert isinstance(explainer, base.Gradients)
    assert explainer.alignment is not None
    size_px = found.input_size_px
    label = found.class_names.index(class_name)
    rows = []
    for path in image_paths:
        image_rgb = decoding.decode_image((folder / path).read_bytes(), where=path)
        mask = cv2.imread(str(folder / path.replace("images/", "masks/", 1)), cv2.IMREAD_GRAYSCALE)
        near = cv2.dilate(mask, np.ones((2 * MARGIN_PX + 1,) * 2, np.uint8)) > 0
        cells = heatmaps.compute_maps(explainer, decoding.resize_image(image_rgb, *size_px)[np.newaxis], label).maps[0]
        if cells.max() == 0:
            continue
        tiles = base.Alignment.stretched(cells.shape, size_px)
        placed, tiled = (
            near[np.unravel_index(heat.argmax(), heat.shape)]
            for heat in (
                receptive_field.place_map(cells, place, size_px, *near.shape) for place in (explainer.alignment, tiles)
            )
        )
        rows.append((placed, tiled, near.sum() / (image_rgb.max(axis=-1) > 0).sum()))
    placed, tiled, chance = np.array(rows, dtype=float).T
    return Hits(len(rows), int(placed.sum()), int(tiled.sum()), float(chance.mean()))
