"""A network that can be worked out by hand: it looks at one patch of the image, and at nothing else."""

import numpy as np

from core.runtimes import base

SIZE_PX, PATCH = 32, np.s_[8:16, 16:24]
SCALE = 20.0  # grey levels a unit of log-odds


class PatchRuntime(base.Runtime):
    """Of two classes the first one's log-odds are how much brighter than mid-grey the patch is."""

    def __init__(self):
        super().__init__((SIZE_PX, SIZE_PX), where="a test")

    def _answer(self, chunk: np.ndarray) -> np.ndarray:
        odds = (chunk[:, *PATCH].mean(axis=(1, 2, 3)) - 127.5) / SCALE
        first = 1 / (1 + np.exp(-odds))
        return np.stack([first, 1 - first], axis=1).astype(np.float32)


def draw_image() -> np.ndarray:
    """Dark noise, and the patch bright."""
    image = np.random.default_rng(0).integers(20, 60, (SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    image[PATCH] = 230
    return image


def mark(place: tuple[slice, ...]) -> np.ndarray:
    """A map that is high at a place, a little uneven, and low elsewhere."""
    values = np.random.default_rng(1).uniform(0, 0.1, (SIZE_PX, SIZE_PX)).astype(np.float32)
    values[place] += 0.9
    return values
