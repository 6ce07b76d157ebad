"""Intervals of differences: published examples, limits, coverage, and the edges where nothing was seen to differ."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.statistics import differences, estimate, intervals, wilson


def ends(found: estimate.Estimate) -> tuple[float, float]:
    assert found.ends is not None
    return found.ends


@pytest.mark.parametrize(
    ("first", "second", "published"),
    [((48, 80), (56, 70), (0.0524, 0.3339)), ((3, 10), (9, 10), (0.1705, 0.8090)), ((0, 10), (10, 10), (0.6075, 1.0))],
)
def test_samples_apart_as_newcombe_published_them(first, second, published):
    """Newcombe 1998, Statistics in Medicine 17:873-890, Table II, method 10, contrasts (a), (b) and (h)."""
    found = differences.compute_apart(wilson.compute_wilson(*first), wilson.compute_wilson(*second))
    assert ends(found) == pytest.approx(published, abs=6e-5)


def test_many_images_have_the_textbook_interval_of_a_paired_difference():
    gained, lost, n = 900, 700, 100_000
    more, less = gained / n, lost / n
    half = stats.norm.ppf(0.975) * math.sqrt((more + less - (more - less) ** 2) / n)
    assert ends(differences.compute_from_counts(gained, lost, n)) == pytest.approx(
        (more - less - half, more - less + half), rel=0.02
    )


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200))
def test_the_interval_holds_its_value_and_turns_with_the_two_models(gained, lost, rest):
    trials = gained + lost + rest
    if not trials:
        assert differences.compute_from_counts(0, 0, 0).ends is None
        return
    low, high = ends(differences.compute_from_counts(gained, lost, trials))
    assert -1 <= low <= (gained - lost) / trials <= high <= 1
    assert low < high
    turned = ends(differences.compute_from_counts(lost, gained, trials))
    assert turned == pytest.approx((-high, -low))


def test_models_that_never_differ_are_not_proven_equal():
    low, high = ends(differences.compute_from_counts(0, 0, 100))
    assert high == wilson.compute_wilson(0, 100).high == -low


@pytest.mark.parametrize(
    ("more", "less", "n"), [(0.02, 0.02, 100), (0.05, 0.01, 200), (0.3, 0.2, 40), (0.004, 0.004, 300)]
)
def test_the_paired_interval_covers_the_truth_as_often_as_it_says(more, less, n):
    counts = np.random.default_rng(0).multinomial(n, [more, less, 1 - more - less], size=1500)
    cases, times = np.unique(counts[:, :2], axis=0, return_counts=True)
    found = [ends(differences.compute_from_counts(*case, n)) for case in cases.tolist()]
    covered = sum(t for (low, high), t in zip(found, times, strict=True) if low <= more - less <= high)
    assert covered / 1500 > 0.93


def figure(value: float, left_out: object) -> intervals.Figure:
    return intervals.Figure(value, np.asarray(left_out, dtype=float))


def test_a_mean_of_independent_numbers_has_students_interval():
    """Of a plain mean the jackknife's variance is s^2 / n, and even numbers leave all degrees of freedom."""
    values = np.tile([-0.03, 0.07], 10)
    left_out = (values.sum() - values) / 19
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = differences.compute_from_figure(figure(values.mean(), left_out), units=20, n=900)
    assert ends(found) == pytest.approx((expected.low, expected.high))


def test_where_leaving_out_moves_nothing_there_are_so_many_observations_as_units():
    assert ends(differences.compute_from_figure(figure(0.0, np.zeros(12)), units=12, n=900)) == ends(
        differences.compute_from_counts(0, 0, 12)
    )
    low, high = ends(differences.compute_from_figure(figure(1.0, np.ones(12)), units=12, n=900))
    assert high == 1.0
    assert 0.5 < low < 1.0


def test_what_is_not_defined_has_no_interval():
    found = differences.compute_from_figure(figure(math.nan, np.zeros(9)), units=5, n=900)
    assert found == estimate.Estimate(None, None, None, 900)


def test_where_one_unit_is_all_there_is_one_observation():
    found = differences.compute_from_figure(figure(0.1, [0.1, math.nan, 0.1]), units=1, n=900)
    assert ends(found) == ends(differences.compute_from_counts(0.1, 0.0, 1))


def test_a_difference_that_reaches_further_is_as_uncertain_in_proportion():
    """Of two figures in [-1, 1], like MCC, which may differ by 2."""
    near = differences.compute_from_figure(figure(0.2, np.full(12, 0.2)), units=12, n=900)
    far = differences.compute_from_figure(figure(0.4, np.full(12, 0.4)), units=12, n=900, reach=2.0)
    assert ends(far) == pytest.approx(tuple(2 * end for end in ends(near)))


def test_areas_close_to_one_are_also_as_uncertain_as_each_of_them():
    one, other = figure(0.997, [0.996, 0.998, 0.997]), figure(0.999, [0.998, 0.9995, 0.9995])
    areas = estimate.Estimate(0.997, 0.97, 0.9997, 900), estimate.Estimate(0.999, 0.98, 0.9999, 900)
    low, high = ends(differences.compute_of_areas((one, other), areas, 3))
    plain = ends(differences.compute_from_figure(other - one, units=3, n=900))
    r = float(np.corrcoef(one.left_out, other.left_out)[0, 1])
    down = math.sqrt(0.019**2 + 0.0027**2 - 2 * r * 0.019 * 0.0027)
    up = math.sqrt(0.0009**2 + 0.027**2 - 2 * r * 0.0009 * 0.027)
    assert (low, high) == pytest.approx((min(plain[0], 0.002 - down), max(plain[1], 0.002 + up)))


def test_join_is_the_smallest_that_holds_both():
    one, other = estimate.Estimate(0.2, 0, 1, 9), estimate.Estimate(0.1, -1, 0.5, 8)
    unknown = estimate.Estimate(0.3, None, None, 7)
    assert differences.join(one, other) == estimate.Estimate(0.2, -1, 1, 9)
    assert differences.join(unknown, one) == estimate.Estimate(0.3, 0, 1, 7)
    assert differences.join(one, unknown) == one


def test_without_an_interval_apart_there_is_none():
    undefined = estimate.Estimate(None, None, None, 0)
    assert differences.compute_apart(undefined, wilson.compute_wilson(3, 10)) == undefined
    bare = estimate.Estimate(0.5, None, None, 3)
    found = differences.compute_apart(bare, wilson.compute_wilson(3, 10))
    assert found == estimate.Estimate(pytest.approx(-0.2), None, None, 3)


def test_needed_difference():
    assert differences.find_needed(0.01, [-0.02, 0.05]) == pytest.approx(0.03)
    assert differences.find_needed(-0.01, [-0.02, 0.05]) == pytest.approx(0.06)
    assert differences.find_needed(0.0, [-0.02, 0.05]) == pytest.approx(0.05)
    assert differences.find_needed(None, None) is None
    assert differences.find_needed(0.5, None) is None


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_difference_is_told_apart_exactly_where_it_is_larger_than_needed(difference, below, above):
    low, high = difference - below, difference + above
    needed = differences.find_needed(difference, [low, high])
    if low > 1e-6 or high < -1e-6:
        assert needed < abs(difference)
    elif low < -1e-6 and high > 1e-6:
        assert needed > abs(difference) - 1e-9
