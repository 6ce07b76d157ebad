"""A network laid out without its weights, to see how large it would be. Needs TensorFlow (loaded inside).

A structure of a few kilobytes can ask for any amount of memory and time: a dense layer of a thousand million units, a
map that is put beside itself thirty times, a picture that is blown up. Keras works the shapes out by itself, and makes
no array as long as it is told not to.
"""

import contextlib
import math
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass
from typing import Any

from core.base import files
from core.models import backend, vetting

LARGEST_MAP = 8_000_000  # numbers that one layer makes of one image; VGG16 at 224 pixels makes 3.2 million
LARGEST_MAPS = 128_000_000  # all layers together; Xception at 299 pixels: 63 million
MOST_WORK = 50_000_000_000  # multiplications for one image; VGG16 at 224 pixels: 15 thousand million


@dataclass(frozen=True)
class Layout:
    """How large a network is: its parameters; of one image the numbers that its layers make, and multiplications."""

    parameters: int
    largest_map: int
    maps: int
    work: int


@contextlib.contextmanager
def keras_faults_as_messages(where: str) -> Iterator[None]:
    """Turn what Keras says of a file that it cannot use into `ModelBroken`: errors of nearly every kind there is."""
    faults = (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        AssertionError,
        ImportError,
        OSError,
        EOFError,
        RuntimeError,
        MemoryError,
        backend.load_tensorflow().errors.OpError,
    )
    try:
        yield
    except faults as error:
        raise vetting.refuse(where, "a network that Keras can build", vetting.say(error)) from error


def require_bounded(vetted: vetting.Vetted, where: str) -> None:
    """Raise `ModelBroken` for a network that would take more memory or time than any of ours, or lacks its weights."""
    with keras_faults_as_messages(where):
        found = lay_out(vetted.config)
    if found.parameters > vetted.stored:
        expected = f"weights for {found.parameters:,} parameters"
        raise vetting.refuse(where, expected, f"{vetted.stored:,} numbers in {vetting.WEIGHTS}")
    if found.largest_map > LARGEST_MAP or found.maps > LARGEST_MAPS or found.work > MOST_WORK:
        memory, most = (files.describe_bytes(4 * count) for count in (found.maps, LARGEST_MAPS))
        raise vetting.refuse(
            where,
            f"a network that takes at most {most} and {MOST_WORK:.0e} multiplications for one image",
            f"{memory} (a layer of {files.describe_bytes(4 * found.largest_map)}) and {found.work:.0e}",
        )


def lay_out(config: dict[str, Any]) -> Layout:
    """The size of a vetted structure (see `vetting.vet`). Raises what Keras raises.

    In a thread of its own: Keras keeps a list of the weights that are still to be made, for each thread, and would make
    these at the next occasion.
    """
    with futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(_lay_out, config).result()


def _lay_out(config: dict[str, Any]) -> Layout:
    keras = backend.load_keras()
    with keras.StatelessScope(initialize_variables=False):
        plain = {**config, "compile_config": None}
        network = keras.saving.deserialize_keras_object(plain, safe_mode=True)
    parameters = sum(math.prod(weight.shape) for weight in network.weights)
    measured = [_measure(layer) for layer in _list_layers(network)]
    maps = [count for count, _ in measured]
    return Layout(parameters, max(maps, default=0), sum(maps), sum(work for _, work in measured))


def _list_layers(network: Any) -> list[Any]:
    """All layers, those of networks inside the network included."""
    found = []
    for layer in network.layers:
        found += [*_list_layers(layer), layer] if getattr(layer, "layers", None) else [layer]
    return found


def _measure(layer: Any) -> tuple[int, int]:
    """(numbers that the layer makes of one image, multiplications that takes, at most)."""
    shape = [side or 1 for side in layer.output.shape[1:]]  # H, W, C or C
    window = math.prod(getattr(layer, "pool_size", ()))
    positions = math.prod(shape[:-1])
    weights = sum(math.prod(weight.shape) for weight in layer.weights)
    return math.prod(shape), positions * weights + math.prod(shape) * window
