"""The metrics of two models on the same images, with the interval of each and of their difference; and their agreement.

A difference is always the second model (B) less the first (A).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import special  # not scipy.stats: it takes two seconds to import, and pages must open at once

from core.statistics import delong, differences, estimate, intervals, measures, metrics_table, tasks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """The same images answered by two models: tasks with equal labels and units, in the same order."""

    a: tasks.Task
    b: tasks.Task

    def __post_init__(self) -> None:
        a, b = self.a, self.b
        same = np.array_equal(a.labels, b.labels) and np.array_equal(a.units, b.units)
        if not same or a.class_names != b.class_names or a.positive != b.positive:
            raise ValueError("expected the same images in the same order, found other labels, patients or classes")

    @cached_property
    def _numbered(self) -> tuple[Ints, Ints]:
        side = self.a.class_count
        codes = (self.a.labels * side + self.a.answers) * side + self.b.answers
        present, numbers = np.unique(codes, return_inverse=True)
        return np.stack([present // side**2, present // side % side, present % side]), numbers.reshape(-1)

    @property
    def cells(self) -> Ints:
        """The combinations that occur, (3, C): truth, answer of A, answer of B."""
        return self._numbered[0]

    @cached_property
    def unit_cells(self) -> Floats:
        """How many images of each unit are of each combination, (U, C)."""
        cells, numbers = self._numbered
        width = cells.shape[1]
        counts = np.bincount(self.a.units * width + numbers, minlength=self.a.unit_count * width)
        return counts.reshape(self.a.unit_count, width).astype(np.float64)


@dataclass(frozen=True)
class Paired:
    """A metric of both models, and the second less the first."""

    a: estimate.Estimate
    b: estimate.Estimate
    difference: estimate.Estimate

    def to_json(self) -> dict[str, Any]:
        """{"a", "b", "difference": its value, "interval": [low, high]}."""
        ends = differences.as_pair(self.difference)
        return {"a": self.a, "b": self.b, "difference": self.difference.value, "interval": ends}


def measure(pair: Pair) -> dict[str, Any]:
    """{"metrics", "delong", "kappa"} as `pairing.compare` describes them.

    Each model's own intervals are those of `measures.compute`. Those of a difference: a jackknife over patients where
    they are known, for a share at least as wide as of independent images. Otherwise from Wilson's of a share
    (`differences.compute_from_counts`), else a jackknife over images.
    """
    chosen = metrics_table.list_summary()
    figures = _leave_out(pair, chosen)
    found = {one.key: _describe(pair, one, [side[one.key] for side in figures]) for one in chosen}
    moved = figures[1]["auc"] - figures[0]["auc"]
    return {
        "metrics": found,
        "delong": _describe_areas(pair, moved, found["auc"].difference) if pair.a.class_count == 2 else None,
        "kappa": _measure_kappa(pair),
    }


def measure_one(pair: Pair, one: metrics_table.Metric) -> Paired:
    """One metric of both, and its difference."""
    return _describe(pair, one, [figures[one.key] for figures in _leave_out(pair, [one])])


def _leave_out(pair: Pair, chosen: Sequence[metrics_table.Metric]) -> list[dict[str, intervals.Figure]]:
    return [measures.leave_out(one, chosen) for one in (pair.a, pair.b)]


def _describe(pair: Pair, one: metrics_table.Metric, figures: Sequence[intervals.Figure]) -> Paired:
    first, second = figures
    sides = zip((pair.a, pair.b), figures, strict=True)
    a, b = (measures.describe(task, {one.key: mine})[one.key] for task, mine in sides)
    units = _count_units(pair, one)
    if one.spread == "area":
        return Paired(a, b, differences.compute_of_areas((first, second), (a, b), units))
    return Paired(a, b, _subtract(pair, one, second - first, units=units, n=a.n))


def _count_units(pair: Pair, one: metrics_table.Metric) -> int:
    return min(measures.count_units(task, one) for task in (pair.a, pair.b))


def _subtract(
    pair: Pair, one: metrics_table.Metric, moved: intervals.Figure, *, units: int, n: int
) -> estimate.Estimate:
    """The difference of two metrics that are no areas."""
    task, reach = pair.a, 2.0 if one.spread == "correlation" else 1.0
    is_share = one.is_share(of_one_class=task.class_count == 2)
    difference = differences.compute_from_figure(moved, units=units, n=n, reach=reach)
    if not is_share or difference.value is None or one.whole not in ("all", "class", "others"):
        return difference
    (chosen,) = measures.find_sides(task, one.whole, task.positive)
    right = [side.answers == task.labels for side in (pair.a, pair.b)]
    better, worse = int((right[1] & ~right[0] & chosen).sum()), int((right[0] & ~right[1] & chosen).sum())
    gained, lost = (better, worse) if one.larger_is_better else (worse, better)
    counted = differences.compute_from_counts(gained, lost, int(chosen.sum()))
    return differences.join(
        difference if task.by_patient else msgspec.structs.replace(difference, low=None, high=None), counted
    )


def _describe_areas(pair: Pair, moved: intervals.Figure, found: estimate.Estimate) -> dict[str, Any]:
    """The difference of the AUCs as DeLong's test has it; p is None where it shows no spread to judge it by.

    moved, found : the difference by the jackknife, and what is said of it. By patient the variance is Obuchowski's, and
    the quantile Student's: with the normal one the interval held the truth in 75 of 100 simulated studies of nine
    patients. Close to 1 the interval reaches as far as the jackknife's, see `differences.compute_of_areas`,
    and p follows it.
    """
    task = pair.a
    scores = np.stack([pair.a.probabilities, pair.b.probabilities])
    areas = delong.compute_areas(task.labels, scores, task.averaged, task.units)
    difference, deviation = float(areas.values[1] - areas.values[0]), areas.compute_deviation(0, 1)
    over = "patients" if task.by_patient else "images"
    if np.isnan(difference) or np.isnan(deviation) or deviation < intervals.ROUNDING or not moved.variance > 0:
        value = None if np.isnan(difference) else difference
        return {"difference": value, "low": None, "high": None, "p": 1.0 if value == 0 else None, "over": over}
    freedom = moved.count_freedom(_count_units(pair, metrics_table.find("auc")), intervals.EVEN)
    quantile = intervals.find_quantile(freedom)
    low, high = difference - quantile * deviation, difference + quantile * deviation
    if max(areas.values) > differences.AREA_SKEWED and found.ends:
        low, high = min(low, found.ends[0]), max(high, found.ends[1])
        deviation = (difference - low if difference > 0 else high - difference) / quantile  # towards no difference
    low, high = max(-1.0, low), min(1.0, high)
    p = 2 * float(special.stdtr(freedom, -abs(difference) / deviation))
    return {"difference": difference, "low": low, "high": high, "p": p, "over": over}


def _measure_kappa(pair: Pair) -> estimate.Estimate:
    """Cohen's kappa (1960) of the two models' answers, whatever is true: 1 = always the same, 0 = as often as chance.

    None where both always give one and the same class: chance alone then agrees always.
    """
    figure = pair.a.jackknife(lambda weights: _compute_kappa(pair, pair.unit_cells.T @ weights)[None])[0]
    found = intervals.compute_free(figure, units=pair.a.unit_count, n=pair.a.n, bounds=(-1.0, 1.0))
    return (
        differences.assume_no_spread(found, pair.a.unit_count)
        if found.ends is None and pair.a.unit_count > 1
        else found
    )


def _compute_kappa(pair: Pair, counts: Floats) -> Floats:
    """Kappa of each column of counts (C, B), as (B,)."""
    _, of_a, of_b = pair.cells
    total = counts.sum(0)
    agreed = _divide((of_a == of_b) @ counts, total)
    by_chance = sum(
        _divide((of_a == label) @ counts, total) * _divide((of_b == label) @ counts, total)
        for label in range(pair.a.class_count)
    )
    return _divide(agreed - by_chance, 1 - np.asarray(by_chance))


def _divide(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where the whole is (next to) nothing."""
    bottom = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, bottom, out=np.full(bottom.shape, np.nan), where=bottom > intervals.ROUNDING))
