"""Deletion and insertion against a network that looks at one patch: the map of that patch is at the extreme."""

import numpy as np
import pytest

from core.explanation import faithfulness
from core.runtimes import base
from tests.support import patch_runtime

ELSEWHERE = np.s_[20:28, 4:12]


def measure(values: np.ndarray, **options) -> faithfulness.Faithfulness:
    found = faithfulness.measure(patch_runtime.PatchRuntime(), patch_runtime.draw_image(), values, 0, **options)
    assert isinstance(found, faithfulness.Faithfulness)
    return found


def test_the_map_of_what_the_network_looks_at_is_better_than_all_random_ones():
    found = measure(patch_runtime.mark(patch_runtime.PATCH))
    assert (found.better, found.better_deletion, found.better_insertion, found.of) == (20, 20, 20, 20)
    assert found.deletion[0] == pytest.approx((230 - 127.5) / 20, abs=1e-3)
    assert found.deletion[0] == found.insertion[-1]  # nothing is covered, all is uncovered
    assert found.deletion[-1] == found.insertion[0]


def test_a_map_of_another_place_is_not():
    found = measure(patch_runtime.mark(ELSEWHERE))
    assert found.better < 15
    assert found.better_deletion < 15


def test_the_curves_are_those_of_pixels_replaced_one_by_one():
    image, values = patch_runtime.draw_image(), patch_runtime.mark(patch_runtime.PATCH)
    found, cover = measure(values), faithfulness.make_cover(image)
    order = np.argsort(-values.ravel(), kind="stable")
    for place in (1, 4, 9):
        covered, uncovered = image.copy(), cover.copy()
        for pixel in order[: round(found.shares[place] * values.size)]:
            where = np.unravel_index(pixel, values.shape)
            covered[where], uncovered[where] = cover[where], image[where]
        for picture, curve in ((covered, found.deletion), (uncovered, found.insertion)):
            wanted = (picture[patch_runtime.PATCH].mean() - 127.5) / patch_runtime.SCALE
            assert curve[place] == pytest.approx(wanted, abs=1e-3)


def test_a_network_that_looks_at_nothing_makes_no_map_better():
    class Even(patch_runtime.PatchRuntime):
        def _answer(self, chunk):
            return np.full((len(chunk), 2), 0.5, np.float32)

    found = faithfulness.measure(Even(), patch_runtime.draw_image(), patch_runtime.mark(patch_runtime.PATCH), 0)
    assert isinstance(found, faithfulness.Faithfulness)
    assert found.better == found.better_deletion == found.better_insertion == 0


def test_the_same_image_has_the_same_random_maps():
    values = patch_runtime.mark(ELSEWHERE)
    first, again = measure(values), measure(values)
    assert (first.better, first.better_deletion) == (again.better, again.better_deletion)


def test_an_empty_map_is_told_so():
    empty = np.zeros((patch_runtime.SIZE_PX,) * 2, np.float32)
    found = faithfulness.measure(patch_runtime.PatchRuntime(), patch_runtime.draw_image(), empty, 0)
    assert isinstance(found, base.Lacking)


@pytest.mark.parametrize("with_body", [False, True])
def test_random_maps_have_the_maps_values_inside_and_outside_of_the_body(with_body):
    values = patch_runtime.mark(patch_runtime.PATCH)
    body = np.zeros(values.shape, bool)
    body[4:28, 6:30] = True
    drawn = faithfulness.draw_random_maps(values, body if with_body else None, np.random.default_rng(0), count=7)
    assert drawn.shape == (7, *values.shape)
    for one in drawn:
        assert not np.array_equal(one, values)
        parts = (body, ~body) if with_body else (np.ones_like(body),)
        for part in parts:
            np.testing.assert_array_equal(np.sort(one[part]), np.sort(values[part]))


def test_random_maps_are_as_smooth_as_the_map():
    """The correlation of neighbouring pixels is that of the map, not that of noise."""
    rows, columns = np.mgrid[:32, :32]
    values = np.exp(-((rows - 10) ** 2 + (columns - 20) ** 2) / 30).astype(np.float32)

    def correlate(one):
        return np.corrcoef(one[:, 1:].ravel(), one[:, :-1].ravel())[0, 1]

    drawn = faithfulness.draw_random_maps(values, None, np.random.default_rng(0))
    assert np.mean([correlate(one) for one in drawn]) == pytest.approx(correlate(values), abs=0.1)
