"""What two maps share, against scipy and by hand."""

import cv2
import numpy as np
import pytest
from scipy import stats

from core.explanation import map_measures


def draw(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 4, (32, 32)).astype(np.float32)  # with ties


def test_rank_correlation_is_that_of_scipy_on_the_coarse_grid():
    one, other = draw(0), draw(0) + draw(1)
    small = [cv2.resize(values, (8, 8), interpolation=cv2.INTER_AREA).ravel() for values in (one, other)]
    assert map_measures.correlate_ranks(one, other) == pytest.approx(stats.spearmanr(*small).statistic)
    assert map_measures.correlate_ranks(one, one) == pytest.approx(1)
    assert map_measures.correlate_ranks(one, one.max() - one) == pytest.approx(-1)
    assert map_measures.correlate_ranks(one, np.ones_like(one)) is None


def test_overlap_of_the_highest_tenth():
    one, other = (np.zeros((10, 10), np.float32) for _ in range(2))
    one[0], other[0, :5], other[5, :5] = 1, 1, 1
    assert map_measures.measure_overlap(one, one) == 1
    assert map_measures.measure_overlap(one, other) == 0.5
    assert map_measures.measure_overlap(one, np.zeros_like(one)) is None


def test_share_inside_is_of_the_mass():
    values, body = np.zeros((4, 4), np.float32), np.zeros((4, 4), bool)
    values[0], body[:, 0], body[1:] = (3, 1, 0, 0), True, True
    assert map_measures.measure_inside(values, body) == 0.75
    assert map_measures.measure_inside(values, np.ones_like(body)) == 1
    assert map_measures.measure_inside(np.zeros_like(values), body) is None
