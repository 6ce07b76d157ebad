"""The metrics of two models on the same images, with the interval of each and of their difference; and their agreement.

A difference is always the second model (B) less the first (A).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special  # not scipy.stats: it takes two seconds to import, and pages must open at once

from core.evaluation import delong, gaps, intervals, tasks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PROPORTIONS = ("accuracy", "sensitivity", "specificity")
METRICS = (*PROPORTIONS, "auc")
# From so many patients (images) on each side of every class, the AUC's interval is the normal one of DeLong: it then
# agrees with the bootstrap, which over thousands of single images would take seconds to say the same.
MANY_UNITS = 100
Z = float(special.ndtri(0.5 + intervals.LEVEL / 2))


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

    @cached_property
    def counts(self) -> Floats:
        """How many images are of each combination, (C, 1)."""
        cells, numbers = self._numbered
        return np.bincount(numbers, minlength=cells.shape[1]).astype(np.float64)[:, np.newaxis]


class Draws:
    """Resamples of the units of some images, drawn when they are first asked for and then the same for every model."""

    def __init__(self, task: tasks.Task, *, resamples: int = tasks.RESAMPLES, seed: int = 0) -> None:
        self._task, self._resamples, self._seed = task, resamples, seed

    @cached_property
    def weights(self) -> Floats:
        """How often each unit is drawn, (U, B)."""
        return self._task.bootstrap(lambda weights: weights, resamples=self._resamples, seed=self._seed)

    def count(self, pair: Pair) -> Floats:
        """`pair.counts` in each resample, (C, B); (0, 0) without images.

        To draw single images is to draw the counts of the combinations: one multinomial draw a resample.
        """
        if not pair.a.n:
            return np.empty((0, 0))
        if pair.a.by_patient:
            return np.asarray(pair.unit_cells.T @ self.weights)
        shares = pair.counts[:, 0] / pair.a.n
        random = np.random.default_rng(self._seed)
        return random.multinomial(pair.a.n, shares, size=self._resamples).T.astype(np.float64)


def measure(pair: Pair, *, resamples: int = tasks.RESAMPLES, seed: int = 0) -> dict[str, Any]:
    """{"metrics", "delong", "kappa"} as `pairing.compare` describes them.

    Of two classes sensitivity, specificity and AUC are about the positive one, of more they are plain means over the
    classes present, one against the rest. Intervals of a difference, where patients are known: bootstrap over patients,
    for a proportion at least as wide as of independent images. Otherwise: from Wilson's of a proportion
    (`gaps.compute_from_counts`), bootstrap over images of a mean over classes. AUC: bootstrap, from 100 patients
    (images) of each class on DeLong's (by patient: Obuchowski's).
    """
    draws = Draws(pair.a, resamples=resamples, seed=seed)
    areas = _compute_areas(pair)
    return {
        "metrics": {name: measure_one(pair, name, draws, areas=areas) for name in METRICS},
        "delong": _describe_areas(pair, areas) if pair.a.class_count == 2 else None,
        "kappa": _measure_kappa(pair, draws.count(pair)),
    }


def measure_one(pair: Pair, name: str, draws: Draws, *, areas: delong.Areas | None = None) -> dict[str, Any]:
    """One metric: {"a", "b": {"value", "low", "high", "n"}, "difference", "interval": [low, high]}.

    draws : of these images. areas : where they were computed already.
    """
    if name == "auc":
        return _measure_auc(pair, areas or _compute_areas(pair), draws)
    return _measure_proportion(pair, name, draws.count(pair))


def _compute_areas(pair: Pair) -> delong.Areas:
    scores = np.stack([pair.a.probabilities, pair.b.probabilities])
    return delong.compute_areas(pair.a.labels, scores, pair.a.averaged, pair.a.units)


def _measure_proportion(pair: Pair, name: str, drawn: Floats) -> dict[str, Any]:
    """One proportion of both models and their difference. drawn : (C, B), see `Draws.count`."""
    task, classes = pair.a, pair.a.averaged
    values = [float(_compute(pair.cells, side, name, classes, pair.counts)[0]) for side in (1, 2)]
    draws = [_compute(pair.cells, side, name, classes, drawn) for side in (1, 2)]
    chosen = _choose(task, name)
    images, units = _count(task, name, chosen)
    plain = len(chosen) == 1 and (name == "accuracy" or task.class_count == 2)  # images among images
    described = {}
    for key, value, its in zip("ab", values, draws, strict=True):
        edges = intervals.compute_percentile(value, its, units=units, images=images)
        if plain and not task.by_patient:
            edges = intervals.compute_wilson(value * images, images)
        described[key] = as_metric(value, edges, images)
    difference = values[1] - values[0]
    ends = intervals.NOT_KNOWN
    if task.by_patient or not plain:
        ends = gaps.compute_from_draws(difference, draws[1] - draws[0], units=units)
    if plain:
        right = [one.answers == task.labels for one in (pair.a, pair.b)]
        gained, lost = right[1] & ~right[0] & chosen[0], right[0] & ~right[1] & chosen[0]
        ends = gaps.join(ends, gaps.compute_from_counts(int(gained.sum()), int(lost.sum()), images))
    return {**described, **_as_difference(difference, ends)}


def _compute(cells: Ints, side: int, name: str, classes: Sequence[int], counts: Floats) -> Floats:
    """A proportion in each column of counts (C, B), as (B,); NaN where nothing is counted. side : 1 = A, 2 = B."""
    truth, answer = cells[0], cells[side]
    if name == "accuracy":
        return _divide((truth == answer) @ counts, counts.sum(0))
    of_class = [(truth == label) if name == "sensitivity" else (truth != label) for label in classes]
    agreed = [of & ((answer == label) == (truth == label)) for of, label in zip(of_class, classes, strict=True)]
    shares = [_divide(hits @ counts, of @ counts) for hits, of in zip(agreed, of_class, strict=True)]
    return np.asarray(np.mean(shares, axis=0)) if shares else np.full(counts.shape[1], np.nan)


def _choose(task: tasks.Task, name: str) -> list[NDArray[np.bool_]]:
    """The images in the denominator, (N,) for each class that is averaged over."""
    if name == "accuracy":
        return [np.ones(task.n, dtype=bool)]
    return [(task.labels == label) if name == "sensitivity" else (task.labels != label) for label in task.averaged]


def _count(task: tasks.Task, name: str, chosen: list[NDArray[np.bool_]]) -> tuple[int, int]:
    """Images that a proportion is said to rest on, and units that it does: the fewest over the averaged classes."""
    images = int(chosen[0].sum()) if name == "accuracy" or task.class_count == 2 else task.n
    return images, min((task.count_units(mask) for mask in chosen), default=0)


def _measure_auc(pair: Pair, areas: delong.Areas, draws: Draws) -> dict[str, Any]:
    """AUC of both and the difference: by bootstrap, or by DeLong where there are many units."""
    task = pair.a
    sides = [mask for name in PROPORTIONS[1:] for mask in _choose(task, name)]
    units = min((task.count_units(mask) for mask in sides), default=0)
    values = areas.values
    difference = float(values[1] - values[0])
    if np.isnan(difference):
        return {key: as_metric(float("nan"), intervals.NOT_KNOWN, task.n) for key in "ab"} | _as_difference(
            difference, intervals.NOT_KNOWN
        )
    if units >= MANY_UNITS:
        described = {
            key: as_metric(float(values[row]), _stretch(float(values[row]), areas.covariance[row, row], units), task.n)
            for row, key in enumerate("ab")
        }
        return {**described, **_as_difference(difference, _reach(difference, areas.compute_deviation(0, 1), units))}
    drawn = _draw_auc(pair, draws)
    described = {
        key: as_metric(value, intervals.compute_percentile(value, its, units=units, images=task.n), task.n)
        for key, value, its in zip("ab", values.tolist(), drawn, strict=True)
    }
    ends = gaps.compute_from_draws(difference, drawn[1] - drawn[0], units=units)
    return {**described, **_as_difference(difference, ends)}


def _draw_auc(pair: Pair, draws: Draws) -> Floats:
    """AUC of both in each resample of the units, (2, B)."""
    task = pair.a
    areas = []
    for one in (pair.a, pair.b):
        wins = [
            delong.count_wins(task.labels == label, one.probabilities[:, label], task.units) for label in task.averaged
        ]
        areas.append(np.mean([each.weigh(draws.weights) for each in wins], axis=0))
    return np.stack(areas)


def _stretch(value: float, variance: float, units: int) -> intervals.Interval:
    """The normal interval of an AUC, within [0, 1]; without any spread that of `units` observations."""
    half = Z * float(np.sqrt(max(variance, 0.0)))
    if half < intervals.ROUNDING:
        return intervals.compute_wilson(value * units, units)
    return intervals.Interval(max(0.0, value - half), min(1.0, value + half))


def _reach(difference: float, deviation: float, units: int) -> intervals.Interval:
    """The normal interval of a difference of AUCs; without any spread that of `units` observations."""
    half = Z * deviation
    if half < intervals.ROUNDING:
        return gaps.compute_without_spread(difference, units)
    return intervals.Interval(max(-1.0, difference - half), min(1.0, difference + half))


def _describe_areas(pair: Pair, areas: delong.Areas) -> dict[str, Any]:
    """The difference of the AUCs as DeLong's test has it; p is None where it shows no spread to judge it by."""
    difference, deviation = float(areas.values[1] - areas.values[0]), areas.compute_deviation(0, 1)
    over = "patients" if pair.a.by_patient else "images"
    if np.isnan(difference) or np.isnan(deviation) or deviation < intervals.ROUNDING:
        value = None if np.isnan(difference) else difference
        return {"difference": value, "low": None, "high": None, "p": 1.0 if value == 0 else None, "over": over}
    low, high = max(-1.0, difference - Z * deviation), min(1.0, difference + Z * deviation)
    p = 2 * float(special.ndtr(-abs(difference) / deviation))
    return {"difference": difference, "low": low, "high": high, "p": p, "over": over}


def _measure_kappa(pair: Pair, drawn: Floats) -> dict[str, float | int | None]:
    """Cohen's kappa (1960) of the two models' answers, whatever is true: 1 = always the same, 0 = as often as chance.

    None where both always give one and the same class: chance alone then agrees always.
    """
    value = float(_compute_kappa(pair, pair.counts)[0]) if pair.a.n else float("nan")
    draws = _compute_kappa(pair, drawn) if pair.a.n else np.empty(0)
    ends = gaps.compute_from_draws(value, draws, units=pair.a.unit_count)
    if not np.isnan(value) and ends.low == ends.high:
        ends = intervals.NOT_KNOWN
    return as_metric(value, ends, pair.a.n)


def _compute_kappa(pair: Pair, counts: Floats) -> Floats:
    """Kappa of each column of counts (C, B), as (B,)."""
    _, of_a, of_b = pair.cells
    total = counts.sum(0)
    agreed = (of_a == of_b) @ counts / total
    by_chance = sum(
        ((of_a == label) @ counts) * ((of_b == label) @ counts) / total**2 for label in range(pair.a.class_count)
    )
    return _divide(agreed - by_chance, 1 - np.asarray(by_chance))


def as_metric(value: float, edges: intervals.Interval, n: int) -> dict[str, float | int | None]:
    """{"value", "low", "high", "n"} for JSON."""
    if np.isnan(value):
        return {"value": None, "low": None, "high": None, "n": n}
    return {"value": value, "low": edges.low, "high": edges.high, "n": n}


def _as_difference(difference: float, ends: intervals.Interval) -> dict[str, Any]:
    if np.isnan(difference):
        return {"difference": None, "interval": None}
    return {"difference": difference, "interval": gaps.as_pair(ends)}


def _divide(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where the whole is (next to) nothing."""
    bottom = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, bottom, out=np.full(bottom.shape, np.nan), where=bottom > intervals.ROUNDING))
