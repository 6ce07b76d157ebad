"""The budget for reading images: nobody takes more than there is, nobody waits for ever, and no share is lost."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base import errors, memory, paths
from core.datasets.index import decoding, scanning

MEGA = 1_000_000
# Fifty sessions that open a square picture at once, so large that it is halved, as the pages' threads do; prints how
# each ended, and how much more memory the process had at its worst than before.
SESSIONS = """
import collections, json, sys, threading
sys.path.insert(0, sys.argv[1])
from tests.benchmarks import child_decoding
from tests.support.encoded_images import empty_png
from core.base import errors
from core.base import memory
from core.prediction import examples as samples
side = int(sys.argv[4])
data = empty_png(side, side)
budget = memory.Budget(int(sys.argv[2]), float(sys.argv[3]))
memory.use(budget)
ended = collections.Counter()
def session(number):
    try:
        image_rgb = samples.from_upload(f"{number}.png", data).image_rgb
        ended["answer" if image_rgb.shape == (side // 2, side // 2, 3) else "wrong"] += 1
    except errors.MemoryBusy as error:
        ended["message" if "Try again" in str(error) else "wrong"] += 1
before = child_decoding.read_peak_bytes()
threads = [threading.Thread(target=session, args=(number,)) for number in range(50)]
for thread in threads: thread.start()
for thread in threads: thread.join()
grown = child_decoding.read_peak_bytes() - before
with budget.hold(budget.total_bytes, "afterwards all of it is free again"): pass
print(json.dumps({**ended, "bytes": grown}))
"""


@pytest.fixture(autouse=True)
def _own_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_budgets", {})


def open_at_once(total_bytes: int, wait_seconds: float, side_px: int) -> dict[str, int]:
    told = subprocess.run(
        [sys.executable, "-c", SESSIONS, str(paths.PROJECT_FOLDER), str(total_bytes), str(wait_seconds), str(side_px)],
        env=paths.child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(told.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_fifty_sessions_with_a_huge_image_at_once_all_get_an_answer_within_the_budget() -> None:
    ended = open_at_once(350 * MEGA, 500, 5_600)  # two of 31 megapixels at a time
    grown = ended.pop("bytes")
    assert ended == {"answer": 50}
    assert grown < 500 * MEGA, "the budget, and what the answers hold for a moment"


def test_those_who_wait_too_long_get_a_message_and_the_others_an_answer() -> None:
    ended = open_at_once(310 * MEGA, 1.0, 8_000)
    assert ended.pop("bytes") < 700 * MEGA
    assert ended["answer"] + ended["message"] == 50 and min(ended["answer"], ended["message"]) > 0


def test_shares_never_exceed_the_budget_and_come_in_order() -> None:
    budget, order, held, worst = memory.Budget(100 * MEGA), [], [0], [0]
    guard = threading.Lock()

    def take(number: int, wanted: int) -> None:
        with budget.hold(wanted, str(number)):
            with guard:
                order.append(number)
                held[0] += wanted
                worst[0] = max(worst[0], held[0])
            time.sleep(0.02)
            with guard:
                held[0] -= wanted

    threads = []
    with budget.hold(100 * MEGA, "first"):
        for number in range(12):  # a large one now and then, which small ones must not overtake
            threads.append(threading.Thread(target=take, args=(number, (90 if number % 4 == 1 else 20) * MEGA)))
            threads[-1].start()
            while len(budget._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert worst[0] <= 100 * MEGA
    assert [number for number in order if number % 4 == 1] == [1, 5, 9]
    assert all(order.index(number) > order.index(1) for number in range(2, 12))


def test_a_thread_that_dies_gives_its_share_back() -> None:
    budget = memory.Budget(100 * MEGA, 5)

    def die() -> None:
        with contextlib.suppress(KeyError), budget.hold(90 * MEGA, "x"):
            raise KeyError

    for _ in range(3):
        thread = threading.Thread(target=die)
        thread.start()
        thread.join()
    with budget.hold(100 * MEGA, "y"):
        pass


def test_one_who_gives_up_does_not_block_the_line() -> None:
    budget = memory.Budget(100 * MEGA, 0.2)
    ended = []

    def ask(wanted: int) -> None:
        try:
            with budget.hold(wanted, "x"):
                ended.append("answer")
        except errors.MemoryBusy:
            ended.append("busy")

    with budget.hold(50 * MEGA, "held"):
        first = threading.Thread(target=ask, args=(90 * MEGA,))
        first.start()
        first.join()
        second = threading.Thread(target=ask, args=(40 * MEGA,))
        second.start()
        second.join()
    assert ended == ["busy", "answer"]


def test_what_can_never_fit_is_said_at_once() -> None:
    began = time.monotonic()
    with (
        pytest.raises(errors.UnreadableImage, match=r"at most 100 MB of memory.*takes 200 MB"),
        memory.Budget(100 * MEGA).hold(200 * MEGA, "x.png"),
    ):
        pytest.fail("it must not begin")
    assert time.monotonic() - began < 1


def test_small_ones_are_not_counted() -> None:
    budget = memory.Budget(0)
    with budget.hold(memory.UNCOUNTED_BYTES, "small"):
        pass


def test_the_memory_of_this_machine_is_known() -> None:
    assert 100 * MEGA < memory.find_memory_bytes() < 2**50
    assert memory.reading().total_bytes * 2 == pytest.approx(memory.decoding().total_bytes, abs=2)


@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v is obeyed on Linux alone")
def test_a_limit_on_the_process_counts(tmp_path: Path) -> None:
    code = "from core.base import memory\nprint(memory.find_memory_bytes())"
    limited = f"ulimit -v 1000000; exec {sys.executable} -c '{code}'"
    said = subprocess.run(["bash", "-c", limited], env=paths.child_environment(), capture_output=True, check=True)
    assert 0 < int(said.stdout) < 1_000_000 * 1024


@pytest.fixture
def huge(tmp_path: Path) -> Iterator[Path]:
    """A folder of enough files that children read them, six of which need more than a child's share."""
    from tests.support.encoded_images import COLOURS, empty_png, encode

    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(scanning.IN_PROCESS_BELOW):
        (folder / f"{number:03}.png").write_bytes(encode(COLOURS))
    for number in range(6):
        (folder / f"huge-{number}.png").write_bytes(empty_png(8_000, 8_000))
    return folder


def test_children_share_the_budget_and_read_huge_images_one_at_a_time(home: Path, tmp_path: Path, huge: Path) -> None:
    names = sorted(path.name for path in huge.iterdir())
    pixels = tmp_path / "pixels"
    pixels.write_bytes(bytes(len(names) * 8 * 8 * 3))
    memory.use(memory.Budget(250 * MEGA))
    with scanning.Readers() as readers:
        found = [one for some in readers.scan(huge, names, scanning.Target(str(pixels), 0, 8, 8)) for one in some]
    assert [one.problem for one in found] == [""] * len(names)
    assert {(one.height_px, one.width_px) for one in found if "huge" in one.path} == {(8000, 8000)}
    assert (paths.cache_folder() / scanning.LARGE_LOCK).exists(), "they took turns"
    memory.use(memory.Budget(100 * MEGA))
    with scanning.Readers() as readers:
        found = [one for some in readers.scan(huge, names, scanning.Target(str(pixels), 0, 8, 8)) for one in some]
    problems = {one.path: one.problem for one in found if one.problem}
    assert sorted(problems) == [f"huge-{number}.png" for number in range(6)]
    assert all("of memory to read" in problem and "100 MB" in problem for problem in problems.values())


def test_a_file_that_is_too_long_is_not_read(home: Path, tmp_path: Path) -> None:
    with (tmp_path / "long.png").open("wb") as file:
        file.truncate(decoding.MAX_FILE_BYTES + 1)
    target = tmp_path / "pixels"
    target.write_bytes(bytes(8 * 8 * 3))
    with scanning.Readers() as readers:
        (found,) = next(readers.scan(tmp_path, ["long.png"], scanning.Target(str(target), 0, 8, 8)))
    assert "more than 1 GB" in found.problem and not found.sha256
