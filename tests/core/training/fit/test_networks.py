"""The network that a run trains: every optimizer can be made, and is what the recipe says."""

import numpy as np
import pytest

from core.models import backend
from core.training import recipe, settings_table

pytestmark = pytest.mark.ml


@pytest.fixture
def networks():
    from core.training.fit import networks

    return networks


@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize("name", tuple(settings_table.SETTINGS["optimizer"].choices))
def test_each_optimizer_with_and_without_decay(networks, name, decay):
    keras = backend.load_keras()
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    wanted = recipe.Recipe("d", optimizer=name, weight_decay=decay, learning_rate=0.5)
    networks.compile_network(network, wanted, epoch=0)
    before = [weight.copy() for weight in network.get_weights()]
    assert type(network.optimizer).__name__.lower() == name
    assert (network.optimizer.weight_decay or 0.0) == decay
    kernel = network.layers[0].kernel
    network.optimizer.apply([kernel * 0, network.layers[0].bias * 0])  # no gradient: what moves is the decay
    after = network.get_weights()
    assert (after[0] != before[0]).any() == bool(decay)
    assert (after[1] == before[1]).all(), "biases keep their size"


def test_a_step_is_traced_once_and_tells_its_accuracy(networks, monkeypatch):
    """What is made amid the first step has it traced a second time: seconds of a large network."""
    keras = backend.load_keras()
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    networks.compile_network(network, recipe.Recipe("d"), epoch=0)
    traced, step = [], type(network).train_step
    monkeypatch.setattr(type(network), "train_step", lambda self, data: traced.append(self) or step(self, data))
    inputs = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    right = network(inputs).numpy().argmax(1)
    wanted = {"x": inputs, "batch_size": 8, "verbose": 0}
    told = [network.fit(y=np.eye(2)[labels], **wanted).history["accuracy"][0] for labels in (right, 1 - right)]
    assert len(traced) == 1
    assert told[0] == 1 and told[1] < 0.5
