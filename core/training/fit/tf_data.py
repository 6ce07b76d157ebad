"""What the fit is fed with: tf.data sets over the memory map or over prepared features. Needs TensorFlow at import."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.models import backend
from core.training import recipe
from core.training.fit import batches

tf = backend.load_tensorflow()

VALIDATION_BATCH = 100  # at most: what memory the training has must do for the validation too
Arrays = Sequence[NDArray[Any]]


def feed_training(copies: Arrays, table: pd.DataFrame, wanted: recipe.Recipe, *, classes: int, first: int) -> Any:
    """Shuffled batches for ever, beginning with epoch `first` (from 0): float32 inputs, soft labels, weights.

    copies : arrays of which `table["row"]` addresses the images, uint8 (rows, H, W, 3), or features, float32 (rows, F);
    each epoch takes the next of them in turn. Labels are (n, classes), weights (n,).
    Images are augmented as the recipe says; features are what they are.
    """
    rows, labels = _rows_and_labels(table)
    steps = batches.count_steps(len(rows), wanted.batch_size)

    def generate() -> Iterator[batches.Batch]:
        stream = batches.iterate_training(
            copies, rows, labels, batch_size=wanted.batch_size, seed=wanted.seed, first=first
        )
        if wanted.augmentation.is_none or copies[0].dtype != np.uint8:
            return stream
        return batches.augment_each(stream, wanted.augmentation, steps=steps, seed=wanted.seed, first=first)

    data = _as_dataset(generate, copies[0], batches_in_all=tf.data.INFINITE_CARDINALITY)
    balance = tf.constant(compute_class_weights(labels, classes, balanced=wanted.class_weights == "balanced"))

    def soften(inputs: Any, classes_: Any) -> Any:
        soft = tf.one_hot(classes_, classes) * (1 - wanted.label_smoothing) + wanted.label_smoothing / classes
        return tf.cast(inputs, tf.float32), soft, tf.gather(balance, classes_)

    return data.map(soften).prefetch(2)


def feed_validation(inputs: NDArray[Any], table: pd.DataFrame, wanted: recipe.Recipe, *, classes: int) -> Any:
    """All images (or features) once, in order, as they are: float32, labels (n, classes)."""
    rows, labels = _rows_and_labels(table)
    size = min(VALIDATION_BATCH, wanted.batch_size)

    def generate() -> Iterator[batches.Batch]:
        return batches.iterate_once(inputs, rows, labels, batch_size=size)

    data = _as_dataset(generate, inputs, batches_in_all=batches.count_steps(len(rows), size))
    return data.map(lambda x, label: (tf.cast(x, tf.float32), tf.one_hot(label, classes))).prefetch(2)


def compute_class_weights(labels: NDArray[np.int32], classes: int, *, balanced: bool) -> NDArray[np.float32]:
    """A weight for each class: 1, or n / (classes x n of the class): then each class has the same say in the loss."""
    if not balanced:
        return np.ones(classes, np.float32)
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * np.maximum(counts, 1))).astype(np.float32)


def _as_dataset(generate: Callable[[], Iterator[batches.Batch]], inputs: NDArray[Any], *, batches_in_all: int) -> Any:
    """Batches as a tf.data set, in order; the caller lets one thread read ahead while the network computes."""
    signature = (tf.TensorSpec((None, *inputs.shape[1:]), inputs.dtype), tf.TensorSpec((None,), tf.int32))
    data = tf.data.Dataset.from_generator(generate, output_signature=signature)
    return data.apply(tf.data.experimental.assert_cardinality(batches_in_all))


def _rows_and_labels(table: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    return table["row"].to_numpy(np.int64), table["label"].to_numpy(np.int32)
