"""What is muted: by whom and when, one file a check, and never what limits a number."""

from dataclasses import dataclass

import pytest

from core.base import errors
from core.checks import check_table, muting


@dataclass(frozen=True)
class Said:
    check: check_table.Check


def test_muted_and_taken_back(tmp_path):
    folder = tmp_path / "muted"
    assert muting.read(folder) == {}
    muting.mute(folder, "d103", " Ada ")
    muting.mute(folder, "D102", "Bob")
    assert [(code, one.by) for code, one in muting.read(folder).items()] == [("D102", "Bob"), ("D103", "Ada")]
    assert muting.read(folder)["D103"].at.endswith("+00:00")
    muting.unmute(folder, "D102")
    muting.unmute(folder, "D102")
    assert list(muting.read(folder)) == ["D103"]


def test_what_is_muted_is_told_apart_in_order():
    said = [Said(check_table.find(name)) for name in ("dark", "duplicate", "bright")]
    shown, hidden = muting.divide(said, {"D103"})
    assert [one.check.code for one in shown] == ["D108", "D109"]
    assert [one.check.code for one in hidden] == ["D103"]


@pytest.mark.parametrize(("code", "by"), [("R301", "Ada"), ("D999", "Ada"), ("D103", "  ")])
def test_what_cannot_be_muted(tmp_path, code, by):
    with pytest.raises(errors.CheckNotUsable):
        muting.mute(tmp_path / "muted", code, by)
    assert not (tmp_path / "muted").exists()


@pytest.mark.parametrize("content", ["", "[]", '{"by": "Ada"}', "\x00"])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "D103.json").write_text(content)
    with pytest.raises(errors.CheckNotUsable, match=r"D103\.json"):
        muting.read(tmp_path)
