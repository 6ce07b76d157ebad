"""Occlusion against patches laid by hand, and log-odds where probabilities are saturated."""

import cv2
import numpy as np
import pytest

from core.explanation import occlusion
from tests.support import brightness

SIZE_PX = 32  # a patch is 4 px wide, and the next one 2 px further on


def test_each_cell_is_the_fall_of_the_log_odds_when_its_patch_is_covered() -> None:
    asked = brightness.BrightnessRuntime((SIZE_PX, SIZE_PX), where="a test")
    image = np.random.default_rng(0).integers(0, 256, (SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    maps, odds = occlusion.find_occlusions(asked).compute(image[np.newaxis], 0)
    blurred = cv2.GaussianBlur(image, (0, 0), SIZE_PX / 8, borderType=cv2.BORDER_REPLICATE)

    def tell(pixels: np.ndarray) -> float:
        bright = pixels.astype(float).mean() / 255
        return float(np.log(bright / (1 - bright)))

    assert maps.shape == (1, 16, 16)
    assert odds[0] == pytest.approx(tell(image), abs=1e-5)
    for row, column in ((0, 0), (5, 9), (15, 15), (7, 0)):
        covered = image.copy()
        rows, columns = (slice(max(0, 2 * cell - 1), 2 * cell + 3) for cell in (row, column))
        covered[rows, columns] = blurred[rows, columns]
        assert maps[0, row, column] == pytest.approx(max(0.0, tell(image) - tell(covered)), abs=1e-5)


def test_log_odds_of_saturated_answers_still_move() -> None:
    rows = np.array([[1.0, 1e-20], [1.0, 1e-30], [1.0, 0.0], [0.0, 1.0]], np.float32)
    found = occlusion.compute_log_odds(rows, 0)
    np.testing.assert_allclose(found[:2], [20 * np.log(10), 30 * np.log(10)], rtol=1e-6)
    assert np.isfinite(found).all()
    assert found[2] > found[1] > found[0] > 0 > found[3]


def test_one_unit_says_class_1_and_its_rest_class_0() -> None:
    rows = np.array([[0.25], [0.5]], np.float32)
    np.testing.assert_allclose(occlusion.compute_log_odds(rows, 1), [-np.log(3), 0], atol=1e-7)
    np.testing.assert_allclose(occlusion.compute_log_odds(rows, 0), [np.log(3), 0], atol=1e-7)
    with pytest.raises(ValueError, match="class indices 0 to 1"):
        occlusion.compute_log_odds(rows, 2)


@pytest.mark.parametrize("extent_px", [1, 5, 16, 33, 224])
def test_patches_are_inside_and_together_cover_everything(extent_px: int) -> None:
    places = occlusion._spread_patches(extent_px)
    assert len(places) == 16
    covered = np.zeros(extent_px, bool)
    for place in places:
        assert 0 <= place.start < place.stop <= extent_px
        covered[place] = True
    assert covered.all()
