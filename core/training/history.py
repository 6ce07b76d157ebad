"""What a run has learnt so far, read from its metrics.jsonl: an append-only log that survives kills and resumes.

A row of another kind, of a later version or torn, is left out.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.base import background, files, records
from core.models import tables
from core.training import run

MOST_EPOCHS, MOST_COLUMNS = 100_000, 64
NEEDED = frozenset(("epoch", "loss", "accuracy", "validation_loss", "validation_accuracy"))


class Attempt(records.Record, frozen=True, kw_only=True, tag_field="kind", tag="attempt"):
    """A worker began after so many steps and epochs; what an earlier one logged beyond is void."""

    step: records.Count
    epoch: records.Count


class Batch(records.Record, frozen=True, kw_only=True, tag_field="kind", tag="batch"):
    """A batch: step (from 1, over the whole run), epoch (position, 1.25 = a quarter into the second)."""

    step: records.Count
    epoch: records.Number
    loss: records.Number
    accuracy: records.Number


class Epoch(records.Record, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="epoch"):
    """An epoch: means over the training images, and the validation images."""

    epoch: records.Count
    loss: records.Number
    accuracy: records.Number
    validation_loss: records.Number
    validation_accuracy: records.Number
    learning_rate: records.Number | None = None
    seconds: records.Number | None = None
    images_per_second: records.Number | None = None


Row = Attempt | Batch | Epoch
EPOCH_COLUMNS = Epoch.__struct_fields__


def read_history(folder: Path) -> dict[str, Any]:
    """`{"batches", "epochs", "best_epoch": int | None, "segments"}` of the run in `folder`; empty before the start.

    batches: step (from 1, over the whole run), epoch (position, 1.25 = a quarter into the second), loss, accuracy.
    epochs: EPOCH_COLUMNS; the best epoch has the lowest validation loss, the first of equals.
    segments: where the settings were changed on the way, see `run.change_course`.
    Raises RunBroken where the log is no plain file, or beyond all measure.
    """
    path = folder / run.METRICS
    said: run.Facts | None = files.read_json_or_none(folder / run.RECIPE, run.Facts, limit_bytes=run.LARGEST_BYTES)
    segments = [segment.to_json() for segment in said.segments] if said else []
    try:
        facts = path.stat()
        return {**_read(path, facts.st_mtime_ns, facts.st_size), "segments": segments}
    except FileNotFoundError:
        return {**_compose([]), "segments": segments}
    except (OSError, ValueError) as error:
        fault = records.Fault("", "a plain file that can be read", str(error))
        raise background.describe_fault(path, fault) from error


@lru_cache(maxsize=16)
def _read(path: Path, modified_ns: int, size_bytes: int) -> dict[str, Any]:
    """Parsed once for each state of the file: a page that polls it each second mostly finds it as it was."""
    return _compose(files.read_lines(path, Row))


def _compose(rows: Sequence[Row]) -> dict[str, Any]:
    batches: dict[int, dict[str, Any]] = {}
    epochs: dict[int, dict[str, Any]] = {}
    for row in rows:
        if isinstance(row, Attempt):
            batches = {step: b for step, b in batches.items() if step <= row.step}
            epochs = {number: e for number, e in epochs.items() if number <= row.epoch}
        elif isinstance(row, Batch):
            batches[row.step] = _as_dict(row)
        else:
            epochs[row.epoch] = _as_dict(row)
    ordered = [epochs[number] for number in sorted(epochs)]
    best = min(ordered, key=lambda e: (e["validation_loss"], e["epoch"]), default=None)
    return {
        "batches": [batches[step] for step in sorted(batches)],
        "epochs": ordered,
        "best_epoch": best["epoch"] if best else None,
        "segments": [],
    }


def _as_dict(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.to_json().items() if name != "kind"}


def as_table(history: dict[str, Any]) -> pd.DataFrame:
    """The epochs as a table with EPOCH_COLUMNS, for CSV."""
    return pd.DataFrame(history["epochs"], columns=list(EPOCH_COLUMNS))


def parse_table(content: bytes) -> pd.DataFrame:
    """A model's history.csv: a row an epoch, in their order; those of EPOCH_COLUMNS that are there, as numbers.

    Losses and accuracies are finite, what else was measured may be missing. Raises `tables.NotUsableError`.
    """
    try:
        text = content.decode("utf-8")
        if text.partition("\n")[0].count(",") >= MOST_COLUMNS:
            raise tables.NotUsableError(f"at most {MOST_COLUMNS} columns", "more")
        table = pd.read_csv(io.StringIO(text))
    except (ValueError, OverflowError, MemoryError) as error:
        raise tables.NotUsableError(
            "a table in a CSV file", f"one that cannot be read ({type(error).__name__})"
        ) from error
    missing = sorted(NEEDED - set(table.columns))
    if missing:
        present = ", ".join(map(str, table.columns[:20]))[:300]
        raise tables.NotUsableError(
            f"the columns {', '.join(sorted(NEEDED))}", f"{present} (missing: {', '.join(missing)})"
        )
    table = table[[name for name in EPOCH_COLUMNS if name in table.columns]]
    _require_epochs(table, sorted(NEEDED))
    return table


def _require_epochs(table: pd.DataFrame, needed: list[str]) -> None:
    """Numbers in each column, and epochs one after the other."""
    strange = [str(name) for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    if strange:
        raise tables.NotUsableError(f"numbers in the column {strange[0]}", "text")
    values = table.to_numpy(dtype=np.float64)
    if np.isinf(values).any() or table[needed].isna().any(axis=None):
        raise tables.NotUsableError("a loss and an accuracy for each epoch", "infinity, or no number")
    epochs = table["epoch"].to_numpy(dtype=np.float64)
    if not len(epochs) or epochs[0] < 1 or epochs[-1] > MOST_EPOCHS or (np.diff(epochs) < 1).any():
        raise tables.NotUsableError(f"epochs from 1 to {MOST_EPOCHS:,}, one after the other", f"{len(epochs):,} others")


def from_table(table: pd.DataFrame) -> dict[str, Any]:
    """The history back from `as_table` (a model's history.csv), without batches."""
    rows = table.astype({"epoch": int}).to_dict("records")
    return _compose([Epoch(**{str(name): value for name, value in row.items()}) for row in rows])
