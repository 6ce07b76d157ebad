"""Listing: which files are images, and why the others are not."""

import os
from pathlib import Path

import pytest

from core.datasets.index import listing
from tests.core.datasets.conftest import MakeFolder


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("A/1.png", ""),
        ("A/1.JPeG", ""),
        ("A.b/1.tar.webp", ""),
        ("A/1.txt", ".txt"),
        ("A/png", "no suffix"),
        ("A/1.", "no suffix"),
        ("Thumbs.db", "hidden or system"),
        ("__MACOSX/A/1.png", "hidden or system"),
        ("A/._1.png", "hidden or system"),
        (".git/1.png", "hidden or system"),
    ],
)
def test_why_ignored(path: str, reason: str) -> None:
    assert listing.why_ignored(path) == reason


def test_images_in_path_order_with_size_and_time(tmp_path: Path, make_folder: MakeFolder) -> None:
    make_folder(tmp_path, ["b/2.png", "B/1.png", "a.png", "b/c/d/e.png"])
    (tmp_path / "b" / "notes.txt").touch()
    found = listing.list_images(tmp_path)
    assert [image.path for image in found.images] == ["B/1.png", "a.png", "b/2.png", "b/c/d/e.png"]
    status = (tmp_path / "a.png").stat()
    assert found.images[1][1:] == (status.st_size, status.st_mtime_ns)
    assert found.ignored == {".txt": 1}


def test_odd_things(tmp_path: Path, make_folder: MakeFolder) -> None:
    make_folder(tmp_path / "in", ["A/1.png"])
    os.mkfifo(tmp_path / "in" / "pipe.png")
    Path(os.fsdecode(bytes(tmp_path / "in") + b"/\xff.png")).write_bytes(b"x")
    (tmp_path / "in" / "circle").symlink_to(tmp_path / "in")
    found = listing.list_images(tmp_path / "in")
    assert [image.path for image in found.images] == ["A/1.png"]
    assert found.ignored == {"device": 1, "name not in UTF-8": 1, "link": 1}


def test_folders_that_may_not_be_read_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: str) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "scandir", refuse)
    assert listing.list_images(tmp_path).ignored == {"no permission to read": 1}


def test_description() -> None:
    assert listing.describe_ignored({}) == "no files at all"
    assert listing.describe_ignored({".txt": 1, ".zip": 2000}) == "2,000 x .zip, 1 x .txt"
