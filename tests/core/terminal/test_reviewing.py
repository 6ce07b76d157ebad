"""`python -m core review`: what waits, printed and written as a table."""

import pandas as pd
import pytest

from core.base import paths
from core.review import case_record, cases, database
from tests.support import answering, sent_images


@pytest.fixture(autouse=True)
def closed():
    yield
    database.close_all()


def test_what_waits_is_listed_and_written(call, tmp_path):
    assert call("review", "list")[1] == "Nothing waits for review.\n" and not paths.review_folder().exists()
    answered = case_record.Answer("m", "2026", "refer", "Sick", {"Sick": 0.5, "Well": 0.5})
    cases.send(sent_images.encode(1), "=1+1.png", by="Ada", why="odd", answered=answered)
    cases.send(sent_images.encode(2), "two.png", by="Ben")
    said = call("review", "list")[1]
    assert said.index("two.png") < said.index("=1+1.png") and "odd" in said
    rows = call("review", "list", "--json")[1]
    assert [row["sent_by"] for row in rows] == ["Ben", "Ada"] and rows[1]["p_Sick"] == 0.5 and "p_Sick" not in rows[0]
    path = tmp_path / "new" / "waiting.csv"
    assert call("review", "export", path, "--json")[1] == {"file": str(path), "images": 2}
    table = pd.read_csv(path)
    assert table["name"].tolist() == ["two.png", "'=1+1.png"] and table["answered"].tolist()[1] == "Sick"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["export"], "SettingNotUsable"),
        (["list", "x.csv"], "SettingNotUsable"),
        (["begin", "A"], "SettingNotUsable"),
        (["begin", "A", "--by", "Ada"], "SettingNotUsable"),
        (["begin", "A", "--by", "Ada", "--dataset", "tiny", "--from", "nowhere"], "SettingNotUsable"),
        (["begin", "A", "--by", "Ada", "--dataset", "tiny", "--from", "mistakes"], "SettingNotUsable"),
        (["begin", "A", "--by", "Ada", "--dataset", "tiny", "--from", "waiting"], "DatasetNotFound"),
        (["begin", "A", "--by", "Ada", "--from", "folder", "/nowhere/at/all"], "SourceNotFound"),
        (["export", "nobody", "x.csv"], "ReviewNotFound"),
        (["add", "nobody", "--by", "Ada"], "ReviewNotFound"),
        (["import", "nobody", "absent.csv"], "ReviewNotFound"),
        (["export", "x.txt"], "ExportNotPossible"),
    ],
)
def test_what_cannot_be_done_is_said(call, arguments, fault):
    status, out, said = call("review", *arguments)
    assert (status, out) == (2, "") and said.startswith(fault)


def test_a_damaged_database_is_one_message(call):
    paths.review_folder().mkdir(parents=True)
    paths.review_database().write_bytes(b"no database" * 400)
    status, out, said = call("review", "list")
    assert (status, out) == (2, "") and said.startswith("DatabaseBroken")


def test_a_review_is_begun_read_elsewhere_and_written_as_a_trail(call, tiny_dataset, tmp_path):
    assert call("review", "status")[1] == "No review was begun.\n"
    status, out, _ = call(
        "review", "begin", "First", "--by", "Ada", "--readers", 2, "--from", "sample", "tiny", 6, "--json"
    )
    assert (status, out["added"], out["review"]) == (0, 6, "First")
    said = call("review", "begin", "Gold", "--by", "Ada", "--from", "sample", "tiny", 3, "--from", "gold", "tiny", 4)[1]
    assert said == "Gold: 7 images are in the review.\n"
    more = call("review", "add", "First", "--by", "Ben", "--from", "sample", "tiny", 8, "--json")[1]
    assert (more["added"], more["already"]) == (2, 6), "a larger sample of the same review begins with the smaller one"
    listed = cases.list_waiting()
    table = pd.DataFrame({"sha256": [case.sha256 for case in listed[:9]], "reader": "Ben", "answer": "Uninfected"})
    table.assign(at="2026-03-01T10:00:00Z").to_csv(tmp_path / "read.csv", index=False)
    found = call("review", "import", "First", tmp_path / "read.csv", "--json")[1]
    assert found["taken"] + found["unknown"] == 9 and found["taken"] > 0 and found["refused"] == 0
    assert "0 readings taken in" in call("review", "import", "First", tmp_path / "read.csv")[1]
    rows = {row["name"]: row for row in call("review", "status", "--json")[1]}
    assert rows["First"]["half_read"] == found["taken"] and rows["First"]["readers"] == 2
    assert rows["Gold"]["open"] == 7 and rows["Gold"]["about"] == "tiny"
    assert "half_read" in call("review", "status")[1]
    path = tmp_path / "trail.csv"
    assert call("review", "export", "First", path, "--json")[1] == {"file": str(path), "readings": 2 * found["taken"]}
    trail = pd.read_csv(path)
    assert trail["phase"].tolist()[:2] == ["blind", "final"] and not trail["saw_model"].any()


def test_a_review_about_a_model_is_filled_from_a_folder(call, tmp_path, monkeypatch):
    _, found = answering.write_guarded(monkeypatch)
    folder = answering.write_images(tmp_path / "in")
    begin = ("review", "begin", "Ours", "--by", "Ada", "--model", found.id, "--pseudonyms", "--show-model")
    status, out, _ = call(*begin, "--from", "folder", folder, "--json")
    assert (status, out["unreadable"]) == (0, 1) and out["added"] == len(cases.list_waiting()) > 8
    assert all(case.name.startswith("case-") for case in cases.list_waiting())
    (row,) = call("review", "status", "--json")[1]
    assert (row["mode"], row["about"]) == ("shown", found.id)


def test_the_store_is_backed_up_and_restored(call, tmp_path):
    path = tmp_path / "away" / "review.zip"
    assert call("review", "backup", path)[2].startswith("BackupNotPossible")
    cases.send(sent_images.encode(1), "one.png", by="Ada")
    assert "1 cases, 0 readings, 1 images backed up" in call("review", "backup", path)[1]
    assert call("review", "restore", path)[2].startswith("BackupNotPossible")
    cases.send(sent_images.encode(2), "two.png", by="Ada")
    said = call("review", "restore", path, "--replace", "--json")[1]
    assert said == {"file": str(path), "cases": 1, "readings": 0, "images": 1, "bytes": path.stat().st_size}
    assert [case.name for case in cases.list_waiting()] == ["one.png"]
    assert call("review", "backup", tmp_path / "x.tar")[2].startswith("ExportNotPossible")
    assert call("review", "restore", tmp_path / "none.zip")[2].startswith("SourceNotFound")
