"""How far a long piece of work is, in numbers and words."""

import io

import pytest

from core.base import progress


def run_clock(monkeypatch, *moments):
    times = iter(moments)
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(times))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (0.4, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (7_800, "2 h 10 min")],
)
def test_durations_in_words(seconds, words):
    assert progress.describe_seconds(seconds) == words


def test_the_time_left_counts_from_where_resumed_work_began(monkeypatch):
    run_clock(monkeypatch, 100.0, 100.0, 110.0)
    rows = []
    say = progress.Throttled(rows.append)
    say(90, 100, "Downloading")
    say(95, 100, "Downloading")
    assert rows[0]["seconds_left"] is None
    assert rows[1]["seconds_left"] == pytest.approx(10.0)  # 5 in 10 s, 5 to go; from 0 it would be half a second


def test_reports_are_thinned_out_and_the_last_one_always_comes(monkeypatch):
    run_clock(monkeypatch, 100.0, 101.0, 101.05, 101.1, 101.15)
    rows = []
    say = progress.Throttled(rows.append, every_seconds=0.2)
    for done in (1, 2, 3, 4):
        say(done, 4, "Reading")
    assert [row["done"] for row in rows] == [1, 4]


def test_a_new_piece_of_work_is_said_at_once(monkeypatch):
    run_clock(monkeypatch, 100.0, 101.0, 101.01)
    rows = []
    say = progress.Throttled(rows.append)
    say(1, 9, "Reading")
    say(0, 9, "Writing")
    assert [row["what"] for row in rows] == ["Reading", "Writing"]


def test_a_terminal_gets_lines():
    out = io.StringIO()
    say = progress.to_terminal(out)
    say(1, 2000, "Reading")
    say(2000, 2000, "Reading")
    assert out.getvalue().splitlines()[-1] == "Reading: 2,000 of 2,000"


def test_a_second_piece_of_work_of_the_same_name_has_a_pace_of_its_own(monkeypatch):
    run_clock(monkeypatch, 0.0, 0.0, 100.0, 100.0, 101.0, 200.0, 201.0)
    rows = []
    report = progress.Throttled(rows.append)
    report(0, 50, "Running")
    report(50, 50, "Running")  # 100 s
    report(0, 500, "Running")
    report(10, 500, "Running")  # one second later
    assert rows[-1]["seconds_left"] == pytest.approx(49.0)
    report(100, 500, "Running")
    report(5, 500, "Running")  # begun anew
    assert rows[-1]["seconds_left"] is None
