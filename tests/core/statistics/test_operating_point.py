"""Operating points: each aim against a search by hand, thresholds between scores, and refusals with their reasons."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.base import errors, files
from core.statistics import aims, estimate, operating_point, summary, tasks, wilson
from tests.support import studies
from tests.support.sampled_tasks import make_study, make_task

NAMES = studies.NAMES
AIMS = (
    aims.Aim("sensitivity", least=0.9),
    aims.Aim("specificity", least=0.9),
    aims.Aim("cost", miss_cost=5.0),
    aims.Aim("cost", miss_cost=3.0, prevalence=0.1),
    aims.Aim("youden"),
)


def search(task: tasks.Task, aim: aims.Aim) -> float:
    """The best value of the aim among all thresholds, one by one."""
    best = -np.inf
    for threshold in np.unique(task.scores)[1:]:
        flagged = task.scores >= threshold
        sensitivity, specificity = flagged[task.is_positive].mean(), (~flagged[~task.is_positive]).mean()
        best = max(best, judge(task, aim, sensitivity, specificity))
    return best


def judge(task: tasks.Task, aim: aims.Aim, sensitivity: float, specificity: float) -> float:
    if aim.kind in ("sensitivity", "specificity"):
        wanted, other = (sensitivity, specificity) if aim.kind == "sensitivity" else (specificity, sensitivity)
        return other if wanted >= aim.least else -np.inf
    if aim.kind == "youden":
        return sensitivity + specificity - 1
    share = task.is_positive.mean() if aim.prevalence is None else aim.prevalence
    return -(share * (1 - sensitivity) * aim.miss_cost + (1 - share) * (1 - specificity))


@pytest.mark.parametrize("aim", AIMS, ids=lambda aim: aim.kind)
@pytest.mark.parametrize(("ties", "classes"), [(False, 2), (True, 2), (False, 5)])
def test_the_best_threshold_is_found(aim: aims.Aim, ties: bool, classes: int) -> None:
    task = make_study(500, ties=ties, patients=15, classes=classes)
    choice = operating_point.choose(task, aim)
    values = [choice.rates[name].value for name in operating_point.RATES]
    assert judge(task, aim, *values) == pytest.approx(search(task, aim))
    assert choice.threshold not in task.scores
    assert [choice.rates[name].n for name in operating_point.RATES] == [
        task.is_positive.sum(),
        (~task.is_positive).sum(),
    ]


def test_a_threshold_lies_midway_in_log_odds() -> None:
    task = make_task([0] * 10 + [1] * 10, [0.9] * 10 + [0.01] * 10)
    choice = operating_point.choose(task, aims.Aim("youden"))
    wanted = (np.log(0.9 / 0.1) + np.log(0.01 / 0.99)) / 2
    assert np.log(choice.threshold / (1 - choice.threshold)) == pytest.approx(wanted)


@pytest.mark.parametrize("upper", [1.0, float(np.nextafter(np.float32(1), np.float32(0)))])
def test_the_ends_of_float32_can_be_told_apart(upper: float) -> None:
    lower = float(np.nextafter(np.float32(upper), np.float32(0)))
    task = make_task([0] * 10 + [1] * 10, [upper] * 10 + [lower] * 10)
    threshold = operating_point.choose(task, aims.Aim("youden")).threshold
    assert lower < threshold < upper


scores = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20)


@settings(max_examples=100, deadline=None)
@given(scores, st.floats(1e-6, 1 - 1e-6))
def test_settling_changes_no_answer(values: list[float], wanted: float) -> None:
    task = make_task([0] * len(values), values)
    threshold = operating_point.settle(task, wanted)
    assert ((task.scores >= threshold) == (task.scores >= wanted)).all()
    assert 0 < threshold < 1


def test_rates_by_hand_and_their_intervals() -> None:
    task = make_task([0, 0, 0, 1, 1], [0.9, 0.8, 0.3, 0.6, 0.1])
    rates = operating_point.measure(task, 0.5)
    assert [rates[name].value for name in operating_point.RATES] == pytest.approx([2 / 3, 1 / 2])
    wilson = stats.binomtest(2, 3).proportion_ci(method="wilson")
    assert (rates["sensitivity"].low, rates["sensitivity"].high) == pytest.approx((wilson.low, wilson.high))


def test_rates_of_two_classes_are_those_of_the_summary() -> None:
    table = studies.make_study(300, patients=12)
    result = operating_point.apply(table, NAMES, NAMES[0], 0.3)
    for name in operating_point.RATES:
        assert result["against_rest"][name] == pytest.approx(result[name])
    usual = summary.summarise(table, NAMES, NAMES[0])
    assert result["auc"] == usual["auc"] and result["confusion"] != usual["confusion"]


@pytest.mark.parametrize(("labels", "n"), [([], 0), ([0], 1), ([1], 1), ([0] * 5, 5)])
@pytest.mark.parametrize("groups", ["", "A"])
def test_rates_of_hardly_any_images(labels: list[int], n: int, groups: str) -> None:
    rates = operating_point.measure(make_task(labels, [0.7] * n, groups), 0.5)
    json.dumps(rates, allow_nan=False, default=files.encode)
    assert (rates["sensitivity"].value is None) == (0 not in labels)
    assert operating_point.say_rates(rates, "Parasitized", "Uninfected ones")


@pytest.mark.parametrize(("least", "needed"), [(0.95, 73), (0.9, 35), (0.99, 381), (0.5, 4)])
def test_how_many_images_an_aim_needs(least: float, needed: int) -> None:
    assert aims.count_needed(least) == needed
    assert wilson.compute_wilson(needed, needed).low >= least > wilson.compute_wilson(needed - 1, needed - 1).low


def make_sure(positives: int, others: int, **options: Any) -> tasks.Task:
    chances = [*np.linspace(0.8, 0.9, positives), *np.linspace(0.1, 0.2, others)]
    return make_task([0] * positives + [1] * others, chances, **options)


@pytest.mark.parametrize(
    ("task", "aim", "reason"),
    [
        (make_sure(40, 100), aims.Aim("sensitivity", least=0.95), r"at least 73 .* found 40.* at least 91.2 %"),
        (make_sure(100, 40), aims.Aim("specificity", least=0.95), r"at least 73 images of the other classes"),
        (make_sure(9, 100), aims.Aim("youden"), "at least 10 images of Parasitized"),
        (make_sure(100, 9), aims.Aim("cost", miss_cost=2), "at least 10 images of the other classes"),
        (make_sure(0, 0), aims.Aim("youden"), "at least 10 images of Parasitized"),
        (make_sure(100, 0), aims.Aim("sensitivity", least=0.9), "found 0"),
        (make_task([0, 1] * 50, [0.5] * 100), aims.Aim("youden"), "the same probability for all"),
        (make_task([0, 1] * 50, np.linspace(0, 1, 100) > 0.5), aims.Aim("sensitivity", least=0.9), "every image"),
        (make_task([0, 1] * 50, np.linspace(0, 1, 100) > 0.5), aims.Aim("specificity", least=0.9), "no image"),
        (make_task([0] * 50 + [1] * 50, np.linspace(0, 1, 100)), aims.Aim("youden"), "better than flagging every"),
        (make_task([0, 1] * 50, [0.4, 0.6] * 50), aims.Aim("cost", miss_cost=0.01), "better than flagging none"),
    ],
)
def test_refusals_say_why(task: tasks.Task, aim: aims.Aim, reason: str) -> None:
    with pytest.raises(errors.AimNotReachable, match=reason):
        operating_point.choose(task, aim)


def test_what_weakens_a_choice_is_said() -> None:
    few = make_sure(50, 50, groups=[f"P{n % 4}" for n in range(100)])
    said = operating_point.choose(few, aims.Aim("sensitivity", least=0.9)).warnings
    assert any("only 4 patients" in one for one in said)
    assert not operating_point.choose(make_sure(100, 100), aims.Aim("sensitivity", least=0.9)).warnings
    narrow = operating_point.choose(make_study(400), aims.Aim("sensitivity", least=0.9)).warnings
    assert any("may be missed" in one for one in narrow)


@pytest.mark.parametrize(
    "numbers",
    [
        {"kind": "sensitivity"},
        {"kind": "sensitivity", "least": 1.0},
        {"kind": "specificity", "least": 95.0},
        {"kind": "cost", "miss_cost": 0.0},
        {"kind": "cost", "miss_cost": float("nan")},
        {"kind": "cost", "miss_cost": 2.0, "prevalence": 1.0},
        {"kind": "own", "threshold": 0.0},
    ],
)
def test_impossible_aims_are_a_programming_error(numbers: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        aims.Aim(**numbers)


def test_a_threshold_set_by_hand_is_kept_to_the_last_digit() -> None:
    task = tasks.build_task(studies.make_study(200), NAMES, NAMES[0])
    for stated in (0.5, 0.123456):
        assert operating_point.choose(task, aims.Aim("own", threshold=stated)).threshold == stated
    on_score = float(np.sort(task.scores)[50])
    chosen = operating_point.choose(task, aims.Aim("own", threshold=on_score)).threshold
    assert chosen < on_score and (task.scores >= chosen).sum() == (task.scores >= on_score).sum()


def test_aims_and_rates_are_said() -> None:
    assert aims.say_aim(aims.Aim("sensitivity", least=0.95)) == "sensitivity of at least 95 %"
    assert "10 false alarms" in aims.say_aim(aims.Aim("cost", miss_cost=10.0, prevalence=0.01))
    assert aims.say_aim(aims.Aim("own", threshold=0.2)) == "set by hand"
    rates = {
        "sensitivity": estimate.Estimate(0.96, 0.93, 0.98, 1480),
        "specificity": estimate.Estimate(1.0, 0.995, 1.0, 20),
    }
    assert operating_point.say_rates(rates, "Parasitized", "Uninfected ones") == (
        "it finds 96 of 100 Parasitized images (93 to 98, n = 1,480) "
        "and flags 0 of 100 Uninfected ones by mistake (0 to 0.5, n = 20)"
    )
