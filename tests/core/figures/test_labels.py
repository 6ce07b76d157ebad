"""Names at heights of their own: none lies on another, and each as near to its mark as that allows."""

import itertools

import numpy as np
import pytest
from scipy import optimize

from core.figures import labels


def test_what_does_not_touch_stays_where_it_is():
    assert labels.spread([50, 10, 30], gap=10, ends=(0, 100)) == [50, 10, 30]
    assert labels.spread([], gap=10, ends=(0, 100)) == []


def test_equal_ones_stand_around_their_place_in_the_order_given():
    assert labels.spread([50, 50, 50], gap=10, ends=(0, 100)) == [40, 50, 60]
    assert labels.spread([0, 0], gap=10, ends=(0, 100)) == [0, 10]
    assert labels.spread([100, 99], gap=10, ends=(0, 100)) == [100, 90]


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_nearest_arrangement(seed):
    wanted = np.random.default_rng(seed).uniform(0, 200, 12)
    found = np.array(labels.spread(wanted.tolist(), gap=14, ends=(0, 200)))
    order = np.argsort(wanted)
    assert all(b - a >= 14 - 1e-9 for a, b in itertools.pairwise(found[order]))
    assert found.min() >= 0
    assert found.max() <= 200 + 1e-9
    sorted_wanted = wanted[order]
    apart = [{"type": "ineq", "fun": lambda x, i=i: x[i + 1] - x[i] - 14} for i in range(11)]
    best = optimize.minimize(
        lambda x: ((x - sorted_wanted) ** 2).sum(),
        np.linspace(0, 200, 12),
        bounds=[(0, 200)] * 12,
        constraints=apart,
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert ((found[order] - sorted_wanted) ** 2).sum() == pytest.approx(best.fun, rel=1e-3, abs=1e-3)


def test_long_names_break_near_their_middle():
    wanted = ["base-cnn", "malaria-leaky-swish-cnn-augmented", "a" * 40]
    placed = labels.place_names(wanted, [0.5] * 3, [0.1, 0.5, 0.9], least_px=300).placed
    assert [name.text for name in placed] == ["base-cnn", "malaria-leaky-<br>swish-cnn-augmented", "a" * 40]


def test_a_name_stands_on_the_side_where_it_covers_no_mark_and_is_not_cut_off():
    placed = labels.place_names(["left-one", "right-one"], [0.45, 0.55], [0.5, 0.5], least_px=300).placed
    assert [name.anchor for name in placed] == ["right", "left"]
    placed = labels.place_names(["first", "last"], [0.0, 1.0], [0.2, 0.8], least_px=300).placed
    assert [name.anchor for name in placed] == ["left", "right"]


def test_many_names_make_the_picture_higher():
    assert labels.place_names(["m"] * 50, [0.5] * 50, [0.5] * 50, least_px=300).height_px == 50 * (labels.LINE_PX + 2)
    assert labels.place_names([], [], [], least_px=300) == labels.Names([], 300)
