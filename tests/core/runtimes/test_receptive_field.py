"""Cells of a feature map lie where their receptive fields are: against the support of real gradients, and by hand."""

from typing import Any

import numpy as np
import pytest

from core.explanation import heatmaps
from core.models import backend, registry
from core.runtimes import activations, base, keras_layers, receptive_field
from tests.support import explaining

pytestmark = pytest.mark.ml
SIDE = 64


def align(network: Any, shape: tuple[int, int, int] = (SIDE, SIDE, 3)) -> tuple[base.Alignment | None, Any]:
    """The alignment of a network's last convolution, and its features as a function of the image."""
    tf = backend.load_tensorflow()
    found: dict[str, Any] = {}

    def trace(batch: Any) -> Any:
        step = keras_layers.find_map(activations.record_steps(network, batch), None)
        found["place"] = receptive_field.find_alignment(step.output, batch)
        return step.output

    signature = [tf.TensorSpec((None, *shape), tf.float32)]
    run = tf.function(trace, input_signature=signature, autograph=False).get_concrete_function()
    return found["place"], run


def centre_of_support(run: Any, row: int, column: int) -> tuple[float, float]:
    """The middle of the pixels that one cell depends on, from gradients at random images."""
    tf = backend.load_tensorflow()
    touched = np.zeros((SIDE, SIDE), bool)
    for seed in range(12):
        image = tf.Variable(np.random.default_rng(seed).normal(size=(1, SIDE, SIDE, 3)).astype(np.float32))
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(run(image)[0, row, column])
        gradient = np.asarray(tape.gradient(total, image))
        touched |= np.abs(gradient[0]).max(axis=-1) > 0
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    return (rows[0] + rows[-1]) / 2, (columns[0] + columns[-1]) / 2


def build(*steps: Any) -> Any:
    keras = backend.load_keras()
    keras.utils.set_random_seed(3)
    layers = keras.layers
    tail = [layers.GlobalAveragePooling2D(), layers.Dense(2, name="logits"), layers.Softmax()]
    return keras.Sequential([keras.Input((SIDE, SIDE, 3)), *steps, *tail])


def plans(layers: Any) -> dict[str, Any]:
    """Networks of different geometry, small enough that the middle cells see no border."""
    return {
        "valid": [
            layers.Conv2D(3, 3),
            layers.MaxPooling2D(),
            layers.Conv2D(3, 3),
            layers.MaxPooling2D(),
            layers.Conv2D(3, 3),
        ],
        "same": [layers.Conv2D(3, 3, padding="same"), layers.AveragePooling2D(2), layers.Conv2D(3, 5, padding="same")],
        "strided": [layers.Conv2D(3, 3, strides=2, padding="same"), layers.Conv2D(3, 3, strides=2, padding="same")],
        "padded": [layers.ZeroPadding2D(((0, 1), (3, 0))), layers.Conv2D(3, 3, strides=2)],
        "depthwise": [layers.DepthwiseConv2D(3), layers.MaxPooling2D(3), layers.SeparableConv2D(4, 3)],
        "wide": [layers.Conv2D(3, (1, 5), strides=(1, 2)), layers.BatchNormalization(), layers.ReLU()],
    }


@pytest.mark.parametrize("name", ["valid", "same", "strided", "padded", "depthwise", "wide"])
def test_cells_lie_at_the_middle_of_what_they_depend_on(name: str) -> None:
    network = build(*plans(backend.load_keras().layers)[name])  # held: a traced function does not keep its variables
    place, run = align(network)
    assert place is not None
    height, width = run.outputs[0].shape[1:3]
    row, column = int(height) // 2, int(width) // 2
    seen = centre_of_support(run, row, column)
    expected = (place.rows.start_px + row * place.rows.step_px, place.columns.start_px + column * place.columns.step_px)
    assert seen == pytest.approx(expected)


def test_base_cnn_by_hand() -> None:
    """3x3 valid, pool 2, 3x3 valid, pool 2, 3x3 valid: 1 + 0.5 + 2 + 1 + 4 = 8.5, every 4 pixels."""
    place, _ = align(registry.build_model("base_cnn", 2))
    assert place == base.Alignment(base.Axis(8.5, 4.0), base.Axis(8.5, 4.0))


def test_what_is_not_known_is_said() -> None:
    layers = backend.load_keras().layers
    for first in (layers.Conv2DTranspose(3, 3, strides=2), layers.Conv2D(3, 3, dilation_rate=2)):
        place, _ = align(build(first, layers.Conv2D(3, 3)))
        assert place is None


def test_branches_meet_half_way() -> None:
    keras = backend.load_keras()
    image = keras.Input((SIDE, SIDE, 3))
    one = keras.layers.Conv2D(4, 1, strides=2, padding="same")(image)  # centres at 0, 2, 4 ...
    other = keras.layers.Conv2D(4, 3, strides=2, padding="same")(image)  # centres at 1, 3, 5 ...
    joined = keras.layers.Add()([one, other])
    x = keras.layers.GlobalAveragePooling2D()(joined)
    place, _ = align(keras.Model(image, keras.layers.Dense(2, name="logits")(x)))
    assert place is not None
    assert place.rows == base.Axis(0.5, 2.0)


def test_heat_stands_on_the_spot_that_caused_it() -> None:
    """A network that sees nothing but brightness: its heat must stand on the one bright spot, off the middle too."""
    keras = backend.load_keras()
    network = build(*plans(keras.layers)["valid"])
    for weight in network.weights:
        weight.assign(np.full(weight.shape, 0.1, np.float32))
    explainer = explaining.explain(network)
    for row, column in [(15, 15), (15, 47), (30, 30), (47, 16), (46, 47)]:
        image = np.zeros((SIDE, SIDE, 3), np.uint8)
        image[row - 1 : row + 2, column - 1 : column + 2] = 255
        heatmap = heatmaps.compute_heatmap(explainer, image, 1, input_size_px=(SIDE, SIDE))
        top = np.argwhere(heatmap.values > 0.99).mean(axis=0)
        assert np.abs(top - (row, column)).max() <= 2.5


def test_equal_tiles() -> None:
    tiles = base.Alignment.stretched((4, 2), (64, 64))
    assert tiles == base.Alignment(base.Axis(7.5, 16.0), base.Axis(15.5, 32.0))
    raw = np.arange(4, dtype=np.float32).reshape(2, 2)
    shown = receptive_field.place_map(raw, base.Alignment.stretched((2, 2), (2, 2)), (2, 2), 4, 4)
    assert shown[0, 0] == 0
    assert shown[3, 3] == 3
    assert shown[1, 1] == pytest.approx(0.25 * 1 + 0.25 * 2)
