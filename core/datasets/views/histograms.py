"""How often each value stands at each place of many images: exact means, deviations and medians, in bounded memory."""

import mmap
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

LEVELS = 256
BLOCK_PLACES = 32  # looked at together, so that their values and counts fit the processor's cache

Floats = NDArray[np.float64]


def read_rows(images_rgb: NDArray[np.uint8], rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Rows in ascending order. A memory map is opened for them alone: what was read would else stay in memory."""
    if not (isinstance(images_rgb, np.memmap) and isinstance(images_rgb.base, mmap.mmap)):
        return np.asarray(images_rgb[rows])
    first, row_bytes = int(rows[0]), int(np.prod(images_rgb.shape[1:]))
    window = np.memmap(
        images_rgb.filename,
        np.uint8,
        mode="r",
        offset=images_rgb.offset + first * row_bytes,
        shape=(int(rows[-1]) - first + 1, *images_rgb.shape[1:]),
    )
    return np.array(window[rows - first])


def iterate_blocks(chunk: NDArray[np.uint8]) -> Iterator[tuple[slice, NDArray[np.uint8]]]:
    """The places of images (n, places), a few at a time: which they are, and their values (few, n)."""
    # (places, n); numpy's own transpose takes four times as long
    turned: NDArray[np.uint8] = np.asarray(cv2.transpose(chunk), np.uint8)
    for start in range(0, len(turned), BLOCK_PLACES):
        places = slice(start, min(start + BLOCK_PLACES, len(turned)))
        yield places, turned[places]


def count_values(block: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each value stands at each place, (places, 256), of values (places, n)."""
    shifts = np.arange(len(block))[:, None] * LEVELS
    found = np.bincount((block + shifts).ravel(), minlength=len(block) * LEVELS)
    return found.reshape(-1, LEVELS)


def summarise(histogram: NDArray[np.int64], count: int) -> tuple[Floats, Floats, Floats]:
    """Mean, population standard deviation and median of each place, from its counts (places, 256)."""
    if count == 0:
        nothing = np.full(len(histogram), np.nan)
        return nothing, nothing, nothing
    levels = np.arange(LEVELS)
    mean = histogram @ levels / count
    squares = np.zeros(len(histogram))
    for level in levels:  # a column at a time: no second array of the size of the counts
        squares += histogram[:, level] * (level - mean) ** 2
    below = histogram.cumsum(axis=1)
    lower, upper = ((below > place).argmax(axis=1) for place in ((count - 1) // 2, count // 2))
    return mean, np.sqrt(squares / count), (lower + upper) / 2
