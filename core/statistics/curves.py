"""ROC and precision-recall curves of the positive class against the rest, with bands over patients."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.statistics import decision_rule, estimate, intervals, measures, metrics_table, tasks

Floats = NDArray[np.float64]
GRID_STEPS = 100
AREAS = ("auc", "average_precision")
BAND_UNITS = 100  # from more of them, many are left out at once
MOST_STEPS = 200  # of a slider over all scores
LAST_STEP = 16.0  # log odds; beyond, probabilities look alike in words
FARTHEST = 17.3  # log odds; float32 cannot hold a probability farther up, short of 1 itself
SLACK = 1e-9  # grid points and rates that differ by floating point alone count as equal


@dataclass(frozen=True)
class Points:
    """What each threshold does, from the highest of D distinct scores down; flagged is a score >= the threshold.

    thresholds, sensitivity, false_alarms (= 1 - specificity), precision : float64 (D,); rates in [0, 1]. Empty where
    the sample lacks the positive class or all others.
    """

    thresholds: Floats
    sensitivity: Floats
    false_alarms: Floats
    precision: Floats


@dataclass(frozen=True)
class Place:
    """Where one threshold lies on the curves. precision : None where it flags nothing."""

    sensitivity: float
    false_alarms: float
    precision: float | None


@dataclass(frozen=True)
class Band:
    """A 95 % interval at each x of a fixed grid, one x at a time; all float64 (G,)."""

    x: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Curves:
    """Both curves, their bands, and the areas.

    roc : sensitivity over false alarms. precision_recall : precision over sensitivity. chance : the share of positive
    images, which is the precision, and the average precision, of guessing; None without images.
    """

    points: Points
    roc: Band
    precision_recall: Band
    auc: estimate.Estimate
    average_precision: estimate.Estimate
    chance: float | None


@dataclass(frozen=True)
class ScoreCounts:
    """Images by log odds of the positive class. edges : (bins + 1,), rising. positives, others : int64 (bins,)."""

    edges: Floats
    positives: NDArray[np.int64]
    others: NDArray[np.int64]


NO_BAND = Band(*(np.empty(0) for _ in range(3)))
NO_POINTS = Points(*(np.empty(0) for _ in range(4)))


def find_points(task: tasks.Task, weights: Floats | None = None) -> Points:
    """The exact curves: one point for each distinct score, ties together.

    weights : for how many images each stands, (N,), > 0; None = itself.
    """
    alone = replace(task, units=np.arange(task.n))
    ranking = _rank(alone)
    if ranking is None:
        return NO_POINTS
    heavy = np.ones(task.n) if weights is None else weights
    found, false = (counts[1:, 0] for counts in _accumulate(ranking, heavy[:, None]))
    return Points(
        thresholds=ranking.scores,
        sensitivity=found / found[-1],
        false_alarms=false / false[-1],
        precision=found / (found + false),
    )


def locate(points: Points, threshold: float) -> Place | None:
    """The place of any threshold on the curves; None where there is no curve."""
    if not len(points.thresholds):
        return None
    flagging = int(np.searchsorted(-points.thresholds, -threshold, side="right"))
    if not flagging:
        return Place(0.0, 0.0, None)
    last = flagging - 1
    return Place(float(points.sensitivity[last]), float(points.false_alarms[last]), float(points.precision[last]))


def thin(points: Points, *, steps: int = 400) -> Points:
    """Points enough to draw: one of those that fall within 1 / steps of each other in all three rates."""
    if not len(points.thresholds):
        return points
    rates = np.stack([points.sensitivity, points.false_alarms, points.precision], axis=1)
    cells = np.round(rates * steps).astype(np.int64)
    kept = np.r_[True, (cells[1:] != cells[:-1]).any(1)]
    kept[-1] = True
    return Points(*(column[kept] for column in (points.thresholds, *rates.T)))


def count_scores(task: tasks.Task, *, temperature: float | None = None, bins: int = 60) -> ScoreCounts:
    """How many images of the positive class and of the others have which log odds of it, after the temperature."""
    places = np.clip(special.logit(np.clip(task.scores, decision_rule.SMALLEST, 1.0)), -FARTHEST, FARTHEST)
    places = places / (temperature or 1.0)
    lowest, highest = (float(places.min()), float(places.max())) if task.n else (-1.0, 1.0)
    if highest - lowest < 1.0:
        lowest, highest = lowest - 0.5, highest + 0.5
    edges = np.linspace(lowest, highest, bins + 1)
    positives, others = (np.histogram(places[chosen], edges)[0] for chosen in (task.is_positive, ~task.is_positive))
    return ScoreCounts(edges, positives.astype(np.int64), others.astype(np.int64))


def to_axis(threshold: float, temperature: float | None = None) -> float:
    """Where a threshold (or any probability of the model's own) lies on the shown axis of log odds."""
    own = special.logit(np.clip(threshold, decision_rule.SMALLEST, 1.0))
    return float(np.clip(own, -FARTHEST, FARTHEST)) / (temperature or 1.0)


def from_axis(place: float, temperature: float | None = None) -> float:
    """The threshold for the model's own probability at a place on the shown axis of log odds."""
    return float(special.expit(place * (temperature or 1.0)))


def list_steps(task: tasks.Task, *, temperature: float | None = None) -> list[float]:
    """Places on the shown axis of log odds for a slider: even steps of 0.1 or more over all scores and 0, up to 16."""
    ends = [0.0] if not task.n else [0.0, *(to_axis(end, temperature) for end in _find_ends(task))]
    ends = [min(max(end, -LAST_STEP), LAST_STEP) for end in ends]
    step = max(0.1, round((max(ends) - min(ends)) / MOST_STEPS, 1))
    return [round(number * step, 1) for number in range(math.floor(min(ends) / step), math.ceil(max(ends) / step) + 1)]


def _find_ends(task: tasks.Task) -> tuple[float, float]:
    return float(task.scores.min()), float(task.scores.max())


def compute_curves(task: tasks.Task) -> Curves:
    """Curves with pointwise 95 % bands and areas with 95 % intervals, over the units of the task.

    ROC (Fawcett 2006): the band is about the sensitivity at a fixed rate of false alarms, points joined by straight
    lines. Leaving few of many units out hardly moves a place on a curve, so that more than 100 are left out in 15
    blocks for the bands. Average precision is the sum of precision x gain in sensitivity, without interpolation, as is
    its band. Nothing is defined where the sample lacks the positive class or all others.
    """
    chance = float(task.is_positive.mean()) if task.n else None
    ranking = _rank(task, together=True)
    areas = measures.compute_class(task, task.positive, [metrics_table.find(key) for key in AREAS])
    if ranking is None:
        return Curves(NO_POINTS, NO_BAND, NO_BAND, chance=chance, **areas)
    most = BAND_UNITS if task.unit_count <= BAND_UNITS else intervals.BAND_BLOCKS
    places = task.jackknife(lambda weights: _compute(ranking, weights), most=most)
    wide = GRID_STEPS + 1
    positives = (task.count_units(task.is_positive), int(task.is_positive.sum()))
    low, high = _bound(places, range(wide), *([count] * wide for count in positives))
    # More false alarms never mean fewer found: what holds at one x holds for all beyond it.
    roc = np.maximum.accumulate(low), np.minimum.accumulate(high[::-1])[::-1]
    precision = _bound(places, range(wide, 2 * wide - 1), *_count_flagged(ranking))
    return Curves(
        points=find_points(task),
        roc=Band(np.linspace(0, 1, wide), *roc),
        precision_recall=Band(np.linspace(0, 1, wide)[1:], *precision),
        **areas,
        chance=chance,
    )


@dataclass(frozen=True)
class _Ranking:
    """Images from the highest score down. units, positive : (N,). starts : (D,), the first of each step down.

    A step ends where another score does; scores that only images of other classes have may make one step together,
    since neither curve turns within it. scores : (D,), the lowest of each step.
    """

    scores: Floats
    units: NDArray[np.int64]
    positive: NDArray[np.bool_]
    starts: NDArray[np.int64]


def _rank(task: tasks.Task, *, together: bool = False) -> _Ranking | None:
    """The images in order, a step each score, or fewer (`together`); None where one of the two sides is empty."""
    if task.is_positive.all() or not task.is_positive.any():
        return None
    order = np.argsort(-task.scores, kind="stable")
    scores, positive = task.scores[order], task.is_positive[order]
    starts = np.append(0, np.flatnonzero(np.diff(scores)) + 1)
    if together:
        holds_positive = np.logical_or.reduceat(positive, starts)
        starts = starts[np.r_[True, holds_positive[1:] | holds_positive[:-1]]]
    return _Ranking(scores[np.append(starts[1:], task.n) - 1], task.units[order], positive, starts)


def _accumulate(ranking: _Ranking, weights: Floats) -> tuple[Floats, Floats]:
    """Positive images, and other images, from the top down to the end of each step: (D + 1, B) each, the first 0."""
    return _add_up(ranking, ranking.positive, weights), _add_up(ranking, ~ranking.positive, weights)


def _add_up(ranking: _Ranking, chosen: NDArray[np.bool_], weights: Floats) -> Floats:
    """How much the chosen images weigh from the top down to the start of each step, and in all: (D + 1, B)."""
    counts = np.append(0, np.cumsum(chosen))[np.append(ranking.starts, len(chosen))]
    sums = np.zeros((counts[-1] + 1, weights.shape[1]))
    np.cumsum(np.take(weights, ranking.units[chosen], axis=0), axis=0, out=sums[1:])
    return np.asarray(np.take(sums, counts, axis=0))


def _compute(ranking: _Ranking, weights: Floats) -> Floats:
    """Sensitivity at the grid, precision at the grid without 0; (201, B), NaN where a class weighs nothing."""
    found, false = _accumulate(ranking, weights)  # (D + 1, B)
    positives, others = found[-1].copy(), false[-1].copy()
    precision = found / np.maximum(found + false, 1.0)  # weights are whole numbers
    found /= np.maximum(positives, 1.0)  # now rates
    false /= np.maximum(others, 1.0)
    grid = np.linspace(0, 1, GRID_STEPS + 1)
    rising, alarms = np.ascontiguousarray(found.T), np.ascontiguousarray(false.T)
    at_grid = np.take_along_axis(precision, _find_first(rising, grid[1:] - SLACK).T, axis=0)
    values = np.concatenate([_interpolate(alarms, rising, grid).T, at_grid])
    return np.where((positives > 0) & (others > 0), values, np.nan)


def _find_first(rising: Floats, grid: Floats) -> NDArray[np.int64]:
    """Where each row of `rising` (B, D), values in [0, 1], first reaches each value of the grid; (B, G)."""
    rows, width = rising.shape
    # Rows one above the other in one long rising line, so that one search serves all.
    lifts = 2.0 * np.arange(rows)[:, None]
    found = np.searchsorted((rising + lifts).ravel(), (grid + lifts).ravel(), side="left").reshape(rows, -1)
    return np.asarray(np.clip(found - width * np.arange(rows)[:, None], 0, width - 1))


def _interpolate(x: Floats, y: Floats, grid: Floats) -> Floats:
    """y at each value of the grid on the line through the points (x, y) of each row; at a jump, its upper end."""
    after = _find_first(x, grid + SLACK)  # (B, G)
    before = np.maximum(after - 1, 0)
    x0, x1, y0, y1 = (np.take_along_axis(a, at, axis=1) for a in (x, y) for at in (before, after))
    shares = np.clip(np.divide(grid - x0, x1 - x0, out=np.zeros_like(x0), where=x1 > x0), 0.0, 1.0)
    values = y0 + shares * (y1 - y0)
    values[:, -1] = 1.0  # all images are flagged there
    return np.asarray(values)


def _count_flagged(ranking: _Ranking) -> tuple[list[int], list[int]]:
    """Units and images that are flagged where each sensitivity of the grid is first reached: what precision is of."""
    found = np.cumsum(np.add.reduceat(ranking.positive.astype(np.int64), ranking.starts))
    grid = np.linspace(0, 1, GRID_STEPS + 1)[1:]
    ends = np.append(ranking.starts[1:], len(ranking.positive))
    images = ends[_find_first((found / found[-1])[None], grid[None] - SLACK)[0]]
    first_of_units = np.sort(np.unique(ranking.units, return_index=True)[1])
    return np.searchsorted(first_of_units, images).tolist(), images.tolist()


def _bound(places: intervals.Jackknife, rows: range, units: list[int], images: list[int]) -> tuple[Floats, Floats]:
    """Low and high ends at each x; where nothing can be said, all from 0 to 1."""
    edges = [
        intervals.compute_share(places[row], units=unit, images=image).ends or (0.0, 1.0)
        for row, unit, image in zip(rows, units, images, strict=True)
    ]
    return np.array([low for low, _ in edges]), np.array([high for _, high in edges])
