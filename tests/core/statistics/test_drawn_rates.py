"""Rates from two drawn halves: by hand, against draws from the posterior, against a simulation, and at the edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.statistics import drawn_rates, estimate
from tests.benchmarks import bench_site


def read(right: int, n: int, per_unit: int = 1) -> drawn_rates.Half:
    """A half of which so many of n were right, so many images a patient, those that are right first."""
    return drawn_rates.count_half(np.arange(n) < right, np.arange(n) // per_unit)


def test_worked_by_hand() -> None:
    """1,000 images, 200 flagged. 40 of 50 flagged are positive: 160 found. 48 of 50 others are not: 32 missed."""
    rates = drawn_rates.measure(read(40, 50), read(48, 50), 0.2)
    assert rates.sensitivity.value == pytest.approx(160 / 192)
    assert rates.specificity.value == pytest.approx(768 / 808)
    assert rates.accuracy.value == pytest.approx(0.928)
    assert rates.prevalence.value == pytest.approx(0.192)
    assert (rates.ppv.value, rates.ppv.n, rates.npv.value, rates.npv.n) == (0.8, 50, 0.96, 50)
    assert (rates.sensitivity.n, rates.flagged) == (100, 0.2)


@pytest.mark.parametrize(("right", "spared", "share"), [(40, 48, 0.2), (24, 25, 0.05), (100, 100, 0.4), (3, 90, 0.6)])
def test_the_ends_are_those_of_draws_from_both_posteriors(right: int, spared: int, share: float) -> None:
    flagged, rest = read(right, max(right, 50)), read(spared, max(spared, 50))
    random, size = np.random.default_rng(0), 500_000
    found, alarms, well, missed = (
        share * (ppv := stats.beta(right + 0.5, flagged.n - right + 0.5).rvs(size, random_state=random)),
        share * (1 - ppv),
        (1 - share) * (npv := stats.beta(spared + 0.5, rest.n - spared + 0.5).rvs(size, random_state=random)),
        (1 - share) * (1 - npv),
    )
    rates = drawn_rates.measure(flagged, rest, share)
    drawn = {
        "sensitivity": found / (found + missed),
        "specificity": well / (well + alarms),
        "accuracy": found + well,
        "prevalence": found + missed,
        "ppv": ppv,
        "npv": npv,
    }
    for name, values in drawn.items():
        one = getattr(rates, name)
        low, high = np.quantile(values, [0.025, 0.975])
        assert one.ends == pytest.approx((min(low, one.value), max(high, one.value)), abs=0.004), name


def test_a_flagged_share_of_few_images_is_uncertain_too() -> None:
    flagged, rest, random = read(40, 50), read(48, 50), np.random.default_rng(0)
    ppv, npv, share = (random.beta(a + 0.5, b + 0.5, 300_000) for a, b in ((40, 10), (48, 2), (30, 120)))
    spared, alarms = (1 - share) * npv, share * (1 - ppv)
    ends = np.quantile(spared / (spared + alarms), [0.025, 0.975])
    known, unsure = (drawn_rates.measure(flagged, rest, 0.2, images=images) for images in (None, 150))
    assert unsure.specificity.ends == pytest.approx(ends, abs=0.003)
    assert unsure.specificity.low < known.specificity.low
    assert (unsure.ppv, unsure.specificity.value) == (known.ppv, known.specificity.value)


def test_unweighted_the_same_images_flatter_the_sensitivity() -> None:
    site = bench_site.Site(prevalence=0.1, sensitivity=0.8, correlation=0.0)
    random, found, flattered = np.random.default_rng(0), [], []
    pool = bench_site.draw_pool(random, site)
    for _ in range(60):
        flagged, rest = bench_site.draw_halves(random, pool, 200)
        found.append(drawn_rates.measure(flagged, rest, pool.share).sensitivity.value)
        flattered.append(flagged.right / (flagged.right + rest.n - rest.right))
    assert np.mean(found) == pytest.approx(site.truth["sensitivity"], abs=0.06)
    assert np.mean(flattered) > np.mean(found) + 0.08


@pytest.mark.parametrize("correlation", [0.0, 0.1])
def test_the_intervals_hold_the_truth(correlation: float) -> None:
    """Few, so that it is quick; `tests.benchmarks.bench_site` counts many."""
    site = bench_site.Site(prevalence=0.2, sensitivity=0.85, correlation=correlation)
    held = bench_site.count_site((site, 100, 80))
    for name, share in held.items():
        assert 0.9 <= share <= 1.0, name


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(0, 60), st.floats(0, 1), st.sampled_from([1, 3]))
def test_an_interval_holds_its_value_and_stays_in_its_range(right: int, spared: int, share: float, per: int) -> None:
    rates = drawn_rates.measure(read(right, 40, per), read(spared, 60, per), share)
    for name in ("sensitivity", "specificity", "accuracy", "ppv", "npv", "prevalence"):
        one = getattr(rates, name)
        if one.value is not None:
            assert 0 <= one.low <= one.value <= one.high <= 1 + 1e-12


def test_none_missed_is_not_taken_for_certain() -> None:
    rates = drawn_rates.measure(read(50, 50), read(50, 50), 0.2)
    assert rates.sensitivity.value == rates.specificity.value == 1.0
    assert rates.sensitivity.low < 0.92 and rates.specificity.high == 1.0
    rarer = drawn_rates.measure(read(50, 50), read(50, 50), 0.02)
    assert rarer.sensitivity.low < 0.5  # the same half leaves room for as many missed as were found


def test_nothing_found_and_nothing_missed_has_no_sensitivity() -> None:
    rates = drawn_rates.measure(read(0, 50), read(50, 50), 0.2)
    assert rates.sensitivity == estimate.NOT_MEASURED
    assert rates.ppv.value == 0.0 and rates.specificity.value == pytest.approx(0.8)


def test_an_empty_half_leaves_what_the_other_says() -> None:
    rates = drawn_rates.measure(read(0, 0), read(45, 50), 0.0)
    assert rates.ppv == rates.sensitivity == rates.specificity == rates.prevalence == estimate.NOT_MEASURED
    assert rates.npv.value == 0.9 and rates.npv.n == 50


def test_patients_who_are_alike_in_themselves_count_less_and_one_counts_once() -> None:
    alone, together, one = read(40, 50), read(40, 50, per_unit=5), read(40, 50, per_unit=50)
    assert (alone.certain, one.certain) == (50.0, 1.0)
    assert 10 <= together.certain < 25
    wide, narrow = (drawn_rates.measure(half, read(48, 50), 0.2).ppv for half in (together, alone))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert drawn_rates.measure(one, one, 0.2).sensitivity.low < 0.1


def test_patients_without_an_error_are_as_many_observations_as_patients() -> None:
    assert read(50, 50, per_unit=5).certain == 10


def test_a_share_of_all_images_is_asked_for() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        drawn_rates.measure(read(4, 5), read(4, 5), 1.2)


def test_how_many_images_it_takes() -> None:
    assert drawn_rates.count_needed(0.9, 0.05) == 139
    assert drawn_rates.count_needed(0.5, 0.1) == 97
    assert drawn_rates.count_needed(0.9, 0.05, per_unit=10, correlation=0.1) == 263
    assert drawn_rates.count_needed(0.9, 0.05, per_unit=10) == 139
    for wrong in ((1.0, 0.1), (0.5, 0.0)):
        with pytest.raises(ValueError, match="share"):
            drawn_rates.count_needed(*wrong)
    with pytest.raises(ValueError, match="correlation"):
        drawn_rates.count_needed(0.9, 0.05, correlation=1.5)
