"""One dictionary that says how good a model is on some images, from its predictions alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation import intervals, metrics, tasks
from core.models import tables

METRICS = ("accuracy", "sensitivity", "specificity", "auc")

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
    resamples: int = tasks.RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Accuracy, sensitivity, specificity and AUC with n and 95 % interval, and the confusion matrix.

    predictions : one row an image (choose the split before): group ("" = not known), label (int), `p_<class>` a class.
    positive_class : of two classes, the one that sensitivity, specificity and AUC are about ("average": "binary").
        With more classes these three are plain averages, one against the rest, over the classes present
        ("average": "macro").
    answers : (N,) labels, where something else decides; else the class with the largest probability, the first of
        equals.

    With at least 2 known groups all intervals come from a bootstrap over groups ("interval": "patients"); an image
    without a group is a group of its own. Otherwise ("interval": "images") proportions have a Wilson interval, AUC and
    macro averages a bootstrap over images; with several images a patient that is too narrow for new patients.
    `intervals.compute_percentile` says when an interval is widened. `n` counts the images in the denominator.

    Returns a dict that is JSON as it stands: what is undefined is None, never NaN.
    Raises PredictionsNotUsable for missing columns, labels outside the classes, probabilities outside [0, 1].
    """
    task = tasks.build_task(predictions, class_names, positive_class, answers=answers)
    return {
        "n": task.n,
        "groups": task.groups,
        **_measure(task, resamples=resamples, seed=seed),
        "confusion": task.confusion.astype(int).tolist(),
        "interval": "patients" if task.by_patient else "images",
        "level": intervals.LEVEL,
        "positive_class": positive_class,
        "average": "binary" if task.class_count == 2 else "macro",
    }


def _measure(task: tasks.Task, *, resamples: int, seed: int) -> dict[str, dict[str, float | int | None]]:
    """{"value", "low", "high", "n"} of each metric."""
    values = _compute(task, np.ones((task.unit_count, 1)))[:, 0]
    draws = task.bootstrap(lambda weights: _compute(task, weights), resamples=resamples, seed=seed)
    images = _count_images(task)
    result: dict[str, dict[str, float | int | None]] = {}
    for row, (name, units) in enumerate(_count_units(task).items()):
        value = float(values[row])
        if not task.by_patient and _is_proportion(task, name):
            edges = intervals.compute_wilson(value * images[name], images[name])
        else:
            edges = intervals.compute_percentile(value, draws[row], units=units, images=images[name])
        result[name] = {
            "value": None if np.isnan(value) else value,
            "low": edges.low,
            "high": edges.high,
            "n": images[name],
        }
    return result


def _compute(task: tasks.Task, weights: Floats) -> Floats:
    """The four metrics of B resamples. weights : (U, B), how often each unit counts. Returns (4, B)."""
    confusion = task.weigh_confusions(weights)  # (B, K, K)
    return np.stack(
        [
            metrics.accuracy(confusion),
            metrics.macro_sensitivity(confusion, task.averaged),
            metrics.macro_specificity(confusion, task.averaged),
            metrics.macro_auc(task.labels, task.probabilities, task.averaged, weights=task.weigh_images(weights)),
        ]
    )


def _is_proportion(task: tasks.Task, name: str) -> bool:
    """Whether the metric counts images among images, as Wilson's interval requires."""
    return name == "accuracy" or (name != "auc" and task.class_count == 2)


def _count_images(task: tasks.Task) -> dict[str, int]:
    """Images in the denominator of each metric: of two classes the positive or the negative ones, else all."""
    if task.class_count != 2:
        return dict.fromkeys(METRICS, task.n)
    positives = int(task.is_positive.sum())
    return {"accuracy": task.n, "sensitivity": positives, "specificity": task.n - positives, "auc": task.n}


def _count_units(task: tasks.Task) -> dict[str, int]:
    """Units that each metric rests on: those with an image in its denominator; the fewest over the averaged classes."""
    with_class = min((task.count_units(task.labels == label) for label in task.averaged), default=0)
    without = min((task.count_units(task.labels != label) for label in task.averaged), default=0)
    counts = (task.unit_count, with_class, without, min(with_class, without))
    return dict(zip(METRICS, counts, strict=True))
