"""`predict` about folders, archives and many files: tables, smears, report; the entries of today keep their fields."""

import csv
import zipfile

import pytest

from core.base import paths
from tests.support import answering

FIELDS = ["image", "verdict", "class_name", "refer", "probabilities", "gate", "answered_anyway", "heatmap"]
FIELDS += ["map", "method", "no_heatmap", "error"]
OF_SINGLE_IMAGES = ["sha256", "model", "decided_with", "evidence"]


@pytest.fixture
def asked(home, tmp_path, monkeypatch):
    """The id of a model, and a folder to ask it about."""
    _, found = answering.write_guarded(monkeypatch)
    return found.id, answering.write_images(tmp_path / "in")


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_smears_and_report(call, asked, tmp_path):
    model, folder = asked
    (folder / "smear 1" / "=evil.png").write_text("no image")
    table, by_smear, report = (tmp_path / "out" / name for name in ("t.csv", "s.csv", "r.html"))
    status, said, fault = call("predict", model, folder, "--table", table, "--smears", by_smear, "--report", report)
    assert status == 2, "two files cannot be read"
    rows = read_csv(table)
    assert len(rows) == 16 and [row["needs"] for row in rows[:3]] == ["unreadable", "unreadable", "not known"]
    assert {row["image"] for row in rows} >= {"smear 0/0.png", "smear 1/=evil.png"}
    assert [row["smear"] for row in read_csv(by_smear)] == ["smear 0", "smear 1"]
    assert report.read_text().startswith("<!doctype html>")
    assert "In a new smear the model finds about" in said and "3 of 16 images need a person." in said
    assert "smear 0/z text.png: expected a PNG" in fault
    assert list(paths.answers_folder().iterdir()) == [], "what is written elsewhere is not kept twice"


def test_an_entry_has_the_fields_that_a_single_image_has(call, asked):
    model, folder = asked
    status, many, _ = call("predict", model, folder, "--json")
    single = [folder / entry["image"] for entry in many]
    _, alone, _ = call("predict", model, *single, "--json")
    assert status == 2 and [list(entry) for entry in alone] == [FIELDS + OF_SINGLE_IMAGES] * 15
    for one, other in zip(many, alone, strict=True):
        assert list(one)[: len(FIELDS)] == FIELDS
        if not other["error"]:
            same = [name for name in FIELDS if name not in ("image", "probabilities", "gate")]
            assert [one[name] for name in same] == [other[name] for name in same]
            assert one["probabilities"] == (other["probabilities"] and pytest.approx(other["probabilities"]))
            assert one["gate"]["reasons"] == other["gate"]["reasons"]
        else:
            assert one["error"] and one["verdict"] is None and one["gate"] is None


def test_an_archive_by_the_rule_that_is_named(call, asked, tmp_path):
    model, folder = asked
    with zipfile.ZipFile(tmp_path / "cells.zip", "w") as archive:
        for path in sorted((folder / "smear 1").iterdir()):
            archive.write(path, path.name)
    status, said, _ = call("predict", model, tmp_path / "cells.zip", "--smears-by", "none")
    assert status == 0 and "all images: " in said


def test_with_what_is_made_of_single_images_a_folder_is_its_images(call, asked):
    model, folder = asked
    _, entries, _ = call("predict", model, folder, "--answer-anyway", "--json")
    inside = sorted(str(path) for path in folder.rglob("*") if path.suffix == ".png")
    assert [entry["image"] for entry in entries] == inside and "smear" not in entries[0]
    assert all(entry["probabilities"] or entry["error"] for entry in entries)


def test_what_is_about_single_images_is_refused(call, asked, tmp_path):
    model, folder = asked
    for option in (["--heatmaps", tmp_path / "h"], ["--answer-anyway"]):
        status, _, said = call("predict", model, folder, "--table", tmp_path / "t.csv", *option)
        assert status == 2 and "SettingNotUsable" in said
    assert call("predict", model, folder, "--smears-by", "regex:(")[2].startswith("GroupRuleNotUsable")
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "t.txt", tmp_path, tmp_path / "file" / "t.csv"):
        status, _, said = call("predict", model, folder, "--table", place)
        assert status == 2 and said.startswith("ExportNotPossible"), "before any image is asked about"
