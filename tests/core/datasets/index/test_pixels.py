"""Pixels: the same for everybody, built once, checked against the index, and rebuilt when torn."""

import subprocess
import sys
from pathlib import Path

import filelock
import numpy as np
import pytest

from core.base import asides, errors, paths, progress
from core.datasets.index import decoding, index, pixels
from core.models import normalisation
from tests.core.datasets.conftest import encode_small


def test_rows_are_the_resized_images(cells: Path) -> None:
    (cells / "A/1.png").write_text("text")
    built = index.build_index("cells")
    opened = pixels.open_pixels(built, 12, 9)
    assert isinstance(opened, np.memmap) and opened.shape == (7, 12, 9, 3) and opened.dtype == np.uint8
    assert not opened.flags.writeable and not opened[1].any()
    for row in built.usable.index:
        data = (cells / built.table["path"][row]).read_bytes()
        expected = decoding.resize_image(decoding.decode_image(data, where=""), 12, 9)
        np.testing.assert_array_equal(opened[row], expected)
    assert pixels.cache_path(built.fingerprint, 12, 9).name == f"{built.fingerprint}-12x9.npy"


def test_pixels_after_a_change_stand_beside_those_as_they_came(cells: Path) -> None:
    built = index.build_index("cells")
    plain = np.array(pixels.open_pixels(built, 12, 9))
    form = normalisation.Form(normalisation.CELLS, (60.0, 20.0, -3.0))
    changed = pixels.open_pixels(built, 12, 9, change=form.change)
    path = pixels.cache_path(built.fingerprint, 12, 9, form.change)
    assert path.name == f"{built.fingerprint}-12x9-cells{normalisation.VERSION}_60_20_-3.npy" and path.exists()
    for row in built.usable.index:
        image_rgb = decoding.decode_image((cells / built.table["path"][row]).read_bytes(), where="")
        np.testing.assert_array_equal(changed[row], normalisation.bring(image_rgb, form, 12, 9).image_rgb)
    np.testing.assert_array_equal(pixels.open_pixels(built, 12, 9), plain)
    assert pixels.cache_path(built.fingerprint, 12, 9, normalisation.AS_IT_CAME.change).name.endswith("-12x9.npy")
    pixels.remove_caches(built.fingerprint)
    assert not path.exists()


def test_second_time_reads_no_image(cells: Path) -> None:
    built = index.build_index("cells")
    first = np.array(pixels.open_pixels(built, 8, 8))
    for path in cells.rglob("*.png"):
        path.write_text("gone")
    np.testing.assert_array_equal(pixels.open_pixels(built, 8, 8), first)


@pytest.mark.parametrize("harm", ["cut", "longer header", "text", "empty", "shape", "type"])
def test_a_torn_or_wrong_cache_is_rebuilt(cells: Path, harm: str) -> None:
    built = index.build_index("cells")
    expected = np.array(pixels.open_pixels(built, 64, 64))
    path = pixels.cache_path(built.fingerprint, 64, 64)
    whole = path.read_bytes()
    harmed = {"cut": whole[:-1000], "longer header": whole[:50], "text": b"text", "empty": b""}
    if harm in harmed:
        path.write_bytes(harmed[harm])
    else:
        np.save(path, np.zeros((6, 64, 64, 3), np.uint8) if harm == "shape" else np.zeros((7, 64, 64, 3), np.int8))
    np.testing.assert_array_equal(pixels.open_pixels(built, 64, 64), expected)
    assert path.read_bytes() == whole


def test_a_changed_or_missing_file_is_noticed(cells: Path) -> None:
    built = index.build_index("cells")
    (cells / "B/1.png").write_bytes(encode_small(99))
    with pytest.raises(errors.DatasetChanged, match=r"other contents.*B/1\.png.*python -m core index cells"):
        pixels.open_pixels(built, 32, 32)
    (cells / "B/1.png").unlink()
    with pytest.raises(errors.DatasetChanged, match=r"B/1\.png"):
        pixels.open_pixels(built, 32, 32)
    assert [path.name for path in paths.cache_folder().glob("*.npy")] == [f"{built.fingerprint}-64x64.npy"]


def test_no_room(cells: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = index.build_index("cells")
    monkeypatch.setattr("core.base.files.free_bytes", lambda where: 1000)
    with pytest.raises(errors.DiskFull):
        pixels.open_pixels(built, 32, 32)
    assert len(list(paths.cache_folder().glob("*.npy"))) == 1


def test_cancelling_leaves_nothing(cells: Path) -> None:
    built = index.build_index("cells")

    def cancel(done: int, total: int, what: str) -> None:
        raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        pixels.open_pixels(built, 32, 32, report=cancel)
    assert len(list(paths.cache_folder().glob("*.npy"))) == 1


def test_waiting_for_another_process_can_be_cancelled(cells: Path) -> None:
    built = index.build_index("cells")
    said: list[str] = []

    def cancel(done: int, total: int, what: str) -> None:
        said.append(what)
        raise progress.Cancelled

    with (
        filelock.FileLock(pixels.cache_path(built.fingerprint, 32, 32).with_suffix(".lock")),
        pytest.raises(progress.Cancelled),
    ):
        pixels.open_pixels(built, 32, 32, report=cancel)
    assert "Waiting" in said[0]


def test_two_processes_at_once(cells: Path) -> None:
    built = index.build_index("cells")
    code = (
        "from core.datasets.index import index, pixels\nfound = index.read_index('cells')\n"
        "built = []\npixels.open_pixels(found, 40, 40, report=lambda *said: built.append(said))\nprint(len(built))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=paths.child_environment())
        for _ in range(2)
    ]
    answers = [process.communicate()[0].strip() for process in both]
    assert [process.returncode for process in both] == [0, 0] and answers
    assert pixels.open_pixels(built, 40, 40).any()
    assert not list(paths.cache_folder().glob(".partial-*"))


def test_leftovers_of_killed_builds_go(cells: Path) -> None:
    paths.cache_folder().mkdir(parents=True)
    old, new = (
        paths.cache_folder() / ".partial-0000-0000000000-000000.npy",
        asides.name(paths.cache_folder(), "partial"),
    )
    old.touch()
    new.touch()
    index.build_index("cells")
    assert new.exists() and not old.exists()
