"""Finished models on disk: whole or not listed, and never altered unseen."""

import os
import shutil
from pathlib import Path

import pytest

from core.base import errors, files, paths
from core.models import package
from tests.support.packages import fill, manifest


def test_a_published_model_is_listed_and_read_back(no_shipped):
    made = package.write_package("cells-base-cnn", manifest(), fill)
    assert [found.id for found in package.list_packages()] == ["cells-base-cnn"]
    assert made.class_names == ("a", "b")
    assert made.input_size_px == (64, 32)
    assert made.is_leaky
    assert made.state == (made.manifest.created, "", None)
    assert package.describe(made)["leaky"] is True
    package.require_unaltered(made)


def test_a_taken_name_gets_a_number_and_nothing_is_replaced(no_shipped):
    for _ in range(3):
        package.write_package("m", manifest(), fill)
    assert sorted(found.id for found in package.list_packages()) == ["m", "m-2", "m-3"]


def test_newest_first(no_shipped):
    package.write_package("old", manifest("2025-01-01T00:00:00+00:00"), fill)
    package.write_package("new", manifest("2026-01-01T00:00:00+00:00"), fill)
    assert [found.id for found in package.list_packages()] == ["new", "old"]


def test_a_publishing_that_fails_leaves_nothing(no_shipped):
    def fail(folder):
        fill(folder)
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        package.write_package("m", manifest(), fail)
    assert list(paths.user_models_folder().iterdir()) == []


@pytest.mark.parametrize("name", package.FILES)
@pytest.mark.parametrize("damage", ["missing", "short"])
def test_a_half_copied_folder_is_not_listed_but_named(no_shipped, name, damage):
    made = package.write_package("m", manifest(), fill)
    package.write_package("whole", manifest(), fill)
    if damage == "missing":
        made.file(name).unlink()
    else:
        made.file(name).write_bytes(b"half")
    assert [found.id for found in package.list_packages()] == ["whole"]
    (fault,) = package.list_broken()
    assert name in str(fault)
    assert "Copy the whole folder again" in str(fault)
    with pytest.raises(errors.ModelBroken):
        package.find_package("m")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 99, "id": "m"}'])
def test_a_manifest_that_is_none_is_a_message(no_shipped, text):
    made = package.write_package("m", manifest(), fill)
    made.file(package.MANIFEST).write_text(text)
    assert package.list_packages() == []
    with pytest.raises(errors.ModelBroken, match="manifest"):
        package.find_package("m")


@pytest.mark.parametrize("key", ["id", "class_names", "test", "split", "check"])
def test_a_manifest_that_lacks_a_key_is_a_message_and_hides_no_other_model(no_shipped, key):
    made = package.write_package("m", manifest(), fill)
    package.write_package("whole", manifest(), fill)
    path = made.file(package.MANIFEST)
    files.write_json(path, {name: value for name, value in files.read_json(path).items() if name != key})
    assert [found.id for found in package.list_packages()] == ["whole"]
    assert key in str(package.list_broken()[0])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("test", None),
        ("dataset", None),
        ("created", 3),
        ("class_names", 5),
        ("input", {}),
        ("files", {"model.keras": 3}),
    ],
)
def test_a_manifest_with_a_value_of_another_kind_is_a_message(no_shipped, key, value):
    made = package.write_package("m", manifest(), fill)
    path = made.file(package.MANIFEST)
    files.write_json(path, {**files.read_json(path), key: value})
    assert package.list_packages() == []
    assert key in str(package.list_broken()[0])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("operating_point", [1]),
        ("operating_point", {"by": "x"}),
        ("operating_point", {"threshold": "high"}),
        ("operating_point", {"threshold": 0.5, "test": {"n": 1}}),
        ("calibration", {"temperature": None}),
        ("referral", 3),
        ("card", ["text"]),
        ("times_chosen", {"operating_point": "often"}),
        ("heatmap", {"peak": 1.0}),
        ("class_names", ["a", 3]),
        ("class_names", ["a", "a"]),
        ("positive_class", "c"),
        ("input", {"height_px": 10**9, "width_px": 32}),
        ("input", {"height_px": True, "width_px": 32}),
        ("parameters", -1),
        ("parameters", 10**30),
        ("check", {"probabilities": [["high"]]}),
        ("split", {"rule": "random", "leaky": True, "groups_shared": 2, "images": {}, "groups": {}}),
    ],
)
def test_a_section_that_no_page_can_show_is_a_message(no_shipped, key, value):
    made = package.write_package("m", manifest(), fill)
    path = made.file(package.MANIFEST)
    files.write_json(path, {**files.read_json(path), key: value})
    assert package.list_packages() == []
    assert f"usable {key}" in str(package.list_broken()[0])


@pytest.mark.parametrize("inside", ["confusion", "accuracy", "n"])
def test_a_result_that_contradicts_itself_is_a_message(no_shipped, inside):
    made = package.write_package("m", manifest(), fill)
    path = made.file(package.MANIFEST)
    content = files.read_json(path)
    files.write_json(path, {**content, "test": {**content["test"], inside: [[1]]}})
    assert f"test.{inside}" in str(package.list_broken()[0])


@pytest.mark.parametrize(
    "words",
    [
        '{"schema": 1, "created": NaN}',
        '{"schema": 1, "created": 1e999}',
        '{"schema": 1, "created": "\\ud800"}',
        "[" * 200_000,
        '{"schema": 1, "id": ' + "9" * 5000 + "}",
        " " * 70_000_000 + '{"schema": 1}',
    ],
    ids=["nan", "infinity", "half a pair", "brackets", "digits", "70 MB"],
)
def test_text_that_is_no_manifest_is_a_message(no_shipped, words):
    made = package.write_package("m", manifest(), fill)
    package.write_package("whole", manifest(), fill)
    made.file(package.MANIFEST).write_text(words)
    assert [found.id for found in package.list_packages()] == ["whole"]
    assert "a manifest.json with a usable" in str(package.list_broken()[0])


@pytest.mark.parametrize("name", [package.MANIFEST, *package.FILES])
@pytest.mark.parametrize("kind", ["link", "folder", "pipe or device"])
def test_a_file_that_is_none_is_a_message(no_shipped, tmp_path, name, kind):
    made = package.write_package("m", manifest(), fill)
    package.write_package("whole", manifest(), fill)
    kept = made.file(name).rename(tmp_path / name)
    make = {"link": lambda path: path.symlink_to(kept), "folder": Path.mkdir, "pipe or device": os.mkfifo}
    make[kind](made.file(name))
    assert [found.id for found in package.list_packages()] == ["whole"]
    assert f"expected {name}, a file of its own; found a {kind}" in str(package.list_broken()[0])
    with pytest.raises(errors.ModelBroken, match=kind):
        package.find_package("m")
    if name != package.MANIFEST:
        with pytest.raises(errors.ModelBroken, match=kind):
            package.read_file(made, name)  # it became one after it was listed


def test_a_file_larger_than_any_of_ours_is_not_read(no_shipped):
    made = package.write_package("m", manifest(), fill)
    path = made.file(package.HISTORY_FILE)
    with path.open("r+b") as file:
        file.truncate(600_000_000)
    content = files.read_json(made.file(package.MANIFEST))
    content["files"][package.HISTORY_FILE]["bytes"] = 600_000_000
    files.write_json(made.file(package.MANIFEST), content)
    assert "history.csv of 4,000,000 bytes; found 600,000,000" in str(package.list_broken()[0])


def test_altered_tables_are_found_before_they_are_read(no_shipped):
    made = package.write_package("m", manifest(), fill)
    path = made.file(package.PREDICTIONS_FILE)
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(errors.ModelBroken, match="predictions"):
        package.read_file(made, package.PREDICTIONS_FILE)


def test_a_renamed_folder_is_not_believed(no_shipped):
    made = package.write_package("m", manifest(), fill)
    shutil.move(made.folder, made.folder.with_name("other"))
    assert package.list_packages() == []
    assert "as its manifest says" in str(package.list_broken()[0])


def test_altered_bytes_of_the_same_size_are_found(no_shipped):
    made = package.write_package("m", manifest(), fill)
    path = made.file(package.MODEL_FILE)
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(errors.ModelBroken, match="sha256"):
        package.require_unaltered(package.find_package("m"))


@pytest.mark.parametrize("name", ["../m", "/etc", "", ".", "M", "m/../m", "a" * 200, "m\x00"])
def test_only_ids_are_looked_up_never_paths(no_shipped, name):
    package.write_package("m", manifest(), fill)
    with pytest.raises(errors.ModelNotFound, match="m"):
        package.find_package(name)


def test_a_link_to_elsewhere_is_no_model(no_shipped, tmp_path):
    made = package.write_package("m", manifest(), fill)
    outside = tmp_path / "outside"
    shutil.move(made.folder, outside)
    made.folder.symlink_to(outside)
    assert package.list_packages() == []
    with pytest.raises(errors.ModelNotFound):
        package.find_package("m")


def test_unusable_ids_are_refused_before_anything_is_listed(no_shipped):
    with pytest.raises(errors.NameNotUsable):
        package.write_package("../evil", manifest(), fill)
    assert list(paths.user_models_folder().iterdir()) == []


def test_shipped_models_stay_listed_and_their_names_are_taken(home, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PROJECT_FOLDER", tmp_path / "project")
    monkeypatch.delenv("SECOND_LOOK_HOME")
    package.write_package("shipped", manifest(), fill)
    monkeypatch.setenv("SECOND_LOOK_HOME", str(home))
    made = package.write_package("shipped", manifest(), fill)
    assert made.id == "shipped-2"
    assert made.folder.parent == home / "trained_models"
    assert {found.id for found in package.list_packages()} == {"shipped", "shipped-2"}
    assert files.read_json(made.file(package.MANIFEST))["id"] == "shipped-2"
