"""Checkpoints of a run: a folder each, written aside and renamed, so that a kill at any moment leaves a whole one.

`checkpoint-0003/` holds `model.keras` (weights and optimizer) and `state.json` (what Keras does not save); the best
weights so far are a file of their own, `best-0002.weights.h5`, named by the checkpoint that knows them.
"""

import contextlib
import io
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.base import asides, errors, files

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


class Extra(Protocol):
    """Something beside the network that a resumed run needs, such as the mean of its weights."""

    def write(self, folder: Path) -> None:
        """Write it into a checkpoint's folder."""


def write_checkpoint(folder: Path, network: Any, reached: Progress, extra: Extra | None = None) -> None:
    """Save `network`, `extra` and `reached` as the run's newest checkpoint; older ones are removed after that."""
    with files.disk_full_as_message(folder), asides.make_folder(folder, "checkpoint") as aside:
        network.save(aside / MODEL)
        files.flush_to_disk(aside / MODEL)
        if extra is not None:
            extra.write(aside)
        files.write_json(aside / STATE, asdict(reached))
        aside.rename(folder / f"checkpoint-{reached.epochs_done:04d}")
    for older in _checkpoints(folder)[1:]:
        shutil.rmtree(older)
    for path in folder.glob("best-*.npz"):
        if path != best_weights_path(folder, reached.best_epoch):
            path.unlink()


def write_best(folder: Path, weights: Sequence[Any], epoch: int) -> None:
    """Save the weights (as `network.get_weights()` has them) of the best epoch so far; the next checkpoint names them.

    Put together in memory first: HDF5 crashes the process when the disk fills under it, and nobody would learn why.
    """
    content = io.BytesIO()
    np.savez(content, *[np.asarray(weight) for weight in weights])
    path = best_weights_path(folder, epoch)
    files.write_whole(path, lambda aside: _put(aside, content.getvalue()), make_folder=False)


def read_best(folder: Path, epoch: int) -> list[NDArray[Any]]:
    """The weights of the best epoch, in the order of `network.get_weights()`. Raises `RunNotUsable`."""
    path = best_weights_path(folder, epoch)
    with damage_as_message(path), np.load(path, allow_pickle=False) as content:
        return [content[f"arr_{number}"] for number in range(len(content.files))]


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@contextlib.contextmanager
def damage_as_message(path: Path) -> Iterator[None]:
    """Turn what readers say of a file that is absent or damaged into `RunNotUsable`."""
    try:
        yield
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise errors.RunNotUsable(
            expected=f"{path.name} as the training wrote it",
            found=f"that it is absent or damaged ({type(error).__name__})",
            where=path.parent.name,
            todo="This run cannot go on. Start a new training with the same settings.",
        ) from error


def best_weights_path(folder: Path, epoch: int) -> Path:
    """Where the weights of the best epoch are."""
    return folder / f"best-{epoch:04d}.npz"


def read_progress(folder: Path) -> Progress:
    """How far the newest whole checkpoint is; the beginning where there is none."""
    found = _checkpoints(folder)
    if not found:
        return Progress()
    with damage_as_message(found[0] / STATE):
        return Progress(**files.read_json(found[0] / STATE))


def model_path(folder: Path) -> Path | None:
    """The `.keras` file of the newest whole checkpoint."""
    found = _checkpoints(folder)
    return found[0] / MODEL if found else None


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(folder.glob("checkpoint-[0-9]*"), reverse=True)
