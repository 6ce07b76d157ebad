"""The table of metrics: what each entry has to say, and that a new one is found everywhere by being in it."""

import html
import json

import numpy as np
import pytest

from core import __main__ as terminal
from core.base import paths
from core.models import package
from core.reports import report
from core.results import ranking, rejudging
from core.statistics import (
    measures,
    metrics_table,
    paired_comparison,
    paired_metrics,
    summary,
    tasks,
)
from tests.support import made_models, made_up_metrics, measured_studies, studies
from tests.support.made_up_metrics import YOUDEN

made_up = made_up_metrics.made_up

NAMES = made_models.NAMES
LABELS = np.tile([0, 1], 100)
GROUPS = [f"P{number % 20}" for number in range(200)]


@pytest.fixture
def home_alone(home, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])


def make(model_id, *, skill=1.5, seed=0, **options):
    table = made_models.make_answers(LABELS, skill=skill, seed=seed, groups=GROUPS)
    return made_models.write_model(table, model_id, dataset={"name": "tiny", "fingerprint": "f" * 64}, **options)


def run(capsys, *arguments):
    assert terminal.main(list(arguments)) == 0
    return capsys.readouterr().out


def test_every_entry_is_complete():
    glossary = (paths.PROJECT_FOLDER / "GLOSSARY.md").read_text().lower()
    for one in metrics_table.METRICS:
        assert (one.compute is None) != (one.leave_out is None), one.key
    entries = [*metrics_table.METRICS, *metrics_table.SCORES]
    assert len({one.key for one in entries}) == len({one.title for one in entries}) == len(entries)
    assert [one.term for one in entries if f"**{one.term}**:" not in glossary] == []
    with pytest.raises(ValueError, match=r"expected one of .*'auc'.*, found 'beauty'"):
        metrics_table.find("beauty")


def test_files_of_before_have_all_that_is_kept_with_a_model():
    assert [one.key for one in metrics_table.list_summary()] == ["accuracy", "sensitivity", "specificity", "auc"]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("patients", [0, 20])
def test_a_new_metric_is_measured_with_its_interval(made_up, classes, patients):
    task = measured_studies.make_study(300, patients=patients, classes=classes)
    found = measures.measure(task)
    if classes == 2:
        assert found["youden"].value == pytest.approx(found["sensitivity"].value + found["specificity"].value - 1)
        assert list(found["missed"].to_json().values()) == pytest.approx(
            list(found["sensitivity"].reverse().to_json().values())
        )
    for key in ("youden", "missed"):
        assert found[key].low < found[key].value < found[key].high
    assert ("missed" in found["wider"]) == (classes == 2)
    rows = measures.measure_classes(task)
    assert rows[0]["youden"].value == pytest.approx(rows[0]["sensitivity"].value + rows[0]["specificity"].value - 1)
    assert {"youden", "missed"} <= set(studies.as_written(found))


def test_a_new_metric_is_compared(made_up, home_alone, capsys):
    good, fair = make("good", skill=3.0), make("fair", skill=1.0, seed=1)
    compared = json.loads(run(capsys, "compare", good.id, fair.id, "--json"))
    assert compared["metrics"]["youden"]["interval"][1] < 0 < compared["metrics"]["missed"]["interval"][0]
    assert compared["metrics"]["missed"]["difference"] == pytest.approx(
        -compared["metrics"]["sensitivity"]["difference"]
    )
    low, high = compared["metrics"]["sensitivity"]["interval"]
    assert compared["metrics"]["missed"]["interval"] == pytest.approx([-high, -low])
    assert "youden: -0." in run(capsys, "compare", good.id, fair.id)


@pytest.mark.parametrize("key", ["youden", "missed"])
def test_models_are_ranked_by_a_new_metric_whichever_way_is_better(made_up, home_alone, key):
    models = [make("fair", skill=1.0, seed=1), make("good", skill=3.0)]
    rows = ranking.rank(models, metric=key)
    assert [(row["id"], row["place"]) for row in rows] == [("good", 1), ("fair", 2)]


def test_a_new_metric_is_in_the_report_and_in_what_is_written(made_up, home_alone, capsys):
    found = make("new")
    assert "Youden's J" in html.unescape(report.write(found))
    written = json.loads((found.folder / package.MANIFEST).read_text())
    assert set(written["test"]["youden"]) == {"value", "low", "high", "n"}
    assert json.loads(run(capsys, "evaluate", "new", "--json"))["missed"] == written["test"]["missed"]
    assert f"youden {found.test_now['youden'].say()}  (n = 200)" in run(capsys, "evaluate", "new")


def test_a_model_of_before_gets_it_from_its_predictions(home_alone, monkeypatch, capsys):
    old = make("old")
    monkeypatch.setattr(metrics_table, "METRICS", (*metrics_table.METRICS, YOUDEN))
    assert "youden: not defined  (n = 0)" in run(capsys, "evaluate", "old")
    (row,) = ranking.rank([old])
    assert row["youden"].n == 200
    assert not rejudging.is_current(old)
    now = rejudging.rejudge(old)
    assert rejudging.is_current(now)
    assert now.test_now["youden"] == row["youden"]


def test_a_difference_of_figures_from_minus_one_to_one_may_reach_two(made_up):
    table = studies.make_predictions(LABELS, np.where(LABELS == 0, 0.9, 0.1), GROUPS)
    right = tasks.build_task(table, NAMES, NAMES[0])
    wrong = tasks.build_task(table, NAMES, NAMES[0], answers=1 - LABELS)
    found = paired_metrics.measure_one(paired_metrics.Pair(wrong, right), YOUDEN)
    assert (found.a.value, found.b.value, found.difference.value, found.difference.high) == (-1, 1, 2, 2)
    assert 1 < found.difference.low < 2
    assert paired_comparison.compare(wrong, right)["verdict"] == "b"
    assert summary.summarise(table, NAMES, NAMES[0])["youden"].value == 1
