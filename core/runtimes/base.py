"""How a network is asked, whatever runs it: probabilities, and where a runtime has them features and gradients.

A kind of runtime says what it makes of one chunk of images. Reading images, chunks, padding, progress, what is made
once and what is no number stand here, for all kinds. Pure numpy: loads no library that runs networks.
"""

import abc
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.base import errors, progress

CHUNK_IMAGES = 256
GRADIENT_IMAGES = 32  # what a layer gives is held for each
RETRAIN = "Its training diverged, or its weights are damaged; train it again with a lower learning rate."

Rows = NDArray[np.int64]
Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From one chunk of images (n, H, W, 3), pixel values 0 to 255, to n rows."""
RunByClass = Callable[[NDArray[np.float32], NDArray[np.int32]], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""From one chunk of images and a class index each (n,) to what is found of each, and the logits (n,)."""
Weigh = Callable[[Any, Any, Any], Any]
"""`weigh(ops, features, gradients)`: a map (n, h, w) of what a layer gives (n, h, w, C) and of the gradients by it.

`ops` does what numpy does, under its names, on whatever the runtime holds its numbers in: so they stay where they are.
"""
Made = TypeVar("Made")


@dataclass(frozen=True)
class Lacking:
    """What stands in the place of something that a runtime does not have: why, in a sentence for a person."""

    why: str


@dataclass(frozen=True)
class Axis:
    """One direction: cell i has its centre at `start_px + i * step_px`, in pixels of the network's input from 0."""

    start_px: float
    step_px: float


@dataclass(frozen=True)
class Alignment:
    """Where a feature map lies over the input."""

    rows: Axis
    columns: Axis

    @classmethod
    def stretched(cls, map_size: tuple[int, int], input_size_px: tuple[int, int]) -> "Alignment":
        """Equal tiles: what holds for a network whose geometry is not known."""
        steps = [extent / cells for cells, extent in zip(map_size, input_size_px, strict=True)]
        return cls(*(Axis((step - 1) / 2, step) for step in steps))


@dataclass(frozen=True)
class Layer:
    """A place in a network where gradients can be taken.

    name : what `Runtime.find_gradients` is asked for. title : the convolution that made the map.
    map_size : (rows, columns); None where that hangs on the image.
    """

    name: str
    title: str
    map_size: tuple[int, int] | None


@dataclass(frozen=True)
class Gradients:
    """Maps of how the logit of a class hangs on one layer: the logit, since a saturated probability has no gradient.

    class_count : how many classes can be asked for; 2 of a single unit with a sigmoid. alignment : where the layer's
    cells lie in the image; None where that is not known. run : what is made of one chunk and the classes of its images.
    """

    layer_name: str
    class_count: int
    alignment: Alignment | None
    run: RunByClass

    def compute(
        self, images: NDArray[Any], class_index: int | NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Maps (N, h, w) and logits (N,).

        images : uint8 or float32 (N, H, W, 3), pixel values 0 to 255, at the network's input size.
        class_index : one for all images, or an integer array (N,). Raises ValueError where it is no class.
        """
        return _run_by_class(self.run, self.class_count, images, class_index)


@dataclass(frozen=True)
class InputGradients:
    """How the logit of a class hangs on each value of the image itself. class_count, run : as of `Gradients`."""

    class_count: int
    run: RunByClass

    def compute(
        self, images: NDArray[Any], class_index: int | NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Gradients (N, H, W, 3), in logit units a pixel value of 0 to 255, and logits (N,); as `Gradients.compute`."""
        return _run_by_class(self.run, self.class_count, images, class_index)


def _run_by_class(
    run: RunByClass, class_count: int, images: NDArray[Any], class_index: int | NDArray[np.integer[Any]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What `run` makes of the images and of the class of each, chunk by chunk. Raises ValueError for what is none."""
    classes = np.broadcast_to(np.asarray(class_index, dtype=np.int32), (len(images),))
    if ((classes < 0) | (classes >= class_count)).any():
        raise ValueError(f"expected class indices 0 to {class_count - 1}, found {class_index}")
    if not len(images):  # a black image tells the size of what is found
        found, logits = run(np.zeros((1, *images.shape[1:]), np.float32), np.zeros(1, np.int32))
        return found[:0], logits[:0]
    places = [slice(start, start + GRADIENT_IMAGES) for start in range(0, len(images), GRADIENT_IMAGES)]
    parts = [run(np.asarray(images[place], np.float32), classes[place]) for place in places]
    found, logits = (np.concatenate(part) for part in zip(*parts, strict=True))
    return found, logits


class Runtime(abc.ABC):
    """One network, ready to be asked. Several threads may share one.

    input_size_px : (height, width) of the images. where, todo : what is said of answers that are no numbers.
    A kind that wants a name on screen has a `title`; one that takes batches of one size only says in `fixed_images`
    which.
    """

    title: ClassVar[str] = "This runtime"
    fixed_images: ClassVar[int | None] = None

    def __init__(self, input_size_px: tuple[int, int], *, where: str, todo: str = RETRAIN) -> None:
        self.input_size_px = input_size_px
        self._where, self._todo = where, todo
        self._lock = threading.RLock()
        self._made: dict[Any, Any] = {}

    @abc.abstractmethod
    def _answer(self, chunk: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (n, K) of one chunk of images (n, H, W, 3), pixel values 0 to 255."""

    def _make_features(self, layer_name: str | None) -> Run | Lacking:
        """From one chunk to what `layer_name` gives, or, for None, to what the logits are made from: (n, D)."""
        return Lacking(f"{self.title} gives no features.")

    def _make_block_statistics(self) -> Run | Lacking:
        """From one chunk to what `find_block_statistics` says of each image: (n, D)."""
        return Lacking(f"{self.title} does not tell what its blocks give.")

    def _make_answers_with_statistics(self) -> Run | Lacking:
        """From one chunk to its probabilities and then what `find_block_statistics` says: (n, K + D)."""
        statistics = self._once("block statistics", self._make_block_statistics)
        if isinstance(statistics, Lacking):
            return statistics
        return lambda chunk: np.concatenate([self._answer(chunk), statistics(chunk)], axis=1)

    def _make_gradients(self, weigh: Weigh, layer_name: str | None, least_cells: int) -> Gradients | Lacking:
        """The gradients at `layer_name`, or, for None, at the last layer with a map of at least `least_cells` a side,
        made into maps by `weigh`."""
        return Lacking(f"{self.title} gives no heatmaps.")

    def _list_layers(self) -> tuple[Layer, ...] | Lacking:
        """The convolutions with a map, in the order in which they run."""
        return Lacking(f"{self.title} gives no heatmaps.")

    def _make_input_gradients(self) -> InputGradients | Lacking:
        """The gradients of the logits by the image."""
        return Lacking(f"{self.title} gives no gradients by the image.")

    def predict(
        self,
        images: NDArray[np.uint8],
        rows: Rows | None = None,
        *,
        at_once: int = CHUNK_IMAGES,
        report: progress.Report = progress.say_nothing,
    ) -> NDArray[np.float32]:
        """Probabilities (N, K), float32, rows sum to 1.

        images : uint8 (N, H, W, 3) at the network's input size; a memory map is read chunk by chunk, never as a whole.
        rows : which of them, in which order; None = all. at_once : images in a chunk, at most.
        Raises `AnswerNotFinite` where the network answers with NaN, ValueError where the images do not fit it.
        """
        return self.run_all(self._answer, images, rows, at_once=at_once, report=report, what="Predicting")

    def find_features(self, layer_name: str | None = None) -> "Features | Lacking":
        """What the named layer says of images; None = what the logits are made from."""
        run = self._once(("features", layer_name), lambda: self._make_features(layer_name))
        return run if isinstance(run, Lacking) else Features(self, run)

    def find_block_statistics(self) -> "Features | Lacking":
        """What the blocks of a network make of images: of the last activation of each the means of the channels over
        all positions, then their standard deviations."""
        run = self._once("block statistics", self._make_block_statistics)
        return run if isinstance(run, Lacking) else Features(self, run)

    def find_answers_with_statistics(self) -> "Features | Lacking":
        """The probabilities, K columns, and behind them what `find_block_statistics` says: where it can be, of one pass
        through the network."""
        run = self._once("answers with statistics", self._make_answers_with_statistics)
        return run if isinstance(run, Lacking) else Features(self, run)

    def find_gradients(
        self, weigh: Weigh, layer_name: str | None = None, *, least_cells: int = 1
    ) -> Gradients | Lacking:
        """The gradients at the named layer, made into maps by `weigh`.

        layer_name : None = the last layer with a map of at least `least_cells` rows and columns.
        """
        key = ("gradients", weigh, layer_name, least_cells)
        return self._once(key, lambda: self._make_gradients(weigh, layer_name, least_cells))

    def find_layers(self) -> tuple[Layer, ...] | Lacking:
        """Where gradients can be taken: the convolutions with a map of more than one cell, in their order."""
        return self._once("layers", self._list_layers)

    def find_input_gradients(self) -> InputGradients | Lacking:
        """The gradients of the logits by the values of the image."""
        return self._once("input gradients", self._make_input_gradients)

    def run_all(
        self,
        run: Run,
        images: NDArray[np.uint8],
        rows: Rows | None,
        *,
        at_once: int,
        report: progress.Report,
        what: str,
    ) -> NDArray[np.float32]:
        """What `run`, which is of this runtime, makes of the images, chunk by chunk. Raises as `predict`."""
        if images.dtype != np.uint8 or images.shape[1:] != (*self.input_size_px, 3):
            wanted = f"uint8 (N, {self.input_size_px[0]}, {self.input_size_px[1]}, 3)"
            raise ValueError(f"expected {wanted}, found {images.dtype} {images.shape}")
        count, step, chunks = len(images) if rows is None else len(rows), self.fixed_images or at_once, []
        for start in range(0, count, step):
            report(start, count, what)
            place = slice(start, start + step)
            chunk = images[place if rows is None else rows[place]]
            chunks.append(self._run_padded(run, np.asarray(chunk, np.float32)))
        report(count, count, what)
        if not chunks:  # a black image tells how many numbers there are of each
            chunks = [self._run_padded(run, np.zeros((1, *images.shape[1:]), np.float32))[:0]]
        return self._require_finite(np.concatenate(chunks))

    def _run_padded(self, run: Run, chunk: NDArray[np.float32]) -> NDArray[np.float32]:
        """What `run` makes of the chunk, which is filled up with black images where the size is fixed."""
        absent = (self.fixed_images or len(chunk)) - len(chunk)
        if not absent:
            return run(chunk)
        return run(np.concatenate([chunk, np.zeros((absent, *chunk.shape[1:]), np.float32)]))[: len(chunk)]

    def _require_finite(self, answers: NDArray[np.float32]) -> NDArray[np.float32]:
        if not np.isfinite(answers).all():
            raise errors.AnswerNotFinite(
                expected="answers that are numbers", found="NaN or infinity", where=self._where, todo=self._todo
            )
        return answers

    def _once(self, key: Any, make: Callable[[], Made]) -> Made:
        """What `make` gives, made at the first asking, by one thread."""
        if key not in self._made:
            with self._lock:
                if key not in self._made:
                    self._made[key] = make()
        found: Made = self._made[key]
        return found


class Features:
    """What one layer of a network says of images."""

    def __init__(self, asked: Runtime, run: Run) -> None:
        self._asked, self._run = asked, run

    def compute(
        self,
        images: NDArray[np.uint8],
        rows: Rows | None = None,
        *,
        at_once: int = CHUNK_IMAGES,
        report: progress.Report = progress.say_nothing,
    ) -> NDArray[np.float32]:
        """Features (N, D), float32, of the same images and with the same errors as `Runtime.predict`."""
        return self._asked.run_all(self._run, images, rows, at_once=at_once, report=report, what="Asking the model")
