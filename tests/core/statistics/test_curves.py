"""Curves: exact against scikit-learn, with ties; bands that hold the curve; samples without a curve."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from core.base import files
from core.statistics import curves, estimate, summary, tasks
from tests.support import byhand, studies
from tests.support.sampled_tasks import NAMES, make_study, make_task


@pytest.mark.parametrize(("ties", "classes"), [(False, 2), (True, 2), (True, 5)])
def test_points_and_areas_agree_with_scikit_learn(ties: bool, classes: int) -> None:
    task = make_study(300, ties=ties, patients=12, classes=classes)
    points = curves.find_points(task)
    false, found, thresholds = reference.roc_curve(task.is_positive, task.scores, drop_intermediate=False)
    np.testing.assert_allclose(points.false_alarms, false[1:])
    np.testing.assert_allclose(points.sensitivity, found[1:])
    np.testing.assert_allclose(points.thresholds, thresholds[1:])
    precision, recall, _ = reference.precision_recall_curve(task.is_positive, task.scores)
    # Theirs ends with an invented point, and runs from the lowest threshold up.
    np.testing.assert_allclose(points.precision, precision[:-1][::-1])
    np.testing.assert_allclose(points.sensitivity, recall[:-1][::-1])
    drawn = curves.compute_curves(task)
    assert drawn.auc.value == pytest.approx(reference.roc_auc_score(task.is_positive, task.scores))
    wanted = reference.average_precision_score(task.is_positive, task.scores)
    assert drawn.average_precision.value == pytest.approx(wanted)
    assert drawn.chance == pytest.approx(task.is_positive.mean())


def test_points_of_weighted_images_agree_with_scikit_learn() -> None:
    task = make_study(300, ties=True, patients=12)
    weights = np.random.default_rng(0).uniform(0.5, 9, 300)
    points = curves.find_points(task, weights)
    options = {"drop_intermediate": False, "sample_weight": weights}
    false, found, _ = reference.roc_curve(task.is_positive, task.scores, **options)
    np.testing.assert_allclose(points.false_alarms, false[1:])
    np.testing.assert_allclose(points.sensitivity, found[1:])


@pytest.mark.parametrize("ties", [False, True])
def test_each_weighted_sample_agrees_with_scikit_learn(ties: bool) -> None:
    task = make_study(120, ties=ties, patients=7)
    weights = np.random.default_rng(0).integers(0, 4, (task.unit_count, 9)).astype(float)
    found = curves._compute(curves._rank(task, together=True), weights)
    images = task.weigh_images(weights)
    grid = np.linspace(0, 1, curves.GRID_STEPS + 1)
    for column in range(9):
        options = {"sample_weight": images[:, column]}
        false, true, _ = reference.roc_curve(task.is_positive, task.scores, drop_intermediate=False, **options)
        # Upper ends of the jumps, then straight lines between them.
        ends = np.append(np.flatnonzero(np.diff(false) > 1e-12), len(false) - 1)
        starts = np.append(0, ends[:-1] + 1)
        x, y = np.repeat(false[starts], 2), np.stack([true[starts], true[ends]], 1).ravel()
        np.testing.assert_allclose(found[: len(grid), column], np.interp(grid + 1e-12, x, y), atol=1e-6)


def test_average_precision_agrees_with_a_loop_that_deletes_rows() -> None:
    task = make_study(300, patients=14)

    def average(rows: np.ndarray) -> float:
        return float(reference.average_precision_score(task.is_positive[rows], task.scores[rows]))

    found = curves.compute_curves(task).average_precision
    expected = byhand.bound_score(*byhand.leave_out(task.units, average), 14)
    assert (found.low, found.high) == pytest.approx(expected)


def test_auc_and_its_interval_are_those_of_the_summary() -> None:
    table = studies.make_study(400, patients=14)
    task = tasks.build_task(table, NAMES, NAMES[0])
    ours, theirs = curves.compute_curves(task).auc, summary.summarise(table, NAMES, NAMES[0])["auc"]
    assert ours == pytest.approx(theirs)


def require_sound(task: tasks.Task, drawn: curves.Curves) -> None:
    for metric in (drawn.auc, drawn.average_precision):
        json.dumps(metric, allow_nan=False, default=files.encode)
        if metric.low is not None:
            assert 0 <= metric.low <= metric.value <= metric.high <= 1
    for band in (drawn.roc, drawn.precision_recall):
        assert len(band.x) == len(band.low) == len(band.high)
        assert ((band.low >= 0) & (band.low <= band.high) & (band.high <= 1)).all()
    for column in (drawn.points.sensitivity, drawn.points.false_alarms):
        assert (np.diff(column) >= 0).all() and np.isfinite(column).all()


cases = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), st.sampled_from(["a", "b", "c", ""])),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_any_sample_gives_sound_curves(rows: list[tuple[int, float, str]]) -> None:
    labels, chances, groups = zip(*rows, strict=True) if rows else ((), (), ())
    task = make_task(list(labels), list(chances), list(groups))
    drawn = curves.compute_curves(task)
    require_sound(task, drawn)
    counts = curves.count_scores(task, bins=8)
    assert counts.positives.sum() + counts.others.sum() == task.n
    assert len(curves.list_steps(task)) > 0


def test_a_band_holds_the_curve_and_rises() -> None:
    task = make_study(500, patients=20)
    drawn = curves.compute_curves(task)
    require_sound(task, drawn)
    exact = np.interp(drawn.roc.x, drawn.points.false_alarms, drawn.points.sensitivity)
    assert ((drawn.roc.low <= exact + 0.01) & (exact <= drawn.roc.high + 0.01)).all()
    assert (np.diff(drawn.roc.low) >= 0).all() and (np.diff(drawn.roc.high) >= 0).all()


def test_perfect_and_useless_models() -> None:
    labels = np.repeat([0, 1], 40)
    groups = [f"P{n % 20}" for n in range(80)]
    perfect = curves.compute_curves(make_task(labels, 0.9 - 0.8 * labels, groups))
    assert perfect.auc.value == perfect.average_precision.value == 1.0
    assert perfect.auc.low < 0.9, "20 patients without an error do not prove that there is none"
    useless = curves.compute_curves(make_task(labels, np.full(80, 0.5), groups))
    assert useless.auc.value == 0.5 and useless.average_precision.value == 0.5 == useless.chance
    assert len(useless.points.thresholds) == 1


@pytest.mark.parametrize(("labels", "n"), [([], 0), ([0], 1), ([1], 1), ([1] * 9, 9), ([0] * 9, 9)])
def test_no_curve_without_both_sides(labels: list[int], n: int) -> None:
    drawn = curves.compute_curves(make_task(labels, np.linspace(0.1, 0.9, n)))
    assert not len(drawn.points.thresholds) and not len(drawn.roc.x)
    assert drawn.auc == estimate.Estimate(None, None, None, n)
    assert curves.locate(drawn.points, 0.5) is None
    assert curves.thin(drawn.points) is drawn.points


def test_a_threshold_is_found_on_the_curve() -> None:
    task = make_task([0, 0, 0, 1, 1], [0.9, 0.8, 0.3, 0.6, 0.1])
    points = curves.find_points(task)
    assert curves.locate(points, 0.95) == curves.Place(0.0, 0.0, None)
    place = curves.locate(points, 0.6)
    assert (place.sensitivity, place.false_alarms, place.precision) == pytest.approx((2 / 3, 1 / 2, 2 / 3))
    assert curves.locate(points, 0.0).false_alarms == 1.0


def test_thinned_curves_keep_their_course() -> None:
    points = curves.find_points(make_study(4000))
    fewer = curves.thin(points, steps=100)
    assert len(fewer.thresholds) < len(points.thresholds) / 2
    assert fewer.sensitivity[-1] == fewer.false_alarms[-1] == 1.0
    for name in ("sensitivity", "false_alarms", "precision"):
        between = np.interp(-points.thresholds, -fewer.thresholds, getattr(fewer, name))
        assert np.abs(between - getattr(points, name)).max() < 0.02


def test_the_axis_goes_there_and_back() -> None:
    for temperature in (None, 2.0):
        for threshold in (0.001, 0.5, 0.97):
            place = curves.to_axis(threshold, temperature)
            assert curves.from_axis(place, temperature) == pytest.approx(threshold)
    assert curves.to_axis(0.9, 2.0) == pytest.approx(np.log(9) / 2)
    assert np.isfinite([curves.to_axis(0.0), curves.to_axis(1.0)]).all()
    steps = curves.list_steps(make_task([0, 1], [1.0, 0.0]))
    assert steps[0] == -steps[-1] == -16 and len(steps) < 300 and 0.0 in steps
