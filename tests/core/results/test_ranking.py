"""The table of models: its numbers are the predictions' own, and only what is comparable is compared."""

import json

import numpy as np
import pytest
from sklearn import metrics as reference

from core.base import files
from core.models import package
from core.results import predictions_file, ranking
from core.statistics import paired_comparison, tasks
from tests.support import made_models

LABELS = np.tile([0, 1], 100)
GROUPS = np.repeat([f"P{n}" for n in range(20)], 10)


def make(model_id, *, skill=1.5, seed=0, labels=LABELS, groups=GROUPS, **options):
    names = options.get("names", made_models.NAMES)
    table = made_models.make_answers(labels, skill=skill, seed=seed, groups=groups, names=names)
    return made_models.write_model(table, model_id, **options)


def by_id(rows):
    json.dumps(rows, allow_nan=False, default=files.encode)
    return {row["id"]: row for row in rows}


@pytest.mark.parametrize("names", [made_models.NAMES, ("a", "b", "c")])
def test_counts_and_loss_are_scikit_learns(home, names):
    labels = np.random.default_rng(0).integers(0, len(names), 200)
    found = make("one", names=names, labels=labels)
    (row,) = ranking.rank([found])
    table = made_models.make_answers(labels, names=names)
    chances = table[[f"p_{name}" for name in names]].to_numpy(float)
    answers = chances.argmax(1)
    assert row["errors"] == (answers != labels).sum() == round(200 * (1 - row["accuracy"].value))
    matrix = reference.confusion_matrix(labels == 0, answers == 0)
    assert (row["false_positives"], row["false_negatives"]) == (matrix[0, 1], matrix[1, 0])
    assert row["loss"] == pytest.approx(reference.log_loss(labels, chances / chances.sum(1, keepdims=True)), rel=1e-5)
    assert (row["n"], row["patients"], row["over"]) == (200, 20, "patients")
    assert (row["parameters"], row["seconds_per_epoch"]) == (646_338, 1.5)
    assert row["file_bytes"] == found.file(package.MODEL_FILE).stat().st_size
    assert row["milliseconds_per_image"] is None


def test_one_model_alone_has_no_place(home):
    (row,) = ranking.rank([make("one")])
    assert (row["place"], row["shared"]) == (None, False)


def test_models_stand_by_merit_and_share_a_place_that_chance_could_give_either(home):
    models = [make("far", skill=0.5, seed=2), make("close", skill=3.8, seed=1), make("best", skill=4.0)]
    rows = by_id(ranking.rank(models))
    assert list(rows) == ["best", "close", "far"]
    assert [(row["place"], row["shared"]) for row in rows.values()] == [(1, True), (1, True), (3, False)]
    assert len({row["same_images"] for row in rows.values()}) == 1


def test_the_best_is_said_with_how_sure_that_is(home):
    models = [make("far", skill=0.5, seed=2), make("close", skill=3.8, seed=1), make("best", skill=4.0)]
    assert ranking.say_best(ranking.rank(models)) == "best is best; the difference from close is not sure"
    assert ranking.say_best(ranking.rank(models[::2])) == "best is best, and better than far beyond chance"
    twin = [make(name, skill=4.0) for name in ("twin", "triplet")]
    assert ranking.say_best(ranking.rank([models[2], *twin])).endswith(" and 1 other share the first place")
    told = "Which model is best cannot be told: no two honest ones have the same test images"
    other = make("other", labels=LABELS[:150], groups=GROUPS[:150])
    assert ranking.say_best(ranking.rank([models[0], other])) == ranking.say_best([]) == told
    assert ranking.say_best(ranking.rank(models[:1])) == "far is the only model of these images"


@pytest.mark.parametrize("metric", ["accuracy", "sensitivity", "auc"])
@pytest.mark.parametrize("groups", [GROUPS, ""])
def test_a_place_counts_who_is_better_by_the_verdict_of_the_comparison(home, metric, groups):
    models = [make(f"m{n}", skill=1.5 + n / 4, seed=n, groups=groups) for n in range(6)]
    rows = ranking.rank(models, metric=metric)
    values = [row[metric].value for row in rows]
    assert values == sorted(values, reverse=True)
    built = {found.id: build(found) for found in models}

    def count_better(row):
        compared = (
            paired_comparison.compare(built[other["id"]], built[row["id"]])["metrics"][metric] for other in rows
        )
        return sum(paired_comparison.judge(found.difference.ends) == "a" for found in compared)

    for row in rows:
        alike = [other for other in rows if other[metric].value == row[metric].value]
        assert row["place"] == 1 + min(count_better(other) for other in alike)
        assert row["shared"] == ([other["place"] for other in rows].count(row["place"]) > 1)


def test_exact_ties_are_marked_alike(home):
    models = [make("one"), make("far", skill=0.3, seed=3), make("its-twin")]
    rows = by_id(ranking.rank(models))
    assert [(name, row["place"], row["shared"]) for name, row in rows.items()] == [
        ("one", 1, True),
        ("its-twin", 1, True),
        ("far", 3, False),
    ]


def build(found):
    table = predictions_file.read(found.file(package.PREDICTIONS_FILE))
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
    assert {name for name, row in rows.items() if row["place"] is not None} == {"first", "second"}
    assert sorted(list(rows)[:2]) == ["first", "second"], "before what cannot be compared with them"
    assert list(rows)[-2:] == ["leaky", "as-leaky"], "however well they seem to do"
    assert rows["leaky"]["leaky"]
    assert rows["fewer"]["same_images"] != rows["first"]["same_images"] == rows["leaky"]["same_images"]


def test_each_set_of_test_images_has_places_of_its_own(home):
    half = {"labels": LABELS[:100], "groups": GROUPS[:100]}
    models = [make("c", **half), make("a"), make("d", seed=1, **half), make("b", seed=1)]
    rows = ranking.rank(models)
    assert [row["place"] for row in rows].count(1) >= 2
    keys = [row["same_images"] for row in rows]
    assert keys == sorted(keys, key=keys.index), "those of one set stand together"


def test_an_operating_point_decides(home):
    found = make("one")
    before, after = ranking.rank([found])[0], ranking.rank([made_models.keep_threshold(found, 0.05)])[0]
    assert (before["threshold"], after["threshold"]) == (None, 0.05)
    assert after["false_negatives"] < before["false_negatives"]
    assert after["false_positives"] > before["false_positives"]
    assert after["errors"] == round(200 * (1 - after["accuracy"].value))
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
        assert (row["n"], row["loss"], row["errors"], row["place"]) == (0, None, 0, None)


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
