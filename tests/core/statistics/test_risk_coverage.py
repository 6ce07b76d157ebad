"""The risk-coverage curve: against a plain loop, with ties, and at its edges."""

import numpy as np
import pytest

from core.statistics import decision_rule, risk_coverage
from tests.support import byhand, probability_tasks, studies

make_task, study = probability_tasks.make_task, probability_tasks.study


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("patients", [0, 12])
def test_curve_is_that_of_a_plain_loop(classes, patients):
    task = study(350, patients=patients, classes=classes)
    curve = risk_coverage.compute_curve(task, None)
    confidence = decision_rule.compute_confidence(task.probabilities, task.positive, None)
    order = np.argsort(-confidence)
    wrong = (task.answers != task.labels)[order]
    risks = [wrong[:count].mean() for count in range(1, 351)]
    assert curve.area.value == pytest.approx(np.mean(risks))
    assert curve.area.low <= curve.area.value <= curve.area.high
    for row in curve.table.itertuples():
        assert row.error == pytest.approx(risks[row.n - 1]) and row.coverage == row.n / 350
        assert row.low <= row.error <= row.high
        assert (confidence >= row.limit).sum() == row.n
    last = curve.table.iloc[-1]
    assert last["coverage"] == 1 and last["error"] == pytest.approx(curve.area_random)
    assert curve.errors == wrong.sum()
    ideal = [np.sort(wrong)[:count].mean() for count in range(1, 351)]
    assert curve.area_ideal == pytest.approx(np.mean(ideal))
    assert curve.area_ideal <= curve.area.value


def test_area_agrees_with_a_loop_that_deletes_rows():
    task = make_task(studies.make_study(300, patients=20, seed=5))
    curve = risk_coverage.compute_curve(task, None)
    confidence, wrong = decision_rule.compute_confidence(task.probabilities, 0, None), task.answers != task.labels

    def measure(rows):
        ordered = wrong[rows][np.argsort(-confidence[rows], kind="stable")]
        return float((np.cumsum(ordered) / np.arange(1, len(rows) + 1)).mean())

    expected = byhand.bound_score(*byhand.leave_out(task.units, measure), 20)
    assert (curve.area.low, curve.area.high) == pytest.approx(expected, abs=0.006)  # on 100 places


def test_equally_sure_images_are_answered_together():
    """All alike: any order is a random one, so the area is the share of errors."""
    task = make_task(studies.make_predictions([0, 0, 0, 1] * 25, np.full(100, 0.8)))
    curve = risk_coverage.compute_curve(task, None)
    assert curve.table["n"].tolist() == [100]
    assert curve.area.value == pytest.approx(0.25) == curve.area_random


def test_perfect_and_useless_models():
    labels = np.tile([0, 1], 60)
    groups = [f"P{number // 10}" for number in range(120)]
    claims = np.linspace(0.6, 0.99, 120)
    right = make_task(studies.make_predictions(labels, np.where(labels == 0, claims, 1 - claims), groups))
    curve = risk_coverage.compute_curve(right, None)
    assert (curve.area.value, curve.area_ideal, curve.errors) == (0, 0, 0)
    assert curve.area.high > 0.1  # twelve patients without an error are twelve observations
    wrong = make_task(studies.make_predictions(labels, np.where(labels == 0, 1 - claims, claims), groups))
    assert risk_coverage.compute_curve(wrong, None).area.value == 1


@pytest.mark.parametrize("n", [0, 1])
def test_next_to_no_images(n):
    curve = risk_coverage.compute_curve(make_task(studies.make_predictions([0] * n, [0.7] * n)), None)
    assert len(curve.table) == n == curve.n
    assert curve.area.value == (0.0 if n else None)
    assert not curve.table[["coverage", "error", "low", "high"]].isna().any(axis=None)
