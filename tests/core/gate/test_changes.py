"""Each change does what its name says, in growing steps, to any image."""

import cv2
import numpy as np
import pytest

from core.gate import changes
from tests.support.plain_cells import draw_cell

BY_KEY = {one.key: one for one in changes.ALL}
CELL = draw_cell((235, 215, 220), noise=4)


@pytest.mark.parametrize("key", BY_KEY)
@pytest.mark.parametrize("size", [(1, 1), (1, 60), (70, 50)])
def test_any_image_is_changed_without_a_fault(key, size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    before = image.copy()
    for step in BY_KEY[key].steps:
        changed = BY_KEY[key].apply(image, step)
        assert changed.dtype == np.uint8 and changed.ndim == 3 and changed.shape[2] == 3 and changed.size
        assert BY_KEY[key].say(step)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("key", ["stain", "dark", "light", "blur", "jpeg", "grey"])
def test_a_later_step_is_further_away(key):
    one = BY_KEY[key]
    apart = [np.abs(one.apply(CELL, step).astype(int) - CELL).mean() for step in one.steps]
    assert apart == sorted(apart) and apart[0] > 0


def test_hue_turns_about_the_grey_axis():
    lab = [
        cv2.cvtColor(np.float32(image) / 255, cv2.COLOR_RGB2LAB) for image in (CELL, BY_KEY["stain"].apply(CELL, 20))
    ]
    body = np.s_[30:50, 26:40]
    lightness = [one[body][..., 0].mean() for one in lab]
    angles = [np.degrees(np.arctan2(one[body][..., 2].mean(), one[body][..., 1].mean())) for one in lab]
    assert lightness[0] == pytest.approx(lightness[1], abs=1)
    assert angles[1] - angles[0] == pytest.approx(20, abs=2)


def test_the_ground_alone_is_changed():
    changed = BY_KEY["ground"].apply(CELL, 60)
    assert (changed[:5] == 60).all()
    inner = np.s_[30:50, 26:46]
    np.testing.assert_array_equal(changed[inner], CELL[inner])
    filled = np.full((40, 40, 3), 90, np.uint8)
    np.testing.assert_array_equal(BY_KEY["ground"].apply(filled, 240), filled)


def test_without_colour_it_is_grey_and_cut_in_half_it_is_half():
    grey = BY_KEY["grey"].apply(CELL, 1.0)
    assert np.ptp(grey.astype(int), axis=2).max() <= 1
    np.testing.assert_array_equal(BY_KEY["cut"].apply(CELL, 0.5), CELL[:, :36])
    np.testing.assert_array_equal(BY_KEY["turned"].apply(CELL, 180), CELL[::-1, ::-1])
