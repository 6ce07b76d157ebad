"""Writes down what each operation of a Keras network gives during one call, inside nested networks too.

Keras cannot cut a model that contains another model into sub-models, so the features in the middle are fetched where
they pass: `call` of each operation is wrapped while the network is called once, usually to trace a compiled function.
"""

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

# One recording at a time: a network is shared between sessions, and two would wrap each other's wrappers.
_lock = threading.Lock()

_NORMALISING = frozenset({"softmax", "logsoftmax", "sigmoid", "logsigmoid"})
_BENDING = frozenset(
    {"relu", "relu6", "leakyrelu", "prelu", "elu", "selu", "celu", "silu", "swish", "gelu", "mish", "hardsilu", "tanh"}
)
_PASSING_ON = frozenset({"dropout", "identity", "cast", "inputlayer"})


@dataclass(frozen=True)
class Step:
    """One operation of a call: its first argument, its result, and what its softmax or sigmoid was given, if any."""

    operation: Any
    given: Any
    output: Any
    before_activation: Any | None

    @property
    def name(self) -> str:
        """The layer's name."""
        return str(self.operation.name)


def record_steps(network: Any, batch: Any) -> list[Step]:
    """Call `network(batch, training=False)` and return its steps in the order in which they ran.

    All `call` attributes are as before when this returns or raises. Calls from other threads are not recorded.
    """
    steps: list[Step] = []
    with _lock, contextlib.ExitStack() as wrapped:
        for operation in list_operations(network):
            wrapped.enter_context(_recorded(operation, steps))
        network(batch, training=False)
    return steps


def list_operations(network: Any) -> list[Any]:
    """The layers and operations of a network, those of nested networks in their place; each once."""
    found: dict[int, Any] = {}
    for child in _children(network):
        for leaf in list_operations(child) if _children(child) else [child]:
            found.setdefault(id(leaf), leaf)
    return list(found.values())


def find_logits(steps: list[Step]) -> Any:
    """The tensor `(N, K)` that the network's last softmax or sigmoid turns into probabilities.

    In order: what a layer called `logits` gives, before an activation of its own; what the last operation is given
    where that is a softmax or sigmoid, alone or inside a layer; else what the last operation gives.
    """
    named = [step for step in steps if step.name == "logits"]
    last = named[-1] if named else next(step for step in reversed(steps) if not _passes_on(step.operation))
    if last.before_activation is not None:
        return last.before_activation
    return last.given if _type_name(last.operation) in _NORMALISING else last.output


def is_activation(operation: Any) -> bool:
    """Whether it bends what passes: an activation by itself, or a layer that ends in one."""
    if _type_name(operation) == "activation" or hasattr(operation, "activation"):
        return _activation_name(getattr(operation, "activation", None)) not in ("linear", "nonetype")
    return _type_name(operation) in _BENDING


def _children(operation: Any) -> list[Any]:
    """What a network consists of: a functional one lists bare operations too, others only layers."""
    return list(getattr(operation, "operations", None) or getattr(operation, "layers", None) or [])


@contextlib.contextmanager
def _recorded(operation: Any, steps: list[Step]) -> Iterator[None]:
    """Append a `Step` for each call of `operation` from this thread while the context lasts."""
    thread = threading.get_ident()
    inner: list[Any] = []
    call = operation.call

    @functools.wraps(call)
    def recording_call(*args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() != thread:
            return call(*args, **kwargs)
        inner.clear()
        output = call(*args, **kwargs)
        given = args[0] if args else next(iter(kwargs.values()), None)
        steps.append(Step(operation, given, output, inner[-1] if inner else None))
        return output

    with contextlib.ExitStack() as replaced:
        replaced.enter_context(_replaced(operation, "call", recording_call))
        activation = vars(operation).get("activation")
        if _activation_name(activation) in _NORMALISING:
            replaced.enter_context(_replaced(operation, "activation", _keep_input(activation, inner, thread)))
        yield


def _keep_input(activation: Callable[[Any], Any], kept: list[Any], thread: int) -> Callable[[Any], Any]:
    @functools.wraps(activation)
    def keeping(x: Any) -> Any:
        if threading.get_ident() == thread:
            kept.append(x)
        return activation(x)

    return keeping


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    # The instance's own dictionary is used, since Keras intercepts plain attribute writes.
    own = vars(owner)
    before = {name: own[name]} if name in own else {}
    own[name] = value
    try:
        yield
    finally:
        del own[name]
        own.update(before)


def _passes_on(operation: Any) -> bool:
    linear = _activation_name(vars(operation).get("activation")) == "linear" and _type_name(operation) == "activation"
    return linear or _type_name(operation) in _PASSING_ON


def _type_name(operation: Any) -> str:
    return type(operation).__name__.lower()


def _activation_name(activation: Any) -> str:
    """`softmax` for the function `softmax`, for a `Softmax` layer used as an activation, and so on."""
    return str(getattr(activation, "__name__", type(activation).__name__)).lower().replace("_", "")
