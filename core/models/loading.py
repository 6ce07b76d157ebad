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

from core.base import errors
from core.models import backend, laying, package, vetting

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
    network = load_network(found)
    with laying.keras_faults_as_messages(vetting.name_place(found.file(package.MODEL_FILE))):
        answers = compute_check(network, found.input_size_px)
    require_published_answers(found, answers)
    return LoadedModel(found, network)


def load_network(found: package.Package) -> Any:
    """The package's network as Keras has it, unaltered and as its manifest describes it; nobody has asked it yet.

    Raises `ModelBroken`.
    """
    package.require_unaltered(found)
    network = read_network(found.file(package.MODEL_FILE))
    _require_as_said(network, found)
    return network


def require_published_answers(found: package.Package, answers: NDArray[Any]) -> None:
    """Raise `ModelBroken` unless these answers to `make_check_images`, (N, K), are those at publishing; NaN is not."""
    if not _are_same(answers, found.manifest.check.probabilities):
        raise errors.ModelBroken(
            expected="the answers that the model gave when it was published",
            found="other answers to the same check images",
            where=f"trained_models/{found.id}",
            todo="The installed TensorFlow or Keras may be damaged or too different; see the versions in its manifest.",
        )


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


def _are_same(answers: NDArray[Any], said: Sequence[Sequence[float]]) -> bool:
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
        return backend.load_keras().models.load_model(path, compile=False, safe_mode=True)


def make_check_images(input_size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Fixed noise, (CHECK_IMAGES, H, W, 3): the answers to it are the fingerprint of what a network answers."""
    shape = (CHECK_IMAGES, *input_size_px, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def compute_check(network: Any, input_size_px: tuple[int, int]) -> NDArray[np.float64]:
    """Probabilities (CHECK_IMAGES, K) of `make_check_images`, called as people call an export: by Keras alone."""
    answers = network(make_check_images(input_size_px).astype(np.float32), training=False)
    return np.asarray(answers, dtype=np.float64)
