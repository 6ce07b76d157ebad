"""Confusion matrix and what is computed from it, AUC and average precision, for one sample or many weighted ones.

Every metric is in [0, 1], `mcc` in [-1, 1]; larger is better; NaN where it is undefined (no image in its denominator).
NaN stays inside this package: whoever writes a result turns it into None before.
"""

from typing import NamedTuple

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


def auc(positive: ArrayLike, scores: ArrayLike, *, weights: ArrayLike | None = None) -> Floats:
    """Area under the ROC curve: the chance that a positive image scores above a negative one, a tie counting half.

    It is the Mann-Whitney statistic (Hanley and McNeil 1982), exact with ties.
    positive : bool, shape (N,). scores : float, shape (N,). weights : (N,), or (N, B) for B samples at once, >= 0.
    Returns shape () or (B,); NaN where the positives or the negatives weigh nothing.
    """
    return _compute_auc(_rank(positive, scores, weights))


def ppv(confusion: ArrayLike, class_index: int) -> Floats:
    """Share of the images answered as the class that are of it. confusion : (..., K, K). Returns shape (...)."""
    counts = np.asarray(confusion, dtype=np.float64)
    return _ratio(counts[..., class_index, class_index], counts[..., :, class_index].sum(-1))


def npv(confusion: ArrayLike, class_index: int) -> Floats:
    """Share of the images answered otherwise that are of another class. confusion : (..., K, K), rows = truth."""
    counts = np.asarray(confusion, dtype=np.float64)
    unflagged = counts.sum((-2, -1)) - counts[..., :, class_index].sum(-1)
    missed = counts[..., class_index, :].sum(-1) - counts[..., class_index, class_index]
    return _ratio(unflagged - missed, unflagged)


def f1(confusion: ArrayLike, class_index: int) -> Floats:
    """Harmonic mean of sensitivity and PPV of the class: 2 TP / (2 TP + FP + FN). confusion : (..., K, K)."""
    counts = np.asarray(confusion, dtype=np.float64)
    found = 2 * counts[..., class_index, class_index]
    return _ratio(found, counts[..., class_index, :].sum(-1) + counts[..., :, class_index].sum(-1))


def mcc(confusion: ArrayLike) -> Floats:
    """Matthews' correlation of truth and answer, of K classes (Gorodkin 2004). It is in [-1, 1]; 0 is guessing.

    confusion : (..., K, K), rows = truth. Returns shape (...); NaN where all truths or all answers are of one class.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    total, right = counts.sum((-2, -1)), np.trace(counts, axis1=-2, axis2=-1)
    truths, answers = counts.sum(-1), counts.sum(-2)  # (..., K)
    spread_of_truths, spread_of_answers = total**2 - (truths**2).sum(-1), total**2 - (answers**2).sum(-1)
    both = _ratio(right * total - (truths * answers).sum(-1), np.sqrt(spread_of_truths * spread_of_answers))
    return np.clip(both, -1.0, 1.0)


def average_precision(positive: ArrayLike, scores: ArrayLike, *, weights: ArrayLike | None = None) -> Floats:
    """Mean over the positive images of the PPV at the threshold that just finds them; tied scores are found together.

    It is the area under the precision-recall curve as steps, not interpolated (Davis and Goadrich 2006).
    positive : bool, (N,). scores : float, (N,). weights : (N,), or (N, B) for B samples at once, >= 0.
    Returns shape () or (B,); NaN where the positives weigh nothing. Guessing gives the share of positives.
    """
    return _compute_average_precision(_rank(positive, scores, weights))


class _Ranked(NamedTuple):
    """Positive images from the lowest score up, and what stands beside each; all (P,) or (P, B) but the total.

    heavy : its weight. before : int (P,), how many positives score lower. below, tied : how much the negatives weigh
    that score lower, and lower or as high. negatives : what all negatives weigh, () or (B,).
    """

    heavy: Floats
    before: NDArray[np.int64]
    below: Floats
    tied: Floats
    negatives: Floats


def _rank(positive: ArrayLike, scores: ArrayLike, weights: ArrayLike | None) -> _Ranked:
    is_positive, values = np.asarray(positive, dtype=bool), np.asarray(scores, dtype=np.float64)
    heavy = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    negatives, positives = order[~is_positive[order]], order[is_positive[order]]
    negative_scores, positive_scores = values[negatives], values[positives]
    of_negatives = _add_up(np.take(heavy, negatives, axis=0))
    first = np.searchsorted(negative_scores, positive_scores, side="left")  # negatives strictly below each positive
    last = np.searchsorted(negative_scores, positive_scores, side="right")  # ... and those that tie with it
    below = np.take(of_negatives, first, axis=0)
    return _Ranked(
        heavy=np.take(heavy, positives, axis=0),
        before=np.searchsorted(positive_scores, positive_scores, side="left"),
        below=below,
        tied=below if (first == last).all() else np.take(of_negatives, last, axis=0),
        negatives=of_negatives[-1],
    )


def _add_up(heavy: Floats) -> Floats:
    """How much the first 0, 1, ... rows weigh, (R + 1,) or (R + 1, B)."""
    sums = np.zeros((len(heavy) + 1, *heavy.shape[1:]))
    np.cumsum(heavy, axis=0, out=sums[1:])
    return sums


def _compute_auc(ranked: _Ranked) -> Floats:
    pairs_won = np.einsum("i...,i...->...", ranked.heavy, ranked.below + ranked.tied) / 2.0
    # Summed in another order than the pairs, the product can miss them by the last bit: never let that leave [0, 1].
    return np.minimum(_ratio(pairs_won, ranked.heavy.sum(0) * ranked.negatives), 1.0)


def _compute_average_precision(ranked: _Ranked) -> Floats:
    lower = _add_up(ranked.heavy)
    no_ties = len(ranked.before) < 2 or bool((np.diff(ranked.before) > 0).all())
    found = lower[-1] - (lower[:-1] if no_ties else np.take(lower, ranked.before, axis=0))  # that score as high
    flagged = ranked.negatives - ranked.below
    flagged += found
    # A sample without any image down to a score has found nothing there: 0 of none counts as 0, with no weight.
    precision = np.divide(found, np.maximum(flagged, np.finfo(np.float64).tiny, out=flagged), out=found)
    return np.minimum(_ratio(np.einsum("i...,i...->...", ranked.heavy, precision), ranked.heavy.sum(0)), 1.0)


def _ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """part / whole, NaN where the whole is zero."""
    bottom = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, bottom, out=np.full(bottom.shape, np.nan), where=bottom > 0), dtype=np.float64)
