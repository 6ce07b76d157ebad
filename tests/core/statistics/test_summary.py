"""The summary of predictions: what it holds, its edge cases, and its cross-checks."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from core.base import errors
from core.results import predictions_file
from core.statistics import measures, metrics, metrics_table, summary, tasks, wilson
from tests.support import byhand
from tests.support.studies import NAMES, as_written, make_predictions, make_study, name_classes

METRICS = ("accuracy", "sensitivity", "specificity", "auc")


def summarise(table: pd.DataFrame, **options: Any) -> dict[str, Any]:
    """The summary; checks what holds for every one."""
    answer = as_written(summary.summarise(table, NAMES, "Parasitized", **options))
    require_sound(answer, len(table))
    return answer


def require_sound(answer: dict[str, Any], n: int) -> None:
    assert answer["n"] == n == sum(map(sum, answer["confusion"]))
    for name in METRICS:
        value, low, high = (answer[name][key] for key in ("value", "low", "high"))
        if value is None:
            assert low is None and high is None
        elif low is not None:
            assert 0 <= low <= value <= high <= 1
            assert low < high


def test_small_case_by_hand() -> None:
    answer = summarise(make_predictions([0, 0, 0, 1, 1], [0.9, 0.8, 0.3, 0.6, 0.1]))
    assert answer["confusion"] == [[2, 1], [1, 1]]
    assert answer["accuracy"]["value"] == pytest.approx(3 / 5)
    assert answer["sensitivity"]["value"] == pytest.approx(2 / 3)
    assert answer["specificity"]["value"] == pytest.approx(1 / 2)
    assert answer["auc"]["value"] == pytest.approx(5 / 6)
    assert [answer[name]["n"] for name in METRICS] == [5, 3, 2, 5]
    assert (answer["interval"], answer["groups"], answer["level"]) == ("images", 0, 0.95)
    assert (answer["positive_class"], answer["average"]) == ("Parasitized", "binary")


def test_positive_class_decides_what_sensitivity_is() -> None:
    table = make_study(200)
    one, other = (as_written(summary.summarise(table, NAMES, name)) for name in NAMES)
    assert one["sensitivity"] == other["specificity"]
    assert one["confusion"] == other["confusion"]
    assert one["auc"]["value"] == pytest.approx(other["auc"]["value"])


@pytest.mark.parametrize("classes", [2, 5])
def test_values_agree_with_scikit_learn(classes: int) -> None:
    table, names = make_study(400, patients=20, classes=classes), name_classes(classes)
    answer = as_written(summary.summarise(table, names, names[1]))
    require_sound(answer, 400)
    chances = table[[f"p_{name}" for name in names]].to_numpy()
    labels, predicted = table["label"], chances.argmax(1)
    assert answer["confusion"] == reference.confusion_matrix(labels, predicted).tolist()
    assert answer["accuracy"]["value"] == pytest.approx(reference.accuracy_score(labels, predicted))
    if classes == 2:
        assert answer["auc"]["value"] == pytest.approx(reference.roc_auc_score(labels, chances[:, 1]))
        return
    assert answer["average"] == "macro"
    recall = reference.recall_score(labels, predicted, average="macro")
    assert answer["sensitivity"]["value"] == pytest.approx(recall)
    assert answer["auc"]["value"] == pytest.approx(reference.roc_auc_score(labels, chances, multi_class="ovr"))


def test_macro_averages_leave_absent_classes_out() -> None:
    table = make_study(120, classes=5)
    present = table[table["label"].isin([0, 3])]
    answer = as_written(summary.summarise(present, name_classes(5), "kind0"))
    predicted = present[[f"p_{name}" for name in name_classes(5)]].to_numpy().argmax(1)
    recall = reference.recall_score(present["label"], predicted, labels=[0, 3], average="macro")
    assert answer["sensitivity"]["value"] == pytest.approx(recall)
    assert len(answer["confusion"]) == 5


def test_without_groups_proportions_are_wilson_and_auc_agrees_with_a_bootstrap_over_images() -> None:
    table = make_study(150)
    answer = summarise(table)
    correct = sum(answer["confusion"][index][index] for index in range(2))
    expected = stats.binomtest(correct, 150).proportion_ci(0.95, method="wilson")
    assert (answer["accuracy"]["low"], answer["accuracy"]["high"]) == pytest.approx((expected.low, expected.high))

    def area(labels: Any, scores: Any) -> float:
        return float(metrics.auc(labels == 0, scores))

    outside = stats.bootstrap(
        (table["label"].to_numpy(), table["p_Parasitized"].to_numpy()),
        area,
        paired=True,
        vectorized=False,
        n_resamples=4000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (answer["auc"]["low"], answer["auc"]["high"]) == pytest.approx((outside.low, outside.high), abs=0.02)


def test_intervals_over_patients_agree_with_a_loop_that_deletes_rows() -> None:
    table = make_study(300, patients=25, seed=2)
    answer = summarise(table)
    assert (answer["interval"], answer["groups"]) == ("patients", 25)
    labels, chances = table["label"].to_numpy(), table["p_Parasitized"].to_numpy()
    units = table["group"].to_numpy()
    right = byhand.leave_out(units, lambda rows: float(((chances[rows] < 0.5) == labels[rows]).mean()))
    area = byhand.leave_out(units, lambda rows: float(reference.roc_auc_score(labels[rows] == 0, chances[rows])))
    assert ends(answer["accuracy"]) == pytest.approx(byhand.bound_score(*right, 25, 300))
    assert ends(answer["auc"]) == pytest.approx(byhand.bound_score(*area, 25))


def ends(metric: dict[str, Any]) -> tuple[float, float]:
    return metric["low"], metric["high"]


def test_a_share_is_as_uncertain_as_the_ratio_estimator_of_survey_statistics() -> None:
    """Cochran 1977, Sampling Techniques, (6.13): the linearised variance, which the jackknife hardly exceeds."""
    table = make_study(3000, patients=60, seed=4)
    task = tasks.build_task(table, NAMES, "Parasitized")
    right = np.bincount(task.units, task.answers == task.labels)
    images = np.bincount(task.units)
    share = right.sum() / images.sum()
    residuals = right - share * images
    linear = 60 / 59 * (residuals**2).sum() / images.sum() ** 2
    assert measures.leave_out(task, [metrics_table.find("accuracy")])["accuracy"].variance == pytest.approx(
        linear, rel=0.03
    )


def test_neither_the_order_of_rows_nor_of_patients_changes_a_number() -> None:
    for table in (make_study(900, patients=12), make_study(900), make_study(900, patients=500)):
        shuffled = table.sample(frac=1, random_state=1).reset_index(drop=True)
        one, other = (summarise(each) for each in (table, shuffled))
        for name in METRICS:
            assert one[name] == pytest.approx(other[name])


def test_image_without_group_is_a_group_of_its_own() -> None:
    table = make_study(60, patients=3)
    table.loc[table.index[:40], "group"] = ""
    answer = summarise(table)
    assert answer["interval"] == "patients"
    assert answer["groups"] == table["group"].iloc[40:].nunique()


def test_missing_group_is_no_group() -> None:
    table = make_study(30, patients=5)
    blank, missing = table.assign(group=""), table.assign(group=None)
    assert summarise(blank) == summarise(missing)


def test_one_patient_says_nothing_about_patients() -> None:
    answer = summarise(make_study(50, patients=1))
    assert (answer["interval"], answer["groups"]) == ("images", 1)


def test_perfect_answers_of_thirty_patients_are_thirty_observations() -> None:
    labels = np.tile([0, 1], 300)
    groups = np.repeat([f"C{number}" for number in range(30)], 20)
    answer = summarise(make_predictions(labels, 1 - labels, groups))
    expected = wilson.compute_wilson(30, 30)
    for name in METRICS:
        assert (answer[name]["value"], answer[name]["high"]) == (1.0, 1.0)
        assert answer[name]["low"] == pytest.approx(expected.low)


def test_sensitivity_rests_on_the_patients_who_have_the_class() -> None:
    """Thirty patients, of whom two are infected: what is found in two says little, whatever the other 28 are."""
    groups = np.repeat([f"C{number}" for number in range(30)], 10)
    labels = np.where(np.isin(groups, ["C0", "C1"]), 0, 1)
    answer = summarise(make_predictions(labels, 1 - labels, groups))
    assert answer["sensitivity"]["low"] == pytest.approx(wilson.compute_wilson(2, 2).low)
    assert answer["specificity"]["low"] == pytest.approx(wilson.compute_wilson(28, 28).low)
    assert answer["auc"]["low"] == pytest.approx(wilson.compute_wilson(2, 2).low)


def test_useless_model_is_at_chance() -> None:
    answer = summarise(make_predictions(np.tile([0, 1], 40), np.full(80, 0.5)))
    assert answer["auc"]["value"] == 0.5
    assert answer["auc"]["low"] < 0.45 and answer["auc"]["high"] > 0.55
    assert answer["sensitivity"]["value"] == 1.0  # a draw goes to the first class


@pytest.mark.parametrize("only", [0, 1])
def test_one_class_alone_leaves_the_rest_undefined(only: int) -> None:
    answer = summarise(make_predictions(np.full(20, only), np.linspace(0, 1, 20)))
    undefined = "specificity" if only == 0 else "sensitivity"
    for name in (undefined, "auc"):
        assert answer[name]["value"] is None
    assert answer[undefined]["n"] == 0
    assert answer["accuracy"]["value"] is not None


@pytest.mark.parametrize("groups", ["", "C1"])
def test_one_image(groups: str) -> None:
    answer = summarise(make_predictions([0], [0.8], groups))
    assert (answer["accuracy"]["value"], answer["sensitivity"]["value"]) == (1.0, 1.0)
    assert answer["accuracy"]["low"] == pytest.approx(0.2065, abs=1e-4)
    assert answer["auc"]["value"] is None


def test_no_image() -> None:
    answer = summarise(make_study(5).iloc[:0])
    assert answer["confusion"] == [[0, 0], [0, 0]]
    assert all(answer[name] == {"value": None, "low": None, "high": None, "n": 0} for name in METRICS)


cases = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.sampled_from("abc ")),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_any_table_gives_a_sound_summary(rows: list[tuple[int, float, str]]) -> None:
    labels, chances, groups = zip(*rows, strict=True)
    summarise(make_predictions(labels, chances, [group.strip() for group in groups]))


def test_a_study_of_real_size_is_summarised() -> None:
    require_sound(as_written(summary.summarise(make_study(6647, patients=48), NAMES, "Parasitized")), 6647)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="p_Uninfected"), "missing: p_Uninfected"),
        (lambda table: table.drop(columns="group"), "missing: group"),
        (lambda table: table.assign(label=-1), "labels from 0 to 1"),
        (lambda table: table.assign(label="a"), "found text"),
        (lambda table: table.assign(p_Parasitized=np.nan), "a value outside, or none"),
        (lambda table: table.assign(p_Parasitized=1.5), "a value outside, or none"),
    ],
)
def test_unusable_predictions_are_refused(change: Any, message: str) -> None:
    with pytest.raises(errors.PredictionsNotUsable, match=message):
        summary.summarise(change(make_study(10)), NAMES, "Parasitized")


@pytest.mark.parametrize(("names", "positive"), [(("a",), "a"), (NAMES, "Healthy")])
def test_wrong_class_names_are_a_programming_error(names: tuple[str, ...], positive: str) -> None:
    with pytest.raises(ValueError, match="two or more classes"):
        summary.summarise(make_study(10), names, positive)


def test_predictions_come_back_as_written(tmp_path: Path) -> None:
    table = make_study(20, patients=4)
    table.to_parquet(tmp_path / "predictions.parquet")
    back = predictions_file.read(tmp_path / "predictions.parquet")
    assert summarise(back) == summarise(table)


def test_broken_prediction_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    with pytest.raises(errors.PredictionsNotUsable, match="no such file"):
        predictions_file.read(path)
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(errors.PredictionsNotUsable, match="cannot be read"):
        predictions_file.read(path)
    make_study(5).drop(columns=["image_id", "p_Uninfected"]).to_parquet(path)
    with pytest.raises(errors.PredictionsNotUsable, match=r"missing: image_id, p_<class>"):
        predictions_file.read(path)
    make_study(5).assign(label=7).to_parquet(path)
    with pytest.raises(errors.PredictionsNotUsable, match="labels from 0 to 1"):
        predictions_file.read(path)
