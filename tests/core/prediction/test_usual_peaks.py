"""How strong heatmaps usually are; that publishing and the verb measure the same is held in the terminal's tests."""

import numpy as np

from core.prediction import usual_peaks
from tests.support import brightness


def test_some_images_evenly_spread() -> None:
    places = np.arange(1000, 1450)
    chosen = usual_peaks.choose(places)
    assert len(chosen) == usual_peaks.IMAGES
    assert (np.diff(chosen) == 2).all()
    assert len(usual_peaks.choose(places[:7])) == 7
    assert len(usual_peaks.choose(places[:0])) == 0


def test_of_a_runtime_without_gradients_nothing_is_said() -> None:
    asked = brightness.BrightnessRuntime((8, 8), where="a test")
    assert usual_peaks.describe("base_cnn", asked, np.zeros((1, 8, 8, 3), np.uint8), np.zeros(1, int)) is None
