"""The parts of networks against the same in NumPy."""

import numpy as np
import pytest

from core.models import backend
from core.models.architectures import blocks

pytestmark = pytest.mark.ml


def test_squeeze_excite_is_what_the_paper_says():
    """Channel means, two dense layers, and every channel times its number: once more, by hand."""
    keras = backend.load_keras()
    keras.utils.set_random_seed(0)
    x = keras.Input((5, 4, 16))
    network = keras.Model(x, blocks.squeeze_excite(x, ratio=8))
    given = np.random.default_rng(0).normal(size=(3, 5, 4, 16)).astype(np.float32)
    first, first_bias, second, second_bias = (np.asarray(weight) for weight in network.get_weights())
    assert first.shape == (16, 2)
    hidden = np.maximum(given.mean(axis=(1, 2)) @ first + first_bias, 0)  # (3, 2)
    gate = 1 / (1 + np.exp(-(hidden @ second + second_bias)))  # (3, 16)
    assert np.allclose(np.asarray(network(given)), given * gate[:, None, None, :], atol=1e-5)


@pytest.mark.parametrize("separable", [False, True])
def test_a_convolution_has_no_bias_and_halves_the_size_where_it_pools(separable):
    keras = backend.load_keras()
    x = keras.Input((10, 8, 4))
    kept = keras.Model(x, blocks.convolve(x, 6, name="a", separable=separable))
    halved = keras.Model(x, blocks.convolve(x, 6, name="a", pool=True, separable=separable))
    assert kept.output_shape == (None, 10, 8, 6)
    assert halved.output_shape == (None, 5, 4, 6)
    weights = 4 * 9 + 4 * 6 if separable else 4 * 9 * 6
    assert kept.count_params() == halved.count_params() == weights + 4 * 6


def test_rectified_values_are_never_negative():
    keras = backend.load_keras()
    x = keras.Input((2, 2, 1))
    network = keras.Model(x, blocks.rectify(x, name="a"))
    given = np.array([-3.0, -0.0, 0.5, 7.0], np.float32).reshape(1, 2, 2, 1)
    assert np.array_equal(np.asarray(network(given)), np.maximum(given, 0))


def test_predictions_follow_a_short_training():
    """After 60 batches, what inference takes for the mean is within a tenth of what the batches have."""
    keras = backend.load_keras()
    x = keras.Input((4, 4, 2))
    network = keras.Model(x, blocks.convolve(x, 3, name="a"))
    given = np.random.default_rng(0).normal(5, 1, (8, 4, 4, 2)).astype(np.float32)
    for _ in range(60):
        network(given, training=True)
    means = np.asarray(network(given, training=False)).mean(axis=(0, 1, 2))
    assert np.abs(means).max() < 0.1, "0 where the running mean is the batch's own"
