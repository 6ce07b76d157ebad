"""`python -m core review`: what waits, printed and written as a table."""

import pandas as pd
import pytest

from core.base import paths
from core.review import case_record, cases, database
from tests.support import sent_images


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
