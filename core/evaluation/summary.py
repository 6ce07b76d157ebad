"""One dictionary that says how good a model is on some images, from its predictions alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core import errors
from core.evaluation import intervals, metrics

METRICS = ("accuracy", "sensitivity", "specificity", "auc")
COLUMNS = ("image_id", "split", "group", "label")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Task:
    """Checked predictions in the form that the metrics take. N images, K classes, U units (patients, or images)."""

    labels: NDArray[np.int64]  # (N,) truth
    probabilities: Floats  # (N, K)
    units: NDArray[np.int64]  # (N,) the unit of each image, 0..U-1
    confusions: Floats  # (U, K * K) confusion matrix of each unit
    classes: list[int]  # one-vs-rest classes that are averaged: the positive one of two, else those present

    @property
    def confusion(self) -> Floats:
        """Confusion matrix of all images, (K, K)."""
        side = self.probabilities.shape[1]
        return np.asarray(self.confusions.sum(0), dtype=np.float64).reshape(side, side)


def read_predictions(path: Path) -> pd.DataFrame:
    """Read a `predictions.parquet`: columns image_id, split, group ("" = none), label (int), one `p_<class>` a class.

    Raises PredictionsNotUsable if the file is absent or damaged, lacks a column, or holds impossible values.
    """
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:  # a damaged parquet file is a ValueError
        found = "no such file" if isinstance(error, FileNotFoundError) else "a file that cannot be read"
        raise _not_usable("a table of predictions", found, str(path)) from error
    answers = [str(column) for column in table.columns if str(column).startswith("p_")]
    _require_columns(table, (*COLUMNS, *(answers if len(answers) >= 2 else ("p_<class>, two or more",))), str(path))
    _require_values(table, answers, str(path))
    return table


def summarise(
    predictions: pd.DataFrame,
    class_names: Sequence[str],
    positive_class: str,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[str, Any]:
    """Accuracy, sensitivity, specificity and AUC with n and 95 % interval, and the confusion matrix.

    predictions : one row an image (choose the split before): group ("" = not known), label (int), `p_<class>` a class.
    positive_class : of two classes, the one that sensitivity, specificity and AUC are about ("average": "binary").
        With more classes these three are plain averages, one against the rest, over the classes present
        ("average": "macro").
    The answer is the class with the largest probability, the first of equals.

    With at least 2 known groups all intervals come from a bootstrap over groups ("interval": "patients"); an image
    without a group is a group of its own. Otherwise ("interval": "images") proportions have a Wilson interval, AUC and
    macro averages a bootstrap over images; with several images a patient that is too narrow for new patients.
    `intervals.compute_percentile` says when an interval is widened. `n` counts the images in the denominator.

    Returns a dict that is JSON as it stands: what is undefined is None, never NaN.
    Raises PredictionsNotUsable for missing columns, labels outside the classes, probabilities outside [0, 1].
    """
    answers = [f"p_{name}" for name in class_names]
    if len(answers) < 2 or positive_class not in class_names:
        raise ValueError(f"expected two or more classes with {positive_class!r} among them, found {list(class_names)}")
    _require_columns(predictions, ("group", "label", *answers), "predictions")
    _require_values(predictions, answers, "predictions")
    units, known_groups = _number_units(predictions["group"])
    by_patient = known_groups >= 2
    task = _build_task(predictions, answers, units if by_patient else np.arange(len(units)), positive_class)
    measured = _measure(task, by_patient=by_patient, resamples=resamples, seed=seed)
    return {
        "n": len(predictions),
        "groups": known_groups,
        **measured,
        "confusion": task.confusion.astype(int).tolist(),
        "interval": "patients" if by_patient else "images",
        "level": intervals.LEVEL,
        "positive_class": positive_class,
        "average": "binary" if len(answers) == 2 else "macro",
    }


def _number_units(groups: pd.Series) -> tuple[NDArray[np.int64], int]:
    """Unit of each image (each image without a group is one of its own), and how many known groups there are."""
    names = groups.fillna("").astype(str).to_numpy(dtype=object)
    known = names != ""
    codes, distinct = pd.factorize(names[known])
    units = np.zeros(len(names), dtype=np.int64)
    units[known] = codes
    units[~known] = len(distinct) + np.arange(int((~known).sum()))
    return units, len(distinct)


def _build_task(predictions: pd.DataFrame, answers: list[str], units: NDArray[np.int64], positive_class: str) -> _Task:
    """Arrays of the checked table, and the confusion matrix of each unit."""
    labels = predictions["label"].to_numpy(dtype=np.int64)
    probabilities = predictions[answers].to_numpy(dtype=np.float64)
    side = len(answers)
    unit_count = int(units.max()) + 1 if len(units) else 0
    cells = units * side**2 + labels * side + probabilities.argmax(1)
    confusions = np.bincount(cells, minlength=unit_count * side**2).reshape(unit_count, side**2).astype(np.float64)
    classes = [answers.index(f"p_{positive_class}")] if side == 2 else np.unique(labels).tolist()
    return _Task(labels, probabilities, units, confusions, classes)


def _measure(task: _Task, *, by_patient: bool, resamples: int, seed: int) -> dict[str, dict[str, float | int | None]]:
    """{"value", "low", "high", "n"} of each metric."""
    unit_count, n = len(task.confusions), len(task.labels)
    values = _compute(task, np.ones((unit_count, 1)))[:, 0]
    draws = np.empty((len(METRICS), 0))
    if n:
        draws = intervals.bootstrap(lambda w: _compute(task, w), unit_count, n, resamples=resamples, seed=seed)
    images = _count_images(task)
    result: dict[str, dict[str, float | int | None]] = {}
    for row, (name, units) in enumerate(_count_units(task).items()):
        value = float(values[row])
        if not by_patient and _is_proportion(task, name):
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


def _compute(task: _Task, weights: Floats) -> Floats:
    """The four metrics of B resamples. weights : (U, B), how often each unit counts. Returns (4, B)."""
    side = task.probabilities.shape[1]
    confusion = (weights.T @ task.confusions).reshape(-1, side, side)  # (B, K, K)
    per_image = np.take(weights, task.units, axis=0)  # (N, B)
    return np.stack(
        [
            metrics.accuracy(confusion),
            metrics.macro_sensitivity(confusion, task.classes),
            metrics.macro_specificity(confusion, task.classes),
            metrics.macro_auc(task.labels, task.probabilities, task.classes, weights=per_image),
        ]
    )


def _is_proportion(task: _Task, name: str) -> bool:
    """Whether the metric counts images among images, as Wilson's interval requires."""
    return name == "accuracy" or (name != "auc" and task.probabilities.shape[1] == 2)


def _count_images(task: _Task) -> dict[str, int]:
    """Images in the denominator of each metric: of two classes the positive or the negative ones, else all."""
    n = len(task.labels)
    if task.probabilities.shape[1] != 2:
        return dict.fromkeys(METRICS, n)
    positives = int((task.labels == task.classes[0]).sum())
    return {"accuracy": n, "sensitivity": positives, "specificity": n - positives, "auc": n}


def _count_units(task: _Task) -> dict[str, int]:
    """Units that each metric rests on: those with an image in its denominator; the fewest over the averaged classes."""
    side = task.probabilities.shape[1]
    by_truth = task.confusions.reshape(-1, side, side).sum(2)  # (U, K) images of each class in each unit
    positive = [int((by_truth[:, index] > 0).sum()) for index in task.classes]
    negative = [int((by_truth.sum(1) > by_truth[:, index]).sum()) for index in task.classes]
    with_class, without = min(positive, default=0), min(negative, default=0)
    counts = (len(by_truth), with_class, without, min(with_class, without))
    return dict(zip(METRICS, counts, strict=True))


def _require_columns(table: pd.DataFrame, columns: Sequence[str], where: str) -> None:
    """Raise PredictionsNotUsable unless the table has all columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        present = ", ".join(map(str, table.columns)) or "no column at all"
        raise _not_usable(f"the columns {', '.join(columns)}", f"{present} (missing: {', '.join(missing)})", where)


def _require_values(table: pd.DataFrame, answers: Sequence[str], where: str) -> None:
    """Raise PredictionsNotUsable unless labels number the classes and probabilities are in [0, 1]."""
    if not all(pd.api.types.is_numeric_dtype(table[column]) for column in ("label", *answers)):
        raise _not_usable("numbers as labels and probabilities", "text", where)
    labels, probabilities = table["label"].to_numpy(dtype=np.float64), table[list(answers)].to_numpy(dtype=np.float64)
    if not np.isin(labels, np.arange(len(answers))).all():
        raise _not_usable(f"labels from 0 to {len(answers) - 1}", f"{sorted(set(labels.tolist()))}", where)
    if not ((probabilities >= 0) & (probabilities <= 1 + 1e-6)).all():
        raise _not_usable("probabilities from 0 to 1", "a value outside, or none", where)


def _not_usable(expected: str, found: str, where: str) -> errors.PredictionsNotUsable:
    todo = "Train the model again, or restore its folder from a copy."
    return errors.PredictionsNotUsable(expected=expected, found=found, where=where, todo=todo)
