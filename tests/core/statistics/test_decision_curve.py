"""Net benefit: by hand, by counting the images that are left, at another prevalence; intervals not too narrow."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.statistics import decision_curve, prevalence, tasks, temperature
from tests.support import byhand
from tests.support.sampled_tasks import make_study, make_task


def count_benefit(task: tasks.Task, p: float, weights: Any = None) -> float:
    """Vickers and Elkin's formula, image by image."""
    weights = np.ones(task.n) if weights is None else weights
    flagged = task.scores >= p
    found, alarms = weights[flagged & task.is_positive].sum(), weights[flagged & ~task.is_positive].sum()
    return float((found - alarms * p / (1 - p)) / weights.sum())


def test_by_hand() -> None:
    # Of 10 images 4 are positive. From 20 % on, 3 of them and 2 others are flagged: (3 - 2 * 1/4) / 10.
    task = make_task([0, 0, 0, 0, 1, 1, 1, 1, 1, 1], [0.9, 0.6, 0.3, 0.1, 0.7, 0.2, 0.15, 0.1, 0.05, 0.0])
    row = decision_curve.find_row(decision_curve.compute_curve(task), 4.0)
    assert row is not None and (row["probability"], row["alarms"]) == pytest.approx((0.2, 4))
    assert row["model"] == pytest.approx(0.25)
    assert row["all"] == pytest.approx((4 - 6 / 4) / 10)
    assert row["over"] == "all" and row["gain"] == pytest.approx(0)
    assert row["answers"] == pytest.approx((2 - 1 / 4) / 10)


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("ties", [False, True])
def test_each_point_is_what_was_counted(classes: int, ties: bool) -> None:
    task = make_study(300, patients=14, classes=classes, ties=ties)
    table = decision_curve.compute_curve(task).table
    assert table["model"].tolist() == pytest.approx([count_benefit(task, p - 1e-9) for p in table["probability"]])
    share = float(task.is_positive.mean())
    odds = (table["probability"] / (1 - table["probability"])).to_numpy()
    np.testing.assert_allclose(table["all"], share - (1 - share) * odds)
    np.testing.assert_allclose(table["gain"], table["model"] - np.maximum(table["all"], 0))
    flagged = task.answers == task.positive
    found, alarms = (flagged & task.is_positive).sum(), (flagged & ~task.is_positive).sum()
    np.testing.assert_allclose(table["answers"], (found - alarms * odds) / task.n)


def test_the_band_agrees_with_a_loop_that_deletes_patients() -> None:
    task = make_study(200, patients=15, seed=3)
    curve = decision_curve.compute_curve(task)
    row = decision_curve.find_row(
        curve, 1.0
    )  # where some are missed and some flagged by mistake, so that nothing is widened
    assert row is not None

    def count(rows: np.ndarray) -> float:
        return count_benefit(task, 0.5, np.isin(np.arange(task.n), rows).astype(float))

    expected = byhand.bound_student(*byhand.leave_out(task.units, count), task.unit_count)
    assert (row["model_low"], row["model_high"]) == pytest.approx(expected)


def test_another_prevalence_weighs_both_sides_and_moves_the_probabilities() -> None:
    task = make_study(400, patients=16)
    own = float(task.is_positive.mean())
    row = decision_curve.find_row(decision_curve.compute_curve(task, prevalence=0.05), 9.0)
    assert row is not None
    level = float(decision_curve.shift(0.1, 0.05, own))
    odds = 0.1 / 0.9 * (own / (1 - own)) / (0.05 / 0.95)
    assert level == pytest.approx(odds / (1 + odds))
    flagged = task.scores >= level
    worth = 0.05 * flagged[task.is_positive].mean() - 0.95 * flagged[~task.is_positive].mean() / 9
    assert row["model"] == pytest.approx(worth)
    # The same rates as the view of prevalence finds at that threshold.
    rates = prevalence.measure_rates(task, level).values
    assert worth == pytest.approx(float(decision_curve.net_benefit(rates[0], 1 - rates[1], 0.05, 0.1)))
    assert row["all"] == pytest.approx(0.05 - 0.95 / 9)


def test_the_samples_own_prevalence_said_aloud_changes_no_value() -> None:
    task = make_study(300, patients=12)
    own = float(task.is_positive.mean())
    one, other = (decision_curve.compute_curve(task, prevalence=share).table for share in (None, own))
    np.testing.assert_allclose(one["model"], other["model"])
    assert (one["model_high"] - one["model_low"]).mean() > (other["model_high"] - other["model_low"]).mean()


def test_calibration_matters() -> None:
    random = np.random.default_rng(0)
    log_odds = random.normal(0, 2, 6000)
    labels = (random.random(6000) >= 1 / (1 + np.exp(-log_odds))).astype(int)
    boastful = make_task(labels, 1 / (1 + np.exp(-4 * log_odds)))
    before = decision_curve.compute_curve(boastful).table
    after = decision_curve.compute_curve(temperature.soften(boastful, 4.0)).table
    assert after["model"].mean() > before["model"].mean() + 0.02
    assert (after["gain"] > -0.003).all(), "a calibrated model is never worth less than both"
    assert (before["gain"] < -0.05).any()
    np.testing.assert_allclose(before["answers"], after["answers"])


def test_perfect_and_useless_models() -> None:
    labels = np.repeat([0, 1], 40)
    groups = [f"P{n % 20}" for n in range(80)]
    perfect = decision_curve.compute_curve(make_task(labels, 0.999 - 0.998 * labels, groups), prevalence=0.5)
    np.testing.assert_allclose(perfect.table["model"], 0.5)
    assert (perfect.table["model_low"] < 0.5).all(), "20 patients without an error do not prove that there is none"
    assert (perfect.table["model_high"] == 0.5).all(), "more than all cannot be found"
    useless = decision_curve.compute_curve(make_task(labels, np.full(80, 0.5), groups))
    below = useless.table["probability"] <= 0.5
    np.testing.assert_allclose(useless.table["model"], np.where(below, useless.table["all"], 0), atol=1e-12)
    assert decision_curve.find_better(useless) == []


@pytest.mark.parametrize(("labels", "n"), [([], 0), ([0], 1), ([1], 1), ([1] * 9, 9), ([0] * 9, 9)])
@pytest.mark.parametrize("share", [None, 0.1])
def test_no_curve_without_both_sides(labels: list[int], n: int, share: float | None) -> None:
    curve = decision_curve.compute_curve(make_task(labels, np.linspace(0.1, 0.9, n)), prevalence=share)
    assert curve.table.empty and list(curve.table) == decision_curve.COLUMNS and curve.n == n
    assert decision_curve.find_row(curve, 9.0) is None and decision_curve.find_better(curve) == []


cases = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), st.sampled_from(["a", "b", "c", ""])),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(cases, st.sampled_from([None, 0.001, 0.5]))
def test_any_sample_gives_a_sound_curve(rows: list[tuple[int, float, str]], share: float | None) -> None:
    labels, chances, groups = zip(*rows, strict=True) if rows else ((), (), ())
    task = make_task(list(labels), list(chances), list(groups))
    table = decision_curve.compute_curve(task, prevalence=share).table
    numbers = table[["probability", "alarms", "model", "answers", "all", "gain"]].to_numpy(float)
    assert np.isfinite(numbers).all()
    assert (np.diff(table["probability"]) > 0).all()
    for name in ("model", "answers", "gain"):
        low, high = table[f"{name}_low"], table[f"{name}_high"]
        assert (low.isna() == high.isna()).all()
        assert ((low <= table[name] + 1e-9) & (table[name] <= high + 1e-9) | low.isna()).all()
    limit = task.is_positive.mean() if share is None and task.n else share
    assert table.empty or (table["model"] <= limit + 1e-9).all()


def test_every_preference_is_a_point_of_the_curve() -> None:
    probabilities = decision_curve.list_probabilities()
    for alarms in decision_curve.PREFERENCES:
        assert np.abs(probabilities - 1 / (1 + alarms)).min() < 1e-12
    assert (np.diff(probabilities) > 0).all()
