"""One image: our warm prediction and heatmap against the way of most tutorials, in one process, taking turns.

The tutorial way: `model.predict`, then a Grad-CAM model built again for every image. Both start from the logit.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from core.explanation import gradcam, heatmaps
from core.models import backend, package, registry
from core.prediction import predictor
from core.runtimes import base, keras, receptive_field
from tests.benchmarks import common

REPEATS = 40
WARM_UPS = 5
GOAL = 5.0
TOLERANCE = 1e-4
SIZE_PX = 64
CLASS_INDEX = 1


def measure() -> list[dict[str, Any]]:
    """Medians of both ways over REPEATS images each; the heatmaps must be the same, and none of them empty."""
    network = _build_network()
    images = np.random.default_rng(0).integers(0, 256, (WARM_UPS + REPEATS, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    started = time.perf_counter()
    asked, explainer = _build_ours(network)
    ours = _our_way(asked, explainer)
    ours(images[0])
    first_seconds = time.perf_counter() - started
    plain = _tutorial_way(network)
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    difference, empty_maps = 0.0, 0
    for number, image_rgb in enumerate(images):
        our_map, our_seconds = _time(ours, image_rgb)
        cells, plain_seconds = _time(plain, image_rgb)
        plain_map = _place(cells, explainer)
        difference = max(difference, float(np.abs(our_map - plain_map).max()))
        empty_maps += int(plain_map.max() == 0)
        if number >= WARM_UPS:
            seconds["ours"].append(our_seconds)
            seconds["plain"].append(plain_seconds)
    medians = {way: 1e3 * statistics.median(times) for way, times in seconds.items()}
    ratio = medians["plain"] / medians["ours"]
    return [
        common.row(
            "(c) warm prediction and Grad-CAM of one image",
            ours=f"{medians['ours']:.1f} ms",
            plain=f"{medians['plain']:.0f} ms",
            ratio=ratio,
            goal=f"at least {GOAL:.0f} x, the same heatmap",
            holds=ratio >= GOAL and difference < TOLERANCE and empty_maps == 0,
            note=f"heatmaps differ by {difference:.0e} at most, {empty_maps} are empty; "
            f"building predictor and explainer and one answer: {first_seconds:.1f} s",
        )
    ]


def _time(way: Callable[[np.ndarray], np.ndarray], image_rgb: np.ndarray) -> tuple[np.ndarray, float]:
    started = time.perf_counter()
    heatmap = way(image_rgb)
    return heatmap, time.perf_counter() - started


def _place(cells: np.ndarray, explainer: base.Gradients) -> np.ndarray:
    """The tutorial's cells where their receptive fields lie, as ours are: equal cells must give equal pictures."""
    assert explainer.alignment is not None
    size = (SIZE_PX, SIZE_PX)
    placed = receptive_field.place_map(cells / max(float(cells.max()), 1e-30), explainer.alignment, size, *size)
    return placed / max(float(placed.max()), 1e-30)


def _build_network() -> Any:
    """Fresh random weights, positive after the convolutions: the map of every image then has evidence to compare."""
    backend.load_keras().utils.set_random_seed(0)
    network = registry.build_model("base_cnn", 2)
    for name in ("dense", "logits"):
        layer = network.get_layer(name)
        layer.set_weights([np.abs(weights) for weights in layer.get_weights()])
    return network


def _build_ours(network: Any) -> tuple[base.Runtime, base.Gradients]:
    asked = keras.KerasRuntime(network, where="bench")
    gradients = gradcam.find_gradients(asked)
    assert isinstance(gradients, base.Gradients)
    return asked, gradients


def _our_way(asked: base.Runtime, explainer: base.Gradients) -> Callable[[np.ndarray], np.ndarray]:
    found = package.find_package("sample-cells-base-cnn")  # whose name and classes stand with the answers

    def answer(image_rgb: np.ndarray) -> np.ndarray:
        predictor.predict_image(found, asked, image_rgb)
        return heatmaps.compute_heatmap(explainer, image_rgb, CLASS_INDEX, input_size_px=(SIZE_PX, SIZE_PX)).values

    return answer


def _tutorial_way(network: Any) -> Callable[[np.ndarray], np.ndarray]:
    keras, tf = backend.load_keras(), backend.load_tensorflow()

    def answer(image_rgb: np.ndarray) -> np.ndarray:
        batch = image_rgb[np.newaxis].astype(np.float32)
        network.predict(batch, verbose=0)
        outputs = [network.get_layer("conv_3").output, network.get_layer("logits").output]
        double = keras.Model(network.inputs[0], outputs)
        with tf.GradientTape() as tape:
            features, logits = double(batch)
            logit = logits[:, CLASS_INDEX]
        weights = tf.reduce_mean(tape.gradient(logit, features), axis=(0, 1, 2))
        heat = np.maximum((features[0] @ weights[:, tf.newaxis])[..., 0].numpy(), 0)
        cv2.resize(heat, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_LINEAR)  # what the tutorial would show
        return heat

    return answer
