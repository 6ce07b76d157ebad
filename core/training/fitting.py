"""The fit: Keras' own, fed from the memory map. Needs TensorFlow at import: only the worker may import this."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core import errors, progress
from core.models import registry, runtime
from core.training import batches, callbacks, checkpoint, recipe, run

keras = runtime.load_keras()
tf = runtime.load_tensorflow()

VALIDATION_BATCH = 100


@dataclass(frozen=True)
class Outcome:
    """How a fit ended: how far it came, and whether because somebody stopped it or its loss was no number any more."""

    reached: checkpoint.Progress
    precision: str
    stopped: bool = False
    fault: errors.TrainingFailed | None = None


def fit(found: run.Run, pixels: NDArray[np.uint8], say: callbacks.SayStatus) -> Outcome:
    """Train the run from its newest checkpoint (or from nothing) to its end, its patience, or a stop.

    pixels : memory map of shape (rows of the index, H, W, 3), uint8.
    On the same machine with the same settings the result is bit-identical, interrupted or not.
    """
    wanted, folder = found.recipe, found.folder
    reached = checkpoint.read_progress(folder)
    precision = runtime.choose_precision() if wanted.precision == "auto" else wanted.precision
    if reached.epochs_done >= wanted.epochs or reached.epochs_since_best >= wanted.patience:
        return Outcome(reached, precision)
    network = _prepare_network(found, precision)
    table = found.read_split()
    train, validation = (table[table["split"] == name] for name in ("train", "validation"))
    recorder = callbacks.Recorder(
        folder,
        say,
        images=len(train),
        batch_size=wanted.batch_size,
        epochs=wanted.epochs,
        epochs_done=reached.epochs_done,
    )
    keeper = callbacks.Keeper(folder, reached, recorder, patience=wanted.patience)
    try:
        network.fit(
            _training_data(pixels, train, wanted, first=reached.epochs_done),
            epochs=wanted.epochs,
            initial_epoch=reached.epochs_done,
            steps_per_epoch=batches.count_steps(len(train), wanted.batch_size),
            validation_data=_validation_data(pixels, validation),
            callbacks=[callbacks.Reseed(wanted.seed), recorder, callbacks.Stopper(folder), keeper],
            shuffle=False,  # the batches come shuffled
            verbose=0,
        )
    except progress.Cancelled:
        recorder.flush()
        return Outcome(keeper.reached, precision, stopped=True)
    except errors.TrainingFailed as fault:
        recorder.flush()
        return Outcome(keeper.reached, precision, fault=fault)
    return Outcome(keeper.reached, precision)


def _prepare_network(found: run.Run, precision: str) -> Any:
    """The network of the newest checkpoint with its optimizer, or a fresh seeded one."""
    path = checkpoint.model_path(found.folder)
    keras.utils.set_random_seed(found.recipe.seed)
    if path is not None:
        with checkpoint.damage_as_message(path):
            return keras.models.load_model(path, safe_mode=True)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        network = registry.build_model(found.recipe.architecture, len(found.class_names))
    finally:
        keras.config.set_dtype_policy(before)
    network.compile(
        optimizer=keras.optimizers.Adam(found.recipe.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=runtime.has_gpu(),  # on a CPU, XLA makes these networks 3 x slower
    )
    return network


def _training_data(pixels: NDArray[np.uint8], table: pd.DataFrame, wanted: recipe.Recipe, *, first: int) -> Any:
    """Shuffled batches for ever, augmented where the recipe says so, beginning with epoch `first` (from 0)."""
    rows, labels = _rows_and_labels(table)
    steps = batches.count_steps(len(rows), wanted.batch_size)

    def generate() -> Iterator[batches.Batch]:
        stream = batches.iterate_training(
            pixels, rows, labels, batch_size=wanted.batch_size, seed=wanted.seed, first=first
        )
        if wanted.augmentation.is_none:
            return stream
        return batches.augment_each(stream, wanted.augmentation, steps=steps, seed=wanted.seed, first=first)

    return _as_dataset(generate, pixels, batches_in_all=tf.data.INFINITE_CARDINALITY)


def _validation_data(pixels: NDArray[np.uint8], table: pd.DataFrame) -> Any:
    rows, labels = _rows_and_labels(table)

    def generate() -> Iterator[batches.Batch]:
        return batches.iterate_once(pixels, rows, labels, batch_size=VALIDATION_BATCH)

    return _as_dataset(generate, pixels, batches_in_all=batches.count_steps(len(rows), VALIDATION_BATCH))


def _as_dataset(
    generate: Callable[[], Iterator[batches.Batch]], pixels: NDArray[np.uint8], *, batches_in_all: int
) -> Any:
    """Batches as a tf.data set: one thread reads ahead while the network computes; order is kept."""
    signature = (tf.TensorSpec((None, *pixels.shape[1:]), tf.uint8), tf.TensorSpec((None,), tf.int32))
    data = tf.data.Dataset.from_generator(generate, output_signature=signature)
    data = data.apply(tf.data.experimental.assert_cardinality(batches_in_all))
    return data.map(lambda images, labels: (tf.cast(images, tf.float32), labels)).prefetch(2)


def _rows_and_labels(table: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    return table["row"].to_numpy(np.int64), table["label"].to_numpy(np.int32)
