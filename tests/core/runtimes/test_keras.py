"""Keras' answers are the network's own, whatever the batch or the thread, and nothing is traced twice."""

import threading
from typing import Any

import numpy as np
import pytest

from core.base import errors
from core.models import backend, registry
from core.runtimes import activations, base, keras, keras_layers

pytestmark = pytest.mark.ml
SIZE_PX = (10, 8)


def build_network() -> Any:
    loaded = backend.load_keras()
    loaded.utils.set_random_seed(2)
    layers = loaded.layers
    return loaded.Sequential(
        [
            loaded.Input((*SIZE_PX, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Flatten(name="flat"),
            layers.Dense(5, name="logits"),
            layers.Softmax(),
        ]
    )


def make_batch(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, *SIZE_PX, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def network() -> Any:
    return build_network()


@pytest.fixture(scope="module")
def asked(network: Any) -> keras.KerasRuntime:
    return keras.KerasRuntime(network, where="tiny")


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 600])
def test_a_batch_gets_what_the_network_says(network: Any, asked: base.Runtime, count: int) -> None:
    batch = make_batch(count)
    found = asked.predict(batch)
    assert found.shape == (count, 5)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, network(batch.astype(np.float32), training=False).numpy(), atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_no_images_no_rows(asked: base.Runtime) -> None:
    assert asked.predict(make_batch(0)).shape == (0, 5)


def test_features_are_what_the_logits_are_made_from_or_what_a_layer_gives(network: Any, asked: base.Runtime) -> None:
    loaded, batch = backend.load_keras(), make_batch(300)
    for layer_name, of in ((None, "flat"), ("flat", "flat"), ("logits", "logits")):
        features = asked.find_features(layer_name)
        assert isinstance(features, base.Features)
        expected = loaded.Model(network.inputs, network.get_layer(of).output)(batch.astype(np.float32)).numpy()
        np.testing.assert_allclose(features.compute(batch), expected, atol=1e-5)
    assert asked.find_features("absent") == base.Lacking(
        "This network has no layer called absent, so it gives no features."
    )


def test_a_diverged_network_is_an_error_and_not_an_answer() -> None:
    broken = build_network()
    broken.set_weights([np.full_like(w, np.nan) for w in broken.get_weights()])
    with pytest.raises(errors.AnswerNotFinite, match="tiny"):
        keras.KerasRuntime(broken, where="tiny").predict(make_batch(1))


def test_what_has_been_asked_once_is_never_traced_again(network: Any, asked: base.Runtime) -> None:
    features = asked.find_features()
    assert isinstance(features, base.Features)
    asked.predict(make_batch(1))
    layer, calls = network.layers[1], []
    call = layer.call
    vars(layer)["call"] = lambda *args, **kwargs: calls.append(1) or call(*args, **kwargs)
    try:
        for count in (1, 3, 300):
            asked.predict(make_batch(count))
            features.compute(make_batch(count))
            asked.find_features()
        assert calls == []
        keras.KerasRuntime(network, where="tiny").predict(make_batch(1))
        assert calls == [1]  # the counter counts
    finally:
        del vars(layer)["call"]


def test_what_was_found_keeps_the_network_that_it_is_of() -> None:
    features = keras.KerasRuntime(build_network(), where="tiny").find_features()
    assert isinstance(features, base.Features)
    assert np.isfinite(features.compute(make_batch(2))).all()


def test_threads_share_one(asked: base.Runtime) -> None:
    batches = [make_batch(count) for count in (1, 5, 40, 300)]
    wanted = [asked.predict(batch) for batch in batches]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(10):
            if not np.allclose(asked.predict(batches[i]), wanted[i], atol=1e-6):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(batches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_block_statistics_are_means_and_deviations_of_each_blocks_last_activation() -> None:
    """By hand: the outputs of the activations before a change of size or channels, in numpy."""
    loaded = backend.load_keras()
    loaded.utils.set_random_seed(4)
    layers = loaded.layers
    network = loaded.Sequential(
        [
            loaded.Input((*SIZE_PX, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu", name="first"),
            layers.Conv2D(4, 3, padding="same", name="bare"),
            layers.LeakyReLU(name="second"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(6, 1, name="third"),
            layers.Activation("swish", name="fourth"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    images = make_batch(5)
    found = keras.KerasRuntime(network, where="a test").find_block_statistics().compute(images, at_once=2)
    expected = []
    for name in ("second", "fourth"):
        output = np.asarray(loaded.Model(network.inputs, network.get_layer(name).output)(images.astype(np.float32)))
        expected += [output.mean(axis=(1, 2)), np.sqrt(output.var(axis=(1, 2)) + 1e-8)]
    np.testing.assert_allclose(found, np.concatenate(expected, axis=1), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("key", "blocks"),
    [
        ("smear_cnn_micro", ["relu_1", "relu_2", "relu_3b", "relu_4b"]),
        ("base_cnn", ["conv_1", "conv_2", "conv_3"]),
    ],
)
def test_blocks_are_found_from_the_graph(key: str, blocks: list[str]) -> None:
    network = registry.build_model(key, 2)
    steps = activations.record_steps(network, np.zeros((1, *network.input_shape[1:]), np.float32))
    assert [step.name for step in keras_layers.find_blocks(steps)] == blocks


def test_a_network_with_many_blocks_has_the_last_at_each_size() -> None:
    loaded = backend.load_keras()
    body = [loaded.layers.Conv2D(2 + number % 2, 1, activation="relu", name=f"c{number}") for number in range(9)]
    network = loaded.Sequential([loaded.Input((4, 4, 3)), *body, loaded.layers.Flatten(), loaded.layers.Dense(2)])
    steps = activations.record_steps(network, np.zeros((1, 4, 4, 3), np.float32))
    assert [step.name for step in keras_layers.find_blocks(steps)] == ["c8"]


def test_a_network_without_maps_says_so() -> None:
    loaded = backend.load_keras()
    network = loaded.Sequential([loaded.Input((4, 4, 3)), loaded.layers.Flatten(), loaded.layers.Dense(2)])
    found = keras.KerasRuntime(network, where="a test").find_block_statistics()
    assert isinstance(found, base.Lacking) and "no activation with a map" in found.why
