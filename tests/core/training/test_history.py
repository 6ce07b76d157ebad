"""The log of a training: kills, resumes and torn lines leave one consistent history."""

import pandas as pd
import pytest

from core.base import files
from core.training import history, run
from tests.support.metric_lines import batch, epoch


def write(folder, rows):
    files.append_lines(folder / run.METRICS, rows)
    return history.read_history(folder)


def test_nothing_yet(tmp_path):
    assert history.read_history(tmp_path) == {"batches": [], "epochs": [], "best_epoch": None, "segments": []}


def test_an_uninterrupted_training(tmp_path):
    learnt = write(tmp_path, [{"kind": "attempt", "step": 0, "epoch": 0}, batch(1), batch(2), epoch(1, 0.4)])
    assert [row["step"] for row in learnt["batches"]] == [1, 2]
    assert learnt["best_epoch"] == 1


def test_what_a_killed_attempt_logged_beyond_its_checkpoint_is_void(tmp_path):
    first = [{"kind": "attempt", "step": 0, "epoch": 0}, batch(1), batch(2), epoch(1, 0.4), batch(3, loss=9.0)]
    second = [{"kind": "attempt", "step": 2, "epoch": 1}, batch(3, loss=0.1)]
    learnt = write(tmp_path, first + second)
    assert [(row["step"], row["loss"]) for row in learnt["batches"]] == [(1, 0.5), (2, 0.5), (3, 0.1)]


def test_an_epoch_without_its_checkpoint_is_void_too(tmp_path):
    learnt = write(tmp_path, [epoch(1, 0.4), epoch(2, 0.1), {"kind": "attempt", "step": 2, "epoch": 1}])
    assert [row["epoch"] for row in learnt["epochs"]] == [1]
    assert learnt["best_epoch"] == 1


def test_a_torn_line_is_left_out_until_it_is_whole(tmp_path):
    write(tmp_path, [batch(1)])
    with (tmp_path / run.METRICS).open("a") as file:
        file.write('{"kind":"batch","step":2,')
    assert [row["step"] for row in history.read_history(tmp_path)["batches"]] == [1]


@pytest.mark.parametrize("row", [{"kind": "batch"}, {"kind": "attempt"}, {"kind": "epoch", "epoch": 1}, {"a": 1}])
def test_rows_that_lack_something_are_passed_over(tmp_path, row):
    assert [b["step"] for b in write(tmp_path, [batch(1), row, batch(2)])["batches"]] == [1, 2]


def test_the_best_epoch_is_the_first_of_equals(tmp_path):
    assert write(tmp_path, [epoch(1, 0.4), epoch(2, 0.3), epoch(3, 0.3)])["best_epoch"] == 2


def test_the_reader_sees_growth_though_it_remembers(tmp_path):
    assert len(write(tmp_path, [batch(1)])["batches"]) == 1
    assert len(write(tmp_path, [batch(2)])["batches"]) == 2


def test_a_table_and_back(tmp_path):
    learnt = write(tmp_path, [epoch(1, 0.4), epoch(2, 0.3)])
    path = tmp_path / "history.csv"
    history.as_table(learnt).to_csv(path, index=False)
    again = history.from_table(pd.read_csv(path))
    assert again["epochs"] == learnt["epochs"]
    assert again["best_epoch"] == 2
    assert again["batches"] == []
