"""Intervals against scipy, by hand, and by how often they hold the truth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from core.statistics import estimate, intervals, wilson


def test_wilson_by_hand() -> None:
    # 9 of 10, z = 1.96: centre (0.9 + 0.19208) / 1.38416, half width 1.96 / 1.38416 * sqrt(0.009 + 0.009604)
    edges = wilson.compute_wilson(9, 10)
    assert edges.low == pytest.approx(0.5958, abs=1e-4)
    assert edges.high == pytest.approx(0.9821, abs=1e-4)


@pytest.mark.parametrize("trials", [1, 2, 7, 40, 6647])
def test_wilson_agrees_with_scipy(trials: int) -> None:
    for successes in sorted({0, 1, trials // 3, trials - 1, trials}):
        expected = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
        edges = wilson.compute_wilson(successes, trials)
        assert_allclose((edges.low, edges.high), (expected.low, expected.high), atol=1e-12)


def test_wilson_of_nothing_is_unknown() -> None:
    assert wilson.compute_wilson(0, 0) == estimate.Estimate(None, None, None, 0)


def figure(value: float, left_out: object) -> intervals.Figure:
    return intervals.Figure(value, np.asarray(left_out, dtype=float))


def test_a_jackknife_by_hand() -> None:
    """Three patients with 3 of 4, 4 of 4 and 1 of 2 right: 8 of 10; without one of them 5 of 6, 4 of 6, 7 of 8."""
    right, images = np.array([3.0, 4.0, 1.0]), np.array([4.0, 4.0, 2.0])
    found = intervals.jackknife(lambda weights: (right @ weights / (images @ weights))[None], np.arange(3), 10)[0]
    assert found.value == pytest.approx(0.8)
    assert found.left_out == pytest.approx([5 / 6, 4 / 6, 7 / 8])
    mean = (20 + 16 + 21) / 72
    away = [5 / 6 - mean, 4 / 6 - mean, 7 / 8 - mean]
    assert found.variance == pytest.approx(2 / 3 * sum(one**2 for one in away))
    assert found.count_freedom(3) == 2.0


def test_freedom_by_hand() -> None:
    """Four patients that move it by 3, two by 1, and six that do not: 38 ^ 2 / 326 = 4.4 of 11."""
    left_out = 0.5 + 0.01 * np.array([3, -3, 1, -1, 3, -3, 0, 0, 0, 0, 0, 0])
    shown = (4 * 9 + 2) ** 2 / (4 * 81 + 2)
    assert figure(0.5, left_out).count_freedom(12) == pytest.approx((shown**2 * 11) ** (1 / 3))
    assert figure(0.5, left_out).count_freedom(12, intervals.EVEN) == pytest.approx((shown * 11) ** 0.5)
    one_alone = figure(0.5, np.append(np.full(11, 0.5), 0.7))  # eleven times as far as the others
    assert one_alone.count_freedom(12) == pytest.approx((((121 + 11) ** 2 / (121**2 + 11)) ** 2 * 11) ** (1 / 3))


def test_the_variance_of_a_mean_is_the_textbooks() -> None:
    values = np.random.default_rng(0).normal(3, 2, 31)
    found = intervals.jackknife(lambda weights: (values @ weights / weights.sum(0))[None], np.arange(31), 31)[0]
    assert found.variance == pytest.approx(stats.sem(values) ** 2)
    free = intervals.compute_free(found, units=31, n=900, weight=0)  # then all degrees of freedom
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (free.low, free.high) == pytest.approx((expected.low, expected.high))


def test_what_is_left_out_does_not_depend_on_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    def statistic(weights: np.ndarray) -> np.ndarray:
        return np.arange(9)[None] @ weights

    first = intervals.jackknife(statistic, np.arange(9) % 4, 9)
    monkeypatch.setattr(intervals, "CHUNK_CELLS", 20)
    again = intervals.jackknife(statistic, np.arange(9) % 4, 9)
    assert_allclose(again.left_out, first.left_out)
    assert_allclose(first.left_out[0], 36 - np.array([0 + 4 + 8, 1 + 5, 2 + 6, 3 + 7]))


def test_nothing_to_leave_out_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        intervals.jackknife(lambda weights: weights, np.arange(0), 0)


@pytest.mark.parametrize("units", [1, 24, 200, 201, 412, 6647])
def test_units_are_dealt_evenly_and_always_alike(units: int) -> None:
    blocks = intervals.deal(units)
    counts = np.bincount(blocks)
    assert len(counts) <= intervals.MOST_BLOCKS
    assert counts.max() - counts.min() <= 1
    assert (blocks == intervals.deal(units)).all()
    assert units > 200 or (counts == 1).all()


def test_leaving_out_blocks_of_images_says_what_leaving_out_each_does() -> None:
    values = np.random.default_rng(0).normal(0, 1, 6000)

    def mean(weights: np.ndarray) -> np.ndarray:
        return (values @ weights / weights.sum(0))[None]

    found = intervals.jackknife(mean, intervals.deal(6000), 6000)[0]
    assert found.variance == pytest.approx(stats.sem(values) ** 2, rel=0.2)


def test_undefined_figures_have_no_interval() -> None:
    undefined = figure(math.nan, [0.1, 0.2])
    for edges in (
        intervals.compute_share(undefined, units=2, images=9),
        intervals.compute_bounded(undefined, units=2, n=900),
        intervals.compute_free(undefined, units=2, n=900),
        intervals.compute_positive(undefined, units=2, n=900),
    ):
        assert (edges.value, edges.low, edges.high) == (None, None, None)


@pytest.mark.parametrize("value", [0.0, 0.9, 1.0])
def test_what_nothing_moves_is_wilson_over_patients(value: float) -> None:
    """Thirty patients without an error are thirty observations, however many images each has."""
    noise = np.random.default_rng(0).uniform(-1e-15, 0, 30) if value else 0  # sums in another order
    edges = intervals.compute_share(figure(value, np.full(30, value) + noise), units=30, images=6000)
    expected = wilson.compute_wilson(value * 30, 30)
    assert (edges.low, edges.high) == pytest.approx((expected.low, expected.high))
    assert edges.low is not None and edges.high is not None and edges.high - edges.low > 0.1


def test_a_share_is_between_that_of_images_and_of_patients() -> None:
    random = np.random.default_rng(0)
    calm, wild = (figure(0.9, 0.9 + random.normal(0, spread, 5)) for spread in (0.0001, 0.2))
    over_images, over_patients = wilson.compute_wilson(0.9 * 800, 800), wilson.compute_wilson(0.9 * 5, 5)
    assert intervals.compute_share(calm, units=5, images=800).ends == over_images.ends
    assert intervals.compute_share(wild, units=5, images=800).ends == over_patients.ends


@pytest.mark.parametrize("left_out", [[math.nan], [0.5, math.nan, 0.9], [0.9]])
def test_one_unit_is_one_observation(left_out: list[float]) -> None:
    expected = wilson.compute_wilson(0.9, 1)
    for edges in (
        intervals.compute_share(figure(0.9, left_out), units=1, images=400),
        intervals.compute_bounded(figure(0.9, left_out), units=1, n=900),
    ):
        assert (edges.low, edges.high) == pytest.approx((expected.low, expected.high))
    assert intervals.compute_free(figure(0.9, left_out), units=1, n=900).ends is None


@given(st.floats(0, 1), st.lists(st.floats(0, 1), min_size=1, max_size=9), st.integers(1, 9), st.integers(0, 999))
def test_an_interval_holds_its_value_and_stays_in_its_bounds(value, left_out, units, images):
    for edges in (
        intervals.compute_share(figure(value, left_out), units=units, images=images),
        intervals.compute_bounded(figure(value, left_out), units=units, n=900),
        intervals.compute_area(figure(value, left_out), units=units, n=900),
    ):
        assert edges.low is not None and edges.high is not None
        assert 0 <= edges.low <= value <= edges.high <= 1


def test_an_area_near_one_from_few_patients_says_that_it_holds_less_often() -> None:
    left_out = 0.999 + np.linspace(-0.001, 0.001, 12)
    few = intervals.compute_area(figure(0.999, left_out), units=12, n=900)
    assert few.level == estimate.ABOUT == few.to_json()["level"]
    for edges in (
        intervals.compute_area(figure(0.98, left_out - 0.019), units=12, n=900),
        intervals.compute_area(figure(0.999, left_out), units=60, n=900),
        intervals.compute_area(figure(1.0, np.ones(12)), units=12, n=900),  # twelve observations, which is wide enough
    ):
        assert edges.level == estimate.SURE
        assert "level" not in edges.to_json()


def test_a_figure_above_zero_stays_there() -> None:
    edges = intervals.compute_positive(figure(0.2, [0.05, 0.3, 0.25]), units=3, n=900)
    assert edges.low is not None and edges.high is not None
    assert 0 < edges.low < 0.2 < edges.high
    assert edges.high / 0.2 == pytest.approx(0.2 / edges.low)


def draw_patients(random: np.random.Generator, patients: int, mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Right answers and images of each patient: unequal sizes, and patients differ (correlation 0.15 within one)."""
    images = np.clip(np.exp(random.normal(np.log(60), 0.7, patients)), 10, 400).astype(int)
    spread = (1 - 0.15) / 0.15
    return random.binomial(images, random.beta(mean * spread, (1 - mean) * spread, patients)), images


def count_covered(patients: int, *, mean: float = 0.9, studies: int = 600) -> tuple[float, ...]:
    """How often three intervals hold the truth: ours, percentiles of resampled patients, Wilson over images."""
    random, held = np.random.default_rng(11), np.zeros(3)
    for _ in range(studies):
        right, images = draw_patients(random, patients, mean)
        found = intervals.jackknife(
            lambda w, right=right, images=images: (right @ w / (images @ w))[None], np.arange(patients), patients
        )[0]
        drawn = random.multinomial(patients, np.full(patients, 1 / patients), 400)
        ours = intervals.compute_share(found, units=patients, images=int(images.sum()))
        bare = np.quantile(drawn @ right / (drawn @ images), [0.025, 0.975])
        naive = wilson.compute_wilson(right.sum(), images.sum())
        held += [low <= mean <= high for low, high in (ours.ends, bare, naive.ends)]
    return tuple(held / studies)


@pytest.mark.parametrize("patients", [6, 12, 24, 40])
def test_the_interval_covers_where_resampled_patients_and_images_undercover(patients: int) -> None:
    ours, bare, naive = count_covered(patients)
    assert 0.92 <= ours <= 0.975
    assert bare < ours
    assert patients > 12 or bare < 0.89
    assert naive < 0.6
