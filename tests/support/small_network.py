"""A network of two convolutions, for trainings in which any will do: half the processor time of base_cnn's."""

import os
from pathlib import Path
from typing import Any

import pytest

from core.models import backend, registry
from core.models.architectures import architecture, blocks, outline

KEY, INPUT_PX = "small_cnn", 16
IN_A_CHILD = "from tests.support import small_network\nsmall_network.enter()\n"  # where no fixture reaches


def build(class_count: int, input_px: int = INPUT_PX) -> Any:
    """810 parameters for two classes; plain convolutions and no dropout, as base_cnn has them."""
    layers = backend.load_keras().layers
    image, x = blocks.begin(input_px)  # (N, 16, 16, 3)
    x = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv_1")(x)  # (N, 7, 7, 4)
    x = layers.Conv2D(8, 3, activation="relu", name="conv_2")(x)  # (N, 5, 5, 8)
    return blocks.end(image, layers.Flatten(name="flatten")(x), class_count, name=KEY)


ENTRY = architecture.Architecture(
    place=99,
    key=KEY,
    title="Small",
    teaches="Nothing but that trainings run.",
    source="None",
    input_px=INPUT_PX,
    parameters=810,
    trainable=810,
    parameters_per_class=201,
    build=build,
    parts=(
        ("Convolution", (outline.Convolve(4, same=False), outline.Pool())),  # a stride of 2 comes to the same shape
        ("Convolution", (outline.Convolve(8, same=False),)),
        ("Classes", (outline.Flatten(), outline.Dense())),
    ),
)


def reach_children(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Every Python that is started from now on knows it, and is not nice: beside other tests it would hardly ever have
    its turn. folder : for what they read first."""
    here = Path(__file__).resolve().parents[2]
    (folder / "sitecustomize.py").write_text(
        f"import sys\nsys.path.insert(0, {str(here)!r})\n{IN_A_CHILD}"
        "from core.base import background\nbackground.be_nice = lambda: None\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")])))


def enter() -> None:
    """Put it into the registry of this process, for good: in a child."""
    registry.ARCHITECTURES[KEY] = ENTRY
