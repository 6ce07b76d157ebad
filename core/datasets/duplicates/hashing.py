"""The hash that proposes which images may be the same picture: 64 signs of low frequencies.

After the DCT hash of Zauner 2010, "Implementation and benchmarking of perceptual image hash functions"; also of images
that are cropped a little, turned or mirrored, which only changes signs and places of the frequencies.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.base import progress

# Shares cut off an image before it is hashed (first edge, last edge): a crop moves the signs of weak frequencies.
WINDOWS = ((0.0, 0.0), (0.01, 0.01), (0.025, 0.0), (0.0, 0.025), (0.025, 0.025))
CROPS = len(WINDOWS) ** 2  # rows of WINDOWS times columns of WINDOWS
ORIENTATIONS = 8  # bit 2: rows and columns swapped, then bit 0: upside down, bit 1: left and right swapped
FREQUENCIES, BITS = 10, 64
FLAT_LEVELS = 2.0  # images whose brightness varies less than this are of one colour: nothing to compare
CHUNK_IMAGES = 512

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def _choose_bits() -> tuple[Ints, Ints]:
    """The 64 lowest frequencies that are odd in one direction at least. Those that are even in both only tell that the
    subject sits in the middle, as in most images of a set; and the others merely change sign when an image is turned.
    """
    both = [(u, v) for u in range(FREQUENCIES) for v in range(FREQUENCIES) if u % 2 or v % 2]
    chosen = sorted(both, key=lambda pair: (pair[0] ** 2 + pair[1] ** 2, max(pair), pair))[:BITS]
    return np.array([u for u, _ in chosen]), np.array([v for _, v in chosen])


BIT_ROWS, BIT_COLUMNS = _choose_bits()


@dataclass(frozen=True)
class Hashed:
    """Images that are not of one colour: their rows (N,), low frequencies (N, F * F) of unit length, hashes (N,)."""

    rows: Ints
    coarse: NDArray[np.float16]
    hashes: Hashes


def hash_images(pixels: NDArray[np.uint8], rows: Ints, report: progress.Report = progress.say_nothing) -> Hashed:
    """The low frequencies and the hash of each image as it is, without those of one colour.

    pixels : uint8 (M, H, W, 3), RGB; rows : int64 (N,), which of them. It takes 208 bytes an image.
    """
    kept, coarse = np.zeros(len(rows), np.int64), np.zeros((len(rows), FREQUENCIES**2), np.float16)
    hashes, count = np.zeros(len(rows), np.uint64), 0
    for start in range(0, len(rows), CHUNK_IMAGES):
        part = rows[start : start + CHUNK_IMAGES]
        part = part[to_grey(pixels[part]).std(axis=(1, 2)) >= FLAT_LEVELS]
        waves = transform(pixels[part], WINDOWS[:1])[:, 0].astype(np.float16)  # (n, F, F)
        here = slice(count, count + len(part))
        kept[here], coarse[here], hashes[here] = part, waves.reshape(len(part), FREQUENCIES**2), pack(waves)
        count += len(part)
        report(min(start + CHUNK_IMAGES, len(rows)), len(rows), "Looking at each image")
    return Hashed(kept[:count], coarse[:count], hashes[:count])


def to_grey(image_rgb: NDArray[np.uint8]) -> Floats:
    """Luma (ITU-R BT.601) of (..., 3) as float32."""
    grey: Floats = np.asarray(image_rgb, np.float32).dot(LUMINANCE)
    return grey


def transform(images: NDArray[np.uint8], windows: tuple[tuple[float, float], ...] = WINDOWS) -> Floats:
    """The low frequencies of each image, cropped in each way, of unit length without the mean.

    images : uint8 (N, H, W, 3), RGB. windows : the edges that may be cut off, each for rows and for columns.
    Returns (N, windows * windows, FREQUENCIES, FREQUENCIES); all zero for an image of one colour.
    """
    grey = to_grey(images)  # (N, H, W)
    grey = grey - grey.mean(axis=(1, 2), keepdims=True)
    down = np.concatenate([_basis(grey.shape[1], *window) for window in windows])
    across = np.concatenate([_basis(grey.shape[2], *window) for window in windows])
    count, kinds = len(images), len(windows)
    waves = (down @ grey @ across.T).reshape(count, kinds, FREQUENCIES, kinds, FREQUENCIES).transpose(0, 1, 3, 2, 4)
    waves = waves.reshape(count, kinds * kinds, FREQUENCIES, FREQUENCIES)
    waves[:, :, 0, 0] = 0
    length = np.linalg.norm(waves, axis=(2, 3), keepdims=True)
    unit: Floats = waves / np.maximum(length, 1e-6)
    return unit


def orient(waves: Floats) -> Floats:
    """(N, K, F, F) in all orientations: (N, 8, K, F, F). Mirroring an image changes the sign of its odd frequencies."""
    sign = (1 - 2 * (np.arange(FREQUENCIES) % 2)).astype(np.float32)
    turned = []
    for orientation in range(ORIENTATIONS):
        one = waves.swapaxes(2, 3) if orientation & 4 else waves
        one = one * sign[:, None] if orientation & 1 else one
        turned.append(one * sign if orientation & 2 else one)
    return np.stack(turned, axis=1)


def pack(waves: NDArray[np.floating]) -> Hashes:
    """The hash: the signs of the chosen frequencies of (..., F, F) as bits of a number; (...)."""
    bits = waves[..., BIT_ROWS, BIT_COLUMNS] > 0
    packed: Hashes = np.ascontiguousarray(np.packbits(bits, axis=-1, bitorder="little")).view("<u8")[..., 0]
    return packed


def _basis(size: int, first: float, last: float) -> Floats:
    """Cosines over an edge of `size` pixels without the shares cut off at both ends; (FREQUENCIES, size), DCT-II."""
    edges = np.arange(size + 1) / size
    covered = np.clip((np.minimum(edges[1:], 1 - last) - np.maximum(edges[:-1], first)) * size, 0, 1)
    place = (edges[:-1] + 0.5 / size - first) / (1 - first - last)
    waves = np.cos(np.pi * np.arange(FREQUENCIES)[:, None] * place) * covered
    unit: Floats = np.asarray(waves / np.linalg.norm(waves, axis=1, keepdims=True), np.float32)
    return unit
