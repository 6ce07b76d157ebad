"""The life of background work: one pure decision, and real processes that are killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from core.base import background, errors, records

PROJECT = background.paths.PROJECT_FOLDER


@pytest.mark.parametrize(
    ("details", "alive", "stop", "now", "expected"),
    [
        (None, False, False, 0, "interrupted"),
        ({"phase": "queued", "queued_at": None}, False, False, 200, "interrupted"),
        (None, True, False, 0, "starting"),
        ({"phase": "queued", "queued_at": 100.0}, False, False, 110, "starting"),
        ({"phase": "queued", "queued_at": 100.0}, False, False, 200, "interrupted"),
        ({"phase": "queued", "queued_at": 100.0}, False, False, 95, "starting"),  # the clock was put right
        ({"phase": "queued", "queued_at": 9000.0}, False, False, 200, "interrupted"),  # and here by hours
        ({"phase": "queued", "queued_at": 100.0}, True, False, 200, "starting"),
        ({"phase": "training"}, True, False, 0, "training"),
        ({"phase": "training"}, True, True, 0, "stopping"),
        ({"phase": "training"}, False, False, 0, "interrupted"),
        ({"phase": "training"}, False, True, 0, "interrupted"),
        ({"phase": "finished"}, True, False, 0, "finished"),
        ({"phase": "finished"}, False, True, 0, "finished"),
        ({"phase": "stopped"}, False, True, 0, "stopped"),
        ({"phase": "failed", "message": "why"}, False, False, 0, "failed"),
    ],
)
def test_decide(details, alive, stop, now, expected):
    said = None if details is None else records.convert(details, background.Status)
    state = background.decide(said, alive=alive, stop_requested=stop, now=now)
    assert state.name == expected


def test_every_state_is_either_active_or_can_be_left():
    assert background.State("training").is_active
    assert not background.State("training").can_resume
    for name in ("stopped", "interrupted", "failed"):
        assert background.State(name).can_resume
        assert not background.State(name).is_active
    assert not background.State("finished").can_resume
    assert background.State("failed", background.Status(message="why")).message == "why"
    assert background.State("finished").message == ""


def test_only_one_worker_holds_a_folder(tmp_path):
    assert not background.is_alive(tmp_path)
    with background.hold(tmp_path):
        assert background.is_alive(tmp_path)
        child = (
            "import pathlib, sys\nfrom core.base import background\n"
            "with background.hold(pathlib.Path(sys.argv[1])): pass"
        )
        other = subprocess.run(
            [sys.executable, "-c", child, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=False
        )
        assert "RunNotUsable" in other.stderr
    assert not background.is_alive(tmp_path)


def test_a_killed_worker_is_not_alive(tmp_path):
    background.queue_work(tmp_path)
    child = (
        "import sys, time; from pathlib import Path; from core.base import background as life\n"
        "with life.hold(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", child, str(tmp_path)], cwd=PROJECT, stdout=subprocess.PIPE)
    assert worker.stdout.readline() == b"held\n"
    assert background.read_state(tmp_path).name == "starting"
    os.kill(worker.pid, signal.SIGKILL)
    # Not waited for yet: as a zombie it still has a process number, and must count as dead all the same.
    deadline = time.time() + 10
    while background.is_alive(tmp_path) and time.time() < deadline:
        time.sleep(0.02)
    assert not background.is_alive(tmp_path)
    worker.wait()
    background.files.write_json(tmp_path / background.STATUS, {"phase": "training"})
    assert background.read_state(tmp_path).name == "interrupted"


def test_stop_is_a_wish_that_queueing_again_takes_back(tmp_path):
    background.queue_work(tmp_path)
    background.request_stop(tmp_path)
    background.request_stop(tmp_path)
    assert background.stop_requested(tmp_path)
    background.queue_work(tmp_path)
    assert not background.stop_requested(tmp_path)


@pytest.mark.parametrize("text", ['{"phase": "trai', "[1]", "7", ""])
def test_a_status_that_is_none_counts_as_interrupted_and_can_be_resumed(tmp_path, text):
    (tmp_path / background.STATUS).write_text(text)
    assert background.read_state(tmp_path).can_resume


def test_a_worker_that_cannot_be_started_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(background.sys, "executable", str(tmp_path / "no-such-python"))
    with pytest.raises(errors.JobNotStarted, match="background process"):
        background.start(tmp_path, ["work", "x"])
