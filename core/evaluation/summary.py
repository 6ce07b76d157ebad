"""One dictionary that says how good a model is on some images, from its predictions alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation import delong, intervals, metrics, tasks
from core.models import tables

METRICS = ("accuracy", "sensitivity", "specificity", "auc")
METHOD = "jackknife"  # of the intervals: results of before say nothing, and their intervals are narrower

Floats = NDArray[np.float64]


def read_predictions(path: Path) -> pd.DataFrame:
    """Read a table of predictions: columns image_id, split, group ("" = none), label (int), one `p_<class>` a class.

    For one that belongs to no model's folder; a model's own are read by `tables.read_predictions`.
    Raises PredictionsNotUsable if the file is absent or damaged, lacks a column, or holds impossible values.
    """
    try:
        return tables.open_predictions(path)
    except tables.NotUsableError as error:
        raise tasks.not_usable(error.expected, error.found, str(path)) from error


def summarise(
    predictions: pd.DataFrame,
    class_names: Sequence[str],
    positive_class: str,
    *,
    answers: NDArray[np.int64] | None = None,
) -> dict[str, Any]:
    """Accuracy, sensitivity, specificity and AUC with n and 95 % interval, and the confusion matrix.

    predictions : one row an image (choose the split before): group ("" = not known), label (int), `p_<class>` a class.
    positive_class : of two classes, the one that sensitivity, specificity and AUC are about ("average": "binary").
        With more classes these three are plain averages, one against the rest, over the classes present
        ("average": "macro").
    answers : (N,) labels, where something else decides; else the class with the largest probability, the first of
        equals.

    With at least 2 known groups all intervals come from a jackknife over groups ("interval": "patients"); an image
    without a group is a group of its own. Otherwise ("interval": "images") proportions have a Wilson interval, AUC and
    macro averages a jackknife over images; with several images a patient that is too narrow for new patients.
    "method" says which version of this it is. `n` counts the images in the denominator; a metric whose interval holds
    the truth less often than 95 % says so in "level".

    Returns a dict that is JSON as it stands: what is undefined is None, never NaN.
    Raises PredictionsNotUsable for missing columns, labels outside the classes, probabilities outside [0, 1].
    """
    task = tasks.build_task(predictions, class_names, positive_class, answers=answers)
    return {
        "n": task.n,
        "groups": task.groups,
        **measure(task),
        "confusion": task.confusion.astype(int).tolist(),
        "interval": "patients" if task.by_patient else "images",
        "level": intervals.LEVEL,
        "method": METHOD,
        "positive_class": positive_class,
        "average": "binary" if task.class_count == 2 else "macro",
    }


def measure(task: tasks.Task, names: Sequence[str] = METRICS) -> dict[str, dict[str, Any]]:
    """Each of `names` (METRICS) as `intervals.as_metric` gives it: the one place where a model gets them."""
    return describe(task, leave_out(task, names))


def describe(task: tasks.Task, figures: Mapping[str, intervals.Figure]) -> dict[str, dict[str, Any]]:
    """`measure` of what `leave_out` gave."""
    images, units = count_images(task), count_units(task)
    return {name: _say(task, name, figure, units[name], images[name]) for name, figure in figures.items()}


def leave_out(task: tasks.Task, names: Sequence[str] = METRICS) -> dict[str, intervals.Figure]:
    """Each of `names`, and what it is without each block of units."""
    rates = task.jackknife(lambda weights: _compute_rates(task, weights))
    figures = {name: rates[row] for row, name in enumerate(METRICS[:-1])}
    if "auc" in names:
        blocks = task.deal_units()[task.units]
        figures["auc"] = delong.leave_out(task.labels, task.probabilities, task.averaged, blocks)
    return {name: figures[name] for name in names}


def _say(task: tasks.Task, name: str, figure: intervals.Figure, units: int, images: int) -> dict[str, Any]:
    if name == "auc":
        edges = intervals.compute_area(figure, units=units)
    elif not is_proportion(task, name):
        edges = intervals.compute_bounded(figure, units=units)
    elif task.by_patient:
        edges = intervals.compute_share(figure, units=units, images=images)
    else:
        edges = intervals.compute_wilson(figure.value * images, images)
    return intervals.as_metric(figure.value, edges, images)


def _compute_rates(task: tasks.Task, weights: Floats) -> Floats:
    """All of METRICS but the AUC, of B samples. weights : (U, B), how often each unit counts. Returns (3, B)."""
    confusion = task.weigh_confusions(weights)  # (B, K, K)
    return np.stack(
        [
            metrics.accuracy(confusion),
            metrics.macro_sensitivity(confusion, task.averaged),
            metrics.macro_specificity(confusion, task.averaged),
        ]
    )


def is_proportion(task: tasks.Task, name: str) -> bool:
    """Whether the metric counts images among images, as Wilson's interval requires."""
    return name == "accuracy" or (name != "auc" and task.class_count == 2)


def count_images(task: tasks.Task) -> dict[str, int]:
    """Images in the denominator of each metric: of two classes the positive or the negative ones, else all."""
    if task.class_count != 2:
        return dict.fromkeys(METRICS, task.n)
    positives = int(task.is_positive.sum())
    return {"accuracy": task.n, "sensitivity": positives, "specificity": task.n - positives, "auc": task.n}


def count_units(task: tasks.Task) -> dict[str, int]:
    """Units that each metric rests on: those with an image in its denominator; the fewest over the averaged classes."""
    with_class = min((task.count_units(task.labels == label) for label in task.averaged), default=0)
    without = min((task.count_units(task.labels != label) for label in task.averaged), default=0)
    counts = (task.unit_count, with_class, without, min(with_class, without))
    return dict(zip(METRICS, counts, strict=True))
