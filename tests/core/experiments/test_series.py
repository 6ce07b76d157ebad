"""Series: written whole or not at all, summed up over what finished, with everything else said in words."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.base import background, errors, files, paths
from core.datasets.splits import saved_splits
from core.experiments import series, series_plans
from core.models import package
from core.statistics import summary
from core.training import recipe, run
from tests.support import decided, made_models

NAMES = ("Parasitized", "Uninfected")


@pytest.fixture
def data(tiny_dataset, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    return tiny_dataset


@pytest.fixture
def started(monkeypatch):
    """Ids of the runs whose workers would have been started."""
    ids = []
    monkeypatch.setattr(background, "start", lambda folder, arguments: ids.append(arguments[1]))
    return ids


def finish(found, *, model_id, errors_at=(), status="finished"):
    """Make a run look as if its worker had trained and published it; `errors_at`: positions answered wrongly."""
    divided = found.read_split()
    scored = divided[divided["split"] != "train"].reset_index(drop=True)
    labels = scored["label"].to_numpy()
    right = ~np.isin(np.arange(len(labels)), errors_at)
    positive = np.where((labels == 0) == right, 0.9, 0.1)
    table = scored[["image_id", "split", "group", "label"]].assign(p_Parasitized=positive, p_Uninfected=1 - positive)
    made = made_models.write_model(table, model_id=model_id)
    content = json.loads(made.file(package.MANIFEST).read_text()) | {
        "run_id": found.id,
        "split": found.facts.split.to_json(),
    }
    made.file(package.MANIFEST).write_text(json.dumps(content))
    background.files.write_json(found.folder / background.STATUS, {"phase": status, "model_id": model_id})
    return table


def create_folds(count=3, **settings):
    return series.create_series(recipe.Recipe("tiny", **settings), kind="folds", count=count)


# --- creating


def test_folds_test_each_image_once_and_are_started_in_order(data, started):
    found = create_folds(3, epochs=2)
    assert started == list(found.run_ids)
    runs = found.read_runs()
    tested = [row for one in runs for row in one.read_split().query("split == 'test'")["row"]]
    assert sorted(tested) == data.usable.index.tolist()
    assert [one.recipe.saved_split for one in runs] == ["fold-1-of-3", "fold-2-of-3", "fold-3-of-3"]
    assert [one.recipe.seed for one in runs] == [0, 1, 2]
    assert [one.facts.save_as for one in runs] == [f"tiny-base-cnn-fold-{n}-of-3" for n in (1, 2, 3)]
    for one in runs:
        sides = one.read_split().groupby("split")["group"].unique()
        assert not set(sides["validation"]) & (set(sides["test"]) | set(sides["train"]))
    assert series.read_series(found.id) == found
    assert found.has_own_divisions


def test_folds_of_another_seed_are_other_divisions_under_another_name(data, started):
    one, other = create_folds(3), create_folds(3, seed=7)
    assert other.read_runs()[0].recipe.saved_split == "fold-1-of-3-seed-7"
    assert saved_splits.read_split("tiny", "fold-1-of-3").settings.seed == 0
    assert saved_splits.read_split("tiny", "fold-1-of-3-seed-7").settings.seed == 7
    assert [found.id for found in series.list_series()] == sorted([one.id, other.id], reverse=True)


def test_repeats_have_seeds_that_move_the_split(data, started):
    found = series.create_series(recipe.Recipe("tiny", seed=5), kind="repeats", count=3)
    runs = found.read_runs()
    assert [one.recipe.seed for one in runs] == [5, 6, 7]
    assert [one.facts.save_as for one in runs] == [f"tiny-base-cnn-repeat-{n}-of-3" for n in (1, 2, 3)]
    tested = [frozenset(one.read_split().query("split == 'test'")["row"]) for one in runs]
    assert len(set(tested)) > 1
    assert found.has_own_divisions


def test_repeats_of_a_saved_split_keep_it(data, started):
    create_folds(3)
    wanted = recipe.Recipe("tiny", saved_split="fold-2-of-3")
    found = series.create_series(wanted, kind="repeats", count=2)
    first, second = (one.read_split() for one in found.read_runs())
    pd.testing.assert_frame_equal(first, second)
    assert not found.has_own_divisions
    assert series.summarise(found)["interval"]["test_train_ratio"] is None


def test_the_models_are_called_as_the_person_says(data, started):
    found = series.create_series(recipe.Recipe("tiny"), kind="repeats", count=2, save_as="mine")
    assert [one.facts.save_as for one in found.read_runs()] == ["mine-repeat-1-of-2", "mine-repeat-2-of-2"]
    with pytest.raises(errors.NameNotUsable):
        series.create_series(recipe.Recipe("tiny"), kind="repeats", count=2, save_as="Mine!")
    assert len(run.list_runs()) == 2


def test_a_long_name_leaves_room_for_the_number(home):
    planned = series_plans.plan(recipe.Recipe("d" * 64 + "_" * 40), "repeats", 20)
    names = [package.require_id(one.save_as) for one in planned]
    assert [name.split("-")[-3:] for name in names] == [[str(n), "of", "20"] for n in range(1, 21)]


@pytest.mark.parametrize(
    ("settings", "kind", "count"),
    [
        ({}, "folds", 2),
        ({}, "folds", 21),
        ({}, "repeats", 1),
        ({}, "repeats", 1000),
        ({}, "repeats", True),
        ({}, "folds", "5"),
        ({}, "leave-one-out", 5),
        ({"saved_split": "mine"}, "folds", 3),
        ({"split": "given"}, "folds", 3),
        ({"seed": 2**31 - 2}, "repeats", 5),
    ],
)
def test_what_is_not_possible_is_refused_and_leaves_nothing(data, started, settings, kind, count):
    with pytest.raises(errors.RecipeNotUsable):
        series.create_series(recipe.Recipe("tiny", **settings), kind=kind, count=count)
    assert_nothing_is_left(started)


def assert_nothing_is_left(started):
    assert started == []
    assert run.list_runs() == []
    assert series.list_series() == []
    assert saved_splits.list_splits("tiny") == []
    folder = paths.series_folder()
    assert not folder.exists() or not list(folder.iterdir())


def test_folds_that_the_patients_do_not_allow_leave_nothing(data, started):
    few = data.table["image_id"][data.table["group"].isin([f"P{n}" for n in range(2, 12)])]
    decided.exclude("tiny", few.tolist(), "test")
    with pytest.raises(errors.SplitNotPossible):
        create_folds(3)
    assert_nothing_is_left(started)


@pytest.mark.parametrize("fault", [errors.DiskFull(expected="", found="", where="", todo=""), KeyboardInterrupt()])
def test_a_fault_half_way_leaves_nothing(data, started, monkeypatch, fault):
    create_run = run.create_run

    def fail_at_the_third(wanted, **options):
        if wanted.seed == 2:
            raise fault
        return create_run(wanted, **options)

    monkeypatch.setattr(run, "create_run", fail_at_the_third)
    with pytest.raises(type(fault)):
        create_folds(3)
    assert_nothing_is_left(started)


def test_a_fault_puts_back_the_split_that_had_the_name(data, started, monkeypatch):
    create_folds(3)
    before = saved_splits.split_path("tiny", "fold-1-of-3").read_text()
    decided.exclude("tiny", [data.table.at[0, "image_id"]], "test")
    fault = errors.DiskFull(expected="", found="", where="", todo="")
    monkeypatch.setattr(run, "create_run", lambda wanted, **options: (_ for _ in ()).throw(fault))
    with pytest.raises(errors.DiskFull):
        create_folds(3)
    assert saved_splits.split_path("tiny", "fold-1-of-3").read_text() == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "folds"}'])
def test_a_damaged_series_is_not_listed_and_its_runs_are(data, started, text):
    found = create_folds(3)
    (found.folder / series.FILE).write_text(text)
    with pytest.raises(errors.RunBroken):
        series.read_series(found.id)
    assert series.list_series() == []
    assert [found.id in fault for fault in series.list_broken()] == [True]
    assert len(run.list_runs()) == 3
    with pytest.raises(errors.SeriesNotFound):
        series.read_series("../runs")


# --- stopping and resuming


def test_stop_asks_those_at_work_and_resume_starts_what_is_left(data, started):
    found = create_folds(3)
    first, second, third = found.read_runs()
    finish(first, model_id="tiny-base-cnn-fold-1-of-3")
    background.files.write_json(third.folder / background.STATUS, {"phase": "failed", "message": "no memory"})
    series.stop_series(found)
    assert [background.stop_requested(one.folder) for one in (first, second, third)] == [False, True, False]
    background.files.write_json(second.folder / background.STATUS, {"phase": "stopped"})
    del started[:]
    assert series.resume_series(found) == [second.id, third.id] == started
    assert not background.stop_requested(second.folder)


# --- summing up


def test_a_series_that_has_just_begun_says_so(data, started):
    summed = series.summarise(create_folds(3))
    assert (summed["n_runs"], summed["planned"]) == (0, 3)
    assert summed["metrics"]["accuracy"] == {"mean": None, "spread": None, "low": None, "high": None, "n_runs": 0}
    assert [row["left_out"] for row in summed["runs"]] == ["It has not finished yet."] * 3
    assert summed["pooled"] is None
    assert summed["pooled_missing"].startswith("0 of 3 folds")
    json.dumps(summed, allow_nan=False, default=files.encode)
    assert len(series.as_table(summed)) == 3


def test_finished_folds_are_summed_up_and_pooled(data, started):
    found = create_folds(3)
    tables = [
        finish(one, model_id=f"tiny-base-cnn-fold-{n}-of-3", errors_at=range(0, 48, 5 + n))
        for n, one in enumerate(found.read_runs(), 1)
    ]
    summed = series.summarise(found)
    accuracies = [row["test"]["accuracy"].value for row in summed["runs"]]
    metric = summed["metrics"]["accuracy"]
    assert metric["mean"] == pytest.approx(np.mean(accuracies))
    assert metric["spread"] == pytest.approx(np.std(accuracies, ddof=1))
    sides = [one.facts.split.images for one in found.read_runs()]
    ratio = np.mean([side.test / side.train for side in sides])
    assert summed["interval"]["test_train_ratio"] == pytest.approx(ratio) == pytest.approx(1.0)
    half = stats.t.ppf(0.975, 2) * np.std(accuracies, ddof=1) * np.sqrt(1 / 3 + ratio)
    assert metric["low"] == pytest.approx(max(0, np.mean(accuracies) - half))
    assert "Nadeau and Bengio 2003" in summed["interval"]["method"]
    joined = pd.concat(tables).query("split == 'test'")
    assert sorted(joined["image_id"]) == sorted(data.usable["image_id"])
    assert summed["pooled"] == summary.summarise(joined, NAMES, NAMES[0])
    assert (summed["pooled"]["n"], summed["pooled"]["groups"], summed["pooled"]["interval"]) == (72, 12, "patients")
    assert summed["pooled_missing"] == ""
    json.dumps(summed, allow_nan=False, default=files.encode)
    table = series.as_table(summed)
    assert table["accuracy"].tolist() == accuracies
    assert table["accuracy_n"].sum() == 72


def test_a_run_that_went_on_with_other_settings_does_not_count(data, started):
    found = create_folds(5)
    for number, one in enumerate(found.read_runs(), 1):
        finish(one, model_id=f"fold-{number}", errors_at=range(0, 20, 3 + number))
    one = found.read_runs()[0]
    segment = {"epoch": 2, "changes": {"epochs": [2, 9], "learning_rate": [0.1, 0.2]}, "at": "2026-01-01T00:00:00"}
    background.files.write_json(one.folder / run.RECIPE, {**one.facts.to_json(), "segments": [segment]})
    summed = series.summarise(found)
    assert [row["counts"] for row in summed["runs"]] == [False, True, True, True, True]
    assert "epochs, learning rate" in summed["runs"][0]["left_out"]
    assert summed["pooled"] is None


def test_what_does_not_count_is_said(data, started):
    found = create_folds(5)
    runs = found.read_runs()
    for number, one in enumerate(runs, 1):
        finish(one, model_id=f"fold-{number}", errors_at=range(0, 20, 3 + number))
    background.files.write_json(
        runs[0].folder / background.STATUS, {"phase": "failed", "message": "no memory", "model_id": "fold-1"}
    )
    background.files.write_json(runs[1].folder / background.STATUS, {"phase": "stopped", "model_id": "fold-2"})
    background.files.remove_folder(runs[2].folder)
    background.files.remove_folder(package.find_package("fold-4").folder)
    summed = series.summarise(found)
    assert [row["status"] for row in summed["runs"]] == ["failed", "stopped", "missing", "finished", "finished"]
    assert [row["counts"] for row in summed["runs"]] == [False, False, False, False, True]
    assert [row["left_out"] for row in summed["runs"]] == [
        "It failed: no memory",
        "It was stopped before its end.",
        "Its run is no longer here, or of another version.",
        "Its model is no longer here.",
        "",
    ]
    assert summed["runs"][1]["test"] is not None  # shown, but not in the mean
    assert summed["metrics"]["accuracy"]["n_runs"] == 1
    assert summed["metrics"]["accuracy"]["low"] is None
    assert summed["pooled_missing"].startswith("1 of 5 folds")


def test_a_damaged_model_and_one_that_took_the_name_do_not_count(data, started):
    found = create_folds(3)
    first, second, third = found.read_runs()
    finish(first, model_id="one")
    finish(second, model_id="two")
    finish(third, model_id="three")
    package.find_package("one").file(package.HISTORY_FILE).unlink()
    stolen = package.find_package("two").file(package.MANIFEST)
    stolen.write_text(json.dumps(json.loads(stolen.read_text()) | {"run_id": "20260101-000000-other"}))
    rows = series.summarise(found)["runs"]
    assert "damaged" in rows[0]["left_out"]
    assert rows[1]["left_out"] == "Its model is no longer here."
    assert rows[2]["counts"]


def test_predictions_that_were_altered_leave_the_mean_and_end_the_pooling(data, started):
    found = create_folds(3)
    for number, one in enumerate(found.read_runs()):
        finish(one, model_id=f"fold-{number}")
    path = package.find_package("fold-1").file(package.PREDICTIONS_FILE)
    path.write_bytes(bytes(reversed(path.read_bytes())))
    summed = series.summarise(found)
    assert summed["metrics"]["accuracy"]["n_runs"] == 3
    assert summed["pooled"] is None
    assert "as it was published" in summed["pooled_missing"]


def test_repeats_are_not_pooled(data, started):
    found = series.create_series(recipe.Recipe("tiny"), kind="repeats", count=2)
    for number, one in enumerate(found.read_runs()):
        finish(one, model_id=f"repeat-{number}", errors_at=range(number))
    summed = series.summarise(found)
    assert summed["n_runs"] == 2
    assert summed["pooled"] is None
    assert "several times" in summed["pooled_missing"]
