"""What there is to say of one network on offer; each stands beside the function that builds it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.models.architectures import outline

MALARIA_STUDY = "Malaria cell classification study (2018 NIH data)"
SMALL_DEVICE_STUDY = "Malaria study for devices on a battery, 50 x 50 pixels"


@dataclass(frozen=True)
class Architecture:
    """One network on offer, described for a person; counts are for two classes, at `input_px`.

    place : where it stands in lists, smaller first.
    differs : in what it is not the network of its source, and is not trained as there; "" where it is the same.
    trainable : parameters that learn as training starts, when a backbone is still frozen.
    build : (class_count, input_px) to a whole Keras model with random weights.
    parts : the same network as a person draws it, block by block.
    sizes : smallest and largest `input_px` that a person may choose, with the same counts; None = only its own.
    backbone : key in `pretrained.BACKBONES`; "" = trained from nothing.
    defaults : fields of a recipe whose good value here is another than the recipe's own.
    """

    place: int
    key: str
    title: str
    teaches: str
    source: str
    input_px: int
    parameters: int
    trainable: int
    parameters_per_class: int
    build: Callable[[int, int], Any]
    parts: tuple[outline.Part, ...]
    sizes: tuple[int, int] | None = None
    backbone: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    differs: str = ""

    def count_parameters(self, class_count: int) -> tuple[int, int]:
        """(all, trainable) parameters for `class_count` classes."""
        extra = self.parameters_per_class * (class_count - 2)
        return self.parameters + extra, self.trainable + extra

    def draw_blocks(self, class_count: int, input_px: int = 0) -> list[outline.Block]:
        """Its blocks from the image to the classes; input_px : 0 = its own. Loads no TensorFlow."""
        return outline.draw_blocks(self.parts, input_px=input_px or self.input_px, class_count=class_count)
