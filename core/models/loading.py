"""Loads a finished model. Needs TensorFlow (loaded inside).

Only from `trained_models/`, only if its bytes are the ones that its manifest names, with Keras' safe mode, and only
if it gives the answers that it gave when it was published.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import errors
from core.models import package, runtime

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
    expected_shapes = ((None, *found.input_size_px, 3), (None, len(found.class_names)))
    if (network.input_shape, network.output_shape) != expected_shapes:
        raise errors.ModelBroken(
            expected=f"a network of input and output {expected_shapes}, as its manifest says",
            found=f"{(network.input_shape, network.output_shape)}",
            where=f"trained_models/{model_id}",
            todo="Copy the whole folder again, or remove it.",
        )
    answers = compute_check(network, found.input_size_px)
    expected = np.asarray(found.manifest["check"]["probabilities"])
    if answers.shape != expected.shape or not np.allclose(answers, expected, atol=CHECK_TOLERANCE):
        raise errors.ModelBroken(
            expected="the answers that the model gave when it was published",
            found="other answers to the same check images",
            where=f"trained_models/{model_id}",
            todo="The installed TensorFlow or Keras may be damaged or too different; see the versions in its manifest.",
        )
    return LoadedModel(found, network)


def read_network(path: Any) -> Any:
    """A `.keras` file as an uncompiled model, in safe mode (no code from the file is run)."""
    return runtime.load_keras().models.load_model(path, compile=False, safe_mode=True)


def compute_check(network: Any, input_size_px: tuple[int, int]) -> NDArray[np.float64]:
    """Probabilities `(CHECK_IMAGES, K)` of fixed noise images: the fingerprint of what a network answers."""
    height_px, width_px = input_size_px
    batch = np.random.default_rng(0).integers(0, 256, (CHECK_IMAGES, height_px, width_px, 3), dtype=np.uint8)
    answers = network(batch.astype(np.float32), training=False)
    return np.asarray(answers, dtype=np.float64)
