"""What happens around the batches of a fit. Needs TensorFlow at import: only `fit` may import this."""

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from core.base import background, errors, files, progress
from core.models import backend
from core.training import checkpoint, recipe, run, schedules, tensorboard, watched
from core.training.fit import batches, weight_averaging

tf = backend.load_tensorflow()
Callback: Any = backend.load_keras().callbacks.Callback

FLUSH_SECONDS = 0.25
STATUS_SECONDS = 0.5

SayStatus = Callable[..., None]


class Recorder(Callback):
    """Writes each batch and epoch to metrics.jsonl, and where the training is to status.json."""

    def __init__(
        self,
        folder: Path,
        say: SayStatus,
        *,
        images: int,
        batch_size: int,
        epochs: int,
        epochs_done: int,
        slower_from: int = 0,
    ) -> None:
        """slower_from : the epoch (from 0) at which layers of a backbone begin to learn, and epochs to take longer."""
        super().__init__()
        self._slower_from = slower_from
        self._folder, self._say = folder, say
        self._images, self._batch_size, self._epochs = images, batch_size, epochs
        self._steps = batches.count_steps(images, batch_size)
        self._step = epochs_done * self._steps
        self._rows: list[dict[str, Any]] = [{"kind": "attempt", "step": self._step, "epoch": epochs_done}]
        self._flushed = self._said = 0.0
        self._began, self._seen_since = time.monotonic(), 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin to measure: each phase has a pace of its own."""
        self._began, self._seen_since = time.monotonic(), 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin to count the epoch's images."""
        self._epoch, self._seen = epoch, 0
        self._totals = {"loss": 0.0, "accuracy": 0.0}
        self._epoch_began = time.monotonic()
        self._training_seconds = 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any]) -> None:
        """Note the batch's own loss and accuracy; Keras reports the mean over the epoch so far."""
        size = min(self._batch_size, self._images - self._seen)
        self._seen += size
        self._seen_since += size
        self._step += 1
        self._training_seconds = time.monotonic() - self._epoch_began
        row: dict[str, Any] = {"kind": "batch", "step": self._step, "epoch": round(self._step / self._steps, 5)}
        for name, before in self._totals.items():
            total = float(logs[name]) * self._seen
            row[name] = round((total - before) / size, 6)
            self._totals[name] = total
        self._require_number(row["loss"])
        self._rows.append(row)
        self._write_now_and_then(row)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Note the epoch: means over the training images, and the validation images."""
        self._require_number(float(logs["val_loss"]))
        row = {
            "kind": "epoch",
            "epoch": epoch + 1,
            "loss": float(logs["loss"]),
            "accuracy": float(logs["accuracy"]),
            "validation_loss": float(logs["val_loss"]),
            "validation_accuracy": float(logs["val_accuracy"]),
            "learning_rate": float(self.model.optimizer.learning_rate),  # of the last batch
            "seconds": round(time.monotonic() - self._epoch_began, 3),
            "images_per_second": round(self._seen / max(self._training_seconds, 1e-9), 1),
        }
        self._rows.append(row)

    def flush(self) -> None:
        """Append what is noted to metrics.jsonl."""
        files.append_lines(self._folder / run.METRICS, self._rows)
        self._rows = []

    def on_train_end(self, logs: Any = None) -> None:
        """Leave nothing unwritten."""
        self.flush()

    def _require_number(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise errors.TrainingFailed(
                expected="a loss that is a number",
                found=f"{loss} at batch {self._step}",
                where=self._folder.name,
                todo="Lower the learning rate, for example to a tenth, and train again.",
            )

    def _write_now_and_then(self, row: dict[str, Any]) -> None:
        now = time.monotonic()
        if now - self._flushed > FLUSH_SECONDS:
            self.flush()
            self._flushed = now
        if now - self._said > STATUS_SECONDS:
            self._said = now
            rate = self._seen_since / max(now - self._began, 1e-9)
            left = ((self._epochs - self._epoch) * self._images - self._seen) / max(rate, 1e-9)
            known = self._epoch >= self._slower_from  # before, nobody has seen how long the later epochs take
            self._say(
                "training",
                epoch=self._epoch + 1,
                epochs=self._epochs,
                step=self._step - self._epoch * self._steps,
                steps=self._steps,
                images_per_second=round(self._seen / max(now - self._epoch_began, 1e-9), 1),
                learning_rate=float(self.model.optimizer.learning_rate),
                seconds_left=round(left, 1) if known else None,
            )


class Scheduler(Callback):
    """Sets the learning rate before each batch, as the recipe's schedule has it."""

    def __init__(self, wanted: recipe.Recipe, steps: int, validation_losses: list[float], *, since: int) -> None:
        super().__init__()
        self._wanted, self._steps, self._losses, self._since = wanted, steps, validation_losses, since

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Know where in the run the epoch's batches stand."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """The rate of this batch."""
        step = self._epoch * self._steps + batch
        rate = schedules.rate_at(self._wanted, step, self._steps, self._losses, since=self._since)
        self.model.optimizer.learning_rate = rate

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Remember what the schedule asks for."""
        self._losses.append(float(logs["val_loss"]))


class Keeper(Callback):
    """Keeps the best weights and a checkpoint after each epoch, and ends the training when `is_over` says so.

    The best epoch has the lowest validation loss. Runs after the Recorder, whose rows it lets reach the disk first: a
    checkpoint never knows of an epoch that the history does not.
    """

    def __init__(
        self,
        folder: Path,
        reached: checkpoint.Progress,
        recorder: Recorder,
        *,
        average: weight_averaging.Average | None,
        began: float,
        is_over: Callable[[checkpoint.Progress], bool],
    ) -> None:
        super().__init__()
        self._folder, self.reached, self._recorder = folder, reached, recorder
        self._average, self._is_over = average, is_over
        self._began = began - reached.seconds  # monotonic seconds; what was prepared before the batches counts too

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Save what must not be lost."""
        loss, done = float(logs["val_loss"]), epoch + 1
        best_epoch, best_loss = self.reached.best_epoch, self.reached.best_loss
        if loss < best_loss:
            best_epoch, best_loss = done, loss
            judged = self._average.read_weights() if self._average else self.model.get_weights()
            checkpoint.write_best(self._folder, judged, done)
        seconds = round(time.monotonic() - self._began, 3)
        self.reached = checkpoint.Progress(done, best_epoch, best_loss, seconds)
        self._recorder.flush()
        checkpoint.write_checkpoint(self._folder, self.model, self.reached, self._average)
        if self._is_over(self.reached):
            self.model.stop_training = True


class BoardLog(Callback):
    """Keeps the run's TensorBoard log up to its history, where the run asks for one. After the Keeper in the list.

    The log is made of the history and can be made anew from it at any time (`python -m core tensorboard`): where it
    cannot be written, the run's log.txt says so, and the training goes on.
    """

    def __init__(self, found: run.Run) -> None:
        super().__init__()
        self._found = found

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Append what the Keeper has let reach the disk."""
        try:
            tensorboard.append_epoch(self._found)
        except (errors.SecondLookError, OSError, tf.errors.OpError) as error:
            sys.stderr.write(f"No TensorBoard log after epoch {epoch + 1}: {error}\n")


class Watcher(Callback):
    """Keeps what is answered to the watched images after each epoch. Before the Average in the list: it asks what the
    validation judges, so while the mean of the weights still stands in for them.
    """

    def __init__(self, folder: Path, inputs: NDArray[Any]) -> None:
        """inputs : (n, H, W, 3) uint8, or features (n, F), as the validation images are fed."""
        super().__init__()
        self._folder, self._inputs = folder, tf.constant(inputs, tf.float32)
        self._ask = tf.function(lambda batch: self.model(batch, training=False))  # a tenth of an eager call's time
        self._answers: list[list[float]] = []

    def on_test_end(self, logs: Any = None) -> None:
        """Ask once, without learning."""
        self._answers = self._ask(self._inputs).numpy().tolist()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write it down before the Keeper's checkpoint: an epoch that is done again is written again."""
        watched.append_answers(self._folder, epoch + 1, self._answers)


class Stopper(Callback):
    """Ends the fit within a batch once somebody asked for it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Leave the fit at once: the rest of the epoch would be lost anyway, a checkpoint is at its start."""
        if background.stop_requested(self._folder):
            raise progress.Cancelled


class Reseed(Callback):
    """Sets the random state of every layer that has one (dropout) from seed and epoch.

    Keras does not save these states; without this a resumed run would drop other units than an uninterrupted one.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """A state of its own for each layer and epoch."""
        for position, layer in enumerate(self.model._flatten_layers()):
            generator = getattr(layer, "seed_generator", None) or getattr(layer, "generator", None)
            if generator is not None:
                generator.state.assign([(self._seed * 10_007 + epoch) % 2**31, position])
