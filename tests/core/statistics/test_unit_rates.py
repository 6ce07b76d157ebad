"""Rates of a unit that nobody has met: against the beta distribution, and against units that were drawn."""

import numpy as np
import pytest
from scipy import stats

from core.statistics import unit_rates


def test_of_images_that_are_alike_it_is_jeffreys_posterior() -> None:
    found = unit_rates.learn(np.array([7]), np.array([200]), by_unit=False)
    posterior = stats.beta(7.5, 193.5)
    assert found.mean == pytest.approx(posterior.mean(), rel=0.01)
    assert (found.low, found.high) == pytest.approx(posterior.ppf([0.025, 0.975]), rel=0.02)
    assert (found.wrong, found.images, found.units, found.by_unit) == (7, 200, 1, False)


def test_a_new_unit_lies_where_units_lie() -> None:
    random, spread = np.random.default_rng(0), 1 / 0.04 - 1
    truth = stats.beta(0.06 * spread, 0.94 * spread)
    images = random.integers(40, 120, 500)
    found = unit_rates.learn(random.binomial(images, truth.rvs(500, random_state=random)), images, by_unit=True)
    assert found.mean == pytest.approx(0.06, abs=0.006)
    assert found.high == pytest.approx(truth.ppf(0.975), abs=0.03)
    assert found.find_quantiles(np.array([0.5]))[0] == pytest.approx(truth.median(), abs=0.01)


def test_few_units_know_less_of_the_next_one() -> None:
    wrong, images = np.array([1, 3, 0, 2, 9, 1]), np.full(6, 70)
    few = unit_rates.learn(wrong, images, by_unit=True)
    many = unit_rates.learn(np.tile(wrong, 10), np.tile(images, 10), by_unit=True)
    assert few.high - few.low > many.high - many.low > 0
    assert many.mean == pytest.approx(wrong.sum() / images.sum(), abs=0.003)
    assert few.mean > many.mean, "of few it may be more than was seen"


def test_the_order_and_units_without_an_image_say_nothing() -> None:
    one = unit_rates.learn(np.array([1, 0, 4]), np.array([30, 50, 60]), by_unit=True)
    other = unit_rates.learn(np.array([4, 0, 1, 0]), np.array([60, 0, 30, 50]), by_unit=True)
    assert (one.low, one.mean, one.high, one.units) == pytest.approx((other.low, other.mean, other.high, 3))


@pytest.mark.parametrize("wrong", [0, 300])
def test_nothing_wrong_and_all_wrong_stay_inside(wrong: int) -> None:
    found = unit_rates.learn(np.full(10, wrong // 10), np.full(10, 30), by_unit=True)
    assert 0 < found.low <= found.mean <= found.high < 1


def test_no_image_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        unit_rates.learn(np.array([0]), np.array([0]), by_unit=True)
