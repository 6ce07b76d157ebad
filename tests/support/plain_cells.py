"""Cells as plain discs on any ground."""

import cv2
import numpy as np
from PIL import Image

from core.base import paths
from core.datasets.index import index

PINK = (215, 150, 165)


PURPLE = (90, 40, 120)


def draw_cell(ground, *, size=(80, 72), at=(40, 36), radius=26, colour=PINK, parasite=True, noise=0):
    image = np.full((*size, 3), ground, np.uint8)
    cv2.circle(image, (at[1], at[0]), radius, colour, cv2.FILLED)
    if parasite:
        cv2.circle(image, (at[1] + 6, at[0] - 4), 5, PURPLE, cv2.FILLED)
    if noise:
        drawn = np.random.default_rng(0).integers(-noise, noise + 1, image.shape)
        image = (image.astype(int) + drawn).clip(0, 255).astype(np.uint8)
    return image


def lab_of(rgb):
    """A colour in CIELAB, as `normalisation` measures it."""
    return cv2.cvtColor(np.float32([[rgb]]) / 255, cv2.COLOR_RGB2LAB)[0, 0]


def write_dataset(name, *, patients=12, first=0, ground=(240, 238, 235)):
    """An indexed set of two cells of each kind a patient, each where and as large as chance has it."""
    rng = np.random.default_rng(first)
    for patient in range(first, first + patients):
        for kind in ("Parasitized", "Uninfected"):
            folder = paths.datasets_folder() / name / kind
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(2):
                at, radius = tuple(int(place) for place in rng.integers(32, 40, 2)), int(rng.integers(20, 27))
                image = draw_cell(ground, at=at, radius=radius, parasite=kind == "Parasitized", noise=4)
                Image.fromarray(image).save(folder / f"P{patient}thinF_IMG_{number}_cell_{number}.png")
    return index.build_index(name)
