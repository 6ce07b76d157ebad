"""Which patients fail: by hand, against scipy and simulated patients, and the edges."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.results import patient_errors, slice_tests
from core.statistics import tasks
from tests.support import studies

NAMES = studies.NAMES


def measure(wrong, images, names=None, what="error"):
    """Patients with so many wrong ones of so many images, all of the positive class."""
    names = names or [f"P{number:02d}" for number in range(len(images))]
    groups = np.repeat(names, images)
    right = np.concatenate([np.ones(0, bool)] + [np.arange(n) >= bad for bad, n in zip(wrong, images, strict=True)])
    table = studies.make_predictions(np.zeros(len(right)), np.where(right, 0.9, 0.1), groups)
    task = tasks.build_task(table, NAMES, NAMES[0])
    return patient_errors.measure(task, table["group"], what)


def test_by_hand():
    found = measure([1, 30, 0], [20, 40, 5])
    assert [row["patient"] for row in found["patients"]] == ["P01", "P00", "P02"]
    assert (found["value"], found["n"]) == (31 / 65, 65)
    worst, middle, last = found["patients"]
    edges = stats.binomtest(30, 40).proportion_ci(method="wilson")
    assert worst["share"].ends == pytest.approx((edges.low, edges.high))
    assert worst["above"] and not worst["below"] and middle["below"] and not middle["above"]
    assert (worst["wrong"], worst["share"].n, worst["judged"]) == (30, 40, True)
    assert not last["judged"]


def test_overdispersion_is_pearsons_chi_square():
    wrong, images = np.array([3, 9, 1, 7, 2]), np.array([30, 40, 25, 35, 50])
    got = patient_errors.compute_spread(wrong, images)
    chi_square, p, free, _ = stats.chi2_contingency([wrong, images - wrong], correction=False)
    assert got["overdispersion"] == pytest.approx(chi_square / free)
    assert got["p"] == pytest.approx(p, abs=0.02)


def test_spread_finds_what_was_put_in():
    variances = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        images = rng.integers(50, 300, 400)
        shares = rng.beta(8, 72, 400)  # mean 0.1, standard deviation sqrt(0.1 x 0.9 / 81) = 0.0333
        got = patient_errors.compute_spread(rng.binomial(images, shares), images, draws=20)
        variances.append(got["spread"] ** 2)
        assert got["p"] == 1 / 21 and got["overdispersion"] > 1.5
    assert np.sqrt(np.mean(variances)) == pytest.approx(0.0333, abs=0.0015)
    alike = patient_errors.compute_spread(rng.binomial(images, 0.1), images, draws=500)
    assert alike["spread"] < 0.012 and alike["p"] > 0.01 and alike["overdispersion"] == pytest.approx(1, abs=0.25)


def test_p_holds_its_level_for_patients_with_few_images():
    rng = np.random.default_rng(1)
    values = []
    for seed in range(200):
        images = rng.integers(1, 8, 30)
        found = patient_errors.compute_spread(rng.binomial(images, 0.1), images, draws=199, seed=seed)
        values.append(1.0 if found["p"] is None else found["p"])
    assert np.mean(np.array(values) < 0.05) < 0.1


@pytest.mark.parametrize(
    ("wrong", "images"), [([], []), ([1], [4]), ([0, 0], [5, 5]), ([5, 5], [5, 5]), ([1, 0, 1], [1, 1, 1])]
)
def test_nothing_is_said_where_nothing_can_be(wrong, images):
    found = measure(wrong, images)
    assert len(found["patients"]) == len(images)
    assert found["p"] is None or found["p"] > 0.9
    assert "nan" not in patient_errors.say_spread(found).lower()


def test_images_without_a_patient_and_patients_without_a_counted_image_are_left_out():
    found = measure([1, 2, 3], [10, 10, 10], names=["A", "", "B"])
    assert {row["patient"] for row in found["patients"]} == {"A", "B"} and found["n"] == 20
    assert measure([1, 2], [10, 10], what=slice_tests.FLAGGED)["patients"] == []
    table = studies.make_study(50)
    task = tasks.build_task(table, NAMES, NAMES[0])
    assert patient_errors.measure(task, pd.Series([None] * 50))["patients"] == []


def test_words():
    assert "cannot be said from 4 images of 1 patient" in patient_errors.say_spread(measure([1], [4]))
    assert "do not differ by more than chance" in patient_errors.say_spread(measure([2, 2, 2], [40, 40, 40]))
    said = patient_errors.say_spread(measure([2, 30, 2], [40, 40, 40]))
    assert "Patients differ by more than chance (p < 0.001; 120 images of 3 patients)" in said
