"""What all runtimes share, with two small ones in numpy: chunks, padding, memory maps, progress, what is lacking."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.base import errors, progress
from core.explanation import gradcam, heatmaps
from core.runtimes import base
from tests.support import brightness

SIZE_PX = (10, 8)
WEIGHTS = np.array([[2.0, -1.0], [-1.0, 3.0], [0.5, 0.0]], np.float32)  # (C, K)


class LinearRuntime(base.Runtime):
    """The logits are the channels' means times WEIGHTS; has features and gradients, and takes four images at once."""

    fixed_images = 4

    def __init__(self, weights: np.ndarray = WEIGHTS) -> None:
        super().__init__(SIZE_PX, where="a line")
        self.weights = weights
        self.sizes: list[int] = []
        self.made = 0

    def _answer(self, chunk: np.ndarray) -> np.ndarray:
        self.sizes.append(len(chunk))
        powers = np.exp((chunk.mean(axis=(1, 2)) / 255) @ self.weights)
        return powers / powers.sum(axis=1, keepdims=True)

    def _make_features(self, layer_name: str | None) -> base.Run | base.Lacking:
        if layer_name:
            return base.Lacking(f"No layer {layer_name}.")
        return lambda chunk: chunk.mean(axis=(1, 2))

    def _make_gradients(
        self, weigh: base.Weigh, layer_name: str | None, least_cells: int
    ) -> base.Gradients | base.Lacking:
        self.made += 1
        time.sleep(0.02)

        def run(chunk: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            slopes = self.weights.T[classes] / (SIZE_PX[0] * SIZE_PX[1])  # (n, C)
            gradients = np.broadcast_to(slopes[:, None, None], chunk.shape)
            return weigh(np, chunk, gradients), (chunk.mean(axis=(1, 2)) * self.weights.T[classes]).sum(axis=1)

        return base.Gradients("the image", 2, None, run)


def make_batch(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, *SIZE_PX, 3), dtype=np.uint8)


def answer_by_hand(batch: np.ndarray) -> np.ndarray:
    powers = np.exp(batch.astype(float).mean(axis=(1, 2)) / 255 @ WEIGHTS.astype(float))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
def test_a_chunk_that_is_too_small_is_filled_up_and_its_answers_cut(count: int) -> None:
    asked = LinearRuntime()
    found = asked.predict(make_batch(count))
    assert (found.shape, found.dtype) == ((count, 2), np.float32)
    np.testing.assert_allclose(found, answer_by_hand(make_batch(count)), atol=1e-6)
    assert set(asked.sizes) == {4}
    features = asked.find_features()
    assert isinstance(features, base.Features)
    np.testing.assert_allclose(features.compute(make_batch(count)), make_batch(count).mean(axis=(1, 2)), rtol=1e-6)


def test_rows_in_any_order_and_chunks_of_any_size() -> None:
    asked = brightness.BrightnessRuntime(SIZE_PX, where="a test")
    batch, rows = make_batch(20), np.array([7, 7, 0, 19, 3])
    for at_once in (1, 2, 5, 100):
        np.testing.assert_array_equal(asked.predict(batch, rows, at_once=at_once), asked.predict(batch)[rows])
    assert asked.predict(batch, rows[:0]).shape == (0, 2)


def test_a_memory_map_is_read_in_chunks(tmp_path: Path) -> None:
    asked, batch = brightness.BrightnessRuntime(SIZE_PX, where="a test"), make_batch(600)
    np.save(tmp_path / "pixels.npy", batch)
    stored = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    sizes: list[int] = []

    class Watched(np.ndarray):  # type: ignore[type-arg]  # the test does not care for its parameters
        def __getitem__(self, key: Any) -> Any:
            part = super().__getitem__(key)
            sizes.append(len(part))
            return part

    np.testing.assert_array_equal(asked.predict(stored.view(Watched)), asked.predict(batch))
    assert sizes == [256, 256, 88]
    sizes.clear()
    rows = np.arange(599, -1, -2)
    np.testing.assert_array_equal(asked.predict(stored.view(Watched), rows), asked.predict(batch)[rows])
    assert sizes == [256, 44]


def test_how_far_it_is_is_said_and_it_can_be_cancelled() -> None:
    asked, said = LinearRuntime(), list[tuple[int, int, str]]()
    asked.predict(make_batch(9), report=lambda *told: said.append(told))
    assert said == [(done, 9, "Predicting") for done in (0, 4, 8, 9)]

    def stop(done: int, total: int, what: str) -> None:
        if done >= 4:
            raise progress.Cancelled

    asked.sizes.clear()
    with pytest.raises(progress.Cancelled):
        asked.predict(make_batch(9), report=stop)
    assert asked.sizes == [4]


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((2, *SIZE_PX, 3), np.float32),  # pixel values 0 to 1 would pass as nearly black
        np.zeros((2, 8, 10, 3), np.uint8),
        np.zeros((2, *SIZE_PX, 4), np.uint8),
        np.zeros((*SIZE_PX, 3), np.uint8),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(batch: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \(N, 10, 8, 3\)"):
        LinearRuntime().predict(batch)


def test_answers_that_are_no_numbers_are_an_error() -> None:
    with pytest.raises(errors.AnswerNotFinite, match="a line"):
        LinearRuntime(np.full_like(WEIGHTS, np.nan)).predict(make_batch(1))


def test_what_a_runtime_does_not_have_is_said_and_is_no_error() -> None:
    plain = brightness.BrightnessRuntime(SIZE_PX, where="a test")
    assert plain.find_features() == base.Lacking("This runtime gives no features.")
    assert gradcam.find_gradients(plain) == base.Lacking("This runtime gives no heatmaps.")
    assert LinearRuntime().find_features("absent") == base.Lacking("No layer absent.")


def test_grad_cam_of_a_runtime_that_is_no_keras() -> None:
    """The gradient of a mean is even, so the map is what the weights make of each pixel, and sums to the logit."""
    gradients = gradcam.find_gradients(LinearRuntime())
    assert isinstance(gradients, base.Gradients)
    batch = make_batch(40)
    raw = heatmaps.compute_maps(gradients, batch, np.arange(40) % 2)
    expected = np.einsum("nhwc,nc->nhw", batch.astype(float), WEIGHTS.T[np.arange(40) % 2].astype(float))
    np.testing.assert_allclose(raw.maps, np.maximum(expected / (SIZE_PX[0] * SIZE_PX[1]), 0), rtol=1e-4, atol=1e-5)
    heatmap = heatmaps.compute_heatmap(gradients, batch[0], 0, input_size_px=SIZE_PX)
    assert heatmap.values.shape == SIZE_PX
    assert heatmap.values.max() == 1
    assert heatmaps.compute_maps(gradients, batch[:0], 0).maps.shape == (0, *SIZE_PX)


def test_gradients_are_made_once_whoever_asks() -> None:
    asked, found = LinearRuntime(), list[Any]()
    threads = [threading.Thread(target=lambda: found.append(gradcam.find_gradients(asked))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked.made == 1
    assert len(found) == 5
    assert all(each is found[0] for each in found)
    gradcam.find_gradients(asked, "another")
    assert asked.made == 2
