"""Predictions are the network's own, whatever the batch, the thread or the size of the image."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import errors
from core.datasets import decoding
from core.inference import predictor
from core.models import loading, package, runtime
from tests import made_models

SIZE_PX = (10, 8)
NAMES = ("a", "b", "c", "d", "e")


def test_prediction_names_the_most_probable_class() -> None:
    assert predictor.Prediction("0", "m", {"a": 0.2, "b": 0.5, "c": 0.3}).class_name == "b"
    assert predictor.Prediction("0", "m", {"a": 0.5, "b": 0.5}).class_name == "a"


def test_identity_of_an_image_is_its_shape_and_pixels() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert predictor.hash_image(image) == hashlib.sha256(b"2x4x3:" + image.tobytes()).hexdigest()
    assert predictor.hash_image(image) != predictor.hash_image(image.reshape(4, 2, 3))
    twisted = np.asfortranarray(image)
    assert predictor.hash_image(twisted) == predictor.hash_image(image)


def build_loaded(class_names: tuple[str, ...] = NAMES) -> loading.LoadedModel:
    keras = runtime.load_keras()
    keras.utils.set_random_seed(2)
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((*SIZE_PX, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(len(class_names), name="logits"),
            layers.Softmax(),
        ]
    )
    size = {"height_px": SIZE_PX[0], "width_px": SIZE_PX[1]}
    table = made_models.make_answers([0, 1], names=class_names)
    manifest = made_models.as_manifest(made_models.make_manifest(table, names=class_names) | {"input": size})
    return loading.LoadedModel(package.Package("tiny", Path("tiny"), manifest), network)


def make_batch(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, *SIZE_PX, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def loaded() -> loading.LoadedModel:
    return build_loaded()


@pytest.fixture(scope="module")
def asked(loaded: loading.LoadedModel) -> predictor.Predictor:
    return predictor.Predictor(loaded)


@pytest.mark.ml
@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 600])
def test_a_batch_gets_what_the_network_says(
    loaded: loading.LoadedModel, asked: predictor.Predictor, count: int
) -> None:
    batch = make_batch(count)
    found = asked.predict_batch(batch)
    assert found.shape == (count, 5)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, loaded.network(batch.astype(np.float32), training=False).numpy(), atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


@pytest.mark.ml
def test_no_images_no_rows(asked: predictor.Predictor) -> None:
    assert asked.predict_batch(make_batch(0)).shape == (0, 5)


@pytest.mark.ml
def test_a_memory_map_is_read_in_chunks(asked: predictor.Predictor, tmp_path: Path) -> None:
    batch = make_batch(600)
    np.save(tmp_path / "pixels.npy", batch)
    stored = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    sizes: list[int] = []

    class Watched(np.ndarray):  # type: ignore[type-arg]  # the test does not care for its parameters
        def __getitem__(self, key: Any) -> Any:
            part = super().__getitem__(key)
            sizes.append(len(part))
            return part

    np.testing.assert_array_equal(asked.predict_batch(stored.view(Watched)), asked.predict_batch(batch))
    assert sizes == [256, 256, 88]


@pytest.mark.ml
@pytest.mark.parametrize("shape", [SIZE_PX, (1, 1), (33, 5), (7, 120)])
def test_an_image_of_any_size(asked: predictor.Predictor, shape: tuple[int, int]) -> None:
    image_rgb = np.random.default_rng(9).integers(0, 256, (*shape, 3), dtype=np.uint8)
    answer = asked.predict_image(image_rgb)
    row = asked.predict_batch(decoding.resize_image(image_rgb, *SIZE_PX)[np.newaxis])[0]
    assert tuple(answer.probabilities) == NAMES
    assert list(answer.probabilities.values()) == row.tolist()
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert answer.class_name == NAMES[int(row.argmax())]
    assert (answer.model_id, answer.image_sha256) == ("tiny", predictor.hash_image(image_rgb))
    assert all(type(p) is float for p in answer.probabilities.values())


@pytest.mark.ml
def test_two_classes() -> None:
    answer = predictor.Predictor(build_loaded(("ill", "well"))).predict_image(make_batch(1)[0])
    assert set(answer.probabilities) == {"ill", "well"}


@pytest.mark.ml
@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((2, *SIZE_PX, 3), np.float32),  # pixel values 0 to 1 would pass as nearly black
        np.zeros((2, 8, 10, 3), np.uint8),
        np.zeros((2, *SIZE_PX, 4), np.uint8),
        np.zeros((*SIZE_PX, 3), np.uint8),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(asked: predictor.Predictor, batch: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \(N, 10, 8, 3\)"):
        asked.predict_batch(batch)


@pytest.mark.ml
def test_a_diverged_network_is_an_error_and_not_an_answer() -> None:
    broken = build_loaded()
    broken.network.set_weights([np.full_like(w, np.nan) for w in broken.network.get_weights()])
    with pytest.raises(errors.AnswerNotFinite, match="tiny"):
        predictor.Predictor(broken).predict_image(make_batch(1)[0])


@pytest.mark.ml
def test_nothing_is_traced_after_construction(loaded: loading.LoadedModel, asked: predictor.Predictor) -> None:
    layer, calls = loaded.network.layers[1], []
    call = layer.call
    vars(layer)["call"] = lambda *args, **kwargs: calls.append(1) or call(*args, **kwargs)
    try:
        for count in (1, 3, 300):
            asked.predict_batch(make_batch(count))
    finally:
        del vars(layer)["call"]
    assert calls == []


@pytest.mark.ml
def test_threads_share_one_predictor(asked: predictor.Predictor) -> None:
    batches = [make_batch(count) for count in (1, 5, 40, 300)]
    wanted = [asked.predict_batch(batch) for batch in batches]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(10):
            if not np.allclose(asked.predict_batch(batches[i]), wanted[i], atol=1e-6):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(batches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
