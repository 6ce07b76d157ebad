"""The fit: Keras' own, fed from the memory map or from features. Needs TensorFlow at import: only the worker may."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import errors, progress
from core.datasets.index import index
from core.models import augmentation, backend, registry
from core.training import checkpoint, history, input_form, recipe, run, watched
from core.training.fit import backbone_features, batches, callbacks, networks, tf_data

tf = backend.load_tensorflow()

FEATURE_BATCH = 50  # at most; a person who chose a smaller one had a reason


@dataclass(frozen=True)
class Outcome:
    """How a fit ended: how far it came, and whether because somebody stopped it or its loss was no number any more."""

    reached: checkpoint.Progress
    precision: str
    stopped: bool = False
    fault: errors.TrainingFailed | None = None


@dataclass(frozen=True)
class _Inputs:
    """What the network sees: `copies` in turn, an epoch each, and the validation images; tables whose `row` fits."""

    copies: tf_data.Arrays
    train: pd.DataFrame
    held_out: NDArray[Any]
    validation: pd.DataFrame


def fit(
    found: run.Run,
    data: index.Index,
    pixels: NDArray[np.uint8],
    say: callbacks.SayStatus,
    report: progress.Report = progress.say_nothing,
) -> Outcome:
    """Train the run from its newest checkpoint (or from nothing) to its end, its patience, or a stop.

    pixels : memory map of shape (rows of the index, H, W, 3), uint8.
    On the same machine with the same settings the result is bit-identical, interrupted or not.
    Raises WeightsNotFound, TensorFlow's ResourceExhaustedError where memory is too small, Cancelled while features are
    extracted.
    """
    wanted, folder = found.recipe, found.folder
    reached = checkpoint.read_progress(folder)
    precision = backend.choose_precision() if wanted.precision == "auto" else wanted.precision
    if run.is_over(reached, wanted):
        return Outcome(reached, precision)
    began = time.monotonic()
    inputs = _prepare_inputs(found, data, pixels, report)
    network, average = networks.prepare(found, precision, reached, report)
    recorder = callbacks.Recorder(
        folder,
        say,
        images=len(inputs.train),
        batch_size=wanted.batch_size,
        epochs=wanted.epochs,
        epochs_done=reached.epochs_done,
        slower_from=wanted.head_epochs if wanted.fine_tunes else 0,
    )
    keeper = callbacks.Keeper(
        folder, reached, recorder, average=average, began=began, is_over=lambda now: run.is_over(now, wanted)
    )
    losses = [row["validation_loss"] for row in history.read_history(folder)["epochs"]][: reached.epochs_done]
    helpers = [
        callbacks.Reseed(wanted.seed),
        callbacks.Scheduler(
            wanted, batches.count_steps(len(inputs.train), wanted.batch_size), losses, since=found.rate_since
        ),
        recorder,
        callbacks.Stopper(folder),
        *_watch(found, inputs),
        *([average] if average else []),
        keeper,
        *([callbacks.BoardLog(found)] if found.facts.tensorboard else []),
    ]
    try:
        _run_phases(network, wanted, inputs, helpers, keeper, classes=len(found.class_names))
    except progress.Cancelled:
        recorder.flush()
        return Outcome(keeper.reached, precision, stopped=True)
    except errors.TrainingFailed as fault:
        recorder.flush()
        return Outcome(keeper.reached, precision, fault=fault)
    except tf.errors.ResourceExhaustedError:
        recorder.flush()
        raise
    return Outcome(keeper.reached, precision)


def _watch(found: run.Run, inputs: _Inputs) -> list[callbacks.Watcher]:
    """What keeps the answers to a few validation images; nothing where there are none."""
    chosen = watched.choose_images(inputs.validation, seed=found.recipe.seed)
    if not len(chosen):
        return []
    watched.write_images(found.folder, chosen)
    return [callbacks.Watcher(found.folder, inputs.held_out[chosen["row"].to_numpy(np.int64)])]


def _run_phases(
    network: Any,
    wanted: recipe.Recipe,
    inputs: _Inputs,
    helpers: list[Any],
    keeper: callbacks.Keeper,
    *,
    classes: int,
) -> None:
    """One fit; two where layers of the backbone begin to learn on the way, since those need a new optimizer."""
    end = wanted.head_epochs if wanted.fine_tunes and keeper.reached.epochs_done < wanted.head_epochs else wanted.epochs
    while not run.is_over(keeper.reached, wanted):
        first = keeper.reached.epochs_done
        if first and networks.enters_fine_tuning(wanted, first) and end == wanted.head_epochs:
            networks.compile_network(network, wanted, epoch=first)
            end = wanted.epochs
        network.fit(
            tf_data.feed_training(inputs.copies, inputs.train, wanted, classes=classes, first=first),
            epochs=min(end, wanted.epochs),
            initial_epoch=first,
            steps_per_epoch=batches.count_steps(len(inputs.train), wanted.batch_size),
            validation_data=tf_data.feed_validation(inputs.held_out, inputs.validation, wanted, classes=classes),
            callbacks=helpers,
            shuffle=False,  # the batches come shuffled
            verbose=0,
        )


def _prepare_inputs(found: run.Run, data: index.Index, pixels: NDArray[np.uint8], report: progress.Report) -> _Inputs:
    """Images as they are, or, for a frozen backbone, what it makes of them: seen once, kept on disk."""
    wanted, table = found.recipe, found.read_split()
    train, validation = (table[table["split"] == name] for name in ("train", "validation"))
    if not wanted.extracts_features:
        return _Inputs([pixels], train, pixels, validation)
    whole = networks.build_whole(found, "float32", report)
    backbone = networks.read_backbone(found.folder) or {}
    common = {
        "backbone_key": registry.find_architecture(wanted.architecture).backbone,
        "weights_sha256": backbone["sha256"],
        "input_px": wanted.size_px,
        "seed": wanted.seed,
        "batch_size": min(FEATURE_BATCH, wanted.batch_size),
        "change": input_form.prepare(found, data, report).change,
        "report": report,
    }
    plain = table if wanted.augmentation.is_none else validation
    rows = np.sort(plain["row"].to_numpy(np.int64))  # of all images: every fold and seed then shares what was seen
    seen = backbone_features.open_features(data, whole, rows=rows, augmentation=augmentation.NONE, copies=1, **common)[
        0
    ]
    held_out = validation.assign(row=np.searchsorted(rows, validation["row"]))
    if wanted.augmentation.is_none:
        return _Inputs([seen], train.assign(row=np.searchsorted(rows, train["row"])), seen, held_out)
    copies = backbone_features.open_features(
        data,
        whole,
        rows=train["row"].to_numpy(np.int64),
        augmentation=wanted.augmentation,
        copies=wanted.feature_copies,
        **common,
    )  # (copies, n, F)
    return _Inputs(list(copies), train.assign(row=np.arange(len(train))), seen, held_out)
