"""What is kept of an image so that it is known again: its low frequencies, 100 bytes, whatever file it comes in.

The images themselves cannot be had back from it: it is a picture of ten by ten. Who has it can tell whether another
image is near-identical to this one (saved anew, resized, brighter, turned, mirrored) without having this one.
"""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.base import progress
from core.datasets.duplicates import candidate_pairs, hashing

SIZE_PX = 64  # of the pixels that are described
BYTES = hashing.FREQUENCIES**2
STEPS = 100  # of a frequency, from 0 to the largest that a picture of unit length can have
LEAST_ALIKE = 0.997  # correlation of two pictures, for near-identical; measured, see docs/decisions/0021
LEAST_ALIKE_OF_ONE_NAME = 0.98  # of two images whose files have the same name
CHUNK_IMAGES = 512
_SQUARE = (hashing.FREQUENCIES, hashing.FREQUENCIES)

Pictures = NDArray[np.int8]
Ints = NDArray[np.int64]


def describe(
    pixels: NDArray[np.uint8], rows: Ints | None = None, report: progress.Report = progress.say_nothing
) -> Pictures:
    """The picture of each image: int8 (N, BYTES), hundredths of its low frequencies; zero where it is of one colour.

    pixels : uint8 (M, 64, 64, 3), RGB; may be a memory map. rows : int64 (N,), which of them; None = all.
    """
    rows = np.arange(len(pixels)) if rows is None else rows
    found = np.zeros((len(rows), BYTES), np.int8)
    for start in range(0, len(rows), CHUNK_IMAGES):
        part = np.asarray(pixels[rows[start : start + CHUNK_IMAGES]])
        waves = hashing.transform(part, hashing.WINDOWS[:1]).reshape(len(part), BYTES)
        some = hashing.to_grey(part[:, ::2, ::2])
        waves[some.std(axis=(1, 2)) < hashing.FLAT_LEVELS] = 0
        found[start : start + len(part)] = np.rint(STEPS * waves)
        report(start + len(part), len(rows), "Looking at each image")
    return found


class Sought:
    """Known pictures, int8 (K, BYTES) as `describe` gives them, sorted so that near-identical ones are found."""

    def __init__(self, known: Pictures) -> None:
        kept = np.flatnonzero(known.any(axis=1))
        waves = _scale(known[kept])
        hashes = hashing.pack(waves.reshape(-1, *_SQUARE))
        self._hashed = hashing.Hashed(kept, waves.astype(np.float16), hashes)
        self._bands = candidate_pairs.sort_bands(hashes)

    def find_near(self, asked: Pictures) -> tuple[Ints, Ints]:
        """Which of the pictures asked about, int8 (A, BYTES), are near-identical to which known ones, turned and
        mirrored ones among them: the places (P,) of both in each such pair.

        Candidates are those whose hashes nearly agree, see `candidate_pairs`.
        """
        places, found = np.flatnonzero(asked.any(axis=1)), [np.zeros((0, 2), np.int64)]
        for start in range(0, len(places) if len(self._hashed.rows) else 0, CHUNK_IMAGES):
            part = places[start : start + CHUNK_IMAGES]
            turned = hashing.orient(_scale(asked[part]).reshape(-1, 1, *_SQUARE))
            near = candidate_pairs.look_up(turned, self._hashed, self._bands)
            near = near[near["coarse"] >= LEAST_ALIKE]
            found.append(np.unique(np.stack([part[near["a"]], self._hashed.rows[near["b"]]], axis=1), axis=0))
        pairs = np.concatenate(found)
        return pairs[:, 0], pairs[:, 1]


def correlate(some: Pictures, others: Pictures) -> NDArray[np.float32]:
    """How alike two pictures are, pair by pair: (P, BYTES) each, returns (P,), 1 = the same; 0 where one is empty."""
    alike: NDArray[np.float32] = np.einsum("ij,ij->i", _scale(some), _scale(others))
    return alike


def mark_names(paths: Sequence[str]) -> NDArray[np.uint32]:
    """A number for the name of each file, without folder and ending: names themselves can be those of people."""
    stems = (path.rsplit("/", 1)[-1].rsplit(".", 1)[0].casefold() for path in paths)
    return np.array([zlib.crc32(stem.encode()) for stem in stems], np.uint32)


def _scale(pictures: Pictures) -> NDArray[np.float32]:
    """Pictures as numbers of unit length."""
    waves = pictures.astype(np.float32)
    unit: NDArray[np.float32] = waves / np.maximum(np.linalg.norm(waves, axis=1, keepdims=True), 1e-6)
    return unit
