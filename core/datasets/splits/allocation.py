"""Whole units (patients, copies of one picture) are dealt out so that each side gets its share of each class."""

import numpy as np
from numpy.typing import NDArray

MOST_TRIALS = 1_000_000  # units times moves
ATTEMPTS, FEW_UNITS = 8, 300  # so few groups are dealt out anew, in another order, and the best attempt is kept
EMPTY_COST = 10.0

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def divide(labels: NDArray[np.int16], units: IntArray, fractions: FloatArray, seed: int) -> IntArray:
    """A side (0, 1, ..) for each image: units stay whole, each side gets its fraction of each class, or nearly so.

    labels, units : (N,), the class and the unit of each image; fractions : (sides,), sum 1.
    Large units are dealt out one by one, then moved while that helps; units of one image fill up what is missing.
    """
    classes, columns = np.unique(labels, return_inverse=True)
    members = np.zeros((int(units.max(initial=-1)) + 1, len(classes)), np.int64)
    np.add.at(members, (units, columns), 1)
    single = members.sum(axis=1) == 1
    total = np.maximum(members.sum(axis=0), 1)
    rng = np.random.default_rng(seed)
    best, best_cost = np.zeros(len(members), np.int64), np.inf
    for _ in range(ATTEMPTS):
        sides = np.full(len(members), -1, np.int64)
        sides[~single] = _deal(members[~single] / total, fractions, rng)
        _fill(sides, members, single, fractions, rng)
        cost = float(_measure_cost(_share_out(members / total, sides, len(fractions)), fractions))
        if cost < best_cost:
            best, best_cost = sides, cost
        if single.all() or (len(members) - single.sum() > FEW_UNITS and best_cost < EMPTY_COST):
            break
    return best[units]


def _share_out(weights: FloatArray, sides: IntArray, count: int) -> FloatArray:
    """The share of each class that each side has; (sides, classes)."""
    shares = np.zeros((count, weights.shape[1]))
    np.add.at(shares, sides, weights)
    return shares


def _measure_cost(shares: FloatArray, fractions: FloatArray) -> FloatArray:
    """How far shares (..., sides, classes) are from the fractions asked for; a class missing on a side costs most."""
    target = fractions[:, None]
    costs: FloatArray = ((shares - target) ** 2 / target + EMPTY_COST * (shares < 1e-12)).sum(axis=(-2, -1))
    return costs


def _deal(weights: FloatArray, fractions: FloatArray, rng: np.random.Generator) -> IntArray:
    """A side for each unit, given the share of each class that it holds; (units, classes).

    The largest come first, in random order among those of similar size (within a factor of two), so that the seed
    decides which of the large ones are on which side.
    """
    order = rng.permutation(len(weights))
    order = order[np.argsort(-np.floor(np.log2(weights[order].sum(axis=1))), kind="stable")]
    shares, sides = np.zeros((len(fractions), weights.shape[1])), np.zeros(len(weights), np.int64)
    target = fractions[:, None]
    for unit in order:
        change = ((2 * (shares - target) + weights[unit]) * weights[unit] / target).sum(axis=1)
        sides[unit] = np.argmin(change)
        shares[sides[unit]] += weights[unit]
    return _improve(weights, sides, shares, fractions)


def _improve(weights: FloatArray, sides: IntArray, shares: FloatArray, fractions: FloatArray) -> IntArray:
    """Move one unit at a time to another side, the most helpful first, until no move helps."""
    cost = float(_measure_cost(shares, fractions))
    units, count = np.arange(len(weights)), len(fractions)
    for _ in range(MOST_TRIALS // len(weights) if len(weights) else 0):
        moved = np.broadcast_to(shares, (len(weights), count, *shares.shape)).copy()  # (units, to, sides, classes)
        moved[units, :, sides] -= weights[:, None]
        moved[:, range(count), range(count)] += weights[:, None]
        costs = _measure_cost(moved, fractions)
        unit, side = np.unravel_index(np.argmin(costs), costs.shape)
        if costs[unit, side] >= cost - 1e-9:
            break
        sides[unit], shares, cost = side, moved[unit, side], float(costs[unit, side])
    return sides


def _fill(
    sides: IntArray, members: IntArray, single: NDArray[np.bool_], fractions: FloatArray, rng: np.random.Generator
) -> None:
    """Give each unit of one image a side, class by class, so that each side nears its fraction of the class."""
    for column in range(members.shape[1]):
        waiting = rng.permutation(np.flatnonzero(single & (members[:, column] > 0)))
        placed = members[:, column] * (sides >= 0)
        have = np.bincount(np.maximum(sides, 0), weights=placed, minlength=len(fractions)).astype(np.float64)
        counts = _apportion(len(waiting), have, fractions)
        sides[waiting] = np.repeat(np.arange(len(fractions)), counts)


def _apportion(count: int, have: FloatArray, fractions: FloatArray) -> IntArray:
    """How many of `count` images each side gets, given what it has, to near its fraction; no side stays empty."""
    missing = np.maximum(fractions * (count + have.sum()) - have, 0)
    exact = missing * (count / missing.sum()) if missing.sum() > 0 else fractions * count
    given = np.floor(exact).astype(np.int64)
    rest = np.argsort(given - exact, kind="stable")[: count - given.sum()]
    given[rest] += 1
    for side in np.flatnonzero((have + given == 0) & (count > 0)):
        richest = int(np.argmax(given - (have == 0)))
        if given[richest] > (have[richest] == 0):
            given[richest] -= 1
            given[side] += 1
    return given
