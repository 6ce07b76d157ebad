"""The architectures on offer. A new one is a builder function and one entry here; page, terminal and tests pick it up.

Reading the registry loads no TensorFlow: parameter counts are stated here and tested against the network.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import errors
from core.models import convnets


@dataclass(frozen=True)
class Architecture:
    """One network on offer, described for a person; counts are for two classes."""

    key: str
    title: str
    teaches: str
    source: str
    input_px: int
    parameters: int
    trainable: int
    parameters_per_class: int
    build: Callable[[int], Any]

    def count_parameters(self, class_count: int) -> tuple[int, int]:
        """(all, trainable) parameters for `class_count` classes."""
        extra = self.parameters_per_class * (class_count - 2)
        return self.parameters + extra, self.trainable + extra


_ALL = (
    Architecture(
        key="base_cnn",
        title="Base CNN",
        teaches="Three convolutions and one dense layer: the plainest network that already reads cells well.",
        source="Malaria cell classification study (2018 NIH data), base model",
        input_px=64,
        parameters=646_338,
        trainable=646_338,
        parameters_per_class=65,
        build=convnets.build_base_cnn,
    ),
)
ARCHITECTURES: dict[str, Architecture] = {architecture.key: architecture for architecture in _ALL}


def find_architecture(key: str) -> Architecture:
    """The entry of this key; raises `UnknownArchitecture` that names those there are."""
    if key not in ARCHITECTURES:
        raise errors.UnknownArchitecture(
            expected=f"one of {', '.join(ARCHITECTURES)}",
            found=repr(key),
            where="the registry of architectures",
            todo="Choose one of these; `python -m core architectures` describes them.",
        )
    return ARCHITECTURES[key]


def build_model(key: str, class_count: int) -> Any:
    """A fresh Keras model with random weights, under the dtype policy in force. Loads TensorFlow."""
    return find_architecture(key).build(class_count)


def describe_architectures() -> list[dict[str, Any]]:
    """The registry as data, in order, for two classes."""
    return [
        {
            "key": a.key,
            "title": a.title,
            "teaches": a.teaches,
            "source": a.source,
            "parameters": a.parameters,
            "trainable": a.trainable,
            "input_px": a.input_px,
        }
        for a in _ALL
    ]
