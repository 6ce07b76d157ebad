"""Ten measures: against scikit-learn with and without weights, by hand, and where they are not defined."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from core.statistics import decision_rule, measures, metrics, metrics_table, summary, tasks, wilson
from tests.support import studies
from tests.support.measured_studies import make_study

NAMES = ("Parasitized", "Uninfected")
MEASURES = tuple(one.key for one in metrics_table.METRICS)
PER_CLASS = tuple(one.key for one in metrics_table.list_per_class())


def make_task(labels: Any, positive: Any, groups: Any = "", **options: Any) -> tasks.Task:
    table = studies.make_predictions(labels, positive, groups)
    return tasks.build_task(table, NAMES, "Parasitized", **options)


def measure(task: tasks.Task, **options: Any) -> dict[str, Any]:
    """The measures; checks what holds for all of them."""
    result: dict[str, Any] = studies.as_written(measures.measure(task, **options))
    require_sound({name: result[name] for name in MEASURES})
    assert result["n"] == task.n == sum(map(sum, result["confusion"]))
    return result


def measure_classes(task: tasks.Task) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = studies.as_written(measures.measure_classes(task))
    return rows


def require_sound(found: dict[str, Any]) -> None:
    for name, metric in found.items():
        least = -1 if name == "mcc" else 0
        assert set(metric) == {"value", "low", "high", "n"}
        value, low, high = metric["value"], metric["low"], metric["high"]
        if value is None:
            assert low is None and high is None
        elif low is not None:
            assert least <= low <= value <= high <= 1
            assert low < high


def values_of(result: dict[str, Any]) -> dict[str, float | None]:
    return {name: result[name]["value"] for name in MEASURES}


def compute_reference(task: tasks.Task, weights: Any = None) -> dict[str, float]:
    """The same by scikit-learn; class 0 is the positive one."""
    truth, answer, score = task.labels == 0, task.answers == 0, task.probabilities[:, 0]
    options = {"sample_weight": weights}
    return {
        "accuracy": reference.accuracy_score(truth, answer, **options),
        "balanced_accuracy": reference.balanced_accuracy_score(truth, answer, **options),
        "sensitivity": reference.recall_score(truth, answer, **options),
        "specificity": reference.recall_score(~truth, ~answer, **options),
        "ppv": reference.precision_score(truth, answer, **options),
        "npv": reference.precision_score(~truth, ~answer, **options),
        "f1": reference.f1_score(truth, answer, **options),
        "mcc": reference.matthews_corrcoef(truth, answer, **options),
        "auc": reference.roc_auc_score(truth, score, **options),
        "average_precision": reference.average_precision_score(truth, score, **options),
    }


def test_by_hand() -> None:
    found = measure(make_task([0, 0, 0, 1, 1], [0.9, 0.8, 0.3, 0.6, 0.1]))
    assert values_of(found) == pytest.approx(
        {
            "accuracy": 3 / 5,
            "balanced_accuracy": (2 / 3 + 1 / 2) / 2,
            "sensitivity": 2 / 3,
            "specificity": 1 / 2,
            "ppv": 2 / 3,
            "npv": 1 / 2,
            "f1": 2 / 3,
            "mcc": (2 * 1 - 1 * 1) / 6,
            "auc": 5 / 6,
            "average_precision": (1 + 1 + 3 / 4) / 3,
        }
    )
    counted = {name: found[name]["n"] for name in MEASURES}
    assert counted == dict.fromkeys(MEASURES, 5) | {
        "sensitivity": 3,
        "specificity": 2,
        "ppv": 3,
        "npv": 2,
        "f1": 4,
    }


@pytest.mark.parametrize("rounded", [8, 1, 0])
@pytest.mark.parametrize("seed", range(4))
def test_two_classes_against_scikit_learn_with_ties(seed: int, rounded: int) -> None:
    random = np.random.default_rng(seed)
    labels = np.append(random.integers(0, 2, 200), [0, 0, 1, 1])
    scores = np.append(np.round(random.random(200), rounded), [0.1, 0.9, 0.1, 0.9])  # all four cells
    task = make_task(labels, scores)
    assert values_of(measure(task)) == pytest.approx(compute_reference(task))


@given(
    data=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_average_precision_and_mcc_with_weights(data: list[tuple[int, int, int]]) -> None:
    truth, scores, weights = (np.array(column) for column in zip(*data, strict=True))
    found = float(metrics.average_precision(truth == 0, scores, weights=weights))
    confusion = metrics.confusion_matrix(truth, scores > 2, 2, weights=weights)
    if weights[truth == 0].sum() == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(reference.average_precision_score(truth == 0, scores, sample_weight=weights))
    correlation = float(metrics.mcc(confusion))
    if not np.isnan(correlation):
        assert correlation == pytest.approx(reference.matthews_corrcoef(truth, scores > 2, sample_weight=weights))
    else:  # scikit-learn says 0 where one side has one class only
        assert 0 in (confusion.sum(0) * 1).tolist() or 0 in (confusion.sum(1) * 1).tolist()


def test_a_weighted_sample_is_scikit_learns_result_with_weights() -> None:
    task = make_study(150, patients=12)
    weights = np.random.default_rng(1).integers(0, 4, (task.unit_count, 5)).astype(float)
    weighed = metrics_table.Weighed(task, weights)
    found = {one.key: one.compute(weighed, one.list_classes(task)) for one in metrics_table.METRICS if one.compute}
    for column in range(5):
        wanted = compute_reference(task, task.weigh_images(weights)[:, column])
        wanted.pop("auc")  # weighs no images, see `delong.leave_out`
        assert {name: values[column] for name, values in found.items()} == pytest.approx(wanted)


@pytest.mark.parametrize("patients", [0, 15])
def test_what_the_summary_also_says_is_the_same(patients: int) -> None:
    table = studies.make_study(300, patients=patients)
    found = measure(tasks.build_task(table, NAMES, "Parasitized"))
    said = studies.as_written(summary.summarise(table, NAMES, "Parasitized"))
    assert {name: found[name] for name in said} == said


def test_five_classes_are_the_macro_averages_of_scikit_learn() -> None:
    task = make_study(400, patients=20, classes=5)
    found = values_of(measure(task))
    truth, answer = task.labels, task.answers
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(truth, answer))
    assert found["balanced_accuracy"] == pytest.approx(reference.balanced_accuracy_score(truth, answer))
    assert found["sensitivity"] == found["balanced_accuracy"]
    assert found["ppv"] == pytest.approx(reference.precision_score(truth, answer, average="macro"))
    assert found["f1"] == pytest.approx(reference.f1_score(truth, answer, average="macro"))
    assert found["mcc"] == pytest.approx(reference.matthews_corrcoef(truth, answer))
    assert found["auc"] == pytest.approx(
        reference.roc_auc_score(truth, task.probabilities, multi_class="ovr", average="macro")
    )
    one_hot = np.eye(5)[truth]
    assert found["average_precision"] == pytest.approx(
        reference.average_precision_score(one_hot, task.probabilities, average="macro")
    )


def test_a_table_of_the_classes() -> None:
    task = make_study(400, patients=20, classes=5)
    rows = measure_classes(task)
    assert [row["class"] for row in rows] == list(task.class_names)
    assert sum(row["n"] for row in rows) == 400
    for label, row in enumerate(rows):
        require_sound({name: row[name] for name in PER_CLASS})
        truth, answer = task.labels == label, task.answers == label
        assert row["ppv"]["value"] == pytest.approx(reference.precision_score(truth, answer))
        assert row["npv"]["value"] == pytest.approx(reference.precision_score(~truth, ~answer))
        assert row["npv"]["n"] == (~answer).sum()
        assert row["average_precision"]["value"] == pytest.approx(
            reference.average_precision_score(truth, task.probabilities[:, label])
        )


def test_a_class_of_two_against_the_rest_is_the_whole() -> None:
    task = make_study(120, patients=12)
    whole, [first, second] = measure(task), measure_classes(task)
    for name in PER_CLASS:
        assert first[name] == whole[name]
    assert second["sensitivity"]["value"] == whole["specificity"]["value"]
    assert second["ppv"]["value"] == whole["npv"]["value"]


def test_a_threshold_changes_answers_but_no_order() -> None:
    table = studies.make_study(200, patients=10)
    answers = decision_rule.decide(table[["p_Parasitized", "p_Uninfected"]].to_numpy(), 0, 0.2)
    before = values_of(measure(tasks.build_task(table, NAMES, "Parasitized")))
    after = values_of(measure(tasks.build_task(table, NAMES, "Parasitized", answers=answers)))
    assert after["sensitivity"] > before["sensitivity"]
    assert after["specificity"] < before["specificity"]
    assert (after["auc"], after["average_precision"]) == (before["auc"], before["average_precision"])


def test_intervals_are_wilsons_where_no_patient_is_known() -> None:
    found = measure(make_study(100))
    assert found["interval"] == "images"
    assert set(found["wider"].values()) == {None}
    ppv = found["ppv"]
    edges = wilson.compute_wilson(ppv["value"] * ppv["n"], ppv["n"])
    assert (ppv["low"], ppv["high"]) == (edges.low, edges.high)


def test_intervals_by_patient_say_how_much_wider_they_are() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat([f"P{n}" for n in range(30)], 40)
    labels = np.tile([0, 1], 600)
    spoilt = np.repeat(random.random(30) < 0.3, 40) & (random.random(1200) < 0.7)  # whole patients go wrong
    clustered = measure(make_task(labels, np.where((labels == 0) != spoilt, 0.9, 0.1), groups))
    assert clustered["interval"] == "patients"
    assert set(clustered["wider"]) == {"accuracy", "sensitivity", "specificity", "ppv", "npv"}
    assert all(ratio > 1.5 for ratio in clustered["wider"].values())
    accuracy = clustered["accuracy"]
    alone = wilson.compute_wilson(accuracy["value"] * 1200, 1200)
    wanted = (accuracy["high"] - accuracy["low"]) / (alone.high - alone.low)
    assert clustered["wider"]["accuracy"] == pytest.approx(wanted)
    scattered = measure(make_task(labels, np.where((labels == 0) != random.permutation(spoilt), 0.9, 0.1), groups))
    assert 0.7 < scattered["wider"]["accuracy"] < 1.4


def test_no_positives_and_no_negatives() -> None:
    for label, undefined in ((1, {"sensitivity", "f1", "ppv"}), (0, {"specificity", "npv"})):
        never = measure(make_task([label] * 4, [0.4, 0.3, 0.2, 0.1] if label else [0.9, 0.8, 0.7, 0.6]))
        missing = {name for name, value in values_of(never).items() if value is None}
        assert undefined | {"balanced_accuracy", "mcc", "auc"} <= missing
        assert never["accuracy"]["value"] == 1
    assert measure(make_task([0] * 3, [0.9, 0.8, 0.2]))["average_precision"]["value"] == 1


def test_a_perfect_model_of_many_images_of_few_patients_is_not_certain() -> None:
    labels = np.tile([0, 1], 150)
    found = measure(make_task(labels, np.where(labels == 0, 0.9, 0.1), np.repeat([f"P{n}" for n in range(30)], 10)))
    assert set(values_of(found).values()) == {1.0}
    assert found["accuracy"]["low"] == pytest.approx(wilson.compute_wilson(30, 30).low)
    assert found["mcc"]["low"] == pytest.approx(2 * wilson.compute_wilson(30, 30).low - 1)


def test_a_model_that_is_always_wrong() -> None:
    found = measure(make_task([0, 1] * 6, [0.1, 0.9] * 6, [f"P{n}" for n in range(12)]))
    assert found["mcc"]["value"] == -1
    assert found["mcc"]["low"] == -1 < found["mcc"]["high"]
    assert found["auc"]["value"] == found["accuracy"]["value"] == 0
    assert found["f1"]["value"] == 0


def test_all_ties_guess() -> None:
    found = measure(make_task([0, 1, 1, 1], [0.5] * 4))
    assert found["auc"]["value"] == 0.5
    assert found["average_precision"]["value"] == 0.25
    assert found["mcc"]["value"] is None  # one answer only


def test_one_patient_one_image_and_none() -> None:
    assert measure(make_task([0, 1, 0], [0.9, 0.2, 0.3], "P1"))["interval"] == "images"
    one = measure(make_task([0], [0.9]))
    assert one["accuracy"]["value"] == 1
    assert one["accuracy"]["low"] == pytest.approx(wilson.compute_wilson(1, 1).low)
    none = measure(make_task([], []))
    assert set(values_of(none).values()) == {None}
    assert [row["n"] for row in measure_classes(make_task([], []))] == [0, 0]
    empty = pd.DataFrame({"group": [], "label": [], **{f"p_{name}": [] for name in "abc"}}, dtype=float)
    assert set(values_of(measure(tasks.build_task(empty, "abc", "a"))).values()) == {None}


def test_classes_that_are_absent_or_never_answered() -> None:
    names = ("a", "b", "c")
    table = pd.DataFrame(
        {"group": "", "label": [0, 0, 1, 1], "p_a": [0.9, 0.2, 0.8, 0.7], "p_b": [0.05, 0.1, 0.1, 0.2]}
    ).assign(p_c=lambda t: 1 - t["p_a"] - t["p_b"])
    task = tasks.build_task(table, names, "a")
    found = measure(task)
    assert found["balanced_accuracy"]["value"] == pytest.approx(0.25)
    assert found["ppv"]["value"] is None  # nobody is answered b
    a, b, c = measure_classes(task)
    assert (a["n"], b["n"], c["n"]) == (2, 2, 0)
    assert (b["ppv"]["value"], b["f1"]["value"]) == (None, 0.0)
    assert (c["sensitivity"]["value"], c["ppv"]["value"], c["auc"]["value"]) == (None, 0.0, None)
