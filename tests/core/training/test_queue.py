"""Who trains next: never more at once than allowed, in the order of asking, which people may change."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from core.base import background, errors, paths, progress, settings
from core.training import queue, queue_order

CHILD = """
import sys, time
from pathlib import Path
from core.base import files
from core.base import background as life
from core.base import progress
from core.training import queue
folder, log, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
queue.WAIT_SECONDS = 0.05
kept = {"queued_at": life.read_details(folder).queued_at}
def say(phase):
    files.write_json(folder / life.STATUS, {"phase": phase, **kept}, durable=False)
def note(word):
    with log.open("a") as out:
        out.write(f"{word} {folder.name}\\n")
with life.hold(folder):
    try:
        with queue.take_slot(folder, lambda ahead: (say(queue.WAITING), note(f"waits-{ahead}"))) as slot:
            say("training")
            note(f"begins-{slot.number}-{slot.threads}")
            time.sleep(seconds)
            note("ends")
        say("finished")
    except progress.Cancelled:
        say("stopped")
        note("stopped")
"""


@pytest.fixture
def eight_processors(monkeypatch):
    monkeypatch.setattr(settings, "count_processors", lambda: 8)


def make_run(name, *, phase="queued", queued_at=100.0):
    folder = paths.runs_folder() / name
    folder.mkdir(parents=True, exist_ok=True)
    background.files.write_json(folder / background.STATUS, {"phase": phase, "queued_at": queued_at})
    return folder


@pytest.fixture
def runs(home):
    return [make_run(f"2026010{number}-000000-x", queued_at=100.0 + number) for number in range(3)]


@pytest.fixture
def children(tmp_path):
    """`start(folder, seconds)` starts a process that takes a slot for so long; what they note comes from `read()`."""
    started, log = [], tmp_path / "log.txt"
    log.touch()

    class Children:
        def start(self, folder, seconds=0.2):
            command = [sys.executable, "-c", CHILD, str(folder), str(log), str(seconds)]
            child = subprocess.Popen(command, cwd=paths.PROJECT_FOLDER, env=paths.child_environment())
            started.append(child)
            return child

        def read(self):
            return [tuple(line.split()) for line in log.read_text().splitlines()]

        def wait_for(self, *rows):
            deadline = time.monotonic() + 60
            while not set(rows) <= {(word.split("-")[0], name) for word, name in self.read()}:
                assert time.monotonic() < deadline, self.read()
                time.sleep(0.02)

    yield Children()
    for child in started:
        child.kill()
        child.wait()


@pytest.fixture
def held():
    """Hold worker locks, as living workers do: `held(folder)`."""
    with background.contextlib.ExitStack() as stack:
        yield lambda folder: stack.enter_context(background.hold(folder))


def most_at_once(rows):
    now = itertools.accumulate(
        1 if w.startswith("begins") else -1 for w, _ in rows if w.startswith("begins") or w == "ends"
    )
    return max(now)


# --- the pure parts


def test_the_order_is_that_of_asking_then_of_names():
    assert queue_order.sort_waiting({"b": 2.0, "c": 1.0, "a": 2.0}, []) == ["c", "a", "b"]


def test_the_kept_order_wins_and_newcomers_follow():
    asked = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 0.5}
    assert queue_order.sort_waiting(asked, [("c", 3.0), ("a", 1.0)]) == ["c", "a", "d", "b"]


def test_an_earlier_attempt_gives_no_place_and_nobody_is_listed_twice():
    asked = {"a": 9.0, "b": 5.0}
    assert queue_order.sort_waiting(asked, [("a", 1.0), ("b", 5.0), ("b", 5.0), ("gone", 1.0)]) == ["b", "a"]


def test_a_clock_that_jumps_moves_nobody_who_has_a_place():
    """Asked at noon; the clock is set back a day, then forward a year: those who come later stay behind."""
    noon, day = 1_000_000.0, 86_400.0
    first = queue_order.sort_waiting({"early": noon}, [])
    kept = [("early", noon)]
    assert first == ["early"]
    later = {"early": noon, "after-jump-back": noon - day}
    assert queue_order.sort_waiting(later, kept) == ["early", "after-jump-back"]
    kept.append(("after-jump-back", noon - day))
    much_later = {**later, "after-jump-forward": noon + 365 * day, "and-back-again": noon - 9 * day}
    assert queue_order.sort_waiting(much_later, kept)[:2] == ["early", "after-jump-back"]
    assert len(queue_order.sort_waiting(much_later, kept)) == 4


@pytest.mark.parametrize(
    ("place", "held", "slots", "expected"),
    [(0, 0, 1, 0), (0, 1, 1, 1), (2, 1, 1, 3), (0, 1, 2, 0), (1, 1, 2, 1), (1, 0, 2, 0), (0, 4, 2, 3), (3, 2, 4, 2)],
)
def test_how_many_must_end(place, held, slots, expected):
    assert queue.count_to_end(place, held, slots) == expected


@pytest.mark.parametrize(("slots", "processors", "threads"), [(1, 8, None), (2, 8, 4), (3, 8, 2), (4, 2, 1), (8, 8, 1)])
def test_threads_are_shared(slots, processors, threads):
    assert queue.share_threads(slots, processors) == threads


@pytest.mark.parametrize(
    ("phase", "alive", "stop", "age", "expected"),
    [
        ("queued", True, False, 9999, True),
        ("waiting", True, False, 9999, True),
        ("waiting", True, True, 1, False),  # it is about to give up its place
        ("training", True, False, 1, False),
        ("queued", False, False, 1, True),  # its worker is starting
        ("queued", False, False, 61, False),  # it never came
        ("queued", False, False, -61, False),  # asked for in the future: the clock was set back
        ("waiting", False, False, 1, False),  # killed while it waited
        ("finished", False, False, 1, False),
        (None, True, False, 1, False),
    ],
)
def test_who_waits(phase, alive, stop, age, expected):
    details = None if phase is None else background.Status(phase=phase, queued_at=1000.0 - age)
    assert queue_order.is_waiting(details, alive=alive, stop_requested=stop, now=1000.0) is expected


# --- what is on disk


def test_dead_and_ended_runs_do_not_block(runs, held):
    make_run(runs[0].name, phase="waiting", queued_at=1.0)  # nobody holds its lock
    make_run(runs[1].name, phase="finished", queued_at=2.0)
    held(runs[2])
    assert queue.list_waiting() == [runs[2]]
    assert queue.count_before(runs[2]) == 0


def test_a_run_that_was_just_asked_for_keeps_its_place_before_its_worker_lives(runs):
    now = time.time()
    make_run(runs[0].name, queued_at=now - 1)
    make_run(runs[1].name, queued_at=now)
    assert queue.count_before(runs[1]) == 1


def test_a_status_without_a_time_or_of_nonsense_is_borne(runs, held):
    for folder, content in zip(
        runs, ({"phase": "waiting"}, {"phase": "waiting", "queued_at": "noon"}, [1]), strict=True
    ):
        background.files.write_json(folder / background.STATUS, content)
        held(folder)
    assert queue.list_waiting() == runs[:1]


@pytest.mark.parametrize("text", ["", "[", "[]", '{"order": 7}', '{"order": [7, ["a"], [1, 2], ["a", "b"]]}'])
def test_a_damaged_order_is_that_of_asking(runs, held, text):
    for folder in runs:
        held(folder)
    (paths.runs_folder() / queue_order.ORDER).write_text(text)
    assert queue.list_waiting() == runs


def test_moving_up_and_down_and_past_the_ends(runs, held):
    for folder in runs:
        held(folder)
    one, two, three = runs
    queue.move(three, up=True)
    assert queue.list_waiting() == [one, three, two]
    queue.move(one, up=True)
    queue.move(two, up=False)
    assert queue.list_waiting() == [one, three, two]
    queue.move(one, up=False)
    assert queue.list_waiting() == [three, one, two]
    assert queue.count_before(two) == 2


def test_a_move_passes_over_those_who_no_longer_wait_and_they_find_their_place_again(runs, held):
    held(runs[0])
    held(runs[2])  # the worker of runs[1] is slow to start, and counts as dead meanwhile
    queue.move(runs[2], up=True)
    assert queue.list_waiting() == [runs[2], runs[0]]
    held(runs[1])
    assert queue.list_waiting() == [runs[2], runs[1], runs[0]]


def test_what_does_not_wait_cannot_be_moved(runs):
    with pytest.raises(errors.RunNotUsable, match="a run that waits"):
        queue.move(runs[0], up=True)


def test_a_worker_that_writes_its_status_all_the_time_loses_no_move(runs, held):
    for folder in runs:
        held(folder)
    ended = threading.Event()

    def write():
        while not ended.is_set():
            make_run(runs[2].name, phase="waiting", queued_at=102.0)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for turn in range(10):
            queue.move(runs[2], up=turn % 2 == 0)
            expected = [runs[0], runs[2], runs[1]] if turn % 2 == 0 else runs
            assert queue.list_waiting() == expected
    finally:
        ended.set()
        writer.join()


def test_settings_that_cannot_be_read_mean_one_at_a_time(home):
    paths.data_folder().mkdir()
    (paths.data_folder() / settings.FILE).write_text("{")
    assert queue.count_slots() == 1


def test_a_stop_while_waiting_gives_up_the_place(runs):
    background.request_stop(runs[0])
    with background.hold(runs[0]), pytest.raises(progress.Cancelled), queue.take_slot(runs[0], lambda ahead: None):
        pytest.fail("it must not be served")


def test_the_slot_says_number_and_threads(runs, held, eight_processors):
    for folder in runs:
        held(folder)
    with queue.take_slot(runs[0], lambda ahead: None) as slot:
        assert slot == queue.Slot(1, None)
        make_run(runs[0].name, phase="training")
        assert queue.count_ahead(runs[1]) == 1
        settings.write(settings.Settings(2))
        assert queue.count_ahead(runs[1]) == 0
        with queue.take_slot(runs[1], lambda ahead: None) as second:
            assert second == queue.Slot(2, 4)
            make_run(runs[1].name, phase="training")
            assert queue.count_ahead(runs[2]) == 1
            settings.write(settings.Settings(1))
            assert queue.count_ahead(runs[2]) == 2
    assert queue.count_ahead(runs[2]) == 0


# --- with processes


def test_those_who_wait_are_served_in_order_and_one_at_a_time(runs, children):
    with background.hold(make_run("blocker", queued_at=1.0)), queue.take_slot(paths.runs_folder() / "blocker", print):
        make_run("blocker", phase="training")
        for folder in reversed(runs):
            children.start(folder, 0.05)
        children.wait_for(*(("waits", folder.name) for folder in runs))
    children.wait_for(*(("ends", folder.name) for folder in runs))
    rows = children.read()
    assert [name for word, name in rows if word == "begins-1-None"] == [folder.name for folder in runs]
    assert most_at_once(rows) == 1


def test_processes_that_ask_at_once_never_exceed_the_slots(home, children):
    settings.write(settings.Settings(min(2, settings.count_processors())))
    slots = settings.read().trainings_at_once
    folders = [make_run(f"run-{number}", queued_at=time.time()) for number in range(5)]
    for folder in folders:
        children.start(folder, 0.15)
    children.wait_for(*(("ends", folder.name) for folder in folders))
    rows = children.read()
    assert most_at_once(rows) <= slots
    assert sum(word.startswith("begins") for word, _ in rows) == len(folders)


def test_a_killed_worker_frees_its_slot(runs, children):
    victim = children.start(runs[0], 60)
    children.wait_for(("begins", runs[0].name))
    children.start(runs[1], 0)
    children.wait_for(("waits", runs[1].name))
    os.kill(victim.pid, signal.SIGKILL)
    children.wait_for(("ends", runs[1].name))


def test_more_slots_take_effect_while_trainings_run_and_a_stop_ends_the_waiting(runs, children):
    if settings.count_processors() < 2:
        pytest.skip("two trainings at once need two processors")
    children.start(runs[0], 60)
    children.wait_for(("begins", runs[0].name))
    children.start(runs[1], 60)
    children.wait_for(("waits", runs[1].name))
    settings.write(settings.Settings(2))
    children.wait_for(("begins", runs[1].name))
    settings.write(settings.Settings(1))
    children.start(runs[2], 0)
    children.wait_for(("waits", runs[2].name))
    assert ("waits-2", runs[2].name) in children.read()
    background.request_stop(runs[2])
    children.wait_for(("stopped", runs[2].name))
