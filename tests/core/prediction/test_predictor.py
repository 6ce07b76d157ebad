"""One image, one answer, one identity."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from core.datasets.index import decoding
from core.models import package
from core.prediction import predictor
from tests.support import brightness, made_models

SIZE_PX = (10, 8)


def test_prediction_names_the_most_probable_class() -> None:
    assert predictor.Prediction("0", "m", {"a": 0.2, "b": 0.5, "c": 0.3}).class_name == "b"
    assert predictor.Prediction("0", "m", {"a": 0.5, "b": 0.5}).class_name == "a"


def test_identity_of_an_image_is_its_shape_and_pixels() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert predictor.hash_image(image) == hashlib.sha256(b"2x4x3:" + image.tobytes()).hexdigest()
    assert predictor.hash_image(image) != predictor.hash_image(image.reshape(4, 2, 3))
    twisted = np.asfortranarray(image)
    assert predictor.hash_image(twisted) == predictor.hash_image(image)


@pytest.mark.parametrize("shape", [SIZE_PX, (1, 1), (33, 5), (7, 120)])
def test_an_image_of_any_size(shape: tuple[int, int]) -> None:
    names = ("bright", "dark")
    content = made_models.make_manifest(made_models.make_answers([0, 1], names=names), names=names)
    found = package.Package("tiny", Path("tiny"), made_models.as_manifest(content))
    asked = brightness.BrightnessRuntime(SIZE_PX, where="a test")
    image_rgb = np.random.default_rng(9).integers(0, 256, (*shape, 3), dtype=np.uint8)
    answer = predictor.predict_image(found, asked, image_rgb)
    row = asked.predict(decoding.resize_image(image_rgb, *SIZE_PX)[np.newaxis])[0]
    assert tuple(answer.probabilities) == ("bright", "dark")
    assert list(answer.probabilities.values()) == row.tolist()
    assert answer.class_name == ("bright", "dark")[int(row.argmax())]
    assert (answer.model_id, answer.image_sha256) == ("tiny", predictor.hash_image(image_rgb))
    assert all(type(p) is float for p in answer.probabilities.values())
