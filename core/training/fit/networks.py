"""The network that a run trains, as it stands before its next epoch. Needs TensorFlow at import: only `fit` may.

A network with an ImageNet backbone learns in one of three ways: its head alone on features that were prepared; whole,
with the backbone frozen; whole, with the last layers of the backbone unfrozen after the head has learnt.
"""

from pathlib import Path
from typing import Any

from core.base import errors, files, paths, progress
from core.models import backend, registry, weights
from core.models.architectures import pretrained
from core.training import checkpoint, recipe, run
from core.training.fit import weight_averaging

keras = backend.load_keras()

NOT_DECAYED = ("bias", "gamma", "beta")
MOMENTUM = 0.9


def build_whole(found: run.Run, precision: str, report: progress.Report = progress.say_nothing) -> Any:
    """The network from image to probabilities, seeded, with the ImageNet weights of its backbone where it has one.

    Which file those came from stands in the run's backbone.json, and what has learnt on them stays with them.
    Raises WeightsNotFound, WeightsNotUsable; RunNotUsable where the file is another one than the run began with.
    """
    network = build_plain(found, precision)
    backbone = registry.find_architecture(found.recipe.architecture).backbone
    if backbone:
        here = {"key": backbone, "sha256": weights.load_into(network, backbone, report)}
        before = read_backbone(found.folder)
        if before not in (None, here) and checkpoint.model_path(found.folder):
            raise errors.RunNotUsable(
                expected="the ImageNet weights that the run began with",
                found="another file",
                where=str(paths.weights_folder()),
                todo="Put the former file back, or start a new run.",
            )
        if before != here:
            files.write_json(found.folder / run.BACKBONE, here, make_folder=False)
    return network


def build_plain(found: run.Run, precision: str) -> Any:
    """The network from image to probabilities, seeded, all weights random: for those that are read from a file."""
    wanted = found.recipe
    return _build(
        found,
        precision,
        lambda: registry.build_model(wanted.architecture, len(found.class_names), wanted.size_px),
    )


def build_head(found: run.Run, precision: str) -> Any:
    """The head alone, seeded, for features that were prepared."""
    return _build(found, precision, lambda: pretrained.build_head(found.recipe.architecture, len(found.class_names)))


def read_backbone(folder: Path) -> dict[str, Any] | None:
    """Which ImageNet weights a run began with: key and sha256; None for a network trained from nothing."""
    content = files.read_json_or_none(folder / run.BACKBONE)
    return content if isinstance(content, dict) else None


def prepare(
    found: run.Run,
    precision: str,
    reached: checkpoint.Progress,
    report: progress.Report = progress.say_nothing,
) -> tuple[Any, weight_averaging.Average | None]:
    """The network of the newest checkpoint with its optimizer, or a fresh one; and the mean of its weights, if asked.

    Raises RunNotUsable where the checkpoint is damaged.
    """
    wanted = found.recipe
    path = checkpoint.model_path(found.folder)
    if wanted.extracts_features:
        network = build_head(found, precision)
    elif path is None:
        network = build_whole(found, precision, report)
    else:
        network = build_plain(found, precision)
    compile_network(network, wanted, epoch=max(0, reached.epochs_done - 1))
    average = weight_averaging.Average(network, wanted.averaging) if wanted.averaging else None
    if path is not None:
        with checkpoint.damage_as_message(path):
            network.load_weights(path)
            if average:
                average.restore(path.parent)
    if enters_fine_tuning(wanted, reached.epochs_done):
        compile_network(network, wanted, epoch=reached.epochs_done)
    return network, average


def enters_fine_tuning(wanted: recipe.Recipe, epoch: int) -> bool:
    """Whether epoch `epoch` (from 0) is the first in which layers of the backbone learn."""
    return wanted.fine_tunes and epoch == wanted.head_epochs and epoch > 0


def compile_network(network: Any, wanted: recipe.Recipe, *, epoch: int) -> None:
    """Freeze and unfreeze what epoch `epoch` (from 0) needs, and give the network an optimizer without a past."""
    if registry.find_architecture(wanted.architecture).backbone and not wanted.extracts_features:
        pretrained.freeze(network)
        if wanted.fine_tunes and epoch >= wanted.head_epochs:
            pretrained.unfreeze(network, wanted.unfreeze_layers)
    optimizer = _build_optimizer(wanted)
    # The statistics of batch normalisation and all biases keep their size: only what multiplies inputs is decayed.
    optimizer.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    network.compile(
        optimizer=optimizer,
        loss="categorical_crossentropy",
        # Made here: by its name alone it would be made amid the first step, which is then traced a second time.
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=backend.has_gpu(),  # on a CPU, XLA makes these networks 3 x slower
    )
    network.optimizer.build(network.trainable_variables)


def _build(found: run.Run, precision: str, build: Any) -> Any:
    keras.utils.set_random_seed(found.recipe.seed)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return build()
    finally:
        keras.config.set_dtype_policy(before)


def _build_optimizer(wanted: recipe.Recipe) -> Any:
    if wanted.optimizer == "adamw":
        return keras.optimizers.AdamW(wanted.learning_rate, weight_decay=wanted.weight_decay)
    decay = wanted.weight_decay or None  # None: no step for what changes nothing
    if wanted.optimizer == "sgd":
        return keras.optimizers.SGD(wanted.learning_rate, momentum=MOMENTUM, nesterov=True, weight_decay=decay)
    return keras.optimizers.Adam(wanted.learning_rate, weight_decay=decay)
