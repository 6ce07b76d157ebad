"""Looks for planted copies among the hashes of a million images; prints time, memory and how many are found."""

import json
import time

import numpy as np
import psutil
from scipy import ndimage

from core.datasets.duplicates import candidate_pairs, hashing

IMAGES, ASKED, CHUNK = 1_000_000, 256, 50_000


def draw_pictures(count: int) -> np.ndarray:
    """Different smooth pictures with details; uint8 (count, 64, 64, 3)."""
    noise = np.random.default_rng(1).normal(size=(count, 64, 64, 1))
    smooth = sum(ndimage.gaussian_filter(noise, (0, spread, spread, 0)) * spread for spread in (2, 4, 8))
    smooth = 128 + 45 * smooth / smooth.std(axis=(1, 2, 3), keepdims=True)
    return np.repeat(np.clip(smooth, 0, 255), 3, axis=3).astype(np.uint8)


def copy_pictures(pictures: np.ndarray) -> np.ndarray:
    """Each picture changed as copies are: lighter, noisy, blurred, mirrored, turned, cropped at one edge."""
    noise = np.random.default_rng(2).normal(0, 6, pictures.shape)
    changed = [
        np.clip(pictures * 1.1, 0, 255),
        np.clip(pictures + noise, 0, 255),
        ndimage.gaussian_filter(pictures.astype(float), (0, 0.7, 0.7, 0)),
        pictures[:, :, ::-1],
        np.rot90(pictures, axes=(1, 2)),
        ndimage.zoom(pictures[:, 2:].astype(float), (1, 64 / 62, 1, 1), order=1, grid_mode=True, mode="nearest"),
    ]
    number = np.arange(len(pictures))
    return np.stack(changed)[number % len(changed), number].astype(np.uint8)


def make_hashed(copies: np.ndarray) -> hashing.Hashed:
    """The copies, at the end, behind a million random images whose frequencies fall off as those of photographs do."""
    rng, count = np.random.default_rng(0), IMAGES + len(copies)
    waves = np.empty((count, hashing.FREQUENCIES, hashing.FREQUENCIES), np.float16)
    hashes = np.empty(count, np.uint64)
    down, across = np.mgrid[: hashing.FREQUENCIES, : hashing.FREQUENCIES]
    strength = np.append(0, 1 / np.hypot(down, across).ravel()[1:]).astype(np.float32)
    for start in range(0, IMAGES, CHUNK):
        drawn = rng.standard_normal((CHUNK, strength.size), dtype=np.float32) * strength
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        waves[start : start + CHUNK] = drawn.reshape(CHUNK, *waves.shape[1:])
        hashes[start : start + CHUNK] = hashing.pack(waves[start : start + CHUNK])
    known = hashing.hash_images(copies, np.arange(len(copies)))
    waves[IMAGES:], hashes[IMAGES:] = known.coarse.reshape(-1, *waves.shape[1:]), known.hashes
    return hashing.Hashed(np.arange(count), waves.reshape(count, -1), hashes)


def main() -> None:
    """Sorts the hashes, then looks each picture up in all its crops, whichever way up."""
    pictures = draw_pictures(ASKED)
    known = make_hashed(copy_pictures(pictures))
    process = psutil.Process()
    held = peak = process.memory_info().rss
    began = time.perf_counter()
    bands = candidate_pairs.sort_bands(known.hashes)
    sorting = time.perf_counter() - began
    peak = max(peak, process.memory_info().rss)
    found, began, used = 0, time.perf_counter(), time.process_time()
    for start in range(0, ASKED, candidate_pairs.CHUNK_IMAGES):
        part = pictures[start : start + candidate_pairs.CHUNK_IMAGES]
        near = candidate_pairs.look_up(hashing.orient(hashing.transform(part)), known, bands)
        planted = near[near["b"] == IMAGES + start + near["a"]]
        found += len(np.unique(planted["a"]))
        peak = max(peak, process.memory_info().rss)
    each, used = (time.perf_counter() - began) / ASKED, (time.process_time() - used) / ASKED
    extra = peak - held
    print(
        json.dumps({"sorting": sorting, "each": each, "processor": used, "extra": extra, "held": held, "found": found})
    )


if __name__ == "__main__":
    main()
