"""Shares and gains over patients, against the product's own of tasks, and leaving out by hand."""

import numpy as np
import pytest

from core.statistics import differences, estimate, unit_shares, wilson
from tests.support import byhand

RANDOM = np.random.default_rng(0)
UNITS = RANDOM.integers(0, 30, 300) * 7 + 3  # any numbers
BEFORE, AFTER = RANDOM.random((2, 300)) < np.array([[0.7], [0.8]])


def test_the_mean_without_each_patient_is_that_of_the_other_rows() -> None:
    weights = RANDOM.uniform(0.5, 4, 300)
    figure = unit_shares.leave_out(AFTER.astype(float), UNITS, weights)

    def measure(rows: np.ndarray) -> float:
        return float(np.average(AFTER[rows], weights=weights[rows]))

    value, left_out = byhand.leave_out(UNITS, measure)
    assert figure.value == pytest.approx(value)
    assert figure.left_out == pytest.approx(left_out)


def test_a_share_over_patients_is_the_score_interval_of_as_many_images_as_are_as_certain() -> None:
    found = unit_shares.measure(AFTER, UNITS)
    value, left_out = byhand.leave_out(UNITS, lambda rows: float(AFTER[rows].mean()))
    assert found.ends == pytest.approx(byhand.bound_score(value, left_out, 30, 300))
    assert (found.value, found.n) == (AFTER.mean(), 300)


def test_without_patients_it_is_wilsons() -> None:
    assert unit_shares.measure(AFTER) == wilson.compute_wilson(int(AFTER.sum()), 300)


def test_nothing_is_not_measured() -> None:
    none = np.zeros(0, dtype=bool)
    assert unit_shares.measure(none) == estimate.NOT_MEASURED
    assert unit_shares.measure_gain(none, none, np.zeros(0, dtype=np.int64)) == estimate.NOT_MEASURED


def test_a_gain_of_images_that_are_patients_of_their_own_is_that_of_counts() -> None:
    gained, lost = int((AFTER & ~BEFORE).sum()), int((BEFORE & ~AFTER).sum())
    found = unit_shares.measure_gain(BEFORE, AFTER, np.arange(300))
    assert found == differences.compute_from_counts(gained, lost, 300)


def test_a_gain_over_patients_is_never_narrower_than_over_images() -> None:
    alone, together = (unit_shares.measure_gain(BEFORE, AFTER, units) for units in (np.arange(300), UNITS))
    assert together.value == pytest.approx(alone.value)
    assert together.low <= alone.low < alone.high <= together.high
    one = unit_shares.measure_gain(BEFORE, AFTER, np.zeros(300, dtype=np.int64))
    assert one.low < -0.6 and one.high > 0.6  # one patient proves next to nothing


def test_weights_move_a_gain_and_even_ones_do_not() -> None:
    even = unit_shares.measure_gain(BEFORE, AFTER, UNITS, np.full(300, 2.5))
    plain = unit_shares.measure_gain(BEFORE, AFTER, UNITS)
    assert even.ends == pytest.approx(plain.ends) and even.n == 300
    weights = np.where(AFTER & ~BEFORE, 3.0, 1.0)
    heavy = unit_shares.measure_gain(BEFORE, AFTER, UNITS, weights)
    assert heavy.value == pytest.approx(np.average(AFTER.astype(float) - BEFORE, weights=weights))
