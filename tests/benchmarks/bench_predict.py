"""One image: our warm prediction and heatmap against the way of most tutorials, in one process, taking turns.

The tutorial way: `model.predict`, then a Grad-CAM model built again for every image. Both start from the logit.
Run from the project folder: `python tests/benchmarks/bench_predict.py [--json FILE]`.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

PROJECT = Path(__file__).resolve().parent.parent.parent
if str(PROJECT) not in sys.path:  # when run as a script, the project is not yet importable
    sys.path.insert(0, str(PROJECT))

from core.explanation import alignment, gradcam  # noqa: E402
from core.inference import predictor  # noqa: E402
from core.models import loading, package, registry, runtime  # noqa: E402

REPEATS = 40
WARM_UPS = 5
GOAL = 5.0
TOLERANCE = 1e-4
SIZE_PX = 64
CLASS_INDEX = 1


def measure(*, repeats: int = REPEATS) -> dict[str, Any]:
    """Medians of both ways over `repeats` images each, how far their heatmaps differ, and whether the goal holds.

    `{"name", "unit", "ours", "plain", "ratio", "goal", "holds", "difference", "empty_maps", "first_seconds",
    "repeats"}`: `ours` and `plain` in milliseconds, `first_seconds` = building predictor and explainer and one answer.
    """
    network = _build_network()
    images = np.random.default_rng(0).integers(0, 256, (WARM_UPS + repeats, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
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
    return {
        "name": "warm prediction and Grad-CAM of one image",
        "unit": "ms",
        **medians,
        "ratio": ratio,
        "goal": GOAL,
        "holds": ratio >= GOAL and difference < TOLERANCE and empty_maps == 0,
        "difference": difference,
        "empty_maps": empty_maps,
        "first_seconds": first_seconds,
        "repeats": repeats,
    }


def _time(way: Callable[[np.ndarray], np.ndarray], image_rgb: np.ndarray) -> tuple[np.ndarray, float]:
    started = time.perf_counter()
    heatmap = way(image_rgb)
    return heatmap, time.perf_counter() - started


def _place(cells: np.ndarray, explainer: gradcam.GradCam) -> np.ndarray:
    """The tutorial's cells where their receptive fields lie, as ours are: equal cells must give equal pictures."""
    assert explainer.alignment is not None
    size = (SIZE_PX, SIZE_PX)
    placed = alignment.place_map(cells / max(float(cells.max()), 1e-30), explainer.alignment, size, *size)
    return placed / max(float(placed.max()), 1e-30)


def _build_network() -> Any:
    """Fresh random weights, positive after the convolutions: the map of every image then has evidence to compare."""
    runtime.load_keras().utils.set_random_seed(0)
    network = registry.build_model("base_cnn", 2)
    for name in ("dense", "logits"):
        layer = network.get_layer(name)
        layer.set_weights([np.abs(weights) for weights in layer.get_weights()])
    return network


def _build_ours(network: Any) -> tuple[predictor.Predictor, gradcam.GradCam]:
    size = {"height_px": SIZE_PX, "width_px": SIZE_PX}
    manifest: dict[str, Any] = {"class_names": ["a", "b"], "input": size}
    loaded = loading.LoadedModel(package.Package("bench", Path("bench"), manifest), network)
    return predictor.Predictor(loaded), gradcam.GradCam(network)


def _our_way(asked: predictor.Predictor, explainer: gradcam.GradCam) -> Callable[[np.ndarray], np.ndarray]:
    def answer(image_rgb: np.ndarray) -> np.ndarray:
        asked.predict_image(image_rgb)
        return gradcam.compute_heatmap(explainer, image_rgb, CLASS_INDEX, input_size_px=(SIZE_PX, SIZE_PX)).values

    return answer


def _tutorial_way(network: Any) -> Callable[[np.ndarray], np.ndarray]:
    keras, tf = runtime.load_keras(), runtime.load_tensorflow()

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


def main() -> int:
    """Measure, print a table, and say by the exit status whether the goal holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result here")
    options = parser.parse_args()
    result = measure()
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    verdict = "holds" if result["holds"] else "missed"
    print(f"{result['name']} (base_cnn, {SIZE_PX} x {SIZE_PX}, median of {result['repeats']})")
    print(f"  ours       {result['ours']:8.2f} ms    first answer {result['first_seconds']:.2f} s")
    print(f"  tutorial   {result['plain']:8.2f} ms")
    print(f"  ratio      {result['ratio']:8.1f} x     goal {result['goal']:.0f} x {verdict}")
    print(f"  heatmaps differ by {result['difference']:.1e} at most; {result['empty_maps']} of them are empty")
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
