"""The running mean of weights, against the same sum in NumPy."""

import numpy as np
import pytest

from core.base import errors
from core.models import backend
from core.training import checkpoint

pytestmark = pytest.mark.ml


@pytest.fixture
def network():
    keras = backend.load_keras()
    keras.utils.set_random_seed(1)
    layers = [keras.Input((3,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    network = keras.Sequential(layers)
    network.compile("sgd", "mse")
    return network


def make(network, decay=0.9):
    from core.training.fit import weight_averaging

    return weight_averaging.Average(network, decay)


def follow(network, average, batches, seed=0):
    """Train some batches; the mean as NumPy has it."""
    rng = np.random.default_rng(seed)
    means = [np.array(weight, dtype=np.float64) for weight in network.get_weights()]
    for n in range(1, batches + 1):
        network.train_on_batch(rng.random((8, 3), np.float32), rng.random((8, 2), np.float32))
        average.on_train_batch_end(n)
        decay = min(0.9, (1 + n) / (10 + n))
        means = [decay * m + (1 - decay) * w for m, w in zip(means, network.get_weights(), strict=True)]
    return means


def test_it_is_the_mean_of_all_weights_those_of_batch_normalisation_too(network):
    average = make(network)
    expected = follow(network, average, 30)
    for mine, theirs in zip(average.read_weights(), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)
    assert len(expected) == 6


def test_it_stands_in_for_the_weights_only_while_they_are_judged(network):
    average = make(network)
    follow(network, average, 5)
    learning = network.get_weights()
    average.on_test_begin()
    judged = network.get_weights()
    average.on_test_end()
    for kept, mean, seen, now in zip(learning, average.read_weights(), judged, network.get_weights(), strict=True):
        np.testing.assert_array_equal(seen, mean)
        np.testing.assert_array_equal(now, kept)
    assert any((a != b).any() for a, b in zip(learning, judged, strict=True))


def test_what_is_written_is_restored_and_goes_on_alike(network, tmp_path):
    average = make(network)
    follow(network, average, 5)
    average.write(tmp_path)
    other = make(network)
    other.restore(tmp_path)
    follow(network, average, 1, seed=9)
    other.on_train_batch_end(0)
    for one, two in zip(average.read_weights(), other.read_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_damage_is_an_error_that_checkpoints_know(network, tmp_path):
    (tmp_path / "average.npz").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(errors.RunNotUsable), checkpoint.damage_as_message(tmp_path):
        make(network).restore(tmp_path)
