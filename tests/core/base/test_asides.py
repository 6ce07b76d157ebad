"""What is aside: a killed process's leftovers go, a living one's stay, whatever they are and wherever."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.base import asides, files, paths

DEAD = "0000-0000000000-000000"  # of an owner that nobody knows
WRITE = """
import sys, time
from pathlib import Path
from core.base import files
target = Path(sys.argv[1])
def write(aside):
    aside.write_text("half")
    print("writing", flush=True)
    sys.stdin.readline()
    aside.write_text("whole")
files.write_whole(target, write)
"""
STAGE = """
import sys
from pathlib import Path
from core.base import asides
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
with asides.make_folder(folder, "making") as aside:
    (aside / "inside").mkdir()
    (aside / "inside" / "half.png").write_bytes(b"half")
    print("writing", flush=True)
    sys.stdin.readline()
    aside.rename(folder / "made")
"""
Start = Callable[[str, Path], subprocess.Popen[str]]


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Starts a writer in a process of its own, which is in the middle of its work then."""
    started = []

    def begin(code: str, target: Path) -> subprocess.Popen[str]:
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(target)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=paths.child_environment(),
            text=True,
        )
        started.append(writer)
        assert writer.stdout and writer.stdout.readline() == "writing\n"
        return writer

    yield begin
    for writer in started:
        writer.kill()
        writer.communicate()


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def kill(writer: subprocess.Popen[str]) -> None:
    writer.send_signal(signal.SIGKILL)
    writer.wait()


PLACES = ["index/cells.parquet", "cache/a.npy", "runs/r/status.json", "jobs/j/status.json", "evaluations/a--on--b.json"]


@pytest.mark.parametrize("place", PLACES)
def test_a_killed_writers_file_goes_and_a_living_ones_stays(start: Start, place: str) -> None:
    target = paths.data_folder() / place
    killed, living = start(WRITE, target), start(WRITE, target)
    assert len(hidden(target.parent)) == 2
    asides.sweep_home()
    assert len(hidden(target.parent)) == 2, "both are at it"
    kill(killed)
    asides.sweep_home()
    assert len(hidden(target.parent)) == 1, "of the one that lives"
    living.communicate("go\n")
    assert living.returncode == 0 and target.read_text() == "whole" and hidden(target.parent) == []


def test_a_killed_ones_folder_goes_and_a_living_ones_stays(start: Start) -> None:
    folder = paths.user_models_folder()
    kill(start(STAGE, folder))
    living = start(STAGE, folder)  # whose first look at the folder takes away what the dead one left
    assert len(hidden(folder)) == 1
    asides.sweep(folder)
    living.communicate("go\n")
    assert living.returncode == 0 and (folder / "made" / "inside").is_dir() and hidden(folder) == []


def test_a_process_takes_away_what_is_left_at_its_first_write_into_a_folder(start: Start, home: Path) -> None:
    target = paths.data_folder() / "index" / "cells.json"
    kill(start(WRITE, target))
    assert len(hidden(target.parent)) == 1
    files.write_json(target, {})
    assert hidden(target.parent) == []


def test_the_terminal_sweeps_as_it_starts(start: Start, home: Path) -> None:
    target = paths.data_folder() / "index" / "cells.json"
    kill(start(WRITE, target))
    subprocess.run([sys.executable, "-m", "core", "datasets"], env=paths.child_environment(), check=True)
    assert hidden(target.parent) == [] and not list(paths.owners_folder().glob("*.lock"))


def test_owners_leave_no_trace_when_they_end(start: Start, home: Path) -> None:
    writer = start(WRITE, paths.data_folder() / "a.json")
    assert len(list(paths.owners_folder().iterdir())) == 1
    writer.communicate("go\n")
    assert not paths.owners_folder().exists()


def test_in_a_foreign_folder_only_what_is_of_this_home_is_judged(start: Start, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    foreign = outside / f".export-{DEAD}"
    foreign.mkdir()
    kill(start(WRITE, outside / "report.html"))
    assert len(hidden(outside)) == 2
    asides.sweep(outside)
    assert hidden(outside) == [foreign.name]


def test_what_only_looks_alike_stays(home: Path) -> None:
    kept = [".hidden", ".gitkeep", ".a-b.json", ".amending.lock", f"not-hidden-{DEAD}"]
    folder = paths.data_folder()
    folder.mkdir()
    for name in [*kept, f".gone-{DEAD}.json"]:
        (folder / name).touch()
    (folder / f".link-{DEAD}").symlink_to(home)
    asides.sweep_home()
    assert {path.name for path in folder.iterdir() if path.is_file()} == set(kept) and home.is_dir()


def test_owners_that_sweepers_look_at_all_the_time_are_never_taken_for_dead(start: Start, home: Path) -> None:
    folder = paths.data_folder() / "jobs"
    looking = "import time\nfrom core.base import asides\nend = time.monotonic() + 4\nwhile time.monotonic() < end:\n"
    looking += "    asides.sweep_home()\n"
    sweepers = [subprocess.Popen([sys.executable, "-c", looking], env=paths.child_environment()) for _ in range(2)]
    writers = [start(STAGE, folder / str(number)) for number in range(8)]
    time.sleep(0.5)
    assert [len(hidden(folder / str(number))) for number in range(8)] == [1] * 8
    for writer in writers:
        writer.communicate("go\n")
    assert [writer.returncode for writer in writers] == [0] * 8
    assert [sweeper.wait() for sweeper in sweepers] == [0, 0]


def test_a_cleared_data_folder_gets_a_new_owner(home: Path) -> None:
    first = asides.name(home, "a")
    for path in paths.owners_folder().iterdir():
        path.unlink()
    second = asides.name(home, "a")
    second.touch()
    assert first.name[:18] != second.name[:18]
    asides.sweep(home)
    assert second.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_is_an_owner_of_its_own(home: Path) -> None:
    mine = asides.name(home, "a").name.split("-")[1:3]
    code = "import os, sys\nfrom core.base import asides, paths\nasides.name(paths.home_folder(), 'a')\n"
    code += "child = os.fork()\nos.write(1, asides.name(paths.home_folder(), 'a').name.split('-')[2].encode() + b' ')\n"
    code += "os._exit(0) if not child else os.waitpid(child, 0)"
    said = subprocess.run(
        [sys.executable, "-c", code], env=paths.child_environment(), capture_output=True, text=True, check=True
    ).stdout.split()
    assert len({*said, mine[1]}) == 3
