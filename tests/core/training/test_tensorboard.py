"""The TensorBoard log of a run: read back with TensorFlow's own reader, also half way, after kills and resumes."""

import math
import struct

import pytest

from core.base import errors, files
from core.models import backend
from core.training import recipe, run, settings_table, tensorboard
from tests.support.metric_lines import batch, epoch

pytestmark = pytest.mark.ml
START = {"kind": "attempt", "step": 0, "epoch": 0}


@pytest.fixture
def found(tiny_dataset):
    return run.create_run(recipe.suggest("tiny"))


def log(found, *rows):
    files.append_lines(found.folder / run.METRICS, list(rows))


def read_events(folder):
    """{part: list of events}, check sums looked at."""
    tf = backend.load_tensorflow()
    parts = {}
    for part in tensorboard.PARTS:
        (path,) = (folder / part).glob("*tfevents*")
        records = tf.data.TFRecordDataset(str(path))
        parts[part] = [tf.compat.v1.Event.FromString(record.numpy()) for record in records]
    return parts


def read_scalars(folder):
    """{(part, tag): [(step, value), ...]}."""
    found = {}
    for part, events in read_events(folder).items():
        for event in events:
            for value in event.summary.value:
                if value.WhichOneof("value") == "simple_value":
                    found.setdefault((part, value.tag), []).append((event.step, round(value.simple_value, 5)))
    return found


def read_bytes(folder):
    return {part: next((folder / part).glob("*tfevents*")).read_bytes() for part in tensorboard.PARTS}


def test_every_curve_of_the_history_is_in_the_log(found):
    log(found, START, batch(1), batch(2, 0.25), epoch(1, 0.4) | {"learning_rate": 0.001}, batch(3), batch(4))
    log(found, epoch(2, 0.3) | {"learning_rate": 0.0005})
    folder = tensorboard.write_log(found)
    assert folder == found.folder / "tensorboard"
    assert read_scalars(folder) == {
        ("training", "batch_loss"): [(1, 0.5), (2, 0.25), (3, 0.5), (4, 0.5)],
        ("training", "batch_accuracy"): [(1, 0.5), (2, 0.5), (3, 0.5), (4, 0.5)],
        ("training", "epoch_loss"): [(1, 0.5), (2, 0.5)],
        ("training", "epoch_accuracy"): [(1, 0.8), (2, 0.8)],
        ("training", "learning_rate"): [(1, 0.001), (2, 0.0005)],
        ("training", "images_per_second"): [(1, 100.0), (2, 100.0)],
        ("validation", "epoch_loss"): [(1, 0.4), (2, 0.3)],
        ("validation", "epoch_accuracy"): [(1, 0.7), (2, 0.7)],
    }


def test_each_file_says_its_version_first_then_that_a_session_starts(found):
    tf = backend.load_tensorflow()
    log(found, START, batch(1), epoch(1, 0.4))
    for events in read_events(tensorboard.write_log(found)).values():
        assert events[0].file_version == "brain.Event:2"
        assert events[1].session_log.status == tf.compat.v1.SessionLog.START
        times = [event.wall_time for event in events]
        assert times == sorted(times)
        assert times[-1] - times[0] == pytest.approx(1.0)  # the one epoch took a second


def test_the_recipe_is_a_text(found):
    tf = backend.load_tensorflow()
    events = read_events(tensorboard.write_log(found))["training"]
    ((value,),) = [event.summary.value for event in events if event.summary.value]
    assert value.metadata.plugin_data.plugin_name == "text"
    (said,) = tf.make_ndarray(value.tensor)
    assert found.recipe.as_command() in said.decode()
    for name, value in found.recipe.list_effective().items():
        setting = settings_table.SETTINGS[name]
        assert f"| {setting.label} | {setting.say(value)} |" in said.decode()
    assert "Backbone" not in said.decode()


def test_a_run_that_has_not_begun_has_a_log_without_curves(found):
    assert read_scalars(tensorboard.write_log(found)) == {}


def test_writing_twice_is_the_same_as_once(found):
    log(found, START, batch(1), batch(2), epoch(1, 0.4), batch(3))
    before = read_bytes(tensorboard.write_log(found))
    assert read_bytes(tensorboard.write_log(found)) == before
    assert not list(found.folder.rglob(".writing*"))


def test_appending_after_each_epoch_ends_as_writing_once_does(found, tmp_path):
    first = {}
    for number in (1, 2, 3):
        log(found, batch(2 * number - 1), batch(2 * number), epoch(number, 1 / number))
        folder = tensorboard.append_epoch(found)
        content = read_bytes(folder)
        assert all(content[part].startswith(first.get(part, b"")) for part in tensorboard.PARTS)
        first = content
    assert tensorboard.append_epoch(found) == folder
    assert read_bytes(folder) == first
    assert first == read_bytes(tensorboard.write_log(found, tmp_path / "elsewhere"))


def test_appending_adds_to_the_file_that_is_there(found):
    """An open TensorBoard follows a file that grows; one that is replaced it must load again."""
    log(found, START, batch(1), batch(2), epoch(1, 0.4))
    before = list(tensorboard.append_epoch(found).rglob("*tfevents*"))
    log(found, batch(3), batch(4), epoch(2, 0.3))
    assert list(tensorboard.append_epoch(found).rglob("*tfevents*")) == before


def test_a_log_written_in_the_middle_of_an_epoch_is_continued(found):
    log(found, START, batch(1), batch(2), epoch(1, 0.4), batch(3))
    assert read_scalars(tensorboard.write_log(found))["training", "batch_loss"][-1] == (3, 0.5)
    log(found, batch(4), epoch(2, 0.3))
    scalars = read_scalars(tensorboard.append_epoch(found))
    assert [step for step, _ in scalars["training", "batch_loss"]] == [1, 2, 3, 4]
    assert [step for step, _ in scalars["validation", "epoch_loss"]] == [1, 2]


def test_what_a_resumed_run_took_back_leaves_the_log(found):
    log(found, START, batch(1), batch(2), epoch(1, 0.4), batch(3, 9.0), batch(4, 9.0), epoch(2, 0.9))
    tensorboard.append_epoch(found)
    log(found, {"kind": "attempt", "step": 2, "epoch": 1}, batch(3, 0.1), batch(4, 0.1), epoch(2, 0.2))
    scalars = read_scalars(tensorboard.append_epoch(found))
    assert scalars["training", "batch_loss"] == [(1, 0.5), (2, 0.5), (3, 0.1), (4, 0.1)]
    assert scalars["validation", "epoch_loss"] == [(1, 0.4), (2, 0.2)]


@pytest.mark.parametrize("damage", ["torn", "longer", "gone", "no note"])
def test_a_log_that_a_kill_left_torn_is_written_anew(found, damage):
    log(found, START, batch(1), batch(2), epoch(1, 0.4))
    folder = tensorboard.append_epoch(found)
    (path,) = (folder / "training").glob("*tfevents*")
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "no note":
        (folder / tensorboard.WRITTEN).write_text("{")
    else:
        path.write_bytes(content[:-3] if damage == "torn" else content + struct.pack("<Q", 53))
    log(found, batch(3), batch(4), epoch(2, 0.3))
    scalars = read_scalars(tensorboard.append_epoch(found))
    assert [step for step, _ in scalars["training", "epoch_loss"]] == [1, 2]


def test_rows_of_an_older_version_lack_a_learning_rate(found):
    row = {key: value for key, value in epoch(1, 0.4).items() if key not in ("learning_rate", "seconds")}
    log(found, START, batch(1), row)
    scalars = read_scalars(tensorboard.write_log(found))
    assert ("training", "learning_rate") not in scalars
    assert all(math.isfinite(value) for points in scalars.values() for _, value in points)


def test_a_file_is_not_a_folder(found, tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "inner"):
        with pytest.raises(errors.ExportNotPossible, match="Choose another folder"):
            tensorboard.write_log(found, place)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_log_that_cannot_be_written_does_not_end_the_training(found, monkeypatch, capsys):
    from core.training.fit import callbacks

    faults = [
        OSError(28, "No space left on device"),
        errors.ExportNotPossible(expected="a folder", found="a file", where="here", todo="Choose another."),
        backend.load_tensorflow().errors.ResourceExhaustedError(None, None, "No space left on device"),
    ]

    def fail(found):
        raise faults[-1]

    monkeypatch.setattr(tensorboard, "append_epoch", fail)
    while faults:
        callbacks.BoardLog(found).on_epoch_end(len(faults))
        assert f"No TensorBoard log after epoch {len(faults) + 1}: " in capsys.readouterr().err
        faults.pop()
