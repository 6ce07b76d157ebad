"""Metrics against scikit-learn, by hand, and by their invariants."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn import metrics as reference

from core.statistics import metrics


def make_scores(seed: int, n: int, *, levels: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores; few levels make many ties."""
    random = np.random.default_rng(seed)
    truth = random.random(n) < 0.4
    return truth, np.round((random.random(n) + 0.3 * truth) * levels) / levels


def test_confusion_has_truth_in_rows() -> None:
    confusion = metrics.confusion_matrix([0, 0, 0, 1], [0, 1, 1, 1], 2)
    assert confusion.tolist() == [[1, 2], [0, 1]]


def test_two_class_metrics_by_hand() -> None:
    confusion = np.array([[8, 2], [1, 4]])  # ten of class 0, five of class 1
    assert metrics.accuracy(confusion) == pytest.approx(12 / 15)
    assert metrics.sensitivity(confusion, 0) == pytest.approx(0.8) == metrics.specificity(confusion, 1)
    assert metrics.specificity(confusion, 0) == pytest.approx(0.8)
    assert metrics.sensitivity(np.array([[8, 2], [0, 5]]), 1) == 1.0


@pytest.mark.parametrize("class_count", [2, 5])
def test_confusion_agrees_with_scikit_learn(class_count: int) -> None:
    random = np.random.default_rng(3)
    labels, predicted = random.integers(0, class_count, (2, 300))
    weights = random.integers(0, 4, 300)
    names = list(range(class_count))
    assert (
        metrics.confusion_matrix(labels, predicted, class_count)
        == reference.confusion_matrix(labels, predicted, labels=names)
    ).all()
    weighted = metrics.confusion_matrix(labels, predicted, class_count, weights=weights)
    assert_allclose(weighted, reference.confusion_matrix(labels, predicted, labels=names, sample_weight=weights))
    assert_allclose(
        np.mean([metrics.sensitivity(weighted, name) for name in names]),
        reference.recall_score(labels, predicted, average="macro", sample_weight=weights),
    )
    each = [reference.recall_score(labels != c, predicted != c, sample_weight=weights) for c in names]
    assert_allclose([metrics.specificity(weighted, name) for name in names], each)


@pytest.mark.parametrize("levels", [3, 20, 10**9])
def test_auc_agrees_with_scikit_learn_ties_and_weights_included(levels: int) -> None:
    truth, scores = make_scores(levels, 400, levels=levels)
    weights = np.random.default_rng(0).integers(0, 5, (400, 3)).astype(float)
    assert_allclose(metrics.auc(truth, scores), reference.roc_auc_score(truth, scores), rtol=1e-12)
    expected = [reference.roc_auc_score(truth, scores, sample_weight=weights[:, column]) for column in range(3)]
    assert_allclose(metrics.auc(truth, scores, weights=weights), expected, rtol=1e-12)
    assert_allclose(metrics.auc(truth, scores, weights=weights[:, 0]), expected[0], rtol=1e-12)


def test_auc_weights_mean_repeated_images() -> None:
    truth, scores = make_scores(1, 60, levels=10)
    times = np.random.default_rng(1).integers(0, 4, 60)
    assert_allclose(
        metrics.auc(truth, scores, weights=times), metrics.auc(np.repeat(truth, times), np.repeat(scores, times))
    )


def test_auc_by_hand() -> None:
    assert metrics.auc([True, False], [0.9, 0.1]) == 1.0
    assert metrics.auc([True, False], [0.1, 0.9]) == 0.0
    assert metrics.auc([True, False, False], [0.5, 0.5, 0.1]) == 0.75  # one tie counts half, one win


def test_undefined_is_nan_without_a_warning() -> None:
    empty = np.zeros((2, 2))
    with np.errstate(all="raise"):
        assert np.isnan(metrics.accuracy(empty))
        assert np.isnan(metrics.sensitivity(np.array([[0, 0], [1, 5]]), 0))
        assert np.isnan(metrics.specificity(np.array([[3, 1], [0, 0]]), 0))
        assert np.isnan(metrics.auc([True, True], [0.1, 0.2]))
        assert np.isnan(metrics.auc([], []))


def test_many_confusions_at_once_are_the_same_as_one_by_one() -> None:
    stack = np.random.default_rng(2).integers(0, 9, (6, 3, 3))
    assert_allclose(metrics.accuracy(stack), [metrics.accuracy(one) for one in stack])
    assert_allclose(metrics.specificity(stack, 2), [metrics.specificity(one, 2) for one in stack])


rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.floats(0, 1, width=32), st.integers(0, 5)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(rows)
def test_invariants(table: list[tuple[int, int, float, int]]) -> None:
    labels, predicted, scores, weights = (np.array(column) for column in zip(*table, strict=True))
    assert metrics.confusion_matrix(labels, predicted, 2).sum() == len(table)
    for heavy in (None, weights):
        area = float(metrics.auc(labels == 1, scores, weights=heavy))
        if np.isnan(area):
            continue
        assert 0 <= area <= 1
        assert float(metrics.auc(labels == 1, -scores, weights=heavy)) == pytest.approx(1 - area)
        assert float(metrics.auc(labels == 0, scores, weights=heavy)) == pytest.approx(1 - area)
