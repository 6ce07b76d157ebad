"""The metrics of one task, each with its n and its 95 % interval, and how much patients widen the intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.statistics import estimate, intervals, metrics_table, tasks, wilson

METHOD = "jackknife"  # of the intervals: results of before say nothing, and their intervals are narrower

Bools = NDArray[np.bool_]
Chosen = Sequence[metrics_table.Metric]


def measure(task: tasks.Task) -> dict[str, Any]:
    """Every metric of the table in the frame of `frame`, and "wider".

    "wider": share -> how many times as wide its interval by patient is as Wilson's over the same images would be; None
    where there is no such pair.
    """
    found = compute(task, metrics_table.METRICS)
    shares = [one.key for one in metrics_table.METRICS if one.is_share(of_one_class=task.class_count == 2)]
    return frame(task, found) | {"wider": {key: _compare_width(task, found[key]) for key in shares}}


def frame(task: tasks.Task, found: Mapping[str, estimate.Estimate]) -> dict[str, Any]:
    """Metrics with what they are about: JSON but for the Estimates, which `files.encode` writes.

    "n", "groups" (known patients), "confusion", "interval" ("patients" or "images": what the intervals count), "level",
    "method", "positive_class", "average" ("binary" or "macro").
    """
    return {
        "n": task.n,
        "groups": task.groups,
        **found,
        "confusion": task.confusion.astype(int).tolist(),
        "interval": "patients" if task.by_patient else "images",
        "level": intervals.LEVEL,
        "method": METHOD,
        "positive_class": task.class_names[task.positive],
        "average": "binary" if task.class_count == 2 else "macro",
    }


def compute(task: tasks.Task, chosen: Chosen) -> dict[str, estimate.Estimate]:
    """Some metrics of a task: the one place where anybody gets them.

    Of two classes those of one class are about the positive one; of more they are plain means over the classes present,
    one against the rest. Where patients are known all intervals come from a jackknife over them; else shares have
    Wilson's interval and the rest a jackknife over images, which with several images a patient is too narrow for new
    patients. `n` counts the images in the denominator, of a mean all images.
    """
    return describe(task, leave_out(task, chosen))


def compute_class(task: tasks.Task, label: int, chosen: Chosen) -> dict[str, estimate.Estimate]:
    """The same of one class against the rest."""
    figures = leave_out(task, chosen, label)
    return {one.key: _estimate(task, one, figures[one.key], label) for one in chosen}


def measure_classes(task: tasks.Task) -> list[dict[str, Any]]:
    """A dict a class with "class", "n" (its images) and its metrics against the rest."""
    chosen = metrics_table.list_per_class()
    return [
        {"class": name, "n": int((task.labels == label).sum()), **compute_class(task, label, chosen)}
        for label, name in enumerate(task.class_names)
    ]


def leave_out(task: tasks.Task, chosen: Chosen, label: int | None = None) -> dict[str, intervals.Figure]:
    """Each metric, and what it is without each block of units. label : of one class, else of the task."""
    labels = {one.key: one.list_classes(task) if label is None else [label] for one in chosen}
    weighing = [(one.key, one.compute) for one in chosen if one.compute]

    def weigh(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        weighed = metrics_table.Weighed(task, weights)
        return np.stack([compute(weighed, labels[key]) for key, compute in weighing])

    rows = task.jackknife(weigh) if weighing else None
    figures = {} if rows is None else {key: rows[place] for place, (key, _) in enumerate(weighing)}
    return {one.key: one.leave_out(task, labels[one.key]) if one.leave_out else figures[one.key] for one in chosen}


def describe(task: tasks.Task, figures: Mapping[str, intervals.Figure]) -> dict[str, estimate.Estimate]:
    """`compute` of what `leave_out` gave."""
    return {key: _estimate(task, metrics_table.find(key), figure) for key, figure in figures.items()}


def count_units(task: tasks.Task, one: metrics_table.Metric) -> int:
    """How many patients (or images) a metric of the task rests on, of several classes the fewest that any has."""
    return _count(task, one, one.list_classes(task), alone=task.class_count == 2)[0]


def _estimate(
    task: tasks.Task, one: metrics_table.Metric, figure: intervals.Figure, label: int | None = None
) -> estimate.Estimate:
    """The metric with the interval that suits it."""
    alone = label is not None or task.class_count == 2
    units, n = _count(task, one, one.list_classes(task) if label is None else [label], alone=alone)
    if one.is_share(of_one_class=alone):
        return intervals.compute_proportion(figure, units=units, images=n, by_patient=task.by_patient)
    if one.spread == "correlation":
        return intervals.compute_correlation(figure, units=units, n=n)
    compute = intervals.compute_area if one.spread == "area" else intervals.compute_bounded
    return compute(figure, units=units, n=n)


def _count(task: tasks.Task, one: metrics_table.Metric, labels: Sequence[int], *, alone: bool) -> tuple[int, int]:
    """Units and images that a metric rests on: of one class those in its denominator.

    Of several classes, or both sides, all images, and the fewest units that any of them has.
    """
    sides = [side for label in labels for side in find_sides(task, one.whole, label)]
    units = min((task.count_units(side) for side in sides), default=0)
    return units, int(sides[0].sum()) if alone and len(sides) == 1 else task.n


def find_sides(task: tasks.Task, whole: metrics_table.Whole, label: int) -> list[Bools]:
    """The images, each bool (N,), of which there must be some for a metric of one class to be defined."""
    truth, answer = np.asarray(task.labels == label), np.asarray(task.answers == label)
    sides: dict[metrics_table.Whole, list[Bools]] = {
        "all": [np.ones(task.n, dtype=bool)],
        "class": [truth],
        "every class": [truth],
        "others": [~truth],
        "flagged": [answer],
        "unflagged": [~answer],
        "class or flagged": [truth | answer],
        "both sides": [truth, ~truth],
    }
    return sides[whole]


def _compare_width(task: tasks.Task, found: estimate.Estimate) -> float | None:
    """How many times as wide the interval by patient is as Wilson's, had the images been independent."""
    if not task.by_patient or found.value is None or found.ends is None or not found.n:
        return None
    alone = wilson.compute_wilson(found.value * found.n, found.n)
    return None if alone.ends is None else float((found.ends[1] - found.ends[0]) / (alone.ends[1] - alone.ends[0]))
