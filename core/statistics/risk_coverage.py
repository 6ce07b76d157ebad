"""How many errors are among the answers if only the most confident ones are given: the risk-coverage curve.

El-Yaniv and Wiener 2010, "On the Foundations of Noise-free Selective Classification"; Geifman and El-Yaniv 2017.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.statistics import decision_rule, estimate, intervals, reliability, tasks

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST_STRIPS = 100  # places along the curve that have an interval


@dataclass(frozen=True)
class Curve:
    """Risk against coverage of one model on N images.

    table : one row a place, from the most confident answers to all: coverage (share answered, 0 to 1), error (share of
        them that is wrong), low, high (95 %, at the confidence that gives this coverage), n (images answered), limit
        (the smallest confidence among them, log odds).
    area : AURC, the mean error over all coverages; smaller is better.
    area_ideal : the AURC of an order in which every error comes last; area_random : of a random order, which is the
        share of errors. None without images.
    errors : wrong answers among the n images.
    """

    table: pd.DataFrame
    area: estimate.Estimate
    area_ideal: float | None
    area_random: float | None
    n: int
    errors: int


def compute_curve(task: tasks.Task, threshold: float | None) -> Curve:
    """The risk-coverage curve of these answers. threshold : the one that `task.answers` were decided by, None = none.

    Equally sure images are answered together; between, the curve is that of a random order among them.
    """
    confidence = decision_rule.compute_confidence(task.probabilities, task.positive, threshold)
    order = np.argsort(-confidence, kind="stable")
    sure, wrong = confidence[order], (task.answers != task.labels)[order]
    risks = _spread_ties(sure, wrong)
    ends = _choose_ends(sure)
    area = float(risks.mean()) if task.n else np.nan
    strip = np.zeros(task.n, dtype=np.int64)
    strip[order] = np.searchsorted(ends, np.arange(task.n))
    inside = strip[:, None] == np.arange(len(ends))
    sums = reliability.sum_by_unit(task, np.hstack([inside, inside & (task.answers != task.labels)[:, None]]))

    def compute(weights: Floats) -> Floats:
        answered, failed = (np.cumsum(part, axis=0) for part in np.split(sums.T @ weights, 2))  # (places, B)
        return _add_area(answered, np.divide(failed, answered, out=np.full(failed.shape, np.nan), where=answered > 0))

    figures = task.jackknife(compute)
    failed = np.concatenate([[0], np.cumsum(wrong)])[ends + 1]
    units = _count_units_so_far(task.units[order])[ends]
    rows = [
        {**_describe_place(task, int(end) + 1, int(bad), int(unit), left_out), "limit": sure[end]}
        for end, bad, unit, left_out in zip(ends, failed, units, figures.left_out[: len(ends)], strict=True)
    ]
    columns = ["coverage", "error", "low", "high", "n", "limit"]
    return Curve(
        table=pd.DataFrame(rows, columns=columns),
        area=_describe_area(task, area, figures[len(ends)]),
        area_ideal=_compute_ideal_area(int(wrong.sum()), task.n),
        area_random=float(wrong.mean()) if task.n else None,
        n=task.n,
        errors=int(wrong.sum()),
    )


def _describe_place(task: tasks.Task, n: int, failed: int, units: int, left_out: Floats) -> dict[str, Any]:
    """One row of the curve's table."""
    figure = intervals.Figure(failed / n, left_out)
    error = intervals.compute_proportion(figure, units=units, images=n, by_patient=task.by_patient)
    return {"coverage": n / task.n, "error": error.value, "low": error.low, "high": error.high, "n": n}


def _describe_area(task: tasks.Task, area: float, figure: intervals.Figure) -> estimate.Estimate:
    """The exact area; on few places it is missed a little, as much with all units as without some."""
    exact = intervals.Figure(area, figure.left_out + (area - figure.value))
    return intervals.compute_bounded(exact, units=task.unit_count, n=task.n)


def _spread_ties(sure: Floats, wrong: Bools) -> Floats:
    """Error among the first 1, 2, ... N images, (N,), in falling confidence; ties in the mean of all their orders."""
    ends = np.append(np.flatnonzero(sure[1:] != sure[:-1]), len(sure) - 1) if len(sure) else np.zeros(0, dtype=np.int64)
    counts = np.arange(1, len(sure) + 1)
    failed = np.interp(counts, np.append(0, ends + 1), np.append(0, np.cumsum(wrong)[ends]))
    return np.asarray(failed / counts, dtype=np.float64)


def _choose_ends(sure: Floats) -> NDArray[np.int64]:
    """Last image of each of at most 100 strips of the order, ties kept whole; rising, the last is N - 1."""
    if not len(sure):
        return np.zeros(0, dtype=np.int64)
    wanted = np.unique(np.linspace(0, len(sure), min(MOST_STRIPS, len(sure)) + 1)[1:].round().astype(np.int64) - 1)
    last = len(sure) - 1 - np.searchsorted(sure[::-1], sure[wanted], side="left")
    return np.unique(last)


def _add_area(answered: Floats, error: Floats) -> Floats:
    """The errors (places, B) with one more row: their mean over the coverages, by trapezoids."""
    if not len(error):
        return np.full((1, error.shape[1]), np.nan)
    known = np.nan_to_num(error)  # before a sample's first image there is no error to count
    steps = np.diff(answered, axis=0, prepend=0.0) / np.maximum(answered[-1], 1.0)
    middles = np.vstack([known[:1], (known[1:] + known[:-1]) / 2])
    return np.vstack([error, (middles * steps).sum(0)])


def _compute_ideal_area(failed: int, n: int) -> float | None:
    """AURC of an order with all `failed` errors of n images at the end."""
    if not n:
        return None
    counts = np.arange(1, n + 1)
    return float((np.maximum(0, counts - (n - failed)) / counts).mean())


def _count_units_so_far(units: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many different units are among the first 1, 2, ... N, (N,)."""
    new = np.zeros(len(units), dtype=np.int64)
    new[np.unique(units, return_index=True)[1]] = 1
    return np.cumsum(new)
