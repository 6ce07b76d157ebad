"""Slices against the rest: counts by hand, p against scipy and all sign changes, Holm by hand, and the edges."""

import itertools

import numpy as np
import pytest
from scipy import stats

from core.results import slice_tests, slices
from core.statistics import tasks
from tests.support import studies

NAMES = studies.NAMES


def make_task(n=600, *, patients=30, seed=0, classes=2):
    table = studies.make_study(n, patients=patients, seed=seed, classes=classes)
    names = studies.name_classes(classes)
    return tasks.build_task(table, names, names[0])


def cut(n, *masks):
    return [slices.Slice("Fact", str(place), np.asarray(mask, dtype=bool)) for place, mask in enumerate(masks)]


def quarter(task, seed=1):
    return np.random.default_rng(seed).random(task.n) < 0.25


def require_sound(rows):
    for row in rows:
        value, low, high = (getattr(row["rate"], key) for key in ("value", "low", "high"))
        assert (value is None) == (row["n"] == 0)
        if value is not None and low is not None:
            assert 0 <= low <= value <= high <= 1
        gap = row["difference"]
        if gap.low is not None:
            assert -1 <= gap.low <= gap.value <= gap.high <= 1
        assert (row["p"] is None) == (not row["judged"]) == (row["p_corrected"] is None)
        if row["judged"]:
            assert 0 < row["p"] <= row["p_corrected"] <= 1


@pytest.mark.parametrize("patients", [0, 1, 2, 5, 30])
@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("what", slice_tests.MEASURES)
def test_counts_are_those_of_a_direct_count(patients, classes, what):
    task = make_task(200, patients=patients, classes=classes)
    mask = quarter(task)
    rows = slice_tests.measure(task, cut(200, mask, ~mask), what)
    require_sound(rows)
    chosen = {
        "error": np.ones(200, bool),
        "missed": task.labels == task.positive,
        "flagged": task.labels != task.positive,
    }[what]
    wrong = (task.answers != task.labels) if what == "error" else (task.labels == 0) != (task.answers == 0)
    for row in rows:
        side = (mask if row["place"] == 0 else ~mask) & chosen
        assert row["n"] == side.sum() and row["rate"].value == pytest.approx(wrong[side].mean())
        assert row["patients"] == (len(set(task.units[side])) if patients > 1 else None)
    first, second = sorted(rows, key=lambda row: row["place"])
    assert first["difference"].value == pytest.approx(-second["difference"].value)
    assert first["rest"].value == second["rate"].value


def test_missed_and_flagged_are_what_sensitivity_and_specificity_leave():
    task = make_task()
    whole = cut(task.n, np.ones(task.n, bool))
    found, flagged = (slice_tests.measure(task, whole, what)[0]["rate"].value for what in ("missed", "flagged"))
    (tp, fn), (fp, tn) = task.confusion
    assert found == pytest.approx(fn / (tp + fn)) and flagged == pytest.approx(fp / (fp + tn))


def test_a_bad_slice_stands_out_and_is_first():
    table = studies.make_study(3000, patients=40, seed=2)
    mask = np.random.default_rng(3).random(3000) < 0.25
    task = tasks.build_task(table, NAMES, NAMES[0])
    answers = np.where(mask & (np.random.default_rng(4).random(3000) < 0.3), 1 - task.answers, task.answers)
    task = tasks.build_task(table, NAMES, NAMES[0], answers=answers)
    others = [quarter(task, seed) for seed in range(5, 12)]
    rows = slice_tests.measure(task, cut(3000, *others, mask))
    require_sound(rows)
    assert rows[0]["place"] == 7 and rows[0]["stands_out"] and rows[0]["difference"].low > 0
    assert sum(row["stands_out"] for row in rows) == 1


def test_small_slices_come_last_and_are_not_judged():
    task = make_task(600, patients=30)
    few_images, few_patients = np.arange(600) < 19, np.isin(task.units, [0, 1])
    rows = slice_tests.measure(task, cut(600, few_images, few_patients, quarter(task), np.zeros(600)))
    require_sound(rows)
    assert [row["judged"] for row in rows] == [True, False, False, False]
    assert rows[0]["place"] == 2 and rows[0]["p_corrected"] == rows[0]["p"]  # one test: nothing to correct
    rows = slice_tests.measure(task, cut(600, ~few_patients))
    assert not rows[0]["judged"]  # the rest must be large enough too


def test_perfect_useless_empty_and_single():
    for answers_right in (True, False):
        table = studies.make_study(100, patients=10)
        labels = table["label"].to_numpy()
        task = tasks.build_task(table, NAMES, NAMES[0], answers=labels if answers_right else 1 - labels)
        rows = slice_tests.measure(task, cut(100, quarter(task)))
        require_sound(rows)
        assert rows[0]["rate"].value == (0 if answers_right else 1) and rows[0]["p"] == 1
    for n in (0, 1):
        table = studies.make_study(n)
        task = tasks.build_task(table, NAMES, NAMES[0])
        for what in slice_tests.MEASURES:
            require_sound(slice_tests.measure(task, cut(n, np.ones(n)), what))
    assert slice_tests.measure(make_task(), []) == []


def test_flips_go_through_all_signs_of_few_patients():
    scores = np.random.default_rng(0).normal(size=(8, 3))
    got = slice_tests.compute_flips(scores)
    for column in range(3):
        sums = [abs(np.dot(signs, scores[:, column])) for signs in itertools.product((-1, 1), repeat=8)]
        assert got[column] == pytest.approx(np.mean(np.array(sums) >= abs(scores[:, column].sum()) - 1e-12))


def test_drawn_flips_agree_with_all_of_them():
    scores = np.random.default_rng(1).normal(0.25, 1, size=(14, 4))
    exact = [
        np.mean(np.abs(np.array(list(itertools.product((-1, 1), repeat=14))) @ column) >= abs(column.sum()) - 1e-12)
        for column in scores.T
    ]
    assert slice_tests.compute_flips(scores) == pytest.approx(exact, abs=0.03)
    assert (slice_tests.compute_flips(np.zeros((20, 2))) == 1).all()
    assert slice_tests.compute_flips(np.ones((40, 1)))[0] == 1 / (1 + slice_tests.FLIPS)


def test_flips_hold_their_level_where_patients_differ():
    rng = np.random.default_rng(5)
    hits = 0
    for seed in range(200):
        units = np.repeat(np.arange(20), rng.integers(5, 60, 20))
        wrong = rng.random(len(units)) < rng.beta(1, 6, 20)[units]
        mask = rng.random(len(units)) < rng.beta(0.5, 1, 20)[units]
        table = studies.make_predictions(np.zeros(len(units)), np.full(len(units), 0.9), [f"P{unit}" for unit in units])
        task = tasks.build_task(table, NAMES, NAMES[0], answers=wrong.astype(int))
        scores = slice_tests.compute_scores(task, slice_tests.find_outcome(task, "error"), [mask])
        hits += slice_tests.compute_flips(scores, flips=499, seed=seed)[0] < 0.05
    assert hits / 200 < 0.1  # a test that took images as independent would be at about 0.3


def test_scores_sum_to_the_covariance():
    task = make_task(300, patients=12)
    outcome, mask = slice_tests.find_outcome(task, "missed"), quarter(task)
    inside, wrong = mask[outcome.counted], outcome.wrong[outcome.counted]
    expected = np.cov(inside, wrong, bias=True)[0, 1] * outcome.counted.sum()
    assert slice_tests.compute_scores(task, outcome, [mask]).sum() == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(8))
def test_fisher_is_scipys(seed):
    rng = np.random.default_rng(seed)
    counted = rng.random(80) < 0.9
    wrong, mask = counted & (rng.random(80) < rng.random()), rng.random(80) < rng.random()
    cells = [[(mask & wrong).sum(), (mask & counted & ~wrong).sum()]]
    cells += [[(~mask & wrong).sum(), (~mask & counted & ~wrong).sum()]]
    got = slice_tests.compute_fisher(slice_tests.Outcome(counted, wrong), mask)
    assert got == pytest.approx(stats.fisher_exact(cells).pvalue)


def test_fisher_without_images_or_mistakes():
    nothing = np.zeros(5, bool)
    assert slice_tests.compute_fisher(slice_tests.Outcome(nothing, nothing), ~nothing) == 1
    assert slice_tests.compute_fisher(slice_tests.Outcome(~nothing, nothing), nothing) == 1


def test_holm_by_hand():
    # Of four: 4 x 0.01, 3 x 0.02, then 2 x 0.03 = 0.06 = the 0.06 before it, 1 x 0.5.
    assert slice_tests.correct([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    # 3 x 0.01; 2 x 0.04 = 0.08; 1 x 0.045 may not be below the one before it.
    assert slice_tests.correct([0.01, 0.04, 0.045]) == pytest.approx([0.03, 0.08, 0.08])
    assert slice_tests.correct([0.9, 0.8]) == [1.0, 1.0]
    assert slice_tests.correct([]) == [] and slice_tests.correct([0.2]) == [0.2]


def test_too_few_patients_for_anything_to_stand_out():
    assert not slice_tests.can_stand_out(make_task(patients=6), 8)  # at best 8 x 2 / 64
    assert slice_tests.can_stand_out(make_task(patients=12), 8)
    assert slice_tests.can_stand_out(make_task(patients=0), 8)


def test_the_same_seed_gives_the_same_result():
    task = make_task()
    found = cut(task.n, quarter(task), quarter(task, 2))
    assert slice_tests.measure(task, found) == slice_tests.measure(task, found)
