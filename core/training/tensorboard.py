"""A run's history as a TensorBoard log. Needs TensorFlow (inside), but not the tensorboard package: that only shows it.

Training and validation are two folders with the same tags, so that TensorBoard draws their curves over each other. The
file in each is a sequence of TFRecords, which may be appended to; it is replaced as a whole where the history is not a
continuation of what it holds. Times are those of the training itself: pauses between a stop and a resume are left out.
"""

import hashlib
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.base import asides, errors, files
from core.models import backend
from core.training import history, run, settings_table

FOLDER = "tensorboard"
WRITTEN = "written.json"
PARTS = ("training", "validation")
_NAME = "events.out.tfevents.{number:010d}.second-look"
_VERSION = "brain.Event:2"


def default_folder(found: run.Run) -> Path:
    """Where a run's log goes unless somebody says otherwise: `tensorboard --logdir data/runs` finds those of all."""
    return found.folder / FOLDER


def write_log(found: run.Run, folder: Path | None = None) -> Path:
    """Write the whole history of a run, finished or not, in the place of an earlier log; returns its folder.

    Tags by batch: batch_loss, batch_accuracy. By epoch, for training and validation: epoch_loss, epoch_accuracy. Also
    learning_rate and images_per_second where the run noted them, and the recipe as a text. The same history gives the
    same bytes. Raises `ExportNotPossible` where the folder cannot be made, `DiskFull`.
    """
    target = folder or default_folder(found)
    learnt = history.read_history(found.folder)
    header, events = _compose_header(found), _compose_events(found, learnt, after_step=0, after_epoch=0)
    try:
        with files.disk_full_as_message(target):
            for part in PARTS:
                (target / part).mkdir(parents=True, exist_ok=True)
                _replace(target / part, _frame(header[part] + events[part]))
            _note_written(found, target, learnt)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise errors.ExportNotPossible(
            expected="a folder, or a place where one can be made",
            found=error.strerror or str(error),
            where=str(target),
            todo="Choose another folder.",
        ) from error
    return target


def append_epoch(found: run.Run, folder: Path | None = None) -> Path:
    """Bring the log of a run up to its history, as after each epoch; returns its folder.

    What was logged since the last call is appended, and an open TensorBoard shows it. Where the log is absent, was torn
    by a kill, or holds what a resumed run took back, it is written anew. The run's own rows must be on disk before.
    """
    target = folder or default_folder(found)
    learnt = history.read_history(found.folder)
    written = files.read_json_or_none(target / WRITTEN)
    if not (isinstance(written, dict) and _is_continued(found, target, written, learnt)):
        return write_log(found, folder)
    later = _compose_events(found, learnt, after_step=written["step"], after_epoch=written["epoch"])
    with files.disk_full_as_message(target):
        for part in PARTS:
            with _find_files(target / part)[0].open("r+b") as file:
                file.seek(0, 2)
                file.write(_frame(later[part]))
        _note_written(found, target, learnt)
    return target


def _is_continued(found: run.Run, target: Path, written: dict[str, Any], learnt: dict[str, Any]) -> bool:
    """Whether the log is whole and the history begins with just what it holds."""
    if not written.keys() >= {"step", "epoch", "rows", "bytes"}:
        return False
    for part in PARTS:
        present = _find_files(target / part)
        if len(present) != 1 or present[0].stat().st_size != written["bytes"].get(part):
            return False
    return bool(_identify(found, learnt, written["step"], written["epoch"]) == written["rows"])


def _note_written(found: run.Run, target: Path, learnt: dict[str, Any]) -> None:
    step = learnt["batches"][-1]["step"] if learnt["batches"] else 0
    epoch = learnt["epochs"][-1]["epoch"] if learnt["epochs"] else 0
    sizes = {part: _find_files(target / part)[0].stat().st_size for part in PARTS}
    content = {"step": step, "epoch": epoch, "rows": _identify(found, learnt, step, epoch), "bytes": sizes}
    files.write_json(target / WRITTEN, content, durable=False)


def _identify(found: run.Run, learnt: dict[str, Any], step: int, epoch: int) -> str:
    """The identity of the recipe, and of the history up to a step and an epoch."""
    rows = [found.recipe.to_json()]
    rows += [row for row in learnt["batches"] if row["step"] <= step]
    rows += [row for row in learnt["epochs"] if row["epoch"] <= epoch]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _find_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("events.out.tfevents.*.second-look"))


def _replace(folder: Path, content: bytes) -> None:
    """Put one new file in the place of all earlier ones.

    Under the old name an open TensorBoard would go on reading the old file; the new one begins with the start of a
    session at step 0, at which TensorBoard forgets the points that it has.
    """
    earlier = _find_files(folder)
    number = 1 + max((int(path.name.split(".")[3]) for path in earlier), default=0)
    # Named as it were no log before it is one: TensorBoard reads whatever has `tfevents` in its name.
    aside = asides.name(folder, "writing")
    try:
        aside.write_bytes(content)
        files.flush_to_disk(aside)
        aside.replace(folder / _NAME.format(number=number))
    finally:
        asides.remove(aside)
    for path in earlier:
        path.unlink(missing_ok=True)


def _frame(events: list[Any]) -> bytes:
    """Events as TFRecords, which can be joined end to end: TensorFlow writes them, with their check sums."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events"
        with backend.load_tensorflow().io.TFRecordWriter(str(path)) as writer:
            for event in events:
                writer.write(event.SerializeToString())
        return path.read_bytes()


def _compose_header(found: run.Run) -> dict[str, list[Any]]:
    """How each file begins: its version, the start of a session, and in `training` the recipe as a text."""
    v1 = backend.load_tensorflow().compat.v1
    began = _read_start(found)
    start = v1.SessionLog(status=v1.SessionLog.START)
    header = [v1.Event(wall_time=began, file_version=_VERSION), v1.Event(wall_time=began, step=0, session_log=start)]
    metadata = v1.SummaryMetadata(plugin_data=v1.SummaryMetadata.PluginData(plugin_name="text"))
    tensor = backend.load_tensorflow().make_tensor_proto([describe_recipe(found).encode()])
    recipe = v1.Summary.Value(tag="recipe", metadata=metadata, tensor=tensor)
    said = v1.Event(wall_time=began, step=0, summary=v1.Summary(value=[recipe]))
    return {"training": [*header, said], "validation": list(header)}


def describe_recipe(found: run.Run) -> str:
    """The recipe as Markdown: the command that trains the same again, and a table of the settings."""
    told = [(settings_table.SETTINGS[name], value) for name, value in found.recipe.list_effective().items()]
    rows = [f"| {setting.label} | {setting.say(value)} |" for setting, value in told]
    images = ", ".join(f"{count:,} {split}" for split, count in found.facts.split.images.to_json().items())
    head = [f"Run {found.id}. Images: {images}.", "", f"    {found.recipe.as_command()}", ""]
    return "\n".join([*head, "| setting | value |", "| --- | --- |", *rows])


def _read_start(found: run.Run) -> float:
    """Seconds since 1970 at which the run was made."""
    return datetime.fromisoformat(found.facts.created).timestamp()


def _compose_events(
    found: run.Run, learnt: dict[str, Any], *, after_step: int, after_epoch: int
) -> dict[str, list[Any]]:
    """The events of the batches and epochs after these, by part, in order of time."""
    batches = [row for row in learnt["batches"] if row["step"] > after_step]
    epochs = [row for row in learnt["epochs"] if row["epoch"] > after_epoch]
    clock = _Clock(_read_start(found), learnt)
    training = [
        (clock.read(row["epoch"]), row["step"], {"batch_loss": row["loss"], "batch_accuracy": row["accuracy"]})
        for row in batches
    ]
    validation = []
    for row in epochs:
        at = clock.read(row["epoch"])
        means = {"epoch_loss": row["loss"], "epoch_accuracy": row["accuracy"]}
        means |= {name: row.get(name) for name in ("learning_rate", "images_per_second")}
        training.append((at, row["epoch"], means))
        held = {"epoch_loss": row["validation_loss"], "epoch_accuracy": row["validation_accuracy"]}
        validation.append((at, row["epoch"], held))
    training.sort(key=lambda event: event[0])  # stable: the last batch of an epoch before the epoch itself
    parts = {"training": training, "validation": validation}
    return {part: [_make_scalars(*event) for event in events] for part, events in parts.items()}


def _make_scalars(wall_time: float, step: int, values: dict[str, float | None]) -> Any:
    """One event with the values there are."""
    v1 = backend.load_tensorflow().compat.v1
    said = [v1.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items() if value is not None]
    return v1.Event(wall_time=wall_time, step=step, summary=v1.Summary(value=said))


class _Clock:
    """When a position in the training (1.25 = a quarter into the second epoch) was reached, in seconds since 1970."""

    def __init__(self, began: float, learnt: dict[str, Any]) -> None:
        seconds = [float(row.get("seconds") or 0.0) for row in learnt["epochs"]]
        self._ends = began + np.cumsum([0.0, *seconds])
        self._positions = [0, *(row["epoch"] for row in learnt["epochs"])]
        self._pace = seconds[-1] if seconds else 1.0

    def read(self, position: float) -> float:
        """Beyond the last whole epoch, as if it went on at the pace of that one."""
        beyond = max(0.0, float(position - self._positions[-1]))
        return float(np.interp(position, self._positions, self._ends)) + beyond * self._pace
