"""Confusion matrix, accuracy, sensitivity, specificity and AUC, for one sample or for many weighted resamples at once.

Every metric is in [0, 1], larger is better, and NaN where it is undefined (no image in its denominator). NaN stays
inside this package: `summary` turns it into None before anything is written.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def confusion_matrix(
    labels: ArrayLike, predicted: ArrayLike, class_count: int, *, weights: ArrayLike | None = None
) -> Floats:
    """Images (or their summed weights) by truth and answer.

    labels, predicted : int, shape (N,), each in 0..class_count-1. weights : shape (N,), >= 0.
    Returns float64 of shape (class_count, class_count): row = truth, column = answer; it sums to N (or to the weights).
    """
    cells = np.asarray(labels, dtype=np.int64) * class_count + np.asarray(predicted, dtype=np.int64)
    counts = np.bincount(cells, weights=None if weights is None else np.asarray(weights), minlength=class_count**2)
    return counts.reshape(class_count, class_count).astype(np.float64)


def accuracy(confusion: ArrayLike) -> Floats:
    """Share of all images that are answered correctly. confusion : (..., K, K), rows = truth. Returns shape (...)."""
    counts = np.asarray(confusion, dtype=np.float64)
    return _ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum((-2, -1)))


def sensitivity(confusion: ArrayLike, class_index: int) -> Floats:
    """Share of the images of the class that are found. confusion : (..., K, K), rows = truth. Returns shape (...)."""
    counts = np.asarray(confusion, dtype=np.float64)
    return _ratio(counts[..., class_index, class_index], counts[..., class_index, :].sum(-1))


def specificity(confusion: ArrayLike, class_index: int) -> Floats:
    """Share of the other images that are not taken for the class. confusion : (..., K, K). Returns shape (...)."""
    counts = np.asarray(confusion, dtype=np.float64)
    others = counts.sum((-2, -1)) - counts[..., class_index, :].sum(-1)
    flagged = counts[..., :, class_index].sum(-1) - counts[..., class_index, class_index]
    return _ratio(others - flagged, others)


def macro_sensitivity(confusion: ArrayLike, classes: Sequence[int]) -> Floats:
    """Plain mean of the sensitivities of `classes`, one against the rest; NaN where one of them is undefined."""
    return _mean([sensitivity(confusion, index) for index in classes], np.shape(confusion)[:-2])


def macro_specificity(confusion: ArrayLike, classes: Sequence[int]) -> Floats:
    """Plain mean of the specificities of `classes`, one against the rest; NaN where one of them is undefined."""
    return _mean([specificity(confusion, index) for index in classes], np.shape(confusion)[:-2])


def auc(positive: ArrayLike, scores: ArrayLike, *, weights: ArrayLike | None = None) -> Floats:
    """Area under the ROC curve: the chance that a positive image scores above a negative one, a tie counting half.

    It is the Mann-Whitney statistic (Hanley and McNeil 1982), exact with ties.
    positive : bool, shape (N,). scores : float, shape (N,). weights : (N,), or (N, B) for B resamples at once, >= 0.
    Returns shape () or (B,); NaN where the positives or the negatives weigh nothing.
    """
    is_positive, values = np.asarray(positive, dtype=bool), np.asarray(scores, dtype=np.float64)
    heavy = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    negatives, positives = order[~is_positive[order]], order[is_positive[order]]
    negative_scores, positive_scores = values[negatives], values[positives]
    first = np.searchsorted(negative_scores, positive_scores, side="left")  # negatives strictly below each positive
    last = np.searchsorted(negative_scores, positive_scores, side="right")  # ... and those that tie with it
    below = np.zeros((len(negatives) + 1, *heavy.shape[1:]))
    np.cumsum(np.take(heavy, negatives, axis=0), axis=0, out=below[1:])
    of_positives = np.take(heavy, positives, axis=0)
    pairs_won = (
        np.einsum("i...,i...->...", of_positives, np.take(below, first, axis=0) + np.take(below, last, axis=0)) / 2.0
    )
    # Summed in another order than the pairs, the product can miss them by the last bit: never let that leave [0, 1].
    return np.minimum(_ratio(pairs_won, of_positives.sum(0) * below[-1]), 1.0)


def macro_auc(
    labels: ArrayLike, scores: ArrayLike, classes: Sequence[int], *, weights: ArrayLike | None = None
) -> Floats:
    """Plain mean of the AUC of `classes`, one against the rest; NaN where one of them is undefined.

    labels : int, (N,). scores : float, (N, K). weights : (N,) or (N, B). Returns shape () or (B,).
    """
    truth, values = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    each = [auc(truth == index, values[:, index], weights=weights) for index in classes]
    return _mean(each, () if weights is None else np.shape(weights)[1:])


def _ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """part / whole, NaN where the whole is zero."""
    bottom = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, bottom, out=np.full(bottom.shape, np.nan), where=bottom > 0), dtype=np.float64)


def _mean(values: list[Floats], shape: tuple[int, ...]) -> Floats:
    """Mean over the list, of the given shape; NaN for an empty list."""
    if not values:
        return np.full(shape, np.nan)
    return np.asarray(np.mean(values, axis=0), dtype=np.float64)
