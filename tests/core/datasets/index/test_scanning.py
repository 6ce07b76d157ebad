"""Reading in parallel: in order, with light children that nothing brings down."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.base import errors, paths
from core.datasets.index import decoding, scanning
from tests.core.datasets.conftest import MakeFolder

START, IMAGE = 7, 5 * 4 * 3
NAMES = [f"{number:03}.png" for number in range(230)]


@pytest.fixture
def folder(tmp_path: Path, make_folder: MakeFolder) -> Path:
    return make_folder(tmp_path / "images", NAMES)


def scan(folder: Path, into: Path, change: scanning.Change | None = None) -> list[scanning.Scanned]:
    with into.open("wb") as file:
        file.truncate(START + len(NAMES) * IMAGE)
    with scanning.Readers() as readers:
        target = scanning.Target(str(into), START, 5, 4, change)
        return [scanned for found in readers.scan(folder, NAMES, target) for scanned in found]


def turn_and_dim(image_rgb: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(image_rgb[::-1]) // by


def test_a_change_is_made_before_the_image_is_resized_in_children_too(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = scanning.Change(__name__, turn_and_dim.__name__, [2], "turned_2")
    together = scan(folder, tmp_path / "together", change)
    monkeypatch.setattr(scanning, "IN_PROCESS_BELOW", 1000)
    assert scan(folder, tmp_path / "alone", change) == together
    written = (tmp_path / "alone").read_bytes()
    assert (tmp_path / "together").read_bytes() == written
    for row, name in enumerate(NAMES):
        picture = decoding.resize_image(turn_and_dim(decode(folder / name), 2), 5, 4)
        assert written[START + row * IMAGE : START + (row + 1) * IMAGE] == picture.tobytes()
        assert (together[row].height_px, together[row].width_px) == decode(folder / name).shape[:2]


def decode(path: Path) -> NDArray[np.uint8]:
    return decoding.decode_image(path.read_bytes(), where=path.name)


def test_parallel_and_in_process_agree(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / NAMES[70]).write_text("text")
    (folder / NAMES[71]).unlink()
    together = scan(folder, tmp_path / "together")
    monkeypatch.setattr(scanning, "IN_PROCESS_BELOW", 1000)
    alone = scan(folder, tmp_path / "alone")
    assert together == alone and [scanned.path for scanned in alone] == NAMES
    assert [scanned.path for scanned in alone if scanned.problem] == NAMES[70:72]
    written = (tmp_path / "alone").read_bytes()
    assert (tmp_path / "together").read_bytes() == written and len(written) == START + 230 * IMAGE
    assert written[:START] == bytes(START)
    for row, name in enumerate(NAMES):
        picture = bytes(IMAGE) if row in (70, 71) else decoding.resize_image(decode(folder / name), 5, 4).tobytes()
        assert written[START + row * IMAGE : START + (row + 1) * IMAGE] == picture


def test_an_image_that_kills_its_process_costs_itself_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The children see a `core.datasets.index.decoding` that dies on one file, as a fault in a codec would."""
    fake = folder.parent / "fake" / "sitecustomize.py"
    fake.parent.mkdir()
    fake.write_text(
        "import builtins, os\nreal = builtins.open\n"
        "def deadly(path, *rest, **more):\n"
        "    os._exit(1) if str(path).endswith(('066.png', '229.png')) else None\n"
        "    return real(path, *rest, **more)\n"
        "builtins.open = deadly\n"
    )
    environment = paths.child_environment()
    environment["PYTHONPATH"] = os.pathsep.join([str(fake.parent), environment["PYTHONPATH"]])
    monkeypatch.setattr(paths, "child_environment", lambda: environment)
    found = scan(folder, tmp_path / "pixels")
    assert [scanned.path for scanned in found] == NAMES
    assert [scanned.path for scanned in found if "crashed" in scanned.problem] == ["066.png", "229.png"]
    assert sum(not scanned.problem for scanned in found) == 228
    written = (tmp_path / "pixels").read_bytes()
    black = [row for row in range(230) if not any(written[START + row * IMAGE : START + (row + 1) * IMAGE])]
    assert black == [66, 229]


def test_children_that_cannot_start(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(errors.JobNotStarted):
        scan(folder, tmp_path / "pixels")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_child_tells_of_a_full_disk(folder: Path) -> None:
    with scanning.Readers() as readers, pytest.raises(OSError) as raised:
        list(readers.scan(folder, NAMES, scanning.Target("/dev/full", 0, 5, 4)))
    assert raised.value.errno == errno.ENOSPC and raised.value.filename == "/dev/full"


def test_children_that_wait_end_without_work() -> None:
    psutil = pytest.importorskip("psutil")
    earlier = psutil.Process().children()
    with scanning.Readers() as readers:
        readers.start()
        children = [one for one in psutil.Process().children() if one not in earlier]  # what one runs is said later
        assert len(children) == (os.cpu_count() or 1)
    assert not any(child.is_running() for child in children)


def test_the_child_loads_nothing_heavy() -> None:
    code = "import sys, core.datasets.index.scanning\nprint(*sorted({name.split('.')[0] for name in sys.modules}))"
    told = subprocess.run(
        [sys.executable, "-c", code], env=paths.child_environment(), capture_output=True, text=True, check=True
    )
    heavy = {"pandas", "pyarrow", "tensorflow", "keras", "scipy", "sklearn", "cv2", "streamlit", "multiprocessing"}
    assert not heavy & set(told.stdout.split())


def test_children_end_when_their_parent_is_killed(folder: Path, tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    code = (
        "import pathlib, sys, os, time\nfrom core.datasets.index import scanning\n"
        "names = sorted(os.listdir(sys.argv[1])) * 40\n"
        "open(sys.argv[2], 'wb').truncate(len(names) * 64 * 64 * 3)\n"
        "readers = scanning.Readers()\n"
        "target = scanning.Target(sys.argv[2], 0, 64, 64)\n"
        "next(readers.scan(pathlib.Path(sys.argv[1]), names, target))\nprint('going', flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(tmp_path / "pixels")],
        stdout=subprocess.PIPE,
        env=paths.child_environment(),
    )
    assert parent.stdout is not None and parent.stdout.readline() == b"going\n"
    children = psutil.Process(parent.pid).children()
    assert children
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
