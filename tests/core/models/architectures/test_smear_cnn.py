"""Our own networks: within their budgets, and their last maps where Grad-CAM can place them."""

import numpy as np
import pytest

from core.models import backend
from core.models.architectures import smear_cnn
from core.runtimes import base
from tests.support import explaining

pytestmark = pytest.mark.ml

BUILDERS = {smear_cnn.build_smear_cnn: (200_000, 40e6), smear_cnn.build_smear_cnn_micro: (25_000, 10e6)}


def count_multiplications(network):
    """Multiply-adds of the convolutions for one image, from shapes alone."""
    total = 0
    for layer in network.layers:
        if "Conv2D" in type(layer).__name__:
            height, width = layer.output.shape[1:3]  # stride 1: as large as what goes in
            total += int(height * width * sum(np.prod(weight.shape) for weight in layer.weights))
    return total


@pytest.mark.parametrize("build", BUILDERS)
def test_parameters_and_work_an_image_stay_within_the_budget(build):
    """Pooling comes after the convolution of its block, so its output is counted at full size."""
    network, (parameters, multiplications) = build(2), BUILDERS[build]
    assert network.count_params() < parameters
    assert multiplications / 2 < count_multiplications(network) < multiplications


@pytest.mark.parametrize("build", BUILDERS)
def test_a_cell_of_the_last_map_is_eight_pixels_of_the_image(build):
    explained = explaining.explain(build(2))
    assert explained.layer_name == "relu_4b"
    assert explained.alignment == base.Alignment(base.Axis(3.5, 8.0), base.Axis(3.5, 8.0))


@pytest.mark.parametrize("build", BUILDERS)
def test_the_features_are_the_mean_and_the_largest_value_of_each_channel(build):
    keras = backend.load_keras()
    network = build(2)
    both = keras.Model(network.input, [network.get_layer("relu_4b").output, network.get_layer("features").output])
    batch = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    maps, features = (np.asarray(part) for part in both(batch, training=False))
    assert np.allclose(features, np.concatenate([maps.mean(axis=(1, 2)), maps.max(axis=(1, 2))], axis=1), atol=1e-5)
