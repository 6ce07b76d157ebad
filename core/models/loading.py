"""Loads a finished model. Needs TensorFlow (loaded inside).

Only from `trained_models/`, only if its bytes are the ones that its manifest names, only what `vetting` and `laying`
let pass, with Keras' safe mode, and only if it gives the answers that it gave when it was published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import errors
from core.models import laying, package, runtime, vetting

CHECK_IMAGES = 4
CHECK_TOLERANCE = 1e-3


@dataclass(frozen=True)
class LoadedModel:
    """A Keras model and the package that it came from."""

    package: package.Package
    network: Any


def load_model(model_id: str) -> LoadedModel:
    """Load by id. Raises `ModelNotFound` or `ModelBroken`."""
    found = package.find_package(model_id)
    package.require_unaltered(found)
    network = read_network(found.file(package.MODEL_FILE))
    _require_as_said(network, found)
    with laying.keras_faults_as_messages(vetting.name_place(found.file(package.MODEL_FILE))):
        answers = compute_check(network, found.input_size_px)
    if not _are_same(answers, found.manifest.check.probabilities):
        raise errors.ModelBroken(
            expected="the answers that the model gave when it was published",
            found="other answers to the same check images",
            where=f"trained_models/{model_id}",
            todo="The installed TensorFlow or Keras may be damaged or too different; see the versions in its manifest.",
        )
    return LoadedModel(found, network)


def _require_as_said(network: Any, found: package.Package) -> None:
    """The network must be the one that its manifest describes, from which pages and reports quote."""
    said = ((None, *found.input_size_px, 3), (None, len(found.class_names)), found.manifest.parameters)
    seen = (network.input_shape, network.output_shape, network.count_params())
    if seen != said:
        raise errors.ModelBroken(
            expected="a network of input {}, output {} and {:,} parameters, as its manifest says".format(*said),
            found="{}, {} and {:,}".format(*seen),
            where=f"trained_models/{found.id}",
            todo="Copy the whole folder again, or remove it; other models are not affected.",
        )


def _are_same(answers: NDArray[np.float64], said: Sequence[Sequence[float]]) -> bool:
    """Whether the answers are those that a manifest tells, which may have rows of any length."""
    rows = [len(row) for row in said]
    if (len(rows), *set(rows)) != answers.shape:
        return False
    return bool(np.allclose(answers, np.asarray(said), atol=CHECK_TOLERANCE))


def read_network(path: Path) -> Any:
    """A `.keras` file as an uncompiled model, in safe mode (no code from the file is run).

    Raises `ModelBroken` for what `vetting.vet` and `laying.require_bounded` refuse, and for what Keras cannot build.
    """
    where = vetting.name_place(path)
    laying.require_bounded(vetting.vet(path), where)
    with laying.keras_faults_as_messages(where):
        return runtime.load_keras().models.load_model(path, compile=False, safe_mode=True)


def compute_check(network: Any, input_size_px: tuple[int, int]) -> NDArray[np.float64]:
    """Probabilities `(CHECK_IMAGES, K)` of fixed noise images: the fingerprint of what a network answers."""
    height_px, width_px = input_size_px
    batch = np.random.default_rng(0).integers(0, 256, (CHECK_IMAGES, height_px, width_px, 3), dtype=np.uint8)
    answers = network(batch.astype(np.float32), training=False)
    return np.asarray(answers, dtype=np.float64)
