"""Tables as CSV: what a spreadsheet would run stays text, and all comes back."""

import csv
import io

import pandas as pd
import pytest

from core.base import csv_text

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "a\r\n=1", '=HYPERLINK("http://x")']


def test_no_text_begins_as_a_formula() -> None:
    table = pd.DataFrame({"=name": EVIL, "share": [-0.5] * len(EVIL), "right": [True] * len(EVIL)})
    head, *rows = csv.reader(io.StringIO(csv_text.write(table).decode(), newline=""))
    assert head == ["'=name", "share", "right"]
    assert len(rows) == len(EVIL) and not any(row[0].lstrip().startswith(("=", "+", "-", "@")) for row in rows)
    assert [row[0] for row in rows][:4] == [f"'{evil}" for evil in EVIL[:4]] and rows[7][0] == "a =1"
    assert {row[1] for row in rows} == {"-0.5"}, "a number is no formula"


def test_what_is_not_known_is_empty_and_text_is_whole() -> None:
    table = pd.DataFrame({"a": ["x,y", None, 'q"z', "ü"], "b": [1.5, None, 1e-9, 2]})
    back = pd.read_csv(io.BytesIO(csv_text.write(table)))
    assert back["a"].tolist()[::2] == ["x,y", 'q"z'] and back["a"][3] == "ü" and back["a"].isna()[1]
    assert back["b"].tolist() == pytest.approx([1.5, float("nan"), 1e-9, 2], nan_ok=True)


def test_a_file_is_replaced_whole(tmp_path) -> None:
    csv_text.save(pd.DataFrame({"a": [1]}), tmp_path / "deep" / "t.csv")
    csv_text.save(pd.DataFrame({"a": [2]}), tmp_path / "deep" / "t.csv")
    assert (tmp_path / "deep" / "t.csv").read_text().split() == ["a", "2"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["t.csv"]
