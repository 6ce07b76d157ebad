"""The limit for referring: where it lies, what it does, and when it is refused."""

import json

import numpy as np
import pytest
from sklearn import metrics as reference

from core.base import errors, files
from core.prediction import decision
from core.statistics import decision_rule, estimate, referral, wilson
from tests.support import made_models, probability_tasks, studies

make_task, study = probability_tasks.make_task, probability_tasks.study
NAMES = studies.NAMES


def refers(task, threshold, limit):
    return decision_rule.compute_confidence(task.probabilities, task.positive, threshold) < limit


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("threshold", [None, 0.3])
@pytest.mark.parametrize("share", [0.05, 0.14, 0.5])
def test_limit_refers_the_wanted_share_and_lies_midway(classes, threshold, share):
    task = study(400, patients=10, classes=classes)
    limit = referral.choose_limit(task, threshold, share)
    confidence = np.sort(decision_rule.compute_confidence(task.probabilities, task.positive, threshold))
    below = round(share * 400)
    assert refers(task, threshold, limit).sum() == below
    assert limit == pytest.approx((confidence[below - 1] + confidence[below]) / 2)


def test_limit_keeps_equally_sure_images_on_one_side():
    claims = np.concatenate([np.full(30, 0.6), np.full(170, 0.9)])
    task = make_task(studies.make_predictions(np.tile([0, 1], 100), claims))
    assert refers(task, None, referral.choose_limit(task, None, 0.10)).sum() == 30
    assert refers(task, None, referral.choose_limit(task, None, 0.45)).sum() == 30


@pytest.mark.parametrize(
    ("n", "claims", "share", "message"),
    [
        (60, None, 0.2, "at least 100 validation images; found 60"),
        (0, None, 0.2, "found 0"),
        (200, None, 0.01, "Choose 5 % or more"),
        (200, None, 0.0, "at least 10 validation images to refer"),
        (200, 0.8, 0.2, "differently sure"),
        (200, 1.0, 0.2, "differently sure"),
    ],
)
def test_refusals_say_why(n, claims, share, message):
    values = np.full(n, claims) if claims is not None else np.linspace(0.01, 0.99, n)
    task = make_task(studies.make_predictions(np.arange(n) % 2, values))
    with pytest.raises(errors.ValidationNotEnough, match=message):
        referral.choose_limit(task, None, share)


@pytest.mark.parametrize("patients", [0, 15])
@pytest.mark.parametrize("classes", [2, 5])
def test_numbers_are_those_of_a_plain_count(patients, classes):
    task = study(500, patients=patients, classes=classes, seed=6)
    limit = referral.choose_limit(task, None, 0.2)
    seen = referral.measure(task, None, limit)
    json.dumps(seen, allow_nan=False, default=files.encode)
    sent = refers(task, None, limit)
    wrong, left = task.answers != task.labels, ~sent
    assert seen["referred"].value == sent.mean() and seen["referred"].n == 500
    assert seen["error"].value == pytest.approx(wrong[left].mean()) and seen["error"].n == left.sum()
    assert seen["error_all"].value == pytest.approx(wrong.mean())
    assert seen["caught"].value == pytest.approx(sent[wrong].mean()) and seen["caught"].n == wrong.sum()
    truth, said = task.is_positive[left], (task.answers == task.positive)[left]
    assert seen["sensitivity"].value == pytest.approx(reference.recall_score(truth, said))
    assert seen["specificity"].value == pytest.approx(reference.recall_score(~truth, ~said))
    for label, name in enumerate(task.class_names):
        assert seen["by_class"][name].value == pytest.approx(sent[task.labels == label].mean())
    for metric in [*(seen[name] for name in ("referred", "error", "caught")), *seen["by_class"].values()]:
        assert 0 <= metric.low <= metric.value <= metric.high <= 1
    if not patients:
        edges = wilson.compute_wilson(wrong[left].sum(), left.sum())
        assert (seen["error"].low, seen["error"].high) == (edges.low, edges.high)


@pytest.mark.parametrize("limit", [0.0, 100.0])
@pytest.mark.parametrize(
    ("labels", "positive"),
    [([], []), ([0], [0.7]), ([0] * 20, [0.9] * 20), ([1] * 20, [0.9] * 20), ([0, 1] * 10, [0.9, 0.1] * 10)],
    ids=["none", "one", "only positives", "only negatives", "perfect"],
)
def test_edges(limit, labels, positive):
    task = make_task(studies.make_predictions(labels, positive, "A" if len(labels) < 20 else ["A", "B"] * 10))
    seen = referral.measure(task, None, limit)
    json.dumps(seen, allow_nan=False, default=files.encode)
    assert seen["error"].n == (0 if limit else len(labels))
    assert seen["referred"].value == (None if not labels else float(limit > 0))


def test_a_class_that_is_referred_more_is_named():
    def metric(value, low, high):
        return estimate.Estimate(value, low, high, 100)

    assert referral.find_favoured({"a": metric(0.3, 0.2, 0.4), "b": metric(0.1, 0.05, 0.15)}) == "a"
    assert referral.find_favoured({"a": metric(0.3, 0.1, 0.4), "b": metric(0.1, 0.05, 0.15)}) is None
    assert referral.find_favoured({"a": metric(0.3, 0.2, 0.4), "b": metric(None, None, None)}) is None


@pytest.mark.parametrize("threshold", [None, 0.2])
def test_predict_refers_exactly_the_same_images(home, threshold):
    task = study(200, seed=9)
    limit = referral.choose_limit(task, threshold, 0.15)
    point = None if threshold is None else {"threshold": threshold}
    found = made_models.write_model(
        made_models.make_answers([0, 1], names=NAMES), names=NAMES, referral={"limit": limit}, operating_point=point
    )
    answers = [decision.decide(found, dict(zip(NAMES, row, strict=True))) for row in task.probabilities.tolist()]
    assert [answer.refers for answer in answers] == refers(task, threshold, limit).tolist()
