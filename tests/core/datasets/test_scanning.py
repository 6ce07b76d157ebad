"""Reading in parallel: in order, with light children that nothing brings down."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import errors, paths
from core.datasets import scanning
from tests.core.datasets.conftest import MakeFolder

NAMES = [f"{number:03}.png" for number in range(230)]


@pytest.fixture
def folder(tmp_path: Path, make_folder: MakeFolder) -> Path:
    return make_folder(tmp_path / "images", NAMES)


def test_parallel_and_in_process_agree(folder: Path) -> None:
    (folder / NAMES[70]).write_text("text")
    (folder / NAMES[71]).unlink()
    chunks = list(scanning.scan_files(folder, NAMES, 5, 4))
    alone = scanning.scan_chunk(folder, NAMES, 5, 4)
    assert [scanned for chunk in chunks for scanned in chunk.files] == alone.files
    assert b"".join(chunk.pixels for chunk in chunks) == alone.pixels
    assert len(alone.pixels) == 230 * 5 * 4 * 3


def test_an_image_that_kills_its_process_costs_itself_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The children see a `core.datasets.decoding` that dies on one file, as a fault in a codec would."""
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
    found = [scanned for chunk in scanning.scan_files(folder, NAMES, 5, 4) for scanned in chunk.files]
    assert [scanned.path for scanned in found] == NAMES
    assert [scanned.path for scanned in found if "crashed" in scanned.problem] == ["066.png", "229.png"]
    assert sum(not scanned.problem for scanned in found) == 228


def test_children_that_cannot_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(errors.JobNotStarted):
        list(scanning.scan_files(folder, NAMES, 5, 4))


def test_the_child_loads_nothing_heavy() -> None:
    code = "import sys, core.datasets.scanning\nprint(*sorted({name.split('.')[0] for name in sys.modules}))"
    told = subprocess.run(
        [sys.executable, "-c", code], env=paths.child_environment(), capture_output=True, text=True, check=True
    )
    heavy = {"pandas", "pyarrow", "tensorflow", "keras", "scipy", "sklearn", "cv2", "streamlit", "multiprocessing"}
    assert not heavy & set(told.stdout.split())


def test_children_end_when_their_parent_is_killed(folder: Path) -> None:
    psutil = pytest.importorskip("psutil")
    code = (
        "import pathlib, sys, os, time\nfrom core.datasets import scanning\n"
        "names = sorted(os.listdir(sys.argv[1])) * 40\n"
        "chunks = scanning.scan_files(pathlib.Path(sys.argv[1]), names, 64, 64)\n"
        "next(chunks)\nprint('going', flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, env=paths.child_environment()
    )
    assert parent.stdout is not None and parent.stdout.readline() == b"going\n"
    children = psutil.Process(parent.pid).children()
    assert children
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
