"""Arrays on their way to the disk: whole at the end, and ended half way they go on, from what is truly there."""

import json
import os
import shutil

import numpy as np
import pytest

from core.base import errors, files, progress
from core.training.fit import resumable_array

SHAPE = (2, 7, 3)
WHOLE = np.arange(42, dtype=np.float32).reshape(SHAPE)


class Source:
    """Gives the rows of WHOLE three at a time, and remembers from where it was asked."""

    def __init__(self, fault_at=None, fault=None):
        self.begun, self.fault_at, self.fault = [], fault_at, fault

    def __call__(self, done):
        self.begun.append(done)
        rows = WHOLE.reshape(-1, 3)
        for start in range(done, len(rows), 3):
            if self.fault_at is not None and start >= self.fault_at:
                raise self.fault
            yield rows[start : start + 3]


def cancel_at(rows):
    def say(done):
        if done >= rows:
            raise progress.Cancelled

    return say


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "features.npy"


def test_what_is_written_is_read(path):
    said, source = [], Source()
    resumable_array.write_array(path, SHAPE, source, said.append)
    np.testing.assert_array_equal(np.load(path, mmap_mode="r"), WHOLE)
    assert said == [0, 3, 6, 9, 12, 14]
    assert names(path.parent) == ["features.npy"]


def test_a_stop_keeps_what_was_done(path):
    with pytest.raises(progress.Cancelled):
        resumable_array.write_array(path, SHAPE, Source(), cancel_at(6))
    assert not path.exists()
    source = Source()
    resumable_array.write_array(path, SHAPE, source, lambda done: None)
    assert source.begun == [6]
    np.testing.assert_array_equal(np.load(path), WHOLE)
    assert names(path.parent) == ["features.npy"]


def test_a_kill_costs_what_was_not_yet_on_the_disk(path, tmp_path, monkeypatch):
    """The files as they are at some moment, copied away, are what a killed process leaves."""
    monkeypatch.setattr(resumable_array, "KEEP_SECONDS", -1.0)
    other = tmp_path / "killed" / path.name
    other.parent.mkdir()

    def say(done):
        if done == 9:
            for found in path.parent.glob("features.npy.part*"):
                shutil.copy(found, other.parent / found.name)

    resumable_array.write_array(path, SHAPE, Source(), say)
    with (other.parent / "features.npy.part").open("ab") as file:
        file.write(b"torn")  # half of the next piece
    source = Source()
    resumable_array.write_array(other, SHAPE, source, lambda done: None)
    assert source.begun == [9]
    np.testing.assert_array_equal(np.load(other), WHOLE)


@pytest.mark.parametrize("damage", ["note", "short", "shape", "no note", "negative"])
def test_what_does_not_fit_begins_anew(path, damage):
    with pytest.raises(progress.Cancelled):
        resumable_array.write_array(path, SHAPE, Source(), cancel_at(6))
    part, note = (path.with_name(f"features.npy.{end}") for end in ("part", "part.json"))
    shape = SHAPE
    if damage == "note":
        note.write_text("{torn")
    elif damage == "negative":
        note.write_text(json.dumps({"rows": -3}))
    elif damage == "no note":
        note.unlink()
    elif damage == "short":
        part.write_bytes(part.read_bytes()[:-1])
    else:
        shape = (1, 14, 3)
    source = Source()
    resumable_array.write_array(path, shape, source, lambda done: None)
    assert source.begun == [0]
    np.testing.assert_array_equal(np.load(path), WHOLE.reshape(shape))


@pytest.mark.parametrize("kept_every", [5.0, -1.0])
def test_a_full_disk_is_a_message_that_is_true_nothing_kept_is_lost(path, monkeypatch, kept_every):
    monkeypatch.setattr(resumable_array, "KEEP_SECONDS", kept_every)
    with pytest.raises(errors.DiskFull, match="Nothing was lost"):
        resumable_array.write_array(path, SHAPE, Source(6, OSError(28, "No space left on device")), lambda done: None)
    assert not path.exists()
    with monkeypatch.context() as patched, pytest.raises(errors.DiskFull):
        patched.setattr(files, "free_bytes", lambda where: 1000)
        resumable_array.write_array(path, SHAPE, Source(), lambda done: None)
    source = Source()
    resumable_array.write_array(path, SHAPE, source, lambda done: None)
    assert source.begun == [6 if kept_every < 0 else 0]
    np.testing.assert_array_equal(np.load(path), WHOLE)


def test_a_folder_that_is_cleared_meanwhile_leaves_no_array_and_no_fault(path):
    def say(done):
        for found in path.parent.glob("*"):
            found.unlink()

    resumable_array.write_array(path, SHAPE, Source(), say)
    assert names(path.parent) == []


def test_a_folder_that_is_moved_meanwhile_is_not_made_anew(path, tmp_path, monkeypatch):
    monkeypatch.setattr(resumable_array, "KEEP_SECONDS", -1.0)
    cache = tmp_path / "data" / "cache"
    cache.mkdir(parents=True)

    def say(done):
        if done == 3:
            cache.parent.rename(tmp_path / "moved")

    with pytest.raises(FileNotFoundError):
        resumable_array.write_array(cache / path.name, SHAPE, Source(), say)
    assert not cache.parent.exists()


def test_what_nobody_goes_on_with_is_removed_after_a_week(path):
    with pytest.raises(progress.Cancelled):
        resumable_array.write_array(path, SHAPE, Source(), cancel_at(6))
    part = path.with_name("features.npy.part")
    other = path.with_name("other.npy")
    resumable_array.write_array(other, SHAPE, Source(), lambda done: None)
    assert part.exists()
    os.utime(part, (1.0, part.stat().st_mtime - 8 * 86_400))
    resumable_array.write_array(other, SHAPE, Source(), lambda done: None)
    assert names(path.parent) == ["other.npy"]
