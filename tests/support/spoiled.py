"""A machine with an entry of each kind beside one that is whole, and what may have happened to their JSON files."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.base import background, files, paths
from core.experiments import series
from core.jobs import jobs
from core.models import package
from core.training import recipe, run
from tests.support import made_models

GOOD, BAD = "good", "bad"
LARGE_BYTES = 400_000_000


def _write(text: str) -> Callable[[Path], None]:
    return lambda path: _replace(path, lambda: path.write_text(text))


def _replace(path: Path, make: Callable[[], Any]) -> None:
    path.unlink()
    make()


def _make_large(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(LARGE_BYTES)  # with a hole behind the content, which takes no room on the disk


def _put_first(text: str) -> Callable[[Path], None]:
    """The same content with one more value in front, of a name that nobody reads."""
    return lambda path: path.write_text(path.read_text().replace("{", '{"later": ' + text + ", ", 1))


SPOILINGS: dict[str, Callable[[Path], None]] = {
    "brackets": _write("[" * 200_000),
    "brackets inside": _put_first("[" * 200_000 + "]" * 200_000),
    "NaN": _put_first("NaN"),
    "half a pair": _put_first('"\\ud800"'),
    "pipe": lambda path: _replace(path, lambda: os.mkfifo(path)),
    "device": lambda path: _replace(path, lambda: path.symlink_to("/dev/zero")),
    "400 MB": _make_large,
    "folder": lambda path: _replace(path, path.mkdir),
    "list": _write("[1]"),
    "nothing": _write(""),
}


@dataclass(frozen=True)
class Machine:
    """The whole entries, and the file of each kind that may be spoiled."""

    model: package.Package
    run: run.Run
    files: dict[str, Path]

    def move(self, home: Path, target: Path) -> "Machine":
        """The same, after its home was copied to where SECOND_LOOK_HOME now is."""
        moved = {kind: target / path.relative_to(home) for kind, path in self.files.items()}
        return Machine(package.find_package(self.model.id), run.read_run(self.run.id), moved)


def make_machine() -> Machine:
    """Needs the data set `tiny`, and that no worker is started."""
    table = made_models.make_answers([0, 1] * 40, groups=[f"P{number % 10}" for number in range(80)])
    good, bad = (made_models.write_model(table, name) for name in (GOOD, BAD))
    runs = [run.create_run(recipe.Recipe("tiny", epochs=4, seed=seed)) for seed in range(4)]
    for one in runs:
        files.write_json(
            one.folder / background.STATUS, {"phase": "stopped", "queued_at": 1.0, "epoch": 1, "epochs": 4}
        )
        files.append_lines(one.folder / run.METRICS, [{"kind": "epoch", **made_models.EPOCHS[0]}])
    both = [_write_series(runs[0], number) for number in (1, 2)]
    made = [jobs.start_job("draw", "cells", images=100, seed=seed) for seed in (1, 2)]
    for one in made:
        files.write_json(one.folder / background.STATUS, {"phase": "failed", "message": "why"})
    return Machine(
        good,
        runs[0],
        {
            "manifest": bad.file(package.MANIFEST),
            "recipe": runs[1].folder / run.RECIPE,
            "status": runs[2].folder / background.STATUS,
            "metrics": runs[3].folder / run.METRICS,
            "series": both[1] / series.FILE,
            "job": made[1].folder / jobs.JOB,
            "queue": _write_queue(runs),
        },
    )


def _write_series(one: run.Run, number: int) -> Path:
    folder = paths.series_folder() / f"20260101-00000{number}-tiny"
    folder.mkdir(parents=True)
    content = {"kind": "repeats", "count": 2, "created": "2026-01-01", "recipe": one.recipe.to_json()}
    files.write_json(folder / series.FILE, {**content, "run_ids": [one.id]})
    return folder


def _write_queue(runs: list[run.Run]) -> Path:
    path = paths.runs_folder() / "queue.json"
    files.write_json(path, {"order": [[one.id, 1.0] for one in runs]})
    return path


def change(path: Path, place: str, value: Any) -> None:
    """Put a value in a place of a JSON file: `test.accuracy.value`."""
    content = json.loads(path.read_text())
    section, *inner = place.split(".")
    at, key = content, section
    for key_inside in inner:
        at, key = at.setdefault(key, {}), key_inside
    at[key] = value
    path.write_text(json.dumps(content))
