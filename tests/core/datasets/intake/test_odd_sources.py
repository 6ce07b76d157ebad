"""Sources that go away, never end, lead to themselves or are too deep: a message, on the page and in the terminal."""

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import __main__ as terminal
from core.base import errors, limits, paths
from core.datasets.index import index, listing, scanning
from core.datasets.intake import importing
from core.datasets.sample import drawn, drawn_files
from tests.core.datasets.conftest import MakeFolder

NAMES = [f"{kind}/{number}.png" for kind in ("cats", "dogs") for number in range(3)]
pytestmark = pytest.mark.timeout(60)  # some of these once hung
linux = pytest.mark.skipif(sys.platform != "linux", reason="a folder of Linux")


@pytest.fixture
def source(tmp_path: Path, make_folder: MakeFolder) -> Path:
    """A folder of two classes."""
    return make_folder(tmp_path / "pets", NAMES)


def in_terminal(source: str | Path) -> tuple[int, str]:
    """Exit status and message of `python -m core import`."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        status = terminal.main(["import", str(source), "--name", "odd"])
    return status, said.getvalue().strip().splitlines()[-1]


def with_little_memory(source: str | Path, limit_kb: int) -> tuple[int, str]:
    """The same in a process that may not have more; a time limit, since it used to hang."""
    command = ["bash", "-c", f'ulimit -v {limit_kb}; exec "$@"', "bash", sys.executable, "-m", "core"]
    ended = subprocess.run(
        [*command, "import", str(source), "--name", "odd"], env=paths.child_environment(), cwd=paths.PROJECT_FOLDER,
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stderr.strip().splitlines()[-1]


def nothing_left() -> bool:
    folder = paths.datasets_folder()
    return not folder.exists() or not list(folder.iterdir())


def make_device(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    try:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "fifo": (make_device, "a device, a pipe or a socket"),
    "socket": (make_socket, "a device, a pipe or a socket"),
    "loop": (make_loop, "symbolic links"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these")
@pytest.mark.parametrize("kind", sorted(ODD))
@pytest.mark.parametrize("suffix", ["", ".zip"])
def test_a_source_that_is_neither_folder_nor_file(home: Path, tmp_path: Path, kind: str, suffix: str) -> None:
    make, words = ODD[kind]
    make(tmp_path / f"odd{suffix}")
    with pytest.raises(errors.SourceNotFound, match=words):
        importing.import_dataset(tmp_path / f"odd{suffix}", "odd")
    status, said = in_terminal(tmp_path / f"odd{suffix}")
    assert status == 2 and said.startswith("SourceNotFound: ") and words in said


@linux
@pytest.mark.parametrize("where", ["/proc", "/proc/self", "/sys/class", "/dev/zero"])
def test_what_the_system_says_of_itself_is_no_source(home: Path, where: str) -> None:
    with pytest.raises(errors.SourceNotFound):
        importing.import_dataset(Path(where), "odd")
    status, said = in_terminal(where)
    assert status == 2 and said.startswith("SourceNotFound: ") and nothing_left()


@pytest.mark.parametrize("text", ["x" * 5000, "a\0b", "~nobody-of-this-name/pets"])
def test_a_path_that_cannot_be_one(home: Path, text: str) -> None:
    with pytest.raises(errors.SourceNotFound):
        importing.find_source(text)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these")
def test_odd_things_inside_are_counted_and_the_rest_comes_in(home: Path, source: Path) -> None:
    make_device(source / "cats" / "pipe.png")
    make_socket(source / "cats" / "socket.png")
    make_loop(source / "cats" / "self.png")
    (source / "dogs" / "up").symlink_to(source)
    (source / "dogs" / "one.png").symlink_to("two.png")
    (source / "dogs" / "two.png").symlink_to("one.png")
    status, _ = in_terminal(source)
    assert status == 0
    built = index.read_index("odd")
    assert len(built.usable) == 6 and built.facts["ignored"] == {"device": 2, "link": 4}


def nest(folder: Path, depth: int, name: str) -> None:
    """`depth` folders inside each other; the path may be longer than the system takes at once."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("deep.png", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


@pytest.fixture
def nested(source: Path) -> Iterator[Path]:
    """The folder with 990 folders inside each other in it, once of short and once of long names."""
    nest(source / "cats", 990, "n")
    nest(source / "dogs", 990, "a-long-name")
    yield source
    subprocess.run(["rm", "-rf", str(source)], check=True)  # Python's own removal is too recursive for it


@pytest.mark.skipif(os.mkdir not in os.supports_dir_fd, reason="cannot be made here")
def test_990_folders_inside_each_other(home: Path, nested: Path) -> None:
    built = importing.import_dataset(nested, "deep")
    assert len(built.usable) == 6 and built.facts["ignored"] == {listing.DEEP: 2}
    importing.remove_dataset("deep")
    status, _ = in_terminal(nested)
    assert status == 0
    importing.remove_dataset("odd")
    for name in NAMES:
        (nested / name).unlink()
    status, said = in_terminal(nested)
    assert status == 2 and "2 x in too many folders" in said


def test_990_folders_inside_each_other_in_an_archive(home: Path, tmp_path: Path, source: Path) -> None:
    picture = (source / NAMES[0]).read_bytes()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for kind in ("cats", "dogs"):
            archive.writestr(f"{kind}/" + "n/" * 990 + "deep.png", picture)
    (tmp_path / "deep.zip").write_bytes(content.getvalue())
    with pytest.raises(errors.UnsafeArchive, match="in too many folders"):
        importing.import_dataset(tmp_path / "deep.zip", "deep")
    status, said = in_terminal(tmp_path / "deep.zip")
    assert status == 2 and said.startswith("UnsafeArchive: ") and nothing_left()


@pytest.mark.parametrize("what", ["all", "one"])
def test_a_source_that_goes_away_while_it_is_copied(home: Path, source: Path, what: str) -> None:
    def vanish(done: int, total: int, words: str) -> None:
        if (done, words) == (2, "Copying"):
            shutil.rmtree(source) if what == "all" else (source / "dogs" / "2.png").unlink()

    with pytest.raises(errors.SourceNotUsable, match=r"(dogs|cats)/2\.png: No such file"):
        importing.import_dataset(source, "pets", report=vanish)
    assert nothing_left()


def test_a_source_that_goes_away_while_it_is_listed(home: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    why_not_taken = listing._why_not_taken

    def vanish(entry: os.DirEntry[str], path: str, root: Path) -> str:
        reason = why_not_taken(entry, path, root)
        shutil.rmtree(source, ignore_errors=True)
        return reason

    monkeypatch.setattr(listing, "_why_not_taken", vanish)
    with pytest.raises(errors.SourceNotUsable, match="No such file"):
        importing.import_dataset(source, "pets")
    assert nothing_left()


def test_a_source_that_vanishes_under_the_terminal(home: Path, tmp_path: Path, source: Path) -> None:
    many = tmp_path / "many"
    picture = (source / NAMES[0]).read_bytes()
    for number in range(6000):
        path = many / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
    importer = subprocess.Popen(
        [sys.executable, "-m", "core", "import", str(many), "--name", "many"],
        env=paths.child_environment(), cwd=paths.PROJECT_FOLDER, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert importer.stderr and "Copying" in importer.stderr.readline()
    shutil.rmtree(many)
    _, said = importer.communicate(timeout=60)
    assert importer.returncode == 2 and said.strip().splitlines()[-1].startswith("SourceNotUsable: ")
    assert "Traceback" not in said and nothing_left()


@linux
@pytest.mark.parametrize("limit_kb", [250_000, 700_000, 1_000_000])
def test_too_little_memory_for_the_process_is_said_at_once(home: Path, source: Path, limit_kb: int) -> None:
    """It hung in Arrow, or ended in a segmentation fault or a traceback."""
    status, said = with_little_memory(source, limit_kb)
    assert status == 2 and said.startswith("MemoryShort: ") and "ulimit -v" in said


def test_only_a_limit_that_is_there_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "find_address_space", lambda: 1_000_000_000)
    with pytest.raises(errors.MemoryShort, match=r"1\.0 GB"):
        limits.require_address_space()
    monkeypatch.setattr(limits, "find_address_space", lambda: None)
    limits.require_address_space(with_tensorflow=True)


def test_children_that_never_come_to_life_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep = tmp_path / "python"
    asleep.write_text("#!/bin/sh\nexec sleep 60\n")
    asleep.chmod(0o755)
    monkeypatch.setattr(scanning.sys, "executable", str(asleep))
    monkeypatch.setattr(scanning, "GREETING_SECONDS", 0.5)
    target = scanning.Target(str(tmp_path / "pixels"), 0, 8, 8)
    files = [f"{number}.png" for number in range(scanning.IN_PROCESS_BELOW)]
    with scanning.Readers() as readers, pytest.raises(errors.JobNotStarted, match="not come to life"):
        list(readers.scan(tmp_path, files, target))


def test_children_for_which_there_is_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(scanning.subprocess, "Popen", refuse)
    with scanning.Readers() as readers, pytest.raises(errors.JobNotStarted, match="Cannot allocate memory"):
        readers.start()


def die() -> None:
    """What the system does to a drawing process when memory runs out."""
    os._exit(9)


def test_drawing_processes_that_die(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_files, "begin_worker", die)
    with pytest.raises(errors.JobNotStarted, match="Memory may be short"):
        drawn.draw_dataset("cells", images=200)
    assert nothing_left()
