"""Batches from the memory map, in an order that depends on seed and epoch alone: a resumed run sees the same."""

import mmap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models import augmentation

LET_GO_EVERY = 25
Batch = tuple[NDArray[Any], NDArray[np.int32]]


def epoch_order(count: int, *, seed: int, epoch: int) -> NDArray[np.int64]:
    """The shuffled positions 0..count-1 of one epoch (from 0)."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def iterate_training(
    copies: Sequence[NDArray[Any]],
    rows: NDArray[np.int64],
    labels: NDArray[np.int32],
    *,
    batch_size: int,
    seed: int,
    first: int,
) -> Iterator[Batch]:
    """Batches for ever, epoch after epoch, beginning with epoch `first` (from 0): inputs (n, ...) and labels (n,).

    `copies` are memory maps (never read whole) of images or of their features; each epoch takes the next one in turn.
    `rows` are the images' rows in each of them, `labels` their classes.
    """
    epoch = first
    while True:
        inputs = copies[epoch % len(copies)]
        order = epoch_order(len(rows), seed=seed, epoch=epoch)
        for start in range(0, len(rows), batch_size):
            chosen = order[start : start + batch_size]
            yield inputs[rows[chosen]], labels[chosen]
            if start // batch_size % LET_GO_EVERY == 0:
                let_go(inputs)
        epoch += 1


def augment_each(
    stream: Iterator[Batch], settings: augmentation.Augmentation, *, steps: int, seed: int, first: int
) -> Iterator[Batch]:
    """The batches of `iterate_training`, augmented; each batch's numbers come from seed, epoch and step alone.

    `steps` are the batches of an epoch, `first` is the epoch (from 0) that the stream begins with.
    """
    for number, (images, labels) in enumerate(stream):
        epoch, step = first + number // steps, number % steps
        yield augmentation.augment(images, settings, seed=(seed, epoch, step)), labels


def let_go(pixels: NDArray[Any]) -> None:
    """Give the memory map's pages back to the system; they stay in its file cache and come back when asked for.

    Without it every page that a shuffled epoch has touched counts as this process's memory until the end.
    """
    mapped = getattr(pixels, "_mmap", None)
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def iterate_once(
    pixels: NDArray[Any], rows: NDArray[np.int64], labels: NDArray[np.int32], *, batch_size: int
) -> Iterator[Batch]:
    """All images (or their features) once, in order."""
    for start in range(0, len(rows), batch_size):
        chosen = slice(start, start + batch_size)
        yield pixels[rows[chosen]], labels[chosen]


def count_steps(images: int, batch_size: int) -> int:
    """Batches an epoch, the last one perhaps smaller."""
    return -(-images // batch_size)
