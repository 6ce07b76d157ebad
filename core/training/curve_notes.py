"""What a person would say who has seen many curves: a sentence or two about a training, with its numbers.

A note is a reading of a curve, not a verdict: it says what is seen, and what can be done. Most trainings need none.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.checks import check_table, muting
from core.training import checkpoint, curve_checks, history, recipe, run

Note = curve_checks.Note
Parts = curve_checks.Parts

NOT_A_NUMBER = (
    "a loss that is a number"  # what the worker expected when the loss was none (core.training.fit.callbacks)
)


def read_parts(found: run.Run) -> Parts:
    """The class counts of a run's split, read once a run. Raises RunNotUsable where its split is damaged."""
    path = found.folder / run.SPLIT
    return _read_parts(path, path.stat().st_mtime_ns, len(found.class_names)) if path.exists() else Parts()


@lru_cache(maxsize=64)
def _read_parts(path: Path, modified_ns: int, classes: int) -> Parts:
    with checkpoint.damage_as_message(path):
        table = pd.read_parquet(path, columns=["split", "label"])
    sides = (table.loc[table["split"] == side, "label"] for side in ("train", "validation"))
    return Parts(*(tuple(int(n) for n in np.bincount(labels, minlength=classes)) for labels in sides))


def read_notes(found: run.Run) -> tuple[list[Note], list[Note], dict[str, muting.Mute]]:
    """What there is to say about a run as it is now: what is shown, what is muted, and who muted what.

    Raises RunNotUsable where its split is damaged, CheckNotUsable where what was muted is.
    """
    state, muted = found.state, muting.read(found.folder / muting.FOLDER)
    learnt = history.read_history(found.folder)
    said = find_notes(learnt, found.recipe, state.name, parts=read_parts(found), message=state.message)
    return *muting.divide(said, muted), muted


def find_notes(
    history: Mapping[str, Any],
    wanted: recipe.Recipe,
    state_name: str,
    *,
    parts: Parts | None = None,
    message: str = "",
) -> list[Note]:
    """What there is to say about a training so far, warnings first; nothing for one that goes as it should.

    history : as `history.read_history` gives it. wanted : the recipe in force (after a change of course, the new one).
    state_name, message : of its `background.State`. parts : from `read_parts`; without it, what needs n is not said.
    """
    rows = [row for row in history["epochs"] if _is_whole(row)]
    failure = _find_not_a_number(history, rows, wanted, message if state_name == "failed" else "")
    if not rows:
        return [failure] if failure else []
    best = min(rows, key=lambda row: (row["validation_loss"], row["epoch"]))
    seen = curve_checks.Seen(rows, best, wanted, parts or Parts(), state_name)
    found = [failure, *(next((note for read in line if (note := read(seen))), None) for line in curve_checks.READERS)]
    said = [note for note in found if note]
    return [*(note for note in said if note.is_warning), *(note for note in said if not note.is_warning)]


def _is_whole(row: curve_checks.Row) -> bool:
    names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
    return all(isinstance(row.get(name), int | float) and math.isfinite(row[name]) for name in names)


def _find_not_a_number(
    history: Mapping[str, Any], rows: Sequence[curve_checks.Row], wanted: recipe.Recipe, message: str
) -> Note | None:
    broken = len(rows) < len(history["epochs"]) or any(not _is_number(b.get("loss")) for b in history["batches"][-50:])
    if not broken and NOT_A_NUMBER not in message:
        return None
    reached = f"after {curve_checks.count_epochs(len(rows))}" if rows else "in the first epoch"
    kept = " The best weights before that are kept." if rows else ""
    half = " float16 has little room for large numbers: choose float32." if wanted.precision == "mixed_float16" else ""
    name, rate = wanted.find_base_rate(len(rows))
    return Note(
        check_table.find("not_a_number"),
        f"The loss is no longer a number ({reached}): the steps were too large and the weights ran away.{kept} Train "
        f"with a lower {name}, {rate / 10:g} instead of {rate:g}.{half}",
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
