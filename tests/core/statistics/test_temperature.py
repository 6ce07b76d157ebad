"""The temperature: against scipy and a grid, and when it is refused."""

import numpy as np
import pytest
from scipy import optimize, special
from sklearn import metrics as reference

from core.base import errors
from core.statistics import decision_rule, temperature
from tests.support import byhand, probability_tasks, studies

make_task, study = probability_tasks.make_task, probability_tasks.study


def loss_at(task, value):
    """Mean log loss after a temperature, written out anew."""
    powers = task.probabilities ** (1 / value)
    return -np.log((powers / powers.sum(1, keepdims=True))[np.arange(task.n), task.labels]).mean()


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("sharpened", [0.3, 1.0, 2.5])
def test_temperature_is_the_least_log_loss_of_scipy_and_of_a_grid(classes, sharpened):
    task = temperature.soften(study(500, patients=25, classes=classes), 1 / sharpened)
    fit = temperature.fit_temperature(task)
    found = optimize.minimize_scalar(lambda at: loss_at(task, np.exp(at)), bounds=(-3, 3), method="bounded").x
    assert fit.temperature == pytest.approx(np.exp(found), rel=1e-3)
    grid = np.geomspace(0.06, 19, 400)
    assert fit.temperature == pytest.approx(grid[np.argmin([loss_at(task, at) for at in grid])], rel=0.02)
    assert fit.low <= fit.temperature <= fit.high
    soft = decision_rule.apply_temperature(task.probabilities, fit.temperature)
    assert fit.log_loss_after == pytest.approx(reference.log_loss(task.labels, soft, labels=list(range(classes))))
    assert fit.log_loss_after <= fit.log_loss_before
    assert (fit.n, fit.groups, fit.rests_on_few) == (500, 25, False)


def test_a_network_that_was_sharpened_gets_that_temperature_back():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 20_000)
    labels = (rng.random(20_000) >= special.expit(logits)).astype(int)
    task = make_task(studies.make_predictions(labels, special.expit(2 * logits)))
    fit = temperature.fit_temperature(task)
    assert fit.temperature == pytest.approx(2.0, rel=0.05)
    assert fit.low < 2 < fit.high


def test_interval_agrees_with_fitting_anew_without_each_patient():
    task = study(300, patients=20, seed=8)
    fit = temperature.fit_temperature(task)

    def find(rows):
        logs, labels = np.log(task.probabilities[rows]), task.labels[rows]

        def lose(at):
            return -special.log_softmax(logs / np.exp(at), axis=1)[np.arange(len(labels)), labels].mean()

        return float(optimize.minimize_scalar(lose, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9}).x)

    expected = np.exp(byhand.bound_student(*byhand.leave_out(task.units, find), 20))
    assert (fit.low, fit.high) == pytest.approx(expected, rel=0.01)


def test_softening_moves_no_answer_and_keeps_the_order():
    task = study(200, classes=5)
    soft = temperature.soften(task, 2.7)
    assert (soft.answers == task.answers).all()
    assert (soft.probabilities.argmax(1) == task.probabilities.argmax(1)).all()
    assert soft.probabilities.sum(1) == pytest.approx(1)
    assert soft.unit_count == task.unit_count


def test_few_patients_are_pointed_out():
    assert temperature.fit_temperature(study(200, patients=4)).rests_on_few
    assert not temperature.fit_temperature(study(200)).rests_on_few


@pytest.mark.parametrize(
    ("labels", "positive", "message"),
    [
        ([0, 1] * 40, [0.7, 0.4] * 40, "at least 100 validation images; found 80"),
        ([], [], "found 0"),
        ([0] * 200, [0.7, 0.4] * 100, "only Parasitized"),
        ([0, 1] * 100, [0.7, 0.4] * 100, "200 of 200 right"),
        ([0, 1] * 100, [0.3, 0.6] * 100, "none inside"),
        ([0, 1] * 100, [0.5] * 200, "none inside"),
    ],
    ids=["few", "none", "one class", "all right", "all wrong", "all ties"],
)
def test_refusals_say_why(labels, positive, message):
    task = make_task(studies.make_predictions(labels, positive))
    with pytest.raises(errors.ValidationNotEnough, match=message):
        temperature.fit_temperature(task)


def test_a_weight_is_so_many_images():
    task = study(300, seed=8)
    times = np.random.default_rng(0).integers(1, 5, 300)
    repeated = make_task(studies.make_predictions(*np.repeat([task.labels, task.scores], times, axis=1)))
    found, expected = temperature.fit_weighted(task, times.astype(float)), temperature.fit_temperature(repeated)
    assert found.temperature == pytest.approx(expected.temperature, rel=1e-6)
    assert found.log_loss_after == pytest.approx(expected.log_loss_after)
    assert found.high - found.low > expected.high - expected.low  # which takes each copy for one more image
