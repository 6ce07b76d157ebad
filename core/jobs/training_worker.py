"""One training from its queue to its published model: what `python -m core work RUN_ID` does, alone in its process.

Stands above training, evaluation and explanation, since a finished model carries results of all three.
"""

import contextlib
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.base import asides, background, errors, files, paths, progress, settings
from core.datasets.index import index, pixels
from core.models import backend, package
from core.training import checkpoint, input_form, queue, run

STATUS_KEYS = ("queued_at", "started_at", "model_id")
RESERVE, RESERVE_BYTES = "room-for-the-last-word", 65_536


class Status:
    """Writes status.json: a phase and its details, keeping when the attempt was asked for."""

    def __init__(self, found: run.Run) -> None:
        self._folder = found.folder
        before = background.read_details(found.folder) or background.Status()
        self._kept = {key: getattr(before, key) for key in STATUS_KEYS}
        self._tell = progress.Throttled(
            lambda row: self("preparing", what=row["what"], progress=background.Step(**row))
        )

    def __call__(self, phase: str, **details: Any) -> None:
        """Say the phase. An end is written to the disk itself before it counts, and on a full one has its room.

        Raises RunNotFound where the run's folder is no longer there.
        """
        if not self._folder.is_dir():
            raise errors.RunNotFound(
                expected="the folder of the run, where it was",
                found="none: it was moved or removed, or its drive is gone",
                where=str(self._folder),
                todo="Put it back; the run can be resumed then, and its last checkpoint is in it.",
            )
        if "model_id" in details:
            self._kept["model_id"] = details["model_id"]
        if phase in background.ENDED:
            self.release_room()
        said = background.Status(phase=phase, updated_at=time.time(), **{**self._kept, **details})
        background.write_status(self._folder, said, make_folder=False)

    def keep_room(self) -> None:
        """Hold a little of the disk, so that its being full can still be said. Raises DiskFull."""

        def write(aside: Path) -> None:
            aside.write_bytes(bytes(RESERVE_BYTES))

        files.write_whole(self._folder / RESERVE, write, durable=False, make_folder=False)

    def release_room(self) -> None:
        """Give it back."""
        (self._folder / RESERVE).unlink(missing_ok=True)

    def keep(self, **details: Any) -> None:
        """Let every status from now on say these too."""
        self._kept.update(details)

    def report(self, done: int, total: int, what: str) -> None:
        """The progress of the steps before the fit, which a stop ends too."""
        if background.stop_requested(self._folder):
            raise progress.Cancelled
        self._tell(done, total, what)


def work(run_id: str) -> background.State:
    """Train and publish a run; returns how it ended. What went wrong stands in the status, in words."""
    found = run.read_run(run_id)
    with background.hold(found.folder):
        say = Status(found)
        asides.sweep(found.folder)
        try:
            say.keep_room()
            with queue.take_slot(found.folder, lambda before: say(queue.WAITING, before=before)) as slot:
                _train_and_publish(found, say, slot)
        except progress.Cancelled:
            say("stopped", **_reached(found))
        except errors.SecondLookError as error:
            say("failed", message=str(error), **_reached(found))
        except MemoryError:
            say("failed", message=_describe_no_memory(found), **_reached(found))
        except Exception as error:
            # Whatever else it is, the person must read that it failed and where the details are; then it goes its way.
            say("failed", message=f"The training ended by an error: {error}", trace=traceback.format_exc())
            raise
        finally:
            say.release_room()
    return found.state


def _train_and_publish(found: run.Run, say: Status, slot: queue.Slot) -> None:
    say.keep(threads=slot.threads or settings.count_processors())
    say("preparing", what="Reading the data set", started_at=time.time())
    asides.sweep(paths.user_models_folder())
    data = index.read_index(found.recipe.dataset)
    if data.content != found.facts.dataset.images:  # later exclusions leave the split as it is
        raise errors.DatasetChanged(
            expected="the images that the run was made for",
            found="other images under the same name",
            where=found.recipe.dataset,
            todo="Start a new run on the data set as it is now.",
        )
    size_px = found.recipe.size_px
    form = input_form.prepare(found, data, say.report)
    images = pixels.open_pixels(data, size_px, size_px, change=form.change, report=say.report)
    say("preparing", what="Loading TensorFlow")
    if slot.threads:
        backend.limit_threads(slot.threads)
    from core.training.fit import fit  # noqa: PLC0415  (TensorFlow: not before this worker's turn has come)

    with _no_memory_in_words():
        outcome = fit.fit(found, data, images, say, say.report)
        _publish_what_was_learnt(found, data, images, outcome, say)


@contextlib.contextmanager
def _no_memory_in_words() -> Iterator[None]:
    """TensorFlow's own fault of too little memory as Python's, wherever it comes up: building, scoring, heatmaps."""
    try:
        yield
    except backend.load_tensorflow().errors.ResourceExhaustedError as error:
        raise MemoryError(str(error)) from error


def _publish_what_was_learnt(found: run.Run, data: index.Index, images: Any, outcome: Any, say: Status) -> None:
    """The best epoch becomes a model, also where the fit was stopped or went wrong after it."""
    if outcome.reached.best_epoch == 0:
        if outcome.fault:
            raise outcome.fault
        if outcome.stopped:
            say("stopped", **_reached(found))
            return
        raise errors.TrainingFailed(
            expected="at least one epoch with a validation loss that is a number",
            found="none",
            where=found.id,
            todo="Lower the learning rate and train again.",
        )
    from core.jobs import publishing  # noqa: PLC0415  (all that judges a model: not before there is one)

    say("publishing", **_reached(found))
    published: package.Package = publishing.publish(
        found, data, images, outcome, say_stage=lambda what: say("publishing", what=what, **_reached(found))
    )
    if outcome.fault:
        say("failed", model_id=published.id, message=str(outcome.fault), **_reached(found))
        return
    say("stopped" if outcome.stopped else "finished", model_id=published.id, **_reached(found))


def _reached(found: run.Run) -> dict[str, Any]:
    """How far the newest checkpoint is, for the last status; nothing where that cannot be read."""
    try:
        reached = checkpoint.read_progress(found.folder)
    except errors.RunNotUsable:
        return {}
    return {"epoch": reached.epochs_done, "epochs": found.recipe.epochs, "best_epoch": reached.best_epoch}


def _describe_no_memory(found: run.Run) -> str:
    size = found.recipe.batch_size
    if size == 1:
        return "Not enough memory, even for one image at a time. Train on smaller images, or a smaller network."
    return f"Not enough memory for batches of {size}. Train again with a batch size of {max(1, size // 4)}."
