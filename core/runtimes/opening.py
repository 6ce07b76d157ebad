"""Which runtime opens a model: the first kind that serves it. A new kind is a module beside this one and its line here.

Whatever runs it, a model must give the answers that it gave when it was published.
"""

import functools
from collections.abc import Sequence
from typing import Protocol

from core.base import errors
from core.models import loading, package
from core.runtimes import base, keras, onnx, relay


class Kind(Protocol):
    """A kind of runtime."""

    def serves(self, found: package.Package) -> bool:
        """Whether it can run the model of this package, as far as a look at its files tells."""

    def open(self, found: package.Package) -> base.Runtime:
        """The model, ready to be asked. Raises `ModelBroken`."""


KINDS: tuple[Kind, ...] = (onnx.OnnxRuntime, keras.KerasRuntime)


def open_runtime(found: package.Package) -> base.Runtime:
    """The model, ready to be asked, by the first of `KINDS` that serves it; what that lacks is asked of the next.

    Raises `ModelBroken`, `AnswerNotFinite`, as asking for what the first lacks does: the next is opened then.
    """
    serving = [kind for kind in KINDS if kind.serves(found)]
    if not serving:
        raise errors.ModelBroken(
            expected="a network of a kind that this program runs",
            found="none",
            where=f"trained_models/{found.id}",
            todo="Copy the whole folder again, or remove it; other models are not affected.",
        )
    return _open(found, serving)


def _open(found: package.Package, serving: Sequence[Kind]) -> base.Runtime:
    """By the first of these kinds, if it gives the answers that the model gave when it was published."""
    opened = serving[0].open(found)
    loading.require_published_answers(found, opened.predict(loading.make_check_images(found.input_size_px)))
    if not serving[1:]:
        return opened
    return relay.Relay(opened, functools.partial(_open, found, serving[1:]), where=f"trained_models/{found.id}")
