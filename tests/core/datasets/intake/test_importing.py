"""Importing: a data set arrives whole or not at all, and never touches what it came from."""

import concurrent.futures
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.base import asides, errors, paths, progress
from core.datasets.index import index, pixels
from core.datasets.intake import importing
from tests.core.datasets.conftest import MakeFolder

NAMES = [f"{kind}/{number}.png" for kind in ("cats", "dogs") for number in range(3)]


@pytest.fixture
def source(tmp_path: Path, make_folder: MakeFolder) -> Path:
    """A folder of two classes."""
    return make_folder(tmp_path / "pets", NAMES)


def zip_of(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "zip", folder.parent, folder.name))


def everything(home: Path) -> list[str]:
    """All files below the home but locks, which hold nothing."""
    return sorted(
        path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file() and path.suffix != ".lock"
    )


@pytest.mark.parametrize("as_zip", [False, True])
def test_folder_and_archive_give_the_same_data_set(home: Path, source: Path, as_zip: bool) -> None:
    built = importing.import_dataset(zip_of(source) if as_zip else source, "pets")
    assert built.class_names == ("cats", "dogs") and len(built.usable) == 6
    assert built.facts["kind"] == "imported" and built.facts["source"] == ("pets.zip" if as_zip else "pets")
    kept = paths.datasets_folder() / "pets" / ("pets" if as_zip else "")
    assert all((kept / name).read_bytes() == (source / name).read_bytes() for name in NAMES)
    assert os.listdir(paths.datasets_folder()) == ["pets"]  # noqa: PTH208 (hidden ones too)


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "-a", "_a", "a.b", "../a", "a/b", "é", "con", "lpt1", "a" * 65, "a\n"]
)
def test_unusable_names(home: Path, source: Path, name: str) -> None:
    with pytest.raises(errors.NameNotUsable):
        importing.import_dataset(source, name)
    with pytest.raises(errors.NameNotUsable):
        importing.remove_dataset(name)
    assert everything(home) == []


@pytest.mark.parametrize(
    ("source_name", "name"),
    [
        ("cell_images.zip", "cell_images"),
        ("Cats & Dogs (2).ZIP", "cats-dogs-2"),
        ("/data/x/Chest X-ray/", "chest-x-ray"),
        ("C:\\data\\Zellen.tar.gz", "zellen"),
        ("con.zip", "con-images"),
        ("....", "images"),
        ("ß" * 200, "images"),
        ("a" * 200, "a" * 64),
    ],
)
def test_suggested_names_are_usable(source_name: str, name: str) -> None:
    assert importing.suggest_name(source_name) == importing.require_name(name)


def test_a_name_that_is_taken(home: Path, source: Path) -> None:
    importing.import_dataset(source, "pets")
    before = everything(home)
    with pytest.raises(errors.NameTaken):
        importing.import_dataset(source, "pets")
    assert everything(home) == before


def test_a_name_that_is_taken_meanwhile(home: Path, source: Path) -> None:
    def take(done: int, total: int, what: str) -> None:
        (paths.datasets_folder() / "pets").mkdir(exist_ok=True)
        (paths.datasets_folder() / "pets" / "theirs.txt").touch()

    with pytest.raises(errors.NameTaken):
        importing.import_dataset(source, "pets", report=take)
    assert everything(home) == ["data/datasets/pets/theirs.txt"]


def test_sources_that_are_none(home: Path, source: Path) -> None:
    (source / "notes.txt").write_text("x")
    (source / "fake.zip").write_text("no zip")
    cases = {"missing": errors.SourceNotFound, "notes.txt": errors.SourceNotFound, "fake.zip": errors.BrokenArchive}
    for name, error in cases.items():
        with pytest.raises(error):
            importing.import_dataset(source / name, "pets")
    assert everything(home) == []


def test_the_folder_of_data_sets_is_no_source(home: Path, source: Path) -> None:
    importing.import_dataset(source, "pets")
    for folder in (paths.datasets_folder(), paths.datasets_folder() / "pets", paths.data_folder(), home.parent):
        with pytest.raises(errors.SourceNotUsable):
            importing.import_dataset(folder, "again")


def test_what_cannot_be_a_data_set_leaves_nothing(home: Path, tmp_path: Path, make_folder: MakeFolder) -> None:
    (tmp_path / "empty").mkdir()
    cases = {
        make_folder(tmp_path / "one", ["cats/1.png", "cats/2.png"]): (errors.DatasetHasOneClass, "found 1: cats"),
        make_folder(tmp_path / "notes", ["a/1.txt", "b/2.pdf", "b/3.txt"]): (
            errors.DatasetHasNoImages,
            "2 x .txt, 1 x .pdf",
        ),
        tmp_path / "empty": (errors.DatasetHasNoImages, "no files at all"),
    }
    for folder, (error, match) in cases.items():
        for source in (folder, zip_of(folder)):
            with pytest.raises(error, match=match) as caught:
                importing.import_dataset(source, "x")
            assert str(source) in str(caught.value)
    loose = make_folder(tmp_path / "loose", ["1.png", "2.png"])
    with pytest.raises(errors.DatasetHasOneClass, match="found none"):
        importing.import_dataset(loose, "x")
    text = tmp_path / "text"
    for name in ("a/1.png", "b/2.png"):
        (text / name).parent.mkdir(parents=True)
        (text / name).write_text("text")
    with pytest.raises(errors.DatasetHasNoImages, match="2 files with names of images, none of which is one"):
        importing.import_dataset(text, "x")
    assert everything(home) == []


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize("at", ["copy", "Reading images"])
def test_cancelled_half_way_leaves_nothing(home: Path, source: Path, as_zip: bool, at: str) -> None:
    def cancel(done: int, total: int, what: str) -> None:
        if done == 3 or what == at:
            raise progress.Cancelled

    before = everything(source)
    with pytest.raises(progress.Cancelled):
        importing.import_dataset(zip_of(source) if as_zip else source, "pets", report=cancel)
    assert everything(home) == [] and everything(source) == before
    assert not list(paths.datasets_folder().iterdir())


def test_links_out_of_the_source_are_not_followed(home: Path, source: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    shutil.copytree(source, secret)
    (source / "cats" / "out.png").symlink_to(secret / "cats" / "0.png")
    (source / "cats" / "gone.png").symlink_to(secret / "nothing.png")
    (source / "birds").symlink_to(secret / "cats")
    (source / "cats" / "inside.png").symlink_to(source / "dogs" / "0.png")
    built = importing.import_dataset(source, "pets")
    assert built.facts["ignored"] == {"link": 3}
    assert len(built.table) == 7 and not (paths.datasets_folder() / "pets" / "cats" / "inside.png").is_symlink()


def test_files_that_may_not_be_read_are_counted(home: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copyfile = shutil.copyfile

    def refuse(one: Path, other: Path) -> None:
        if one.name == "1.png":
            raise PermissionError(13, "Permission denied")
        copyfile(one, other)

    monkeypatch.setattr(shutil, "copyfile", refuse)
    built = importing.import_dataset(source, "pets")
    assert built.facts["ignored"] == {"no permission to read": 2} and len(built.table) == 4


def test_names_that_differ_only_in_case_and_odd_ones(home: Path, tmp_path: Path, make_folder: MakeFolder) -> None:
    odd = ["A/1.png", "a/1.png", "a/what?*.png", "a/new\nline.png", "a/ é日本.png"]
    built = importing.import_dataset(make_folder(tmp_path / "odd", odd), "odd")
    assert built.table["path"].tolist() == sorted(odd) and built.class_names == ("A", "a")


def test_no_room(home: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.base.files.free_bytes", lambda where: 1000)
    with pytest.raises(errors.DiskFull):
        importing.import_dataset(source, "pets")
    assert everything(home) == []


def test_leftovers_of_killed_imports_go_and_running_ones_stay(home: Path, source: Path) -> None:
    folder = paths.datasets_folder()
    abandoned = [folder / f".{kind}-0000-0000000000-000000" for kind in ("incoming", "removed")]
    for path in abandoned:
        (path / "A").mkdir(parents=True)
    with asides.make_folder(folder, "incoming") as running:
        importing.import_dataset(source, "pets")
        assert {path.name for path in folder.iterdir()} == {running.name, "pets"}


def test_data_sets_are_removed_while_imports_begin(home: Path, source: Path) -> None:
    """Eight of eight removals broke: each import took away what was being removed by another process."""
    code = "import time\nfrom core.datasets.intake import staging_area as arrival\nprint('ready', flush=True)\n"
    code += "while True:\n    with arrival.stage():\n        pass\n"
    beginners = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=paths.child_environment())
        for _ in range(2)
    ]
    try:
        assert all(each.stdout and each.stdout.readline() for each in beginners)
        for _ in range(3):
            for number in range(1500):
                path = paths.datasets_folder() / "many" / str(number % 7) / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            importing.remove_dataset("many")
            assert not (paths.datasets_folder() / "many").exists()
            assert not list(paths.datasets_folder().glob(".removed-*"))
        assert [each.poll() for each in beginners] == [None, None]
    finally:
        for each in beginners:
            each.kill()
            each.communicate()
    importing.import_dataset(source, "pets")
    assert [path.name for path in paths.datasets_folder().iterdir()] == ["pets"]


def test_a_data_set_that_two_remove_at_once(home: Path) -> None:
    """Each of many threads removes it, or is told that it is gone; none meets half of it."""
    for _ in range(20):
        for number in range(200):
            path = paths.datasets_folder() / "many" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            ended = [pool.submit(importing.remove_dataset, "many") for _ in range(4)]
        faults = [each.exception() for each in ended]
        assert all(fault is None or isinstance(fault, errors.DatasetNotFound) for fault in faults), faults
        assert None in faults and list(paths.datasets_folder().iterdir()) == []


def test_an_import_killed_half_way_is_cleaned_up_by_the_next(home: Path, source: Path) -> None:
    code = (
        "import os, pathlib, sys\nfrom core.datasets.intake import importing\n"
        "importing.import_dataset(pathlib.Path(sys.argv[1]), 'pets', report=lambda done, *_: done == 3 and os._exit(9))"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(source)], env=paths.child_environment(), check=False)
    assert killed.returncode == 9 and len(list(paths.datasets_folder().glob(".incoming-*"))) == 1
    importing.import_dataset(source, "pets")
    assert [path.name for path in paths.datasets_folder().iterdir()] == ["pets"]


def test_removing(home: Path, source: Path) -> None:
    one, other = importing.import_dataset(source, "one"), importing.import_dataset(source, "other")
    assert one.fingerprint == other.fingerprint
    importing.remove_dataset("one")
    assert pixels.cache_path(other.fingerprint, 64, 64).exists()
    assert [said["name"] for said in index.list_datasets()] == ["other"]
    importing.remove_dataset("other")
    assert everything(home) == []
    with pytest.raises(errors.DatasetNotFound):
        importing.remove_dataset("other")


def test_a_new_data_set_inherits_nothing_from_a_removed_one(home: Path, source: Path) -> None:
    importing.import_dataset(source, "pets", positive_class="cats", group_rule="folder")
    shutil.rmtree(paths.datasets_folder() / "pets")
    again = importing.import_dataset(source, "pets")
    assert (again.positive_class, again.group_rule) == ("dogs", "none")


def test_a_wrong_rule_or_class_is_refused(home: Path, source: Path) -> None:
    with pytest.raises(errors.GroupRuleNotUsable):
        importing.import_dataset(source, "pets", group_rule="regex:(")
    with pytest.raises(errors.ClassNotFound, match="cats, dogs"):
        importing.import_dataset(source, "pets", positive_class="birds")
    assert everything(home) == []


def test_nested_double_copy_is_counted_once(home: Path, tmp_path: Path, make_folder: MakeFolder) -> None:
    outer = make_folder(tmp_path / "cell_images", ["Parasitized/1.png", "Parasitized/2.png", "Uninfected/3.png"])
    shutil.copytree(outer, tmp_path / "again")
    (tmp_path / "again").rename(outer / "cell_images")
    different = outer / "cell_images" / "Parasitized" / "2.png"
    different.write_bytes((outer / "Uninfected" / "3.png").read_bytes())
    built = importing.import_dataset(zip_of(outer), "cells")
    assert index.describe(built)["classes"] == {"Parasitized": 3, "Uninfected": 1}
    assert built.facts["copies_counted_once"] == 2 and built.positive_class == "Parasitized"
    index.require_unchanged(built)


@pytest.mark.data
def test_real_chest_x_rays(home: Path, shared_datasets: Path) -> None:
    built = importing.import_dataset(shared_datasets / "chest_xray.zip", "chest")
    said = index.describe(built)
    assert said["images"] == 5216 and said["classes"] == {"NORMAL": 1341, "PNEUMONIA": 3875}
    assert said["splits"] == {"train": 5216} and said["positive_class"] == "PNEUMONIA" and not said["problems"]
    assert said["group_rule"] == "chest" and said["groups"] > 2000


@pytest.mark.data
def test_real_cats_and_dogs(home: Path, shared_datasets: Path) -> None:
    built = importing.import_dataset(shared_datasets / "dogs_vs_cats.zip", "pets")
    assert index.describe(built)["classes"] == {"cats": 1000, "dogs": 1000} and not built.has_groups
    with zipfile.ZipFile(shared_datasets / "dogs_vs_cats.zip") as archive:
        assert built.table["size_bytes"].sum() == sum(member.file_size for member in archive.infolist())
    assert np.load(pixels.cache_path(built.fingerprint, 64, 64), mmap_mode="r").shape == (2000, 64, 64, 3)
