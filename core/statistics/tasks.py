"""Predictions, checked, in the form that every statistic takes; and what is left of them without some patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import errors
from core.statistics import intervals

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """Answers to N images of K classes, belonging to U units: patients where they are known, else the images.

    labels : int64 (N,), truth. probabilities : float64 (N, K). answers : int64 (N,), the class that was answered.
    units : int64 (N,), the unit of each image, 0..U-1. groups : how many patients are known.
    by_patient : whether the units are patients (an image without one is a unit of its own).
    order : int64 (U,), the rank of each unit, whatever the order of the rows; None = that of the rows.
    """

    labels: NDArray[np.int64]
    probabilities: Floats
    answers: NDArray[np.int64]
    units: NDArray[np.int64]
    groups: int
    by_patient: bool
    class_names: tuple[str, ...]
    positive: int
    order: NDArray[np.int64] | None = None

    @property
    def n(self) -> int:
        """How many images."""
        return len(self.labels)

    @property
    def class_count(self) -> int:
        """How many classes the model knows."""
        return len(self.class_names)

    @property
    def is_positive(self) -> NDArray[np.bool_]:
        """Which images are of the positive class, (N,)."""
        return np.asarray(self.labels == self.positive)

    @property
    def scores(self) -> Floats:
        """The probability of the positive class, (N,)."""
        return np.asarray(self.probabilities[:, self.positive])

    @cached_property
    def unit_count(self) -> int:
        """How many units, U."""
        return int(self.units.max()) + 1 if self.n else 0

    @cached_property
    def averaged(self) -> list[int]:
        """The classes that one-against-the-rest metrics average over: the positive one of two, else those present."""
        return [self.positive] if self.class_count == 2 else [int(label) for label in np.unique(self.labels)]

    @cached_property
    def unit_confusions(self) -> Floats:
        """Confusion matrix of each unit, (U, K, K), row = truth, column = answer."""
        side = self.class_count
        cells = (self.units * side + self.labels) * side + self.answers
        counts = np.bincount(cells, minlength=self.unit_count * side**2)
        return counts.reshape(self.unit_count, side, side).astype(np.float64)

    @property
    def confusion(self) -> Floats:
        """Confusion matrix of all images, (K, K)."""
        return np.asarray(self.unit_confusions.sum(0))

    def weigh_confusions(self, weights: Floats) -> Floats:
        """Confusion matrices of B samples, (B, K, K). weights : (U, B), how often each unit counts."""
        side = self.class_count
        return np.asarray((weights.T @ self.unit_confusions.reshape(-1, side**2)).reshape(-1, side, side))

    def weigh_images(self, weights: Floats) -> Floats:
        """How often each image counts in B samples, (N, B). weights : (U, B), how often each unit does."""
        return np.take(weights, self.units, axis=0) if self.by_patient else weights  # an image is its own unit there

    def deal_units(self, most: int = intervals.MOST_BLOCKS) -> NDArray[np.int64]:
        """The block of each unit, (U,): units of a block are left out together. See `intervals.deal`."""
        blocks = intervals.deal(self.unit_count, most)
        return blocks if self.order is None else np.asarray(blocks[self.order])

    def jackknife(self, statistic: intervals.Statistic, *, most: int = intervals.MOST_BLOCKS) -> intervals.Jackknife:
        """Statistics of all units, and without each block of them; (S,) NaN and (S, 0) without images.

        statistic : from weights (U, B) to values (S, B); see `weigh_confusions` and `weigh_images`. most : blocks.
        """
        if not self.n:
            none = np.full(len(statistic(np.ones((0, 1)))), np.nan)
            return intervals.Jackknife(none, np.empty((len(none), 0)))
        return intervals.jackknife(statistic, self.deal_units(most), self.n)

    def count_units(self, chosen: NDArray[np.bool_]) -> int:
        """How many units have an image among `chosen`, bool (N,)."""
        return len(np.unique(self.units[chosen]))


def build_task(
    predictions: pd.DataFrame,
    class_names: Sequence[str],
    positive_class: str,
    *,
    answers: NDArray[np.int64] | None = None,
) -> Task:
    """Check a table of predictions, one row an image, and arrange it. Choose the split before.

    predictions : columns group ("" = not known), label (int), `p_<class>` a class, and image_id where it is known:
        then nothing depends on the order of the rows.
    answers : (N,), where a threshold has decided; else the class with the largest probability, the first of equals.
    With at least 2 known groups the units are patients, otherwise images.
    Raises PredictionsNotUsable for missing columns, labels outside the classes, probabilities outside [0, 1].
    """
    columns = [f"p_{name}" for name in class_names]
    if len(columns) < 2 or positive_class not in class_names:
        raise ValueError(f"expected two or more classes with {positive_class!r} among them, found {list(class_names)}")
    require_columns(predictions, ("group", "label", *columns), "predictions")
    require_values(predictions, columns, "predictions")
    order = _rank_rows(predictions)
    units, groups = _number_units(predictions["group"], order)
    probabilities = predictions[columns].to_numpy(dtype=np.float64)
    return Task(
        labels=predictions["label"].to_numpy(dtype=np.int64),
        probabilities=probabilities,
        answers=probabilities.argmax(1) if answers is None else np.asarray(answers, dtype=np.int64),
        units=units if groups >= 2 else np.arange(len(units)),
        groups=groups,
        by_patient=groups >= 2,
        class_names=tuple(class_names),
        positive=list(class_names).index(positive_class),
        order=None if groups >= 2 else order,
    )


def require_columns(table: pd.DataFrame, columns: Sequence[str], where: str) -> None:
    """Raise PredictionsNotUsable unless the table has all columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        present = ", ".join(map(str, table.columns)) or "no column at all"
        raise not_usable(f"the columns {', '.join(columns)}", f"{present} (missing: {', '.join(missing)})", where)


def require_values(table: pd.DataFrame, answers: Sequence[str], where: str) -> None:
    """Raise PredictionsNotUsable unless labels number the classes and probabilities are in [0, 1]."""
    if not all(pd.api.types.is_numeric_dtype(table[column]) for column in ("label", *answers)):
        raise not_usable("numbers as labels and probabilities", "text", where)
    labels, probabilities = table["label"].to_numpy(dtype=np.float64), table[list(answers)].to_numpy(dtype=np.float64)
    if not np.isin(labels, np.arange(len(answers))).all():
        raise not_usable(f"labels from 0 to {len(answers) - 1}", f"{sorted(set(labels.tolist()))}", where)
    if not ((probabilities >= 0) & (probabilities <= 1 + 1e-6)).all():
        raise not_usable("probabilities from 0 to 1", "a value outside, or none", where)


def not_usable(expected: str, found: str, where: str) -> errors.PredictionsNotUsable:
    """The message about predictions that cannot be used."""
    todo = "Train the model again, or restore its folder from a copy."
    return errors.PredictionsNotUsable(expected=expected, found=found, where=where, todo=todo)


def _rank_rows(predictions: pd.DataFrame) -> NDArray[np.int64]:
    """The rank of each image's id, (N,); that of its row where ids are not known."""
    ranks = np.arange(len(predictions))
    if "image_id" in predictions:
        ranks[np.argsort(predictions["image_id"].to_numpy(dtype=str), kind="stable")] = np.arange(len(predictions))
    return ranks


def _number_units(groups: pd.Series, order: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Unit of each image, and how many known groups there are: these by name, then images without one by `order`."""
    names = groups.fillna("").astype(str).to_numpy(dtype=object)
    known = names != ""
    codes, distinct = pd.factorize(names[known], sort=True)
    units = np.zeros(len(names), dtype=np.int64)
    units[known] = codes
    units[~known] = len(distinct) + np.argsort(np.argsort(order[~known]))
    return units, len(distinct)
