"""The table of models: its numbers are the predictions' own, and only what is comparable is compared."""

import json

import numpy as np
import pytest
from sklearn import metrics as reference

from core.evaluation import pairing, ranking, summary, tasks
from core.models import package
from tests import made_models

LABELS = np.tile([0, 1], 100)
GROUPS = np.repeat([f"P{n}" for n in range(20)], 10)


def make(model_id, *, skill=1.5, seed=0, labels=LABELS, groups=GROUPS, **options):
    names = options.get("names", made_models.NAMES)
    table = made_models.make_answers(labels, skill=skill, seed=seed, groups=groups, names=names)
    return made_models.write_model(table, model_id, **options)


def by_id(rows):
    json.dumps(rows, allow_nan=False)
    return {row["id"]: row for row in rows}


@pytest.mark.parametrize("names", [made_models.NAMES, ("a", "b", "c")])
def test_counts_and_loss_are_scikit_learns(home, names):
    labels = np.random.default_rng(0).integers(0, len(names), 200)
    found = make("one", names=names, labels=labels)
    (row,) = ranking.rank([found])
    table = made_models.make_answers(labels, names=names)
    chances = table[[f"p_{name}" for name in names]].to_numpy(float)
    answers = chances.argmax(1)
    assert row["errors"] == (answers != labels).sum() == round(200 * (1 - row["accuracy"]["value"]))
    matrix = reference.confusion_matrix(labels == 0, answers == 0)
    assert (row["false_positives"], row["false_negatives"]) == (matrix[0, 1], matrix[1, 0])
    assert row["loss"] == pytest.approx(reference.log_loss(labels, chances / chances.sum(1, keepdims=True)), rel=1e-5)
    assert (row["n"], row["patients"], row["resampled"]) == (200, 20, "patients")
    assert (row["parameters"], row["seconds_per_epoch"]) == (646_338, 1.5)
    assert row["file_bytes"] == found.file(package.MODEL_FILE).stat().st_size
    assert row["milliseconds_per_image"] is None


def test_one_model_alone_is_no_best(home):
    (row,) = ranking.rank([make("one")])
    assert not row["best"]
    assert not row["tied"]


def test_the_best_and_what_cannot_be_told_from_it(home):
    models = [make("best", skill=4.0), make("close", skill=3.8, seed=1), make("far", skill=0.5, seed=2)]
    rows = by_id(ranking.rank(models))
    assert list(rows) == ["best", "close", "far"]
    assert [name for name, row in rows.items() if row["best"]] == ["best"]
    assert [name for name, row in rows.items() if row["tied"]] == ["close"]
    assert len({row["same_images"] for row in rows.values()}) == 1


@pytest.mark.parametrize("metric", ["accuracy", "sensitivity", "auc"])
@pytest.mark.parametrize("groups", [GROUPS, ""])
def test_tied_is_the_verdict_of_the_comparison(home, metric, groups):
    models = [make(f"m{n}", skill=1.5 + n / 4, seed=n, groups=groups) for n in range(6)]
    rows = by_id(ranking.rank(models, metric=metric))
    (best,) = (row for row in rows.values() if row["best"])
    assert best[metric]["value"] == max(row[metric]["value"] for row in rows.values())
    built = {f.id: build(f) for f in models}
    for name, row in rows.items():
        if name != best["id"]:
            found = pairing.compare(built[best["id"]], built[name])["metrics"][metric]
            assert row["tied"] == (pairing.judge(found["interval"]) != "a")


def build(found):
    table = summary.read_predictions(found.file(package.PREDICTIONS_FILE))
    return tasks.build_task(table.sort_values("image_id"), found.class_names, found.positive_class)


def test_leaky_models_and_other_images_stand_apart(home):
    models = [
        make("leaky", skill=9.0, leaky=True),
        make("first"),
        make("second", seed=1),
        make("fewer", skill=9.0, labels=LABELS[:100], groups=GROUPS[:100]),
        make("relabelled", skill=9.0, labels=1 - LABELS),
        make("as-leaky", skill=9.0, leaky=True),
    ]
    rows = by_id(ranking.rank(models))
    assert {name for name, row in rows.items() if row["best"] or row["tied"]} <= {"first", "second"}
    assert sum(row["best"] for row in rows.values()) == 1
    assert rows["leaky"]["leaky"]
    assert rows["fewer"]["same_images"] != rows["first"]["same_images"] == rows["leaky"]["same_images"]


def test_each_set_of_test_images_has_its_own_best(home):
    half = {"labels": LABELS[:100], "groups": GROUPS[:100]}
    models = [make("a"), make("b", seed=1), make("c", **half), make("d", seed=1, **half)]
    assert sum(row["best"] for row in ranking.rank(models)) == 2


def test_an_operating_point_decides(home):
    found = make("one")
    before, after = ranking.rank([found])[0], ranking.rank([made_models.keep_threshold(found, 0.05)])[0]
    assert (before["threshold"], after["threshold"]) == (None, 0.05)
    assert after["false_negatives"] < before["false_negatives"]
    assert after["false_positives"] > before["false_positives"]
    assert after["errors"] == round(200 * (1 - after["accuracy"]["value"]))
    assert after["loss"] == before["loss"]


def test_a_damaged_model_is_a_row_with_its_problem(home):
    good, bad = make("good"), make("bad", seed=1)
    path = bad.file(package.PREDICTIONS_FILE)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    rows = by_id(ranking.rank([good, bad]))
    assert rows["bad"]["problem"].startswith("ModelBroken")
    assert rows["bad"]["errors"] is None
    assert rows["good"]["problem"] == ""


def test_a_model_without_test_images(home):
    table = made_models.make_answers(LABELS, split="validation")
    models = [made_models.write_model(table, name) for name in ("one", "two")]
    for row in ranking.rank(models):
        assert (row["n"], row["loss"], row["errors"], row["best"]) == (0, None, 0, False)


def test_a_measured_time(home):
    speed = {"value": 0.7, "processor": "EPYC", "batch": 1, "runs": 30}
    (row,) = ranking.rank([make("one", milliseconds_per_image=speed)])
    assert (row["milliseconds_per_image"], row["processor"]) == (0.7, "EPYC")


def test_an_unknown_metric_is_a_programming_error(home):
    with pytest.raises(ValueError, match="expected one of"):
        ranking.rank([], metric="beauty")


def test_no_model():
    assert ranking.rank([]) == []


def test_a_key_of_images_knows_no_order():
    assert ranking.hash_images(["a", "b"]) == ranking.hash_images(["b", "a"]) != ranking.hash_images(["a"])
