"""The index: one row an image, whole or absent, and true to the files until they change."""

import errno
import hashlib
import os
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pyarrow import parquet

from core.base import errors, files, paths, progress
from core.datasets.index import decoding, index, pixels, scanning
from tests.core.datasets.conftest import MakeFolder, encode_small

COLUMNS = {
    "image_id": "str",
    "path": "str",
    "label": "int16",
    "split": "str",
    "group": "str",
    "height_px": "int32",
    "width_px": "int32",
    "sha256": "str",
    "size_bytes": "int64",
    "modified_ns": "int64",
    "problem": "str",
}


def test_rows_columns_and_pixels(cells: Path) -> None:
    built = index.build_index("cells")
    table = built.table
    assert table.columns.tolist() == [*COLUMNS, "excluded"]
    for column, dtype in COLUMNS.items():
        assert table[column].dtype == dtype if dtype != "str" else pd.api.types.is_string_dtype(table[column])
    assert table["path"].tolist() == sorted(path.relative_to(cells).as_posix() for path in cells.rglob("*.png"))
    assert table["label"].tolist() == [0] * 4 + [1] * 3 and built.class_names == ("A", "B")
    first = (cells / "A/0.png").read_bytes()
    row = table.iloc[0]
    assert row["sha256"] == hashlib.sha256(first).hexdigest() and row["image_id"] == row["sha256"][:16]
    assert (row["height_px"], row["width_px"], row["size_bytes"], row["problem"]) == (6, 5, len(first), "")
    pairs = "".join(f"{path}\0{sha256}\n" for path, sha256 in zip(table["path"], table["sha256"], strict=True))
    assert built.fingerprint == hashlib.sha256(pairs.encode()).hexdigest()
    stored = pixels.open_pixels(built, 64, 64)
    np.testing.assert_array_equal(stored[0], decoding.resize_image(decoding.decode_image(first, where=""), 64, 64))


def test_reading_gives_back_what_was_written(cells: Path) -> None:
    built = index.build_index("cells", facts={"kind": "drawn", "seed": 3})
    again = index.read_index("cells")
    pd.testing.assert_frame_equal(built.table, again.table)
    for field in ("name", "fingerprint", "class_names", "positive_class", "group_rule", "facts"):
        assert getattr(built, field) == getattr(again, field)
    assert index.describe(built) == index.describe(again)
    assert index.build_index("cells").facts == again.facts


def test_many_files_go_through_processes_with_the_same_result(home: Path, make_folder: MakeFolder) -> None:
    folder = make_folder(
        home / "data/datasets/many", [f"{kind}/{number:03}.png" for kind in "AB" for number in range(120)]
    )
    (folder / "A/050.png").write_bytes(b"broken")
    done: list[int] = []
    built = index.build_index("many", report=lambda now, total, what: done.append(now))
    assert done == sorted(done) and done[-1] == 240
    stored = pixels.open_pixels(built, 64, 64)
    assert built.table.loc[built.table["problem"] != "", "path"].tolist() == ["A/050.png"]
    for row, path in enumerate(built.table["path"]):
        data = (folder / path).read_bytes()
        assert built.table["sha256"][row] == hashlib.sha256(data).hexdigest()
        if data != b"broken":
            expected = decoding.resize_image(decoding.decode_image(data, where=path), 64, 64)
            np.testing.assert_array_equal(stored[row], expected)
    assert not stored[50].any()


def test_unreadable_files_are_rows_with_a_problem(cells: Path) -> None:
    (cells / "A/0.png").write_text("text")
    (cells / "A/1.png").write_bytes(b"")
    whole = (cells / "B/0.png").read_bytes()
    (cells / "B/0.png").write_bytes(whole[:-40])
    (cells / "cover.png").write_bytes(encode_small(50))
    built = index.build_index("cells")
    problems = {said["path"]: said["problem"] for said in index.describe(built)["problems"]}
    assert set(problems) == {"A/0.png", "A/1.png", "B/0.png", "cover.png"}
    assert "empty file" in problems["A/1.png"] and problems["cover.png"] == "in no class folder"
    assert built.table["label"].tolist() == [0, 0, 0, 0, 1, 1, 1, -1]
    assert built.usable.index.tolist() == [2, 3, 5, 6]
    said = index.describe(built)
    assert said["images"] == sum(said["classes"].values()) == 4


def test_a_file_without_permission_is_a_row_too(cells: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, mode: str, **settings: int) -> IO[bytes]:
        if path.endswith("A/0.png"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return Path(path).open(mode, **settings)

    monkeypatch.setattr(scanning, "open", refuse, raising=False)
    built = index.build_index("cells")
    assert built.table["problem"].tolist() == ["cannot be read: Permission denied", *[""] * 6]
    assert built.table["sha256"][0] == "" and built.table["image_id"].is_unique


def test_classes_without_a_readable_image_do_not_count(cells: Path) -> None:
    (cells / "C").mkdir()
    (cells / "C/1.png").write_text("text")
    built = index.build_index("cells")
    assert built.class_names == ("A", "B") and built.table["label"].tolist()[-1] == -1
    for path in (cells / "B").iterdir():
        path.write_text("text")
    with pytest.raises(errors.DatasetHasOneClass, match="found 1: A"):
        index.build_index("cells")


def test_identical_files_get_numbered_ids(cells: Path) -> None:
    for name in ("A/1.png", "B/2.png"):
        (cells / name).write_bytes((cells / "A/0.png").read_bytes())
    built = index.build_index("cells")
    short = built.table["sha256"][0][:16]
    assert built.table["image_id"].tolist()[:2] == [short, f"{short}-2"]
    assert built.table["image_id"].tolist()[-1] == f"{short}-3" and built.table["image_id"].is_unique


def test_splits_groups_and_masks(home: Path, make_folder: MakeFolder) -> None:
    names = [
        f"{kind}/{split}/{side}/C{number}_thinF_IMG_{split}.png"
        for kind in ("images", "masks")
        for split in ("train", "test")
        for side in ("Parasitized", "Uninfected")
        for number in range(3)
    ]
    make_folder(home / "data/datasets/smears", names)
    said = index.describe(index.build_index("smears"))
    assert said["splits"] == {"train": 6, "test": 6} and said["groups"] == 3 and said["images"] == 12
    assert said["group_rule"] == "malaria" and said["facts"]["ignored"] == {"masks beside the images": 12}


@pytest.mark.parametrize(
    ("classes", "asked", "positive"),
    [
        (("Parasitized", "Uninfected"), None, "Parasitized"),
        (("NORMAL", "PNEUMONIA"), None, "PNEUMONIA"),
        (("cats", "dogs"), None, "dogs"),
        (("cats", "dogs"), "cats", "cats"),
        (("a", "b", "c"), None, "b"),
    ],
)
def test_positive_class(
    home: Path, make_folder: MakeFolder, classes: tuple[str, ...], asked: str | None, positive: str
) -> None:
    make_folder(home / "data/datasets/x", [f"{name}/{number}.png" for name in classes for number in range(2)])
    assert index.build_index("x", positive_class=asked).positive_class == positive
    with pytest.raises(errors.ClassNotFound):
        index.build_index("x", positive_class="nothing")


def test_indexing_again_keeps_what_was_chosen(cells: Path) -> None:
    index.build_index(
        "cells", positive_class="A", group_rule=r"regex:^(\d)", facts={"source": "x.zip", "left_out": {".txt": 2}}
    )
    (cells / "A/9.png").write_bytes(encode_small(90))
    again = index.build_index("cells")
    assert (again.positive_class, again.group_rule) == ("A", r"regex:^(\d)") and again.has_groups
    assert again.facts["source"] == "x.zip" and again.facts["ignored"] == {".txt": 2}
    assert index.build_index("cells", group_rule="none", positive_class="B").positive_class == "B"
    assert len(list(paths.cache_folder().glob("*.npy"))) == 1  # those of the old contents are gone


def test_missing_unindexed_and_broken(cells: Path) -> None:
    with pytest.raises(errors.DatasetNotFound):
        index.read_index("nothing")
    with pytest.raises(errors.DatasetNotFound):
        index.build_index("nothing")
    for name in ("../cells", "a/b", ".."):
        with pytest.raises(errors.NameNotUsable):
            index.read_index(name)
    with pytest.raises(errors.DatasetNotIndexed, match="python -m core index cells"):
        index.read_index("cells")
    for odd in (".incoming-1", "Not A Name"):
        (cells.parent / odd).mkdir()
    assert [(said["name"], said["status"]) for said in index.list_datasets()] == [("cells", "not indexed")]
    built = index.build_index("cells")
    expected = {**index.describe(built), "version": 1, "asked_rule": "auto"}
    said = {key: value for key, value in index.list_datasets()[0].items() if key != "status"}
    assert said == {key: value for key, value in expected.items() if key not in ("version", "asked_rule")}
    whole = index.index_path("cells").read_bytes()
    for data in (b"", b"PAR1", whole[:-9], whole[:200]):
        index.index_path("cells").write_bytes(data)
        with pytest.raises(errors.IndexBroken):
            index.read_index("cells")
        assert index.list_datasets()[0]["status"] == "broken"
    assert index.build_index("cells").fingerprint == built.fingerprint
    parquet.write_table(
        parquet.read_table(index.index_path("cells")).replace_schema_metadata(None), index.index_path("cells")
    )
    with pytest.raises(errors.IndexBroken):
        index.read_index("cells")


def test_an_index_without_its_images_is_listed_as_broken(cells: Path) -> None:
    built = index.build_index("cells")
    files.remove_folder(cells)
    assert index.list_datasets()[0]["status"] == "broken"
    with pytest.raises(errors.DatasetChanged, match="7 removed"):
        index.require_unchanged(built)


def test_changes_are_counted(cells: Path) -> None:
    built = index.build_index("cells")
    index.require_unchanged(built)
    (cells / "A/0.png").unlink()
    (cells / "A/new.png").write_bytes(encode_small(77))
    (cells / "A/new2.png").write_bytes(encode_small(78))
    (cells / "B/0.png").write_bytes(encode_small(79))
    (cells / "notes.txt").write_text("not an image")
    with pytest.raises(errors.DatasetChanged, match=r"2 added, 1 removed, 1 altered.*python -m core index cells"):
        index.require_unchanged(built)
    index.require_unchanged(index.build_index("cells"))


def test_a_file_with_another_time_is_altered(cells: Path) -> None:
    built = index.build_index("cells")
    os.utime(cells / "A/0.png", ns=(1, 1))
    with pytest.raises(errors.DatasetChanged, match="found 1 altered"):
        index.require_unchanged(built)


def test_a_full_disk_leaves_the_old_index(cells: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = index.build_index("cells")
    (cells / "A/9.png").write_bytes(encode_small(90))
    before = {path: path.read_bytes() for path in paths.data_folder().rglob("*") if path.is_file()}

    def full(*anything: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(scanning, "_scan_chunk", full)
    with pytest.raises(errors.DiskFull):
        index.build_index("cells")
    assert {path: path.read_bytes() for path in paths.data_folder().rglob("*") if path.is_file()} == before
    assert index.read_index("cells").fingerprint == built.fingerprint


def test_a_real_limit_on_the_file_size_is_a_full_disk(cells: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(errors.DiskFull):
            index.build_index("cells")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(paths.cache_folder().iterdir()) and not paths.index_folder().exists()


@pytest.mark.parametrize("interruption", [progress.Cancelled, KeyboardInterrupt])
def test_stopping_leaves_nothing_and_no_process(
    home: Path, make_folder: MakeFolder, interruption: type[BaseException]
) -> None:
    psutil = pytest.importorskip("psutil")
    make_folder(home / "data/datasets/many", [f"{kind}/{number:03}.png" for kind in "AB" for number in range(300)])
    before = {child.pid for child in psutil.Process().children()}

    def stop(done: int, total: int, what: str) -> None:
        if done:
            assert len(psutil.Process().children()) > len(before)
            raise interruption

    with pytest.raises(interruption):
        index.build_index("many", report=stop)
    assert {child.pid for child in psutil.Process().children()} <= before
    assert not list(paths.cache_folder().iterdir()) and not paths.index_folder().exists()


def test_listing_is_cheap_and_long_lists_of_problems_are_cut(cells: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_PROBLEMS_LISTED", 1)
    for name in ("A/0.png", "A/1.png"):
        (cells / name).write_text("text")
    built = index.build_index("cells")
    monkeypatch.setattr(parquet, "read_table", None)
    assert len(index.list_datasets()[0]["problems"]) == 1 and len(index.describe(built)["problems"]) == 2


def test_every_format_in_one_data_set(home: Path) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8))
    for kind in "AB":
        folder = home / "data/datasets/all" / kind
        folder.mkdir(parents=True)
        for suffix in sorted(decoding.IMAGE_SUFFIXES):
            image.save(folder / f"1{suffix}")
        image.convert("CMYK").save(folder / "cmyk.JPG")
    built = index.build_index("all")
    assert len(built.usable) == 16 and set(built.table["height_px"]) == {20} and set(built.table["width_px"]) == {30}
