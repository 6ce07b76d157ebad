"""The metrics of two models on the same images, with the interval of each and of their difference; and their agreement.

A difference is always the second model (B) less the first (A).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special  # not scipy.stats: it takes two seconds to import, and pages must open at once

from core.evaluation import delong, gaps, intervals, summary, tasks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PROPORTIONS = ("accuracy", "sensitivity", "specificity")
METRICS = (*PROPORTIONS, "auc")


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


def measure(pair: Pair) -> dict[str, Any]:
    """{"metrics", "delong", "kappa"} as `pairing.compare` describes them.

    Of two classes sensitivity, specificity and AUC are about the positive one, of more they are plain means over the
    classes present, one against the rest. Each model's own intervals are those of `summary.measure`. Those of a
    difference: a jackknife over patients where they are known, for a proportion at least as wide as of independent
    images. Otherwise from Wilson's of a proportion (`gaps.compute_from_counts`), else a jackknife over images.
    """
    figures = _leave_out(pair, METRICS)
    metrics, areas = _describe(pair, figures), (figures[0]["auc"], figures[1]["auc"])
    return {
        "metrics": metrics,
        "delong": _describe_areas(pair, areas[1] - areas[0], metrics["auc"]) if pair.a.class_count == 2 else None,
        "kappa": _measure_kappa(pair),
    }


def measure_some(pair: Pair, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Some of METRICS: {"a", "b": {"value", "low", "high", "n"}, "difference", "interval": [low, high]} each."""
    return _describe(pair, _leave_out(pair, names))


def _leave_out(pair: Pair, names: Sequence[str]) -> list[dict[str, intervals.Figure]]:
    return [summary.leave_out(one, names) for one in (pair.a, pair.b)]


def _describe(pair: Pair, figures: Sequence[dict[str, intervals.Figure]]) -> dict[str, dict[str, Any]]:
    described = [summary.describe(one, mine) for one, mine in zip((pair.a, pair.b), figures, strict=True)]
    found = {}
    for name in figures[0]:
        (a, b), own = [one[name] for one in figures], [one[name] for one in described]
        ends = _bound_areas(pair, (a, b), own) if name == "auc" else _bound_rates(pair, name, b - a)
        found[name] = {"a": own[0], "b": own[1], **_as_difference(b.value - a.value, ends)}
    return found


def _bound_rates(pair: Pair, name: str, difference: intervals.Figure) -> intervals.Interval:
    """The interval of a difference of accuracies, sensitivities or specificities."""
    task, ends = pair.a, intervals.NOT_KNOWN
    plain = summary.is_proportion(task, name)  # images among images
    if task.by_patient or not plain:
        ends = gaps.compute_from_figure(difference, units=summary.count_units(task)[name])
    if plain and not np.isnan(difference.value):
        chosen = {"accuracy": np.ones(task.n, bool), "sensitivity": task.is_positive, "specificity": ~task.is_positive}
        right = [one.answers == task.labels for one in (pair.a, pair.b)]
        gained, lost = right[1] & ~right[0] & chosen[name], right[0] & ~right[1] & chosen[name]
        counts = gaps.compute_from_counts(int(gained.sum()), int(lost.sum()), int(chosen[name].sum()))
        ends = gaps.join(ends, counts)
    return ends


def _bound_areas(
    pair: Pair, figures: tuple[intervals.Figure, intervals.Figure], own: Sequence[dict[str, Any]]
) -> intervals.Interval:
    """The interval of the difference of the AUCs."""
    ends = [intervals.Interval(one["low"], one["high"]) for one in own]
    first, second = zip(figures, ends, strict=True)
    return gaps.compute_of_areas(first, second, summary.count_units(pair.a)["auc"])


def _describe_areas(pair: Pair, moved: intervals.Figure, found: Mapping[str, Any]) -> dict[str, Any]:
    """The difference of the AUCs as DeLong's test has it; p is None where it shows no spread to judge it by.

    moved, found : the difference by the jackknife, and what is said of it. By patient the variance is Obuchowski's, and
    the quantile Student's: with the normal one the interval held the truth in 75 of 100 simulated studies of nine
    patients. Close to 1 the interval reaches as far as the jackknife's, see `gaps.compute_of_areas`, and p follows it.
    """
    task = pair.a
    scores = np.stack([pair.a.probabilities, pair.b.probabilities])
    areas = delong.compute_areas(task.labels, scores, task.averaged, task.units)
    difference, deviation = float(areas.values[1] - areas.values[0]), areas.compute_deviation(0, 1)
    over = "patients" if task.by_patient else "images"
    if np.isnan(difference) or np.isnan(deviation) or deviation < intervals.ROUNDING or not moved.variance > 0:
        value = None if np.isnan(difference) else difference
        return {"difference": value, "low": None, "high": None, "p": 1.0 if value == 0 else None, "over": over}
    freedom = moved.count_freedom(summary.count_units(task)["auc"], intervals.EVEN)
    quantile = intervals.find_quantile(freedom)
    low, high = difference - quantile * deviation, difference + quantile * deviation
    if max(areas.values) > gaps.AREA_SKEWED:
        low, high = min(low, found["interval"][0]), max(high, found["interval"][1])
        deviation = (difference - low if difference > 0 else high - difference) / quantile  # towards no difference
    low, high = max(-1.0, low), min(1.0, high)
    p = 2 * float(special.stdtr(freedom, -abs(difference) / deviation))
    return {"difference": difference, "low": low, "high": high, "p": p, "over": over}


def _measure_kappa(pair: Pair) -> dict[str, Any]:
    """Cohen's kappa (1960) of the two models' answers, whatever is true: 1 = always the same, 0 = as often as chance.

    None where both always give one and the same class: chance alone then agrees always.
    """
    figure = pair.a.jackknife(lambda weights: _compute_kappa(pair, pair.unit_cells.T @ weights)[None])[0]
    ends = intervals.compute_free(figure, units=pair.a.unit_count, bounds=(-1.0, 1.0))
    if ends.low is None and pair.a.unit_count > 1 and not np.isnan(figure.value):
        ends = gaps.compute_without_spread(figure.value, pair.a.unit_count)
    return intervals.as_metric(figure.value, ends, pair.a.n)


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


def _as_difference(difference: float, ends: intervals.Interval) -> dict[str, Any]:
    if np.isnan(difference):
        return {"difference": None, "interval": None}
    return {"difference": difference, "interval": gaps.as_pair(ends)}


def _divide(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where the whole is (next to) nothing."""
    bottom = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, bottom, out=np.full(bottom.shape, np.nan), where=bottom > intervals.ROUNDING))
