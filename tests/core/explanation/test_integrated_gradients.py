"""Integrated gradients against the closed form of a linear network, and against the sum that they must have."""

from typing import Any

import cv2
import numpy as np
import pytest

from core.explanation import integrated_gradients
from core.models import backend
from core.runtimes import base, keras

pytestmark = pytest.mark.ml
SIZE_PX = 16


def open_source(network: Any) -> tuple[base.Runtime, integrated_gradients.IntegratedGradients]:
    asked = keras.KerasRuntime(network, where="a test")
    found = integrated_gradients.find_integrals(asked)
    assert isinstance(found, integrated_gradients.IntegratedGradients)
    return asked, found


def draw_images(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)


def test_of_a_linear_network_each_pixel_gets_weight_times_way() -> None:
    layers = backend.load_keras().layers
    network = backend.load_keras().Sequential(
        [backend.load_keras().Input((SIZE_PX, SIZE_PX, 3)), layers.Flatten(), layers.Dense(2, name="logits")]
    )
    weights = np.random.default_rng(0).normal(size=(SIZE_PX * SIZE_PX * 3, 2)).astype(np.float32) / 100
    network.get_layer("logits").set_weights([weights, np.array([0.5, -0.5], np.float32)])
    _, source = open_source(network)
    images = draw_images(2).astype(np.float32)
    signed, logits = source.attribute(images, np.array([0, 1]))
    maps, _ = source.compute(images, np.array([0, 1]))
    for row, image in enumerate(images):
        blurred = cv2.GaussianBlur(image, (0, 0), SIZE_PX / 8, borderType=cv2.BORDER_REPLICATE)
        wanted = (weights[:, row].reshape(image.shape) * (image - (127.5 + blurred) / 2)).sum(axis=-1)
        np.testing.assert_allclose(signed[row], wanted, atol=1e-4)
        assert logits[row] == pytest.approx(image.reshape(-1) @ weights[:, row] + (0.5, -0.5)[row], abs=1e-3)
        smooth = cv2.GaussianBlur(wanted, (0, 0), SIZE_PX / 64)
        np.testing.assert_allclose(maps[row], np.maximum(smooth, 0), atol=1e-4)


def test_large_images_take_fewer_steps_and_a_linear_network_still_gets_weight_times_way() -> None:
    asked = []

    def run(chunk: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(len(chunk))
        return np.full_like(chunk, 0.5), chunk.mean(axis=(1, 2, 3))

    for side_px, steps in ((96, integrated_gradients.STEPS), (97, integrated_gradients.STEPS_OF_LARGE)):
        asked.clear()
        image = np.random.default_rng(1).uniform(0, 255, (1, side_px, 8, 3)).astype(np.float32)
        source = integrated_gradients.IntegratedGradients(base.InputGradients(2, run), (side_px, 8))
        signed, _ = source.attribute(image, 1)
        ways = [image[0] - baseline for baseline in integrated_gradients.make_baselines(image[0])]
        np.testing.assert_allclose(signed[0], np.mean(ways, axis=0).sum(axis=-1) / 2, rtol=1e-4, atol=1e-3)
        assert sum(asked) == 2 * steps + 1


def test_what_all_pixels_get_sums_to_how_far_the_logit_is_above_the_baselines() -> None:
    backend.load_keras().utils.set_random_seed(2)
    layers = backend.load_keras().layers
    body = [layers.Rescaling(1 / 255), layers.Conv2D(8, 3, activation="swish"), layers.Conv2D(8, 3, activation="swish")]
    network = backend.load_keras().Sequential(
        [backend.load_keras().Input((SIZE_PX, SIZE_PX, 3)), *body, layers.Flatten(), layers.Dense(2, name="logits")]
    )
    _, source = open_source(network)
    images = draw_images(3)
    signed, logits = source.attribute(images, 1)
    for row, image in enumerate(images.astype(np.float32)):
        baselines = np.stack(integrated_gradients.make_baselines(image))
        _, beginnings = source.gradients.compute(baselines, 1)
        risen = logits[row] - beginnings.mean()
        assert signed[row].sum() == pytest.approx(risen, abs=0.02 * max(1, abs(risen)))


def test_gradients_by_the_image_are_those_of_a_tape() -> None:
    backend.load_keras().utils.set_random_seed(4)
    layers, tf = backend.load_keras().layers, backend.load_tensorflow()
    body = [layers.Conv2D(4, 3, activation="tanh"), layers.GlobalMaxPooling2D(), layers.Dense(3, activation="softmax")]
    network = backend.load_keras().Sequential([backend.load_keras().Input((SIZE_PX, SIZE_PX, 3)), *body])
    asked, _ = open_source(network)
    found = asked.find_input_gradients()
    assert isinstance(found, base.InputGradients)
    assert found.class_count == 3
    images = draw_images(2).astype(np.float32) / 50
    gradients, logits = found.compute(images, np.array([2, 0]))
    weights, bias = network.layers[-1].get_weights()
    given = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        tape.watch(given)
        scores = network.layers[1](network.layers[0](given)) @ weights + bias
        chosen = tf.stack([scores[0, 2], scores[1, 0]])
    np.testing.assert_allclose(gradients, tape.gradient(chosen, given).numpy(), atol=1e-5)
    np.testing.assert_allclose(logits, chosen.numpy(), atol=1e-5)
    with pytest.raises(ValueError, match="class indices 0 to 2"):
        found.compute(images, 3)
    assert found.compute(images[:0], 0)[0].shape == (0, SIZE_PX, SIZE_PX, 3)
