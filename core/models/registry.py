"""The architectures on offer: whatever the modules in `architectures/` declare; page, terminal and tests pick it up.

Reading the registry loads no TensorFlow: parameter counts are stated there and tested against the network.
"""

import importlib
import pkgutil
from typing import Any

from core.base import errors
from core.models import architectures
from core.models.architectures import architecture


def _collect() -> tuple[architecture.Architecture, ...]:
    """What the modules declare in `ARCHITECTURES`, in the order of their places."""
    names = [found.name for found in pkgutil.iter_modules(architectures.__path__)]
    modules = [importlib.import_module(f"{architectures.__name__}.{name}") for name in names]
    declared = [one for module in modules for one in getattr(module, "ARCHITECTURES", ())]
    return tuple(sorted(declared, key=lambda one: one.place))


_ALL = _collect()
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
