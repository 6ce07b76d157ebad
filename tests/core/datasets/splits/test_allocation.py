"""Units stay whole, each side gets its share of each class, and no side stays empty where it need not."""

import numpy as np
import pytest

from core.datasets.splits import allocation

SHARES = np.array([0.7, 0.15, 0.15])


@pytest.mark.parametrize("seed", range(5))
def test_units_stay_whole_and_classes_keep_their_shares(seed: int) -> None:
    rng = np.random.default_rng(seed)
    units = np.unique(rng.zipf(1.4, 4000) % 160, return_inverse=True)[1]
    labels = rng.integers(0, 3, len(units)).astype(np.int16)
    sides = allocation.divide(labels, units, SHARES, seed)
    assert all(len(set(sides[units == unit])) == 1 for unit in range(units.max() + 1))
    for label in range(3):
        shares = np.bincount(sides[labels == label], minlength=3) / (labels == label).sum()
        largest = max(np.bincount(units[labels == label])) / (labels == label).sum()
        assert np.abs(shares - SHARES).max() < max(0.03, largest)


def test_the_seed_decides_and_nothing_else() -> None:
    units, labels = np.arange(300) // 3, (np.arange(300) % 2).astype(np.int16)
    first = allocation.divide(labels, units, SHARES, 1)
    assert first.tolist() == allocation.divide(labels, units, SHARES, 1).tolist()
    assert first.tolist() != allocation.divide(labels, units, SHARES, 2).tolist()


def test_single_images_fill_the_shares_exactly() -> None:
    sides = allocation.divide(np.zeros(200, np.int16), np.arange(200), SHARES, 0)
    assert np.bincount(sides).tolist() == [140, 30, 30]


def test_no_side_stays_empty_where_there_are_three_units() -> None:
    sides = allocation.divide(np.zeros(60, np.int16), np.repeat([0, 1, 2], 20), SHARES, 0)
    assert sorted(set(sides)) == [0, 1, 2]


def test_nothing_to_deal() -> None:
    assert allocation.divide(np.zeros(0, np.int16), np.zeros(0, np.int64), SHARES, 0).tolist() == []
