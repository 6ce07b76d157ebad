"""Checkpoints of a run: a folder each, written aside and renamed, so that a kill at any moment leaves a whole one.

`checkpoint-0003/` holds `model.keras` (weights and optimizer) and `state.json` (what Keras does not save); the best
weights so far are a file of their own, `best-0002.weights.h5`, named by the checkpoint that knows them.
"""

import shutil
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import files

MODEL, STATE = "model.keras", "state.json"


@dataclass(frozen=True)
class Progress:
    """Where a training is, at the end of an epoch: everything that the next epoch depends on besides the model."""

    epochs_done: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    seconds: float = 0.0

    @property
    def epochs_since_best(self) -> int:
        """Epochs without a better validation loss."""
        return self.epochs_done - self.best_epoch


def write_checkpoint(folder: Path, network: Any, reached: Progress) -> None:
    """Save `network` and `reached` as the run's newest checkpoint; older ones are removed after that."""
    aside = folder / f".checkpoint-{uuid.uuid4().hex[:8]}"
    aside.mkdir()
    try:
        with files.disk_full_as_message(folder):
            network.save(aside / MODEL)
            files.flush_to_disk(aside / MODEL)
            files.write_json(aside / STATE, asdict(reached))
            aside.rename(folder / f"checkpoint-{reached.epochs_done:04d}")
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    for older in _checkpoints(folder)[1:]:
        shutil.rmtree(older)
    for path in folder.glob("best-*.weights.h5"):
        if path != best_weights_path(folder, reached.best_epoch):
            path.unlink()


def write_best(folder: Path, network: Any, epoch: int) -> None:
    """Save the weights of the best epoch so far; the checkpoint that follows will name them."""
    aside = folder / f".best-{uuid.uuid4().hex[:8]}.weights.h5"
    try:
        with files.disk_full_as_message(folder):
            network.save_weights(aside)
            files.flush_to_disk(aside)
            aside.replace(best_weights_path(folder, epoch))
    finally:
        aside.unlink(missing_ok=True)


def best_weights_path(folder: Path, epoch: int) -> Path:
    """Where the weights of the best epoch are."""
    return folder / f"best-{epoch:04d}.weights.h5"


def read_progress(folder: Path) -> Progress:
    """How far the newest whole checkpoint is; the beginning where there is none."""
    found = _checkpoints(folder)
    return Progress(**files.read_json(found[0] / STATE)) if found else Progress()


def model_path(folder: Path) -> Path | None:
    """The `.keras` file of the newest whole checkpoint."""
    found = _checkpoints(folder)
    return found[0] / MODEL if found else None


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(folder.glob("checkpoint-[0-9]*"), reverse=True)
