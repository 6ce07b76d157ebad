"""crossvalidate, repeat and series: what they ask for, that they wait, and what they say of the result."""

import threading

import pytest

from core.base import background, files
from core.experiments import series
from core.terminal import following, repeating
from core.training import recipe, run
from tests.support import small_network as small


@pytest.fixture
def ended(monkeypatch):
    """Each run ends as soon as it is started: `ended["phase"]` says how."""
    how = {"phase": "finished"}
    monkeypatch.setattr(run, "start_run", lambda found: files.write_json(found.folder / background.STATUS, how))
    return how


def test_folds_are_asked_for_and_waited_for(call, tiny_dataset, ended):
    status, said, spoken = call("crossvalidate", "tiny", "--folds", 3, "--epochs", 2, "--seed", 4, "--json")
    assert status == 0
    (made,) = series.list_series()
    assert made.kind == "folds"
    assert said["series_id"] == made.id
    assert made.recipe == recipe.suggest("tiny", epochs=2, seed=4)
    assert [row["run_id"] for row in said["runs"]] == list(made.run_ids)
    assert said["planned"] == 3
    assert f"Series {made.id}: 3 trainings" in spoken
    rows = call("series", "--json")[1]
    assert rows == [{"id": made.id, "kind": "folds", "runs": 3, "ended": 3}]
    assert call("series", made.id, "--json")[1] == said
    assert made.id in call("series")[1]


def test_repeats_have_other_seeds(call, tiny_dataset, ended):
    assert call("repeat", "tiny", "--architecture", "compact_cnn", "--times", 2, "--seed", 5)[0] == 0
    (made,) = series.list_series()
    assert (made.kind, [found.recipe.seed for found in made.read_runs()]) == ("repeats", [5, 6])
    assert {found.recipe.architecture for found in made.read_runs()} == {"compact_cnn"}


def test_people_read_what_does_not_count(call, tiny_dataset, ended):
    ended |= {"phase": "failed", "message": "It went wrong."}
    status, said, _ = call("crossvalidate", "tiny", "--folds", 3)
    assert status == 2
    assert "0 of 3 runs count" in said
    assert said.count("does not count: It failed: It went wrong.") == 3
    assert "accuracy: not defined" in said
    assert "Not pooled: " in said


def test_a_series_is_stopped_and_goes_on(call, tiny_dataset, monkeypatch):
    started = []
    monkeypatch.setattr(run, "start_run", started.append)  # the workers never come to life: the runs wait
    created = call("crossvalidate", "tiny", "--folds", 3, "--background", "--json")[1]
    found = series.read_series(created["series_id"])
    assert len(started) == 3
    assert call("series", found.id, "--stop")[0] == 0
    assert all(background.stop_requested(one.folder) for one in found.read_runs())
    for one in found.read_runs()[1:]:
        files.write_json(one.folder / background.STATUS, {"phase": "stopped"})
    call("series", found.id, "--resume")
    assert [one.id for one in started[3:]] == list(found.run_ids[1:])
    with pytest.raises(SystemExit):
        call("series", found.id, "--resume", "--stop")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("crossvalidate", "tiny", "--folds", 1), "RecipeNotUsable"),
        (("crossvalidate", "tiny", "--saved-split", "mine"), "RecipeNotUsable"),
        (("crossvalidate", "nobody"), "DatasetNotFound"),
        (("repeat", "tiny", "--times", 1), "RecipeNotUsable"),
        (("repeat", "tiny", "--epochs", 0), "RecipeNotUsable"),
        (("series", "nobody"), "SeriesNotFound"),
    ],
)
def test_what_cannot_be_is_a_message_and_nothing_is_begun(call, tiny_dataset, ended, arguments, words):
    status, out, said = call(*arguments)
    assert (status, out) == (2, "")
    assert said.startswith(words)
    assert (series.list_series(), run.list_runs()) == ([], [])


def test_no_series_yet(call):
    assert call("series")[1] == "No series yet.\n"


def test_a_mean_in_words():
    found = {"mean": 0.9512, "spread": 0.0071, "low": 0.94, "high": 0.96, "n_runs": 5}
    assert repeating._say_mean("accuracy", found) == "accuracy 0.951 (0.940 to 0.960), spread 0.007  (n = 5 runs)"
    found = {"mean": 0.9512, "spread": None, "low": None, "high": None, "n_runs": 1}
    assert repeating._say_mean("accuracy", found) == "accuracy 0.951  (n = 1 run)"


def test_following_says_each_new_line_once(capsys):
    lines, all_asked = ["a", "a", "b", "b"], threading.Event()

    def describe():
        if len(lines) == 1:
            all_asked.set()
        return lines.pop(0) if len(lines) > 1 else lines[0]

    with following.follow(describe, every_seconds=0.01):
        assert all_asked.wait(30)
    assert capsys.readouterr().err == "a\nb\n"


@pytest.mark.ml
def test_a_real_cross_validation(call, tiny_dataset, small_network, tmp_path, monkeypatch):
    small.reach_children(monkeypatch, tmp_path)
    asked = ("crossvalidate", "tiny", "--architecture", small_network, "--folds", 3, "--epochs", 1)
    status, said, _ = call(*asked, "--batch-size", 24, "--json")
    assert status == 0
    assert [row["status"] for row in said["runs"]] == ["finished"] * 3
    assert said["metrics"]["accuracy"]["n_runs"] == 3
    assert said["pooled"]["n"] == 72  # every image once
    text = call("series", said["series_id"])[1]
    assert "3 of 3 runs count" in text
    assert "Every image answered by the model that had not seen it:" in text
