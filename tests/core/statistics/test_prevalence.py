"""Prevalence: Bayes by hand and by simulation, whole numbers that add up, intervals that are never too narrow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics import estimate, prevalence, wilson
from tests.support.sampled_tasks import make_study, make_task


@pytest.mark.parametrize(("share", "worth"), [(0.2, 0.85), (0.01, 0.18), (0.001, 0.02)])
def test_worked_numbers(share: float, worth: float) -> None:
    ppv, _ = prevalence.predictive_values(0.946, 0.957, share)
    assert float(ppv) == pytest.approx(worth, abs=0.005)


def test_at_the_samples_own_prevalence_it_is_what_was_counted() -> None:
    task = make_study(400, patients=16)
    rates = prevalence.measure_rates(task, 0.4)
    flagged = task.scores >= 0.4
    values = prevalence.compute_predictive_values(rates, float(task.is_positive.mean()))
    assert values["ppv"].value == pytest.approx(task.is_positive[flagged].mean())
    assert values["npv"].value == pytest.approx((~task.is_positive[~flagged]).mean())
    assert values["ppv"].low < values["ppv"].value < values["ppv"].high


@pytest.mark.parametrize(("value", "low"), [(0.5, 0.5), (0.0, 1.0)])
def test_nothing_or_everything_flagged(value: float, low: float) -> None:
    ppv, npv = prevalence.predictive_values(value, 1.0, 0.1)
    assert np.isnan(ppv) == (value == 0.0)
    assert np.isfinite(npv)
    assert np.isnan(prevalence.predictive_values(1.0, 0.0, 0.1)[1])


def test_without_a_threshold_the_most_probable_class_counts() -> None:
    task = make_study(300, classes=5)
    rates = prevalence.measure_rates(task, None)
    answered = task.answers == task.positive
    assert rates.values == pytest.approx([answered[task.is_positive].mean(), (~answered[~task.is_positive]).mean()])


def test_no_error_is_not_taken_for_never_an_error() -> None:
    labels = np.repeat([0, 1], 60)
    task = make_task(labels, 0.9 - 0.8 * labels, [f"P{n % 24}" for n in range(120)])
    rates = prevalence.measure_rates(task, 0.5)
    low = wilson.compute_wilson(24, 24).low
    assert low is not None
    assert rates.specificity.low == pytest.approx(low)
    rare = prevalence.compute_predictive_values(rates, 0.01)["ppv"]
    assert rare.value == 1.0 and rare.low < 0.1
    # Down by what either rate takes it alone: sensitivity nothing, specificity to Bayes' rule at its low end.
    assert rare.low == pytest.approx(0.01 / (0.01 + 0.99 * (1 - low)))


def test_many_images_have_the_textbook_interval_of_what_bayes_rule_gives() -> None:
    """The delta method, where it holds: independent images, many of them."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 20_000)
    flagged = random.random(40_000) < np.where(labels == 0, 0.9, 0.2)
    task = make_task(labels, np.where(flagged, 0.8, 0.2))
    rates = prevalence.measure_rates(task, 0.5)
    found = prevalence.compute_predictive_values(rates, 0.1)["ppv"]
    sensitivity, alarms = rates.values[0], 1 - rates.values[1]
    of_log_odds = (1 - sensitivity) / (20_000 * sensitivity) + (1 - alarms) / (20_000 * alarms)
    half = 1.959964 * found.value * (1 - found.value) * np.sqrt(of_log_odds)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.02)


@pytest.mark.parametrize("patients", [1, 4])
def test_few_patients_widen_the_rates(patients: int) -> None:
    labels, right = np.repeat([0, 1], 50), np.tile([1, 1, 1, 1, 0], 20)
    chances = np.where((labels == 0) == (right == 1), 0.9, 0.1)
    groups = [f"P{n % patients}" for n in range(99)] + ["alone"]
    rates = prevalence.measure_rates(make_task(labels, chances, groups), 0.5)
    assert rates.values == pytest.approx([0.8, 0.8])
    low, high = rates.sensitivity.low, rates.sensitivity.high
    assert low is not None and high is not None
    assert low < 0.72 and high > 0.86


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_frequencies_add_up(sensitivity: float, specificity: float, share: float) -> None:
    counts = prevalence.count_frequencies(sensitivity, specificity, share)
    parts = (counts.found, counts.missed, counts.alarms, counts.spared)
    assert sum(parts) == 1000 and min(parts) >= 0
    assert counts.found + counts.missed == round(1000 * share)
    assert prevalence.say_frequencies(counts, share, "ill", "well ones").startswith("Of 1,000 images like these, ")


def test_frequencies_are_said() -> None:
    counts = prevalence.count_frequencies(0.946, 0.957, 0.05)
    assert prevalence.say_frequencies(counts, 0.05, "Parasitized", "Uninfected ones") == (
        "Of 1,000 images like these, 50 are Parasitized; the model finds 47 and misses 3; "
        "it also flags 41 Uninfected ones."
    )
    one = prevalence.say_frequencies(prevalence.count_frequencies(0.946, 1.0, 0.001), 0.001, "ill", "well ones")
    assert one == "Of 1,000 images like these, 1 is ill; the model finds it; it also flags no well ones."
    rare = prevalence.say_frequencies(prevalence.count_frequencies(0.9, 0.9, 0.0002), 0.0002, "ill", "well ones")
    assert "fewer than 1 is ill (2 of 10,000)" in rare


@pytest.mark.parametrize(("labels", "n"), [([], 0), ([0], 1), ([1], 1), ([0] * 6, 6)])
@pytest.mark.parametrize("groups", ["", "A"])
def test_samples_without_one_side(labels: list[int], n: int, groups: str) -> None:
    rates = prevalence.measure_rates(make_task(labels, [0.7] * n, groups), None)
    values = prevalence.compute_predictive_values(rates, 0.1)
    assert values["ppv"].value is None
    assert (rates.n, rates.positives) == (n, labels.count(0))


def test_predictive_values_are_said() -> None:
    said = prevalence.say_values(
        {
            "ppv": estimate.Estimate(0.183, 0.1, 0.305, 9),
            "npv": estimate.Estimate(0.9994, 0.99, 1.0, 9),
        },
        "ill",
    )
    assert said == [
        "Of 100 flagged images 18 (10 to 30) are ill.",
        "Of 100 images that it does not flag, 99.94 (99.0 to 100) are not ill.",
    ]
    nothing = estimate.Estimate(None, None, None, 0)
    assert prevalence.say_values({"ppv": nothing, "npv": nothing}, "ill") == [
        "The model flags nothing at all.",
        "The model flags everything.",
    ]
