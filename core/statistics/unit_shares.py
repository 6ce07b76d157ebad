"""A share of images that belong to patients, straight from arrays: where no model's probabilities are at hand."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.statistics import differences, estimate, intervals

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def number_units(units: Ints) -> tuple[Ints, int]:
    """The units as 0..U-1, (N,), and U. units : patients as any numbers."""
    found, numbers = np.unique(units, return_inverse=True)
    return numbers.reshape(-1).astype(np.int64), len(found)


def leave_out(values: Floats, units: Ints, weights: Floats | None = None) -> intervals.Figure:
    """The mean of values (N,), N >= 1, and what it is without each unit.

    units : patients as any numbers, (N,). weights : for how many images each stands, (N,), > 0; None = itself.
    """
    heavy = np.ones(len(values)) if weights is None else weights
    numbers, count = number_units(units)
    blocks = intervals.deal(count)[numbers]
    sums, sizes = np.bincount(blocks, heavy * values), np.bincount(blocks, heavy)
    whole, rest = float(sizes.sum()), sizes.sum() - sizes
    there = rest > intervals.ROUNDING * whole
    left = np.divide(sums.sum() - sums, rest, out=np.full(len(sums), np.nan), where=there)
    return intervals.Figure(float(sums.sum()) / whole, left)


def measure(which: Bools, units: Ints | None = None) -> estimate.Estimate:
    """The share of images (N,) that are so; Wilson's interval, where units are given that of `intervals.compute_share`.

    Not measured without any.
    """
    if not len(which):
        return estimate.NOT_MEASURED
    alone = np.arange(len(which)) if units is None else units
    figure = leave_out(which.astype(np.float64), alone)
    count = len(np.unique(alone))
    return intervals.compute_proportion(figure, units=count, images=len(which), by_patient=units is not None)


def measure_gain(before: Bools, after: Bools, units: Ints, weights: Floats | None = None) -> estimate.Estimate:
    """How much more often `after` is so than `before`, on the same images (N,), in [-1, 1].

    A jackknife over patients, and at least as wide as of independent images (`differences.compute_from_counts`), of
    which weights leave (sum w)^2 / sum w^2 (Kish 1965). Where each image is a unit of its own and counts for itself it
    is the latter alone. weights : as in `leave_out`. Not measured without any image.
    """
    n, count = len(before), len(np.unique(units))
    if not n:
        return estimate.NOT_MEASURED
    heavy = np.ones(n) if weights is None else weights
    trials = int(heavy.sum() ** 2 / (heavy**2).sum() + intervals.ROUNDING)
    gained, lost = (trials * float(np.average(one, weights=heavy)) for one in (after & ~before, before & ~after))
    counted = msgspec.structs.replace(differences.compute_from_counts(gained, lost, trials), n=n)
    if count == n and weights is None:
        return counted
    moved = leave_out(after.astype(np.float64) - before.astype(np.float64), units, weights)
    return differences.join(differences.compute_from_figure(moved, units=count, n=n), counted)
