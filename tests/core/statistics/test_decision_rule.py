"""From probabilities to answers: thresholds, distances, temperatures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from core.statistics import decision_rule

CHANCES = st.floats(0.001, 0.999)


def two(*positive):
    return np.array([[p, 1 - p] for p in positive])


def draw(n, classes, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(classes), n)


def test_without_a_threshold_the_most_probable_class_the_first_of_equals():
    assert decision_rule.decide(two(0.5, 0.4, 0.6), 0, None).tolist() == [0, 1, 0]


def test_the_positive_class_is_answered_from_the_threshold_on():
    assert decision_rule.decide(two(0.2, 0.19, 0.9), 0, 0.2).tolist() == [0, 1, 0]
    assert decision_rule.decide(two(0.2, 0.19, 0.9), 1, 0.805).tolist() == [0, 1, 0]


def test_below_the_threshold_the_most_probable_of_the_others():
    rows = np.array([[0.5, 0.2, 0.3], [0.5, 0.3, 0.2], [0.7, 0.2, 0.1]])
    assert decision_rule.decide(rows, 0, 0.6).tolist() == [2, 1, 0]


@given(p=CHANCES, threshold=CHANCES)
def test_of_two_classes_the_confidence_is_the_distance_in_log_odds(p, threshold):
    found = decision_rule.compute_confidence(two(p), 0, threshold)[0]
    assert found == pytest.approx(abs(special.logit(p) - special.logit(threshold)), abs=1e-9)
    assert decision_rule.compute_confidence(two(p), 0, None)[0] == pytest.approx(abs(special.logit(p)), abs=1e-9)


@pytest.mark.parametrize("threshold", [None, 0.2, 0.7])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_no_change_smaller_than_the_confidence_changes_the_answer(threshold, classes):
    """Adding less than the confidence to the log of any one probability, in either direction, leaves the answer."""
    rows = draw(400, classes)
    sure = decision_rule.compute_confidence(rows, 1, threshold)
    answers = decision_rule.decide(rows, 1, threshold)
    assert (sure >= 0).all()
    for column in range(classes):
        for sign in (-1, 1):
            logs = np.log(rows)
            logs[:, column] += sign * 0.999 * sure
            changed = special.softmax(logs, axis=1)
            np.testing.assert_array_equal(decision_rule.decide(changed, 1, threshold), answers)


@pytest.mark.parametrize("classes", [2, 4])
def test_just_beyond_the_confidence_some_change_changes_the_answer(classes):
    rows = draw(300, classes, seed=1)
    sure, answers = decision_rule.compute_confidence(rows, 0, 0.4), decision_rule.decide(rows, 0, 0.4)
    changes = np.zeros(len(rows), bool)
    for column in range(classes):
        for sign in (-1, 1):
            logs = np.log(rows)
            logs[:, column] += sign * 1.001 * sure
            changes |= decision_rule.decide(special.softmax(logs, axis=1), 0, 0.4) != answers
    assert changes.all()


def test_probabilities_of_exactly_0_and_1_have_a_finite_confidence():
    sure = decision_rule.compute_confidence(two(0.0, 1.0), 0, 0.3)
    assert np.isfinite(sure).all() and (sure > 80).all()


@given(p=CHANCES, temperature=st.floats(0.1, 10))
def test_a_temperature_divides_the_log_odds(p, temperature):
    shown = decision_rule.apply_temperature(two(p), temperature)
    assert shown.sum() == pytest.approx(1)
    assert shown[0, 0] == pytest.approx(special.expit(special.logit(p) / temperature), abs=1e-12)


def test_a_temperature_keeps_the_order_and_one_changes_nothing():
    rows = draw(200, 5)
    np.testing.assert_allclose(decision_rule.apply_temperature(rows, 1.0), rows, atol=1e-12)
    np.testing.assert_array_equal(decision_rule.apply_temperature(rows, 3.0).argsort(1), rows.argsort(1))


@given(p=CHANCES, threshold=CHANCES, temperature=st.floats(0.2, 5))
def test_a_converted_threshold_decides_alike(p, threshold, temperature):
    shown = decision_rule.apply_temperature(two(p), temperature)
    if abs(special.logit(p) - special.logit(threshold)) < 1e-6:
        return
    converted = decision_rule.convert_threshold(threshold, temperature)
    assert decision_rule.decide(two(p), 0, threshold) == decision_rule.decide(shown, 0, converted)
