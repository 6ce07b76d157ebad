"""Verbs about trainings that are there: the queue and its order, differences, the TensorBoard log."""

from pathlib import Path

import pytest

from core.base import background, files, settings
from core.training import recipe, run, tensorboard
from tests.support.metric_lines import batch, epoch


@pytest.fixture
def waiting(tiny_dataset):
    """Three runs that were just asked for, in this order."""
    return [run.create_run(recipe.suggest("tiny", seed=seed)) for seed in range(3)]


def end(found):
    files.write_json(found.folder / background.STATUS, {"phase": "finished"})


def test_the_queue_is_listed_in_order(call, waiting):
    status, rows, _ = call("queue", "--json")
    assert status == 0
    assert [(row["place"], row["run_id"], row["before"]) for row in rows] == [
        (place, found.id, place - 1) for place, found in enumerate(waiting, 1)
    ]
    assert waiting[2].id in call("queue")[1]


def test_those_that_ended_are_not_in_the_queue(call, waiting):
    for found in waiting:
        end(found)
    assert call("queue", "--json")[1] == []
    assert call("queue")[1] == "No training is at work or waits.\n"


def test_those_at_work_come_first(call, waiting):
    files.write_json(waiting[1].folder / background.STATUS, {"phase": "training", "epoch": 2, "epochs": 20})
    with background.hold(waiting[1].folder):
        rows = call("queue", "--json")[1]
    assert [(row["place"], row["run_id"]) for row in rows] == [
        (0, waiting[1].id),
        (1, waiting[0].id),
        (2, waiting[2].id),
    ]
    assert (rows[0]["status"], rows[0]["epoch"], rows[0]["before"]) == ("training", 2, 0)


def test_a_waiting_training_changes_places(call, waiting):
    first, second, third = (found.id for found in waiting)
    status, rows, _ = call("move", third, "up", "--json")
    assert status == 0
    assert [row["run_id"] for row in rows] == [first, third, second]
    assert [row["run_id"] for row in call("move", first, "down", "--json")[1]] == [third, first, second]
    assert [row["run_id"] for row in call("move", second, "down", "--json")[1]] == [third, first, second]


def test_what_does_not_wait_cannot_be_moved(call, waiting):
    end(waiting[0])
    status, _, said = call("move", waiting[0].id, "up")
    assert status == 2
    assert said.startswith("RunNotUsable")
    assert call("move", "nobody", "up")[2].startswith("RunNotFound")
    with pytest.raises(SystemExit):
        call("move", waiting[0].id, "sideways")


def test_how_many_train_at_once_can_be_said(call, waiting, monkeypatch):
    monkeypatch.setattr(settings, "count_processors", lambda: 4)
    assert call("queue", "--at-once", 3)[0] == 0
    assert settings.read().trainings_at_once == 3
    status, _, said = call("queue", "--at-once", 5)
    assert status == 2
    assert "1 to 4" in said


def test_differences_of_two_recipes(call, waiting):
    other = run.create_run(recipe.suggest("tiny", seed=0, learning_rate=0.01, saved_split=""))
    assert call("differences", waiting[0].id, other.id, "--json")[1] == [
        {"setting": "learning_rate", "first": 0.001, "second": 0.01}
    ]
    assert call("differences", waiting[0].id, other.id)[1] == "learning_rate: 0.001 -> 0.01\n"
    assert call("differences", other.id, other.id)[1] == "No differences.\n"
    assert call("differences", other.id, "nobody")[0] == 2


def test_other_images_under_the_same_name_are_a_difference(call, waiting):
    found = waiting[1]
    facts = {**found.facts.to_json(), "dataset": {"name": "tiny", "fingerprint": "other"}}
    files.write_json(found.folder / run.RECIPE, facts)
    said = call("differences", waiting[0].id, found.id)[1]
    assert said.startswith("seed: 0 -> 1\ndataset fingerprint: ")


@pytest.mark.ml
def test_a_log_for_tensorboard(call, waiting, tmp_path, monkeypatch):
    found = waiting[0]
    files.append_lines(found.folder / run.METRICS, [batch(1), epoch(1, 0.4)])
    status, said, _ = call("tensorboard", found.id, "--json")
    assert status == 0
    assert said == {"run_id": found.id, "folder": str(tensorboard.default_folder(found))}
    monkeypatch.chdir(tmp_path)
    said = call("tensorboard", found.id, "my logs")[1]
    assert f"tensorboard --logdir '{tmp_path / 'my logs'}'" in said
    for folder in (tensorboard.default_folder(found), Path("my logs") / found.id):
        assert len(list(folder.rglob("*tfevents*"))) == 2
    (tmp_path / "file").write_text("mine")
    assert call("tensorboard", found.id, tmp_path / "file")[2].startswith("ExportNotPossible")
    assert call("tensorboard", "nobody")[2].startswith("RunNotFound")
