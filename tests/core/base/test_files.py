"""Files that are whole or absent."""

import errno
import json
import os

import pytest

from core.base import errors, files, records


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "state.json"
    files.write_json(path, {"a": 1})

    def fail(aside):
        aside.write_text("half")
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        files.write_whole(path, fail)
    assert files.read_json(path) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_becomes_a_message(tmp_path, code):
    def fail(aside):
        raise OSError(code, "no space")

    with pytest.raises(errors.DiskFull, match="Free some space"):
        files.write_whole(tmp_path / "x.bin", fail)


def test_another_fault_of_the_disk_is_not_called_full(tmp_path):
    def fail(aside):
        raise OSError(errno.EIO, "broken")

    with pytest.raises(OSError, match="broken") as caught:
        files.write_whole(tmp_path / "x.bin", fail)
    assert not isinstance(caught.value, errors.SecondLookError)


def test_json_never_holds_nan(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "x.json", {"loss": float("nan")})


def test_lines_survive_a_torn_end_and_strangers(tmp_path):
    path = tmp_path / "metrics.jsonl"
    files.append_lines(path, [{"step": 1}, {"step": 2}])
    with path.open("a") as file:
        file.write('garbage\n{"step": 3, "lo')
    assert files.read_lines(path) == [{"step": 1}, {"step": 2}]
    assert files.read_lines(tmp_path / "absent") == []


def test_lines_appended_after_a_torn_line_lose_only_that_line(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2, "lo')
    files.append_lines(path, [{"step": 2}])
    assert {"step": 2} in files.read_lines(path)


def test_require_free_says_what_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "free_bytes", lambda where: 10_000_000)
    with pytest.raises(errors.DiskFull, match=r"122 MB and a margin of 64 MB free; found 10 MB free"):
        files.require_free(tmp_path / "not" / "there", 122_000_000)


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 KB"), (122_000_000, "122 MB"), (1.4e9, "1.4 GB")],
)
def test_describe_bytes(count, words):
    assert files.describe_bytes(int(count)) == words


def test_remove_folder_is_idempotent(tmp_path):
    folder = tmp_path / "a"
    (folder / "b").mkdir(parents=True)
    files.remove_folder(folder)
    files.remove_folder(folder)
    assert list(tmp_path.iterdir()) == []


def test_every_message_says_expected_found_where_and_what_to_do():
    error = errors.NameTaken(expected="a free name", found="'cells'", where="data/datasets", todo="Choose another.")
    assert str(error) == "NameTaken: expected a free name; found 'cells' (data/datasets). Choose another."
    assert json.dumps(str(error))


def test_new_folders_are_never_shared(tmp_path):
    made = [files.make_new_folder(tmp_path / "parent", "run") for _ in range(3)]
    assert [folder.name for folder in made] == ["run", "run-2", "run-3"]
    assert all(folder.is_dir() for folder in made)


@pytest.mark.parametrize("words", ["NaN", "[Infinity]", "1e999", '"\\ud800"', "[" * 200_000, "9" * 5000, ""])
def test_what_is_no_json_by_its_standard_is_a_value_error(tmp_path, words):
    (tmp_path / "x.json").write_text(words)
    with pytest.raises(ValueError):
        files.read_json(tmp_path / "x.json")
    assert files.read_json_or_none(tmp_path / "x.json") is None


def test_json_of_every_plane_is_read(tmp_path):
    (tmp_path / "x.json").write_text('{"a": "\\ud83d\\ude00 \\u00e4", "b": [1.5, -3, 1e300]}')
    assert files.read_json(tmp_path / "x.json") == {"a": "😀 ä", "b": [1.5, -3, 1e300]}


def test_a_pipe_is_not_waited_for_and_a_large_file_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(records.Fault, match="plain file"):
        files.read_json(tmp_path / "pipe.json")
    (tmp_path / "x.json").write_text("1234")
    assert files.read_json(tmp_path / "x.json", limit_bytes=4) == 1234
    with pytest.raises(ValueError, match="at most 3 bytes"):
        files.read_json(tmp_path / "x.json", limit_bytes=3)


def test_what_stands_at_a_path_is_told_without_following_it(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    found = [files.find_kind(tmp_path / name) for name in ("file", "link", "pipe", ".", "none", "a\0b")]
    assert found == ["file", "link", "pipe or device", "folder", "nothing", "nothing"]
