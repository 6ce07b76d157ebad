"""What a frozen backbone says of each image, computed once and kept: a head then trains on it in seconds an epoch.

The backbone's answer to an image is the same in every epoch. Where the images are augmented it is not; then a number of
augmented copies of each is computed once, and the head meets them in turn. Needs TensorFlow (loaded inside) to compute.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.base import errors, files, paths, progress
from core.datasets.index import index, pixels, scanning
from core.models import augmentation as augmenting
from core.models.architectures import pretrained
from core.runtimes import base, keras
from core.training.fit import batches, resumable_array

WAITING = "Waiting for the same features, which another training computes"


def open_features(
    data: index.Index,
    network: Any,
    *,
    backbone_key: str,
    weights_sha256: str,
    input_px: int,
    rows: NDArray[np.int64],
    augmentation: augmenting.Augmentation = augmenting.NONE,
    copies: int = 1,
    seed: int = 0,
    batch_size: int = 50,
    change: scanning.Change | None = None,
    report: progress.Report = progress.say_nothing,
) -> np.memmap:
    """The features of these images, computed first where that has not been done; two processes share the work.

    network : a whole network of `pretrained` with its weights loaded. rows : rows of data.table, in any order.
    copies : how many augmented copies of each image, every one of them changed; 1 where nothing is augmented.
    change : what is made of each image before it is resized, see `pixels.open_pixels`.
    Returns a read-only memory map of shape (copies, len(rows), F), float32; place i belongs to rows[i].
    Cancelled or killed, it goes on from there the next time.
    Raises DatasetChanged, DiskFull, AnswerNotFinite, progress.Cancelled.
    """
    copies = 1 if augmentation.is_none else max(copies, 1)
    count = network.get_layer(pretrained.FEATURES).output.shape[-1]
    key = [
        *(backbone_key, weights_sha256, input_px, count, _digest_backbone(network)),
        *(() if augmentation.is_none else (augmentation.to_json(), copies, seed, batch_size)),
        *((change.tag,) if change else ()),
        hashlib.sha256(np.asarray(rows, np.int64).tobytes()).hexdigest(),
    ]
    path = _cache_path(data.content, key)
    shape = (copies, len(rows), count)
    opened = _open_if_whole(path, shape)
    if opened is not None:
        return opened
    images = pixels.open_pixels(data, input_px, input_px, change=change, report=report)
    with files.wait_for_lock(path.with_suffix(".lock"), report, WAITING):
        opened = _open_if_whole(path, shape)
        if opened is None:
            seen = _find_features(network)

            def compute(done: int) -> Iterator[NDArray[np.float32]]:
                for chunk in _change(images, rows, augmentation, copies, seed=seed, batch_size=batch_size, done=done):
                    yield seen.compute(chunk)

            total = copies * len(rows)
            resumable_array.write_array(
                path, shape, compute, lambda done: report(done, total, "Running the backbone once")
            )
            opened = _open_if_whole(path, shape)
    if opened is None:
        raise errors.DatasetChanged(
            expected="the features that were just written",
            found="none of this size",
            where=str(path),
            todo="Another program seems to clear this folder. Try again.",
        )
    return opened


def estimate_images_per_second(backbone_key: str, input_px: int) -> float:
    """About how many images a second a backbone answers on two processor cores; work grows with the pixels."""
    return pretrained.BACKBONES[backbone_key].images_per_second * (224 / input_px) ** 2


def count_passes(training: int, validation: int, test: int, *, copies: int, augmented: bool) -> int:
    """How many images a frozen backbone answers once, before the epochs.

    Without augmentation those of all parts, which other folds and seeds then share; with it the training images in
    `copies` ways, and the validation images as they are.
    """
    return training * copies + validation if augmented else training + validation + test


def describe_cost(
    training: int, validation: int, test: int, *, copies: int, epochs: int, images_per_second: float, augmented: bool
) -> str:
    """What it costs to run a frozen backbone once, against running it in each epoch, in one or two sentences.

    training, validation, test : images of the parts. copies : augmented copies computed once; 0 = the backbone runs in
    each epoch. images_per_second : of the backbone, forwards.
    """

    def say(passes: int) -> str:
        return f"about {progress.describe_seconds(passes / images_per_second)}"

    images = training + validation
    each = f"in each of {epochs} epochs over {images:,} images: {say(images * epochs)} in all"
    if augmented and not copies:
        return f"The backbone runs {each}, since every epoch sees the images changed anew."
    passes = count_passes(training, validation, test, copies=copies, augmented=augmented)
    if not augmented:
        return (
            f"The backbone runs once over all {passes:,} images ({say(passes)}), not {each}. The answers are the same."
        )
    ways = "one way" if copies == 1 else f"{copies} ways"
    return (
        f"The backbone runs once over {training:,} training images, each changed in {ways}, and {validation:,} "
        f"validation images ({say(passes)}), not {each}. Training then meets these {ways} in turn instead of a new one "
        "in each epoch."
    )


def _cache_path(content: str, key: list[Any]) -> Path:
    """Named so that `pixels.remove_caches` finds it."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    return paths.cache_folder() / f"{content}-features-{digest[:32]}.npy"


def _digest_backbone(network: Any) -> str:
    """What the backbone's answers depend on beside its kind: its weights as they are now, and its precision."""
    digest = hashlib.sha256()
    for layer in pretrained.list_backbone_layers(network):
        digest.update(f"{type(layer).__name__} {layer.dtype_policy.name}".encode())
        for values in layer.get_weights():
            digest.update(np.ascontiguousarray(values).data)
    digest.update(type(network.get_layer(pretrained.FEATURES)).__name__.encode())
    return digest.hexdigest()


def _open_if_whole(path: Path, shape: tuple[int, int, int]) -> np.memmap | None:
    """The memory map, or None where it is absent, torn or of another shape."""
    try:
        opened = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError):
        return None
    whole = isinstance(opened, np.memmap) and opened.shape == shape and opened.dtype == np.float32
    return opened if whole and not np.isfortran(opened) else None


def _change(
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    augmentation: augmenting.Augmentation,
    copies: int,
    *,
    seed: int,
    batch_size: int,
    done: int,
) -> Iterator[NDArray[np.uint8]]:
    """The images of all copies but the first `done`, chunk by chunk, each chunk changed by numbers of its own.

    Where they are augmented `done` is a whole number of chunks, since the size of a batch is part of the cache's key.
    """
    for copy in range(done // len(rows), copies) if len(rows) else ():
        for start in range(max(0, done - copy * len(rows)), len(rows), batch_size):
            chunk, number = images[rows[start : start + batch_size]], start // batch_size
            yield chunk if augmentation.is_none else augmenting.augment(chunk, augmentation, seed=(seed, copy, number))
            if number % batches.LET_GO_EVERY == 0:
                batches.let_go(images)


def _find_features(network: Any) -> base.Features:
    """What is run: the network as far as its features."""
    todo = "Its weights are damaged: replace the file in data/weights/."
    found = keras.KerasRuntime(network, where="the frozen backbone", todo=todo).find_features(pretrained.FEATURES)
    if isinstance(found, base.Lacking):
        raise LookupError(found.why)
    return found
