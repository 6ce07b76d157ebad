"""DeLong's and Obuchowski's covariance against direct sums over all pairs, scikit-learn and a bootstrap."""

import numpy as np
import pytest
from sklearn import metrics as reference

from core.statistics import delong, metrics
from tests.support import byhand


def average_auc(labels, scores, classes, **options):
    """The plain mean of the AUC of each class against the rest."""
    return np.mean([metrics.auc(labels == label, scores[:, label], **options) for label in classes], axis=0)


def make_scores(n, *, seed=0, ties=False, patients=0):
    """Labels (0 = positive), two models' scores (2, N) and the patient of each image: all of a patient of one class."""
    random = np.random.default_rng(seed)
    units = random.integers(0, max(patients, 1), n)
    labels = units % 2 if patients else random.integers(0, 2, n)
    hard = random.normal(0, 1, n) + random.normal(0, 0.7, max(patients, 1))[units]
    scores = np.stack([1.2 * (labels == 0) + hard + random.normal(0, spread, n) for spread in (0.5, 1.0)])
    return labels, np.round(scores) if ties else scores, units


def as_table(scores):
    """(M, N) scores of class 0 as (M, N, 2)."""
    return np.stack([scores, 1 - scores], axis=-1)


def count_pairs(positive, scores):
    """For every pair of a positive and a negative image, whether it is in order: (P, Q)."""
    above, below = scores[positive][:, None], scores[~positive][None]
    return (above > below) + 0.5 * (above == below)


def compute_directly(positive, scores):
    """DeLong et al. 1988, term by term over all pairs."""
    pairs = np.stack([count_pairs(positive, one) for one in scores])  # (M, P, Q)
    return pairs.mean((1, 2)), np.cov(pairs.mean(2)) / pairs.shape[1] + np.cov(pairs.mean(1)) / pairs.shape[2]


@pytest.mark.parametrize("ties", [False, True])
def test_ranks_give_what_all_pairs_give(ties):
    labels, scores, _ = make_scores(150, ties=ties)
    found = delong.compute_areas(labels, as_table(scores), [0])
    values, covariance = compute_directly(labels == 0, scores)
    np.testing.assert_allclose(found.values, values, atol=1e-12)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-12)
    np.testing.assert_allclose(found.values, [reference.roc_auc_score(labels == 0, one) for one in scores])
    contrast = np.array([-1, 1])
    assert found.compute_deviation(0, 1) == pytest.approx(np.sqrt(contrast @ covariance @ contrast))


def test_by_hand():
    """Positives 3 and 1, negatives 2 and 0: three of four pairs in order; V10 = (1, 1/2), V01 = (1/2, 1)."""
    found = delong.compute_areas([0, 0, 1, 1], as_table(np.array([[3.0, 1.0, 2.0, 0.0]])), [0])
    assert found.values[0] == 0.75
    assert found.covariance[0, 0] == pytest.approx(0.125 / 2 + 0.125 / 2)


def test_a_patient_an_image_is_delong():
    labels, scores, _ = make_scores(120)
    alone = delong.compute_areas(labels, as_table(scores), [0])
    named = delong.compute_areas(labels, as_table(scores), [0], np.random.default_rng(1).permutation(120))
    np.testing.assert_allclose(named.covariance, alone.covariance)


def test_by_patient_agrees_with_a_bootstrap_over_patients():
    labels, scores, units = make_scores(2400, patients=120)
    found = delong.compute_areas(labels, as_table(scores), [0], units)
    weights = np.random.default_rng(0).multinomial(120, [1 / 120] * 120, 2000).T.astype(float)
    draws = np.stack([metrics.auc(labels == 0, one, weights=weights[units]) for one in scores])
    expected = np.cov(draws)
    np.testing.assert_allclose(found.covariance, expected, rtol=0.15)
    assert found.compute_deviation(0, 1) == pytest.approx(np.std(draws[1] - draws[0]), rel=0.1)
    assert found.covariance[0, 0] > 2 * delong.compute_areas(labels, as_table(scores), [0]).covariance[0, 0]


def test_macro_of_five_classes_agrees_with_a_bootstrap():
    random = np.random.default_rng(0)
    labels = random.integers(0, 5, 900)
    scores = random.normal(0, 1, (2, 900, 5))
    scores[:, np.arange(900), labels] += 1
    found = delong.compute_areas(labels, scores, range(5))
    assert found.values == pytest.approx([float(average_auc(labels, one, range(5))) for one in scores])
    weights = np.random.default_rng(0).multinomial(900, [1 / 900] * 900, 800).T.astype(float)
    draws = np.stack([average_auc(labels, one, range(5), weights=weights) for one in scores])
    assert found.compute_deviation(0, 1) == pytest.approx(np.std(draws[1] - draws[0]), rel=0.12)


@pytest.mark.parametrize("classes", [[0], [0, 1, 2]])
def test_leaving_out_agrees_with_ranking_anew(classes):
    random = np.random.default_rng(2)
    labels, blocks = random.integers(0, len(classes) + 1, 240), random.integers(0, 9, 240)
    scores = random.normal(0, 1, (240, len(classes) + 1)).round(1)
    scores[np.arange(240), labels] += 1
    value, left_out = byhand.leave_out(blocks, lambda rows: float(average_auc(labels[rows], scores[rows], classes)))
    found = delong.leave_out(labels, scores, classes, blocks)
    assert found.value == pytest.approx(value)
    np.testing.assert_allclose(found.left_out, left_out)


def test_the_jackknife_is_obuchowskis_variance_nearly():
    labels, scores, units = make_scores(2400, patients=120)
    covariance = delong.compute_areas(labels, as_table(scores), [0], units).covariance
    for row, one in enumerate(as_table(scores)):
        assert delong.leave_out(labels, one, [0], units).variance == pytest.approx(covariance[row, row], rel=0.03)


def test_the_same_model_twice_does_not_differ():
    labels, scores, _ = make_scores(60)
    found = delong.compute_areas(labels, as_table(scores[[0, 0]]), [0])
    assert found.compute_deviation(0, 1) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("labels", [[], [0, 0, 0], [1, 1]])
def test_without_both_classes_nothing_is_known(labels):
    found = delong.compute_areas(np.array(labels, int), np.zeros((2, len(labels), 2)), [0])
    assert np.isnan(found.values).all()
    assert np.isnan(found.covariance).all()
    assert np.isnan(found.compute_deviation(0, 1))


def test_one_image_of_a_class_has_an_area_and_no_spread():
    found = delong.compute_areas([0, 1, 1, 1], as_table(np.array([[0.9, 0.1, 0.2, 0.95]])), [0])
    assert found.values[0] == pytest.approx(2 / 3)
    assert np.isnan(found.covariance).all()


def test_constant_scores_are_a_coin():
    found = delong.compute_areas([0, 0, 1, 1], as_table(np.full((1, 4), 0.5)), [0])
    assert found.values[0] == 0.5
    assert found.covariance[0, 0] == 0


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_wins_weigh_as_the_metric_does(ties, share):
    _, scores, units = make_scores(200, ties=ties, patients=15)
    positive = (np.random.default_rng(3).random(200) < share) & (units % 4 != 1)
    weights = np.random.default_rng(2).multinomial(15, np.full(15, 1 / 15), size=50).T.astype(float)
    found = delong.count_wins(positive, scores[0], units).weigh(weights)
    np.testing.assert_allclose(found, metrics.auc(positive, scores[0], weights=weights[units]), atol=1e-12)
    alone = np.arange(200)
    single = np.random.default_rng(2).multinomial(200, np.full(200, 1 / 200), size=5).T.astype(float)
    found = delong.count_wins(positive, scores[0], alone).weigh(single)
    np.testing.assert_allclose(found, metrics.auc(positive, scores[0], weights=single), atol=1e-12)


@pytest.mark.parametrize("positive", [[True, True], [False, False], []])
def test_wins_without_a_class_are_not_defined(positive):
    flags = np.array(positive, bool)
    found = delong.count_wins(flags, np.zeros(len(flags)), np.arange(len(flags))).weigh(np.ones((len(flags), 3)))
    assert np.isnan(found).all()
    assert found.shape == (3,)
