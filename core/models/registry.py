"""The architectures on offer: whatever the modules beside it declare; page, terminal and tests pick it up.

Reading the registry loads no TensorFlow: parameter counts are stated there and tested against the network.
"""

from typing import Any

from core.base import errors
from core.models.architectures import architecture, convnets, pretrained, smear_cnn

_ALL = tuple(
    sorted(
        (*convnets.ARCHITECTURES, *smear_cnn.ARCHITECTURES, *pretrained.ARCHITECTURES),
        key=lambda declared: declared.place,
    )
)
ARCHITECTURES: dict[str, architecture.Architecture] = {declared.key: declared for declared in _ALL}


def find_architecture(key: str) -> architecture.Architecture:
    """The entry of this key; raises `UnknownArchitecture` that names those there are."""
    if key not in ARCHITECTURES:
        raise errors.UnknownArchitecture(
            expected=f"one of {', '.join(ARCHITECTURES)}",
            found=repr(key),
            where="the registry of architectures",
            todo="Choose one of these; `python -m core architectures` describes them.",
        )
    return ARCHITECTURES[key]


def build_model(key: str, class_count: int, input_px: int = 0) -> Any:
    """A fresh Keras model with random weights, under the dtype policy in force. Loads TensorFlow.

    input_px : height and width of its input, 0 = the architecture's own.
    """
    found = find_architecture(key)
    return found.build(class_count, input_px or found.input_px)


def describe_architectures() -> list[dict[str, Any]]:
    """The registry as data, in order, for two classes; `sizes_px` are the smallest and largest input size on offer."""
    return [
        {
            "key": a.key,
            "title": a.title,
            "teaches": a.teaches,
            "source": a.source,
            "differs": a.differs,
            "parameters": a.parameters,
            "trainable": a.trainable,
            "input_px": a.input_px,
            "sizes_px": list(a.sizes or (a.input_px, a.input_px)),
            "backbone": a.backbone,
        }
        for a in _ALL
    ]
