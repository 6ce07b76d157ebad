"""Intervals against scipy, by hand, and by how often they hold the truth."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from core.evaluation import intervals


def make_patients(random: np.random.Generator, patients: int, images: int, *, mean: float, alike: float) -> np.ndarray:
    """Right answers of each of `patients`, out of `images` each; `alike` is their correlation within a patient."""
    spread = (1 - alike) / alike
    return random.binomial(images, random.beta(mean * spread, (1 - mean) * spread, patients))


def compute_bootstrap(correct: np.ndarray, images: int, *, seed: int) -> np.ndarray:
    """Draws of the share of right answers, by whole patients of equal size."""
    shares = correct[None, :] / (images * len(correct))
    return intervals.bootstrap(lambda weights: shares @ weights, len(correct), len(correct), resamples=300, seed=seed)[
        0
    ]


def test_wilson_by_hand() -> None:
    # 9 of 10, z = 1.96: centre (0.9 + 0.19208) / 1.38416, half width 1.96 / 1.38416 * sqrt(0.009 + 0.009604)
    edges = intervals.compute_wilson(9, 10)
    assert edges.low == pytest.approx(0.5958, abs=1e-4)
    assert edges.high == pytest.approx(0.9821, abs=1e-4)


@pytest.mark.parametrize("trials", [1, 2, 7, 40, 6647])
def test_wilson_agrees_with_scipy(trials: int) -> None:
    for successes in sorted({0, 1, trials // 3, trials - 1, trials}):
        expected = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
        edges = intervals.compute_wilson(successes, trials)
        assert_allclose((edges.low, edges.high), (expected.low, expected.high), atol=1e-12)


def test_wilson_of_nothing_is_unknown() -> None:
    assert intervals.compute_wilson(0, 0) == intervals.NOT_KNOWN


def test_bootstrap_weights_are_draws_with_replacement() -> None:
    drawn = intervals.bootstrap(lambda weights: weights.copy(), 7, 7, resamples=4000)
    assert drawn.shape == (7, 4000)
    assert (drawn.sum(0) == 7).all()
    assert_allclose(drawn.mean(1), 1, atol=0.06)
    assert_allclose(drawn.var(1), 1 - 1 / 7, atol=0.1)  # the variance of a multinomial count


def test_bootstrap_is_seeded_and_does_not_depend_on_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    def statistic(weights: np.ndarray) -> np.ndarray:
        return (np.arange(7)[None] / 21) @ weights

    first = intervals.bootstrap(statistic, 7, 7, resamples=99, seed=4)
    monkeypatch.setattr(intervals, "CHUNK_CELLS", 64)
    assert_allclose(intervals.bootstrap(statistic, 7, 7, resamples=99, seed=4), first)
    assert not np.allclose(intervals.bootstrap(statistic, 7, 7, resamples=99, seed=5), first)


@pytest.mark.parametrize(("units", "resamples"), [(0, 10), (10, 0)])
def test_bootstrap_of_nothing_is_refused(units: int, resamples: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        intervals.bootstrap(lambda weights: weights, units, 5, resamples=resamples)


def test_percentile_leaves_undefined_draws_out() -> None:
    draws = np.concatenate([np.linspace(0.6, 0.8, 101), np.full(100, np.nan)])
    edges = intervals.compute_percentile(0.7, draws, units=50, images=500)
    assert (edges.low, edges.high) == (pytest.approx(0.605), pytest.approx(0.795))
    more_than_half = np.append(draws, [np.nan, np.nan])
    assert intervals.compute_percentile(0.7, more_than_half, units=50, images=500) == intervals.NOT_KNOWN
    assert intervals.compute_percentile(math.nan, draws, units=50, images=500) == intervals.NOT_KNOWN


@pytest.mark.parametrize("value", [0.0, 0.9, 1.0])
def test_equal_draws_are_widened_to_wilson_over_patients(value: float) -> None:
    """Thirty patients without an error are thirty observations, however many images each has."""
    noise = np.random.default_rng(0).uniform(-1e-15, 0, 200) if value else 0  # sums in another order
    edges = intervals.compute_percentile(value, np.full(200, value) + noise, units=30, images=6000)
    expected = intervals.compute_wilson(value * 30, 30)
    assert (edges.low, edges.high) == pytest.approx((expected.low, expected.high))
    assert edges.low is not None and edges.high is not None and edges.high - edges.low > 0.1


def test_few_units_are_widened_between_images_and_patients() -> None:
    calm, wild = np.linspace(0.895, 0.905, 400), np.linspace(0.7, 1.0, 400)
    over_images, over_patients = intervals.compute_wilson(0.9 * 800, 800), intervals.compute_wilson(0.9 * 5, 5)
    assert intervals.compute_percentile(0.9, calm, units=5, images=800) == over_images
    widest = intervals.compute_percentile(0.9, wild, units=5, images=800)
    assert widest.low == over_patients.low
    many = intervals.compute_percentile(0.9, calm, units=50, images=800)
    assert many.high is not None and many.low is not None and many.high - many.low < 0.01


def test_one_unit_is_one_observation() -> None:
    edges = intervals.compute_percentile(0.9, np.full(100, 0.9), units=1, images=400)
    expected = intervals.compute_wilson(0.9, 1)
    assert (edges.low, edges.high) == pytest.approx((expected.low, expected.high))


def test_interval_always_holds_its_value() -> None:
    edges = intervals.compute_percentile(0.95, np.linspace(0.5, 0.6, 50), units=20, images=90)
    assert edges.high == 0.95


def count_covered(patients: int, *, mean: float = 0.85, alike: float = 0.15) -> tuple[float, ...]:
    """How often three intervals hold the truth: over patients, its bare percentiles, Wilson over images."""
    random, held, images, studies = np.random.default_rng(11), np.zeros(3), 30, 300
    for study in range(studies):
        correct = make_patients(random, patients, images, mean=mean, alike=alike)
        value, n = correct.sum() / (patients * images), patients * images
        draws = compute_bootstrap(correct, images, seed=study)
        ours = intervals.compute_percentile(value, draws, units=patients, images=n)
        bare = intervals.Interval(*np.quantile(draws, [0.025, 0.975]))
        naive = intervals.compute_wilson(value * n, n)
        held += [edges.low <= mean <= edges.high for edges in (ours, bare, naive)]
    return tuple(held / studies)


def test_bootstrap_over_patients_covers_where_images_undercover() -> None:
    patients, _, images = count_covered(40)
    assert 0.91 <= patients <= 0.985
    assert images < 0.75


def test_widening_covers_where_the_bare_bootstrap_of_few_patients_undercovers() -> None:
    patients, bare, images = count_covered(6)
    assert patients >= 0.93
    assert bare < 0.9
    assert images < 0.75
