"""Checks from a terminal: the list, what they find, and muting, for once and for good."""

import pytest

from core.base import paths
from core.checks import check_table
from core.datasets.intake import importing
from core.training import recipe, run
from tests import conftest


@pytest.fixture
def copied(home, monkeypatch):
    """`tiny` with a copy of one of its files; no model that came with the program, of which the doctor asks each."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    folder = paths.datasets_folder() / "tiny"
    conftest.write_tiny_images(folder)
    first = folder / "Uninfected" / "P0thinF_IMG_0_cell_0.png"
    (folder / "Uninfected" / "P0thinF_copy.png").write_bytes(first.read_bytes())


def codes(rows):
    return [row["code"] for row in rows]


def test_the_list_is_the_registry(call):
    _, rows, _ = call("checks", "--json")
    assert codes(rows) == [check.code for check in check_table.CHECKS]
    assert {"severity", "help", "title", "can_be_muted"} <= set(rows[0])
    assert "D103  warning" in call("checks")[1]


def test_the_doctor_finds_and_is_muted_for_once_and_for_good(call, copied):
    call("index", "tiny")
    status, found, _ = call("doctor", "tiny", "--json")
    assert status == 0
    row = next(row for row in found["reports"] if row["code"] == "D103")
    assert (row["n"], len(row["images"]), row["severity"]) == (2, 2, "warning")
    assert row["text"].startswith("2 of 73 images in 1 set. These files are the same")
    assert found["muted"] == []

    _, once, _ = call("doctor", "tiny", "--mute", "d103", "--json")
    assert "D103" not in codes(once["reports"])
    assert [(row["code"], row["muted_by"]) for row in once["muted"]] == [("D103", "")]

    assert call("mute", "D103", "--dataset", "tiny", "--by", "Ada", "--json")[1][0]["by"] == "Ada"
    _, kept, _ = call("doctor", "tiny", "--json")
    assert "D103" not in codes(kept["reports"])
    assert [(row["code"], row["muted_by"]) for row in kept["muted"]] == [("D103", "Ada")]
    assert "1 muted: D103" in call("doctor", "tiny")[1]
    assert call("unmute", "D103", "--dataset", "tiny", "--json")[1] == []
    assert "D103" in codes(call("doctor", "tiny", "--json")[1]["reports"])


def test_a_removed_data_set_takes_what_was_muted_with_it(call, copied):
    call("index", "tiny")
    call("mute", "D103", "--dataset", "tiny", "--by", "Ada")
    importing.remove_dataset("tiny")
    assert not paths.muted_folder("tiny").exists()


def test_notes_of_a_training(call, tiny_dataset):
    found = run.create_run(recipe.Recipe("tiny"))
    row = '{"kind": "epoch", "epoch": 1, "loss": 0.6, "accuracy": 0.6, "validation_loss": 0.6, '
    (found.folder / run.METRICS).write_text(row + '"validation_accuracy": 0.6}\n')
    assert codes(call("notes", found.id, "--json")[1]["reports"]) == ["C209"]
    assert call("notes", found.id)[1].startswith("C209 info: Small validation part. The validation part has")
    assert codes(call("notes", found.id, "--mute", "C209", "--json")[1]["muted"]) == ["C209"]
    call("mute", "C209", "--run", found.id, "--by", "Ada")
    assert call("notes", found.id, "--json")[1]["reports"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("mute", "C204", "--dataset", "tiny", "--by", "Ada"),
        ("mute", "R301", "--dataset", "tiny", "--by", "Ada"),
        ("mute", "D103", "--dataset", "tiny", "--by", " "),
        ("doctor", "tiny", "--mute", "nothing"),
    ],
)
def test_what_cannot_be_muted_is_said(call, copied, arguments):
    call("index", "tiny")
    status, _, said = call(*arguments)
    assert status == 2
    assert "CheckNotUsable" in said
