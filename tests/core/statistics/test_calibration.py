"""Calibration error, Brier score and log loss: cross-checks, intervals, and edge cases."""

import json

import numpy as np
import pytest
from sklearn import metrics as reference

from core.base import files
from core.statistics import calibration, reliability, temperature
from tests.support import byhand, probability_tasks, studies

make_task, study = probability_tasks.make_task, probability_tasks.study


def require_sound(result, n):
    json.dumps(result, allow_nan=False, default=files.encode)
    assert result["n"] == n
    for name in calibration.SCORES:
        value, low, high = (getattr(result[name], key) for key in ("value", "low", "high"))
        if value is None:
            assert low is None and high is None
        elif low is not None:
            assert 0 <= low <= value <= high or (name == "log_loss" and low <= value <= high)
            assert high <= 1 or name == "log_loss"


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("patients", [0, 20])
def test_scores_agree_with_scikit_learn(classes, patients):
    task = study(600, patients=patients, classes=classes)
    result = calibration.measure(task)
    require_sound(result, 600)
    assert result["interval"] == ("patients" if patients else "images")
    labels = list(range(classes))
    assert result["log_loss"].value == pytest.approx(
        reference.log_loss(task.labels, task.probabilities, labels=labels), rel=1e-6
    )
    if classes == 2:
        expected = reference.brier_score_loss(task.is_positive, task.scores)
    else:
        expected = reference.brier_score_loss(task.labels, task.probabilities, labels=labels, scale_by_half=True)
    assert result["brier"].value == pytest.approx(expected)


def test_calibration_error_of_a_worked_case():
    """Half the images say 0.9 and are right in 80 of 100, half say 0.6 and are right in 70: (0.1 + 0.1) / 2."""
    right = np.concatenate([np.arange(100) < 80, np.arange(100) < 70])
    claims = np.repeat([0.9, 0.6], 100)
    labels = np.tile([0, 1], 100)
    table = studies.make_predictions(labels, np.where((labels == 0) == right, claims, 1 - claims))
    result = calibration.measure(make_task(table))
    assert result["ece"].value == pytest.approx(0.1)
    assert result["brier"].value == pytest.approx((0.8 * 0.01 + 0.2 * 0.81 + 0.7 * 0.16 + 0.3 * 0.36) / 2)


def test_calibration_error_is_the_mean_gap_of_the_bins():
    task = study(900, patients=15)
    for rule in ("mass", "width"):
        bins = reliability.compute_bins(task, rule=rule)
        expected = (bins["n"] * (bins["observed"] - bins["claimed"]).abs()).sum() / 900
        assert calibration.measure(task, rule=rule)["ece"].value == pytest.approx(expected)


def test_chance_error_is_what_calibrated_models_show():
    rng = np.random.default_rng(5)
    claims = rng.uniform(0.5, 1, 400)
    bins = reliability.number_bins(claims, "mass")
    chance = calibration.compute_chance_error(claims, bins)
    shown = []
    for _ in range(300):
        gaps = np.bincount(bins, weights=(rng.random(400) < claims) - claims)
        shown.append(np.abs(gaps).sum() / 400)
    assert chance["mean"] == pytest.approx(np.mean(shown), rel=0.06)
    assert chance["high"] == pytest.approx(np.quantile(shown, 0.95), rel=0.1)


def test_what_chance_explains_reaches_down_to_zero_and_what_it_does_not_stays_above():
    rng = np.random.default_rng(1)
    claims = rng.uniform(0.5, 1, 2000)
    labels = np.zeros(2000, dtype=int)
    labels[rng.random(2000) >= claims] = 1
    honest = calibration.measure(make_task(studies.make_predictions(labels, claims)))
    assert honest["ece"].low == 0.0
    boastful = calibration.measure(make_task(studies.make_predictions(labels, 0.5 + claims / 2)))
    assert boastful["ece"].low > 0.05


def test_a_difference_is_paired():
    task = study(800, patients=20, seed=4)
    result = calibration.compare(task, temperature.soften(task, 3.0))
    require_sound(result["before"], 800)
    require_sound(result["after"], 800)
    alone = calibration.measure(task)
    assert result["before"] == alone
    for name in calibration.SCORES:
        change = result["change"][name]
        assert change.value == pytest.approx(result["after"][name].value - result["before"][name].value)
    log_loss = result["change"]["log_loss"]
    width = alone["log_loss"].high - alone["log_loss"].low
    assert log_loss.high - log_loss.low < width  # the same patients on both sides
    none = calibration.compare(task, task)["change"]
    assert all(metric.value == 0 for metric in none.values())


def test_intervals_agree_with_a_loop_that_deletes_rows():
    task = make_task(studies.make_study(400, patients=25, seed=2))
    result = calibration.measure(task)
    chances, labels = task.probabilities, task.labels

    def lose(rows):
        return float(np.log(-np.log(chances[rows, labels[rows]]).mean()))

    def miss(rows):
        return float(((chances[rows, 0] - (labels[rows] == 0)) ** 2).mean())

    low, high = byhand.bound_student(*byhand.leave_out(task.units, lose), 25)
    assert ends(result["log_loss"]) == pytest.approx((np.exp(low), np.exp(high)))
    assert ends(result["brier"]) == pytest.approx(byhand.bound_score(*byhand.leave_out(task.units, miss), 25))


def ends(metric):
    return metric.low, metric.high


def test_the_error_loses_its_noise_below_and_not_above():
    """Each bin's gap squared less its own variance, both from a loop; above, the ends of any figure in [0, 1]."""
    task = make_task(studies.make_study(900, patients=30, seed=3))
    claims, so = reliability.read_claims(task, "answer")
    bins = reliability.number_bins(claims, "mass")

    def gap(rows, at):
        return float(((so[rows] - claims[rows]) * (bins[rows] == at)).mean())

    parts = [byhand.leave_out(task.units, lambda rows, at=at: gap(rows, at)) for at in range(bins.max() + 1)]
    value, left_out = (sum(np.abs(side) for side in sides) for sides in zip(*parts, strict=True))
    clean = sum(np.sqrt(max(0.0, whole**2 - byhand.find_error(left) ** 2)) for whole, left in parts)
    found = calibration.measure(task)["ece"]
    assert found.high == pytest.approx(byhand.bound_score(value, left_out, 30)[1])
    assert found.low in (0.0, pytest.approx(max(0.0, byhand.bound_student(clean, left_out, 30)[0])))


@pytest.mark.parametrize(
    ("labels", "positive", "groups"),
    [
        ([], [], ""),
        ([0], [0.9], ""),
        ([0] * 30, [1.0] * 30, "A"),
        ([0, 1] * 30, [1.0, 0.0] * 30, [f"P{n // 6}" for n in range(60)]),
        ([0, 1] * 30, [0.0, 1.0] * 30, [f"P{n // 6}" for n in range(60)]),
        ([0, 1] * 30, [0.5] * 60, ""),
    ],
    ids=["none", "one", "one patient, certain", "perfect", "certain and wrong", "all ties"],
)
def test_edges(labels, positive, groups):
    task = make_task(studies.make_predictions(labels, positive, groups))
    for subject in ("answer", "positive"):
        require_sound(calibration.measure(task, subject=subject), len(labels))
    result = calibration.compare(task, task)
    json.dumps(result, allow_nan=False, default=files.encode)
    assert result["before"]["ece_by_chance"]["mean"] is None or len(labels)


@pytest.mark.parametrize(("patients", "wrong", "level"), [(6, 0.1, "about 90 %"), (6, 0.3, "95 %"), (12, 0.1, "95 %")])
def test_a_small_score_of_few_patients_says_that_it_holds_less_often(patients, wrong, level):
    rng, labels = np.random.default_rng(0), np.tile([0, 1], 120)
    chances = np.where(labels == 0, 1.0, 0.0) + np.where(labels == 0, -wrong, wrong) * rng.uniform(0.5, 1.5, 240)
    groups = [f"P{number % patients}" for number in range(240)]
    found = calibration.measure(make_task(studies.make_predictions(labels, chances, groups)))
    assert found["brier"].level == level


def test_one_patient_has_no_interval_of_what_is_no_share():
    found = calibration.measure(make_task(studies.make_study(60, patients=2, seed=1).assign(group="A")))
    assert found["interval"] == "images"
    few, many = (calibration.measure(study(400, patients=patients)) for patients in (4, 40))
    widths = [one["log_loss"].high - one["log_loss"].low for one in (few, many)]
    assert widths[0] > 1.5 * widths[1]
