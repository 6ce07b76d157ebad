"""How the AUCs of several models on the same images vary together: DeLong's method, by image or by patient.

It takes images (or patients) as independent draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.statistics import intervals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Areas:
    """AUC of M models on the same images, and how they vary together.

    values : (M,), in [0, 1]. covariance : (M, M). Both NaN where there is no positive or no negative image; the
    covariance also where either class rests on a single unit.
    """

    values: Floats
    covariance: Floats

    def compute_deviation(self, first: int, second: int) -> float:
        """Standard error of values[second] - values[first]; NaN where it is not known."""
        spread = self.covariance
        variance = float(spread[first, first] + spread[second, second] - 2 * spread[first, second])
        return float(np.sqrt(max(variance, 0.0))) if not np.isnan(variance) else float("nan")


def compute_areas(
    labels: ArrayLike, scores: ArrayLike, classes: Sequence[int], units: ArrayLike | None = None
) -> Areas:
    """AUCs and their covariance (DeLong, DeLong and Clarke-Pearson 1988, by the ranks of Sun and Xu 2014).

    labels : int, (N,). scores : (M, N, K), of M models. classes : one against the rest; of several the plain mean.
    units : (N,), the patient of each image; the covariance is then that of Obuchowski (1997, Biometrics 53:567-578), in
    which images of one patient may be correlated. None, or a patient an image: DeLong's own.
    """
    truth, table = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    codes = np.arange(len(truth)) if units is None else np.asarray(units)
    numbers = np.unique(codes, return_inverse=True)[1].reshape(-1)
    each = [_contribute(truth == label, table[:, :, label], numbers) for label in classes]
    if not each or any(np.isnan(values).any() for values, _, _ in each):
        return Areas(np.full(len(table), np.nan), np.full((len(table), len(table)), np.nan))
    values = np.asarray(np.mean([one[0] for one in each], axis=0))
    if len(each) == 1:
        covariance = _multiply(each[0][1], each[0][2], numbers, truth == classes[0])
    else:  # an image counts in every class's AUC, as one of it or of the rest: its parts are added before they multiply
        whole = np.mean([above + below for _, above, below in each], axis=0)
        with np.errstate(invalid="ignore"):
            covariance = _correct(numbers) * (whole @ whole.T)
    return Areas(values, np.where(np.isfinite(covariance), covariance, np.nan))


def _contribute(positive: NDArray[np.bool_], scores: Floats, numbers: Ints) -> tuple[Floats, Floats, Floats]:
    """AUCs (M,), and what each unit's positive and negative images add to them beyond the mean, (M, U) each."""
    placed, values = compute_placements(positive, scores)
    if np.isnan(values).any():
        return values, placed, placed
    centred = placed - values[:, np.newaxis]
    above = _sum_units(centred, numbers, positive) / positive.sum()
    return values, above, _sum_units(centred, numbers, ~positive) / (~positive).sum()


def _multiply(above: Floats, below: Floats, numbers: Ints, positive: NDArray[np.bool_]) -> Floats:
    """The covariance of the AUCs, (M, M), from what each unit adds to them."""
    across = above @ below.T
    with np.errstate(invalid="ignore"):  # infinite times zero, where a class rests on one unit: not known
        return np.asarray(
            _correct(numbers[positive]) * (above @ above.T)
            + _correct(numbers[~positive]) * (below @ below.T)
            + _correct(numbers) * (across + across.T)
        )


def compute_placements(positive: NDArray[np.bool_], scores: ArrayLike) -> tuple[Floats, Floats]:
    """Where each image stands among those of the other class, and the AUCs: (M, N) in [0, 1], and (M,).

    For a positive image the share of negative ones that score below it (ties count half), for a negative one the share
    of positive ones above it. Their mean over either class is the AUC. NaN where a class is empty.
    """
    table = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    placed = np.full(table.shape, np.nan)
    m, n = int(positive.sum()), int((~positive).sum())
    if not (m and n):
        return placed, np.full(len(table), np.nan)
    for row, values in enumerate(table):
        ranks = _rank(values)
        placed[row, positive] = (ranks[positive] - _rank(values[positive])) / n
        placed[row, ~positive] = 1 - (ranks[~positive] - _rank(values[~positive])) / m
    return placed, np.clip(placed[:, positive].mean(1), 0.0, 1.0)


def _rank(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing the middle of theirs."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[codes.reshape(-1)])


def _sum_units(values: Floats, numbers: Ints, chosen: NDArray[np.bool_]) -> Floats:
    """Sums over the chosen images of each unit, (M, U)."""
    count = int(numbers.max()) + 1
    return np.stack([np.bincount(numbers[chosen], weights=row[chosen], minlength=count) for row in values])


def _correct(numbers: Ints) -> float:
    """U / (U - 1) for the units that are there; infinite for one, whose spread is not known."""
    count = len(np.unique(numbers))
    return count / (count - 1) if count > 1 else float("inf")


@dataclass(frozen=True)
class Wins:
    """For the AUC of many weighted samples: how often positive images of one unit score above negatives of another.

    of_positive, of_negative : (P,) and (Q,), the units that have such images. wins : (P, Q), ties counting half.
    positives, negatives : (P,) and (Q,), how many images each has.
    """

    of_positive: Ints
    of_negative: Ints
    wins: Floats
    positives: Floats
    negatives: Floats

    def weigh(self, weights: Floats) -> Floats:
        """AUC of B samples, (B,). weights : (U, B), how often each unit counts. NaN where a class does not."""
        above, below = weights[self.of_positive], weights[self.of_negative]  # (P, B), (Q, B)
        pairs = (self.positives @ above) * (self.negatives @ below)
        won = np.einsum("pb,pb->b", above, self.wins @ below)
        ratio = np.divide(won, pairs, out=np.full(pairs.shape, np.nan), where=pairs > 0)
        return np.asarray(np.minimum(ratio, 1.0))


def leave_out(labels: Ints, scores: Floats, classes: Sequence[int], blocks: Ints) -> intervals.Figure:
    """The AUC, and that without each block of images: exactly, without ranking anew.

    labels : int (N,). scores : (N, K). classes : one against the rest; of several the plain mean. blocks : (N,),
    0..G-1, the block of each image.
    """
    count = int(blocks.max()) + 1 if len(blocks) else 0
    weights = np.hstack([np.ones((count, 1)), 1 - np.eye(count)])
    each = [count_wins(labels == label, scores[:, label], blocks).weigh(weights) for label in classes]
    areas = np.mean(each, axis=0) if each else np.full(count + 1, np.nan)
    return intervals.Figure(float(areas[0]), areas[1:])


def count_wins(positive: ArrayLike, scores: ArrayLike, units: Ints) -> Wins:
    """Arrange one model's scores for weighing units. positive : bool (N,). scores : (N,). units : (N,), 0..U-1.

    Time and memory grow by the images times the units of the class that has fewer of them.
    """
    is_positive, values = np.asarray(positive, dtype=bool), np.asarray(scores, dtype=np.float64)
    of_positive, up = np.unique(units[is_positive], return_inverse=True)
    of_negative, down = np.unique(units[~is_positive], return_inverse=True)
    if len(of_positive) <= len(of_negative):  # seen from the negatives: those above are those that turned are below
        wins = _count_below(-values[is_positive], up, -values[~is_positive], down).T
    else:
        wins = _count_below(values[~is_positive], down, values[is_positive], up)
    counts = (np.bincount(up).astype(np.float64), np.bincount(down).astype(np.float64))
    return Wins(of_positive, of_negative, wins, *counts)


def _count_below(few: Floats, few_units: Ints, many: Floats, many_units: Ints) -> Floats:
    """How often images of a unit of `few` are below those of one of `many`, ties half: (units of many, of few)."""
    width = int(few_units.max()) + 1 if len(few_units) else 0
    height = int(many_units.max()) + 1 if len(many_units) else 0
    if not (width and height):
        return np.zeros((height, width))
    order = np.argsort(few, kind="stable")
    below = np.zeros((len(few) + 1, width))
    below[np.arange(1, len(few) + 1), few_units[order]] = 1
    np.cumsum(below, axis=0, out=below)
    first, last = (np.searchsorted(few[order], many, side=side) for side in ("left", "right"))
    by_unit = np.argsort(many_units, kind="stable")
    each = (below[first[by_unit]] + below[last[by_unit]]) / 2  # (images of many, units of few)
    starts = np.searchsorted(many_units[by_unit], np.arange(height))
    return np.asarray(np.add.reduceat(each, starts, axis=0))
