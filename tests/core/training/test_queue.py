"""One training at a time, in the order of asking."""

import threading
import time

import pytest

from core import life, paths, progress
from core.training import queue


@pytest.fixture
def runs(home):
    folders = []
    for number in range(3):
        folder = paths.runs_folder() / f"2026010{number}-000000-x"
        folder.mkdir(parents=True)
        life.files.write_json(folder / life.STATUS, {"phase": "queued", "queued_at": 100.0 + number})
        folders.append(folder)
    return folders


def test_those_who_wait_are_served_in_order_and_one_at_a_time(runs, monkeypatch):
    monkeypatch.setattr(queue, "WAIT_SECONDS", 0.02)
    served, at_once = [], []
    inside = threading.Semaphore(0)

    def work(folder):
        def say(before):
            life.files.write_json(folder / life.STATUS, {"phase": "waiting", "queued_at": asked[folder]})

        with life.hold(folder):
            say(0)
            started.wait(10)
            with queue.take_slot(folder, say):
                life.files.write_json(folder / life.STATUS, {"phase": "training", "queued_at": asked[folder]})
                at_once.append(folder)
                assert len(at_once) == 1
                served.append(folder)
                time.sleep(0.05)
                at_once.remove(folder)
                inside.release()
            life.files.write_json(folder / life.STATUS, {"phase": "finished"})

    asked = {folder: 100.0 + number for number, folder in enumerate(runs)}
    started = threading.Event()
    threads = [threading.Thread(target=work, args=(folder,)) for folder in reversed(runs)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    started.set()
    for thread in threads:
        thread.join(timeout=30)
    assert served == runs


def test_a_stop_while_waiting_gives_up_the_place(runs):
    life.request_stop(runs[0])
    with life.hold(runs[0]), pytest.raises(progress.Cancelled), queue.take_slot(runs[0], lambda before: None):
        pytest.fail("it must not be served")


def test_dead_and_ended_runs_do_not_block(runs):
    life.files.write_json(runs[0] / life.STATUS, {"phase": "waiting", "queued_at": 1.0})  # nobody holds its lock
    life.files.write_json(runs[1] / life.STATUS, {"phase": "finished", "queued_at": 2.0})
    assert queue.count_before(runs[2]) == 0


def test_a_run_that_was_just_asked_for_keeps_its_place_before_its_worker_lives(runs):
    now = time.time()
    life.files.write_json(runs[0] / life.STATUS, {"phase": "queued", "queued_at": now - 1})
    life.files.write_json(runs[1] / life.STATUS, {"phase": "queued", "queued_at": now})
    assert queue.count_before(runs[1]) == 1
