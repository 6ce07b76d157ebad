"""Which runtime opens a model: the first kind that serves it. A new kind is a module beside this one and its line here.

Whatever runs it, a model must give the answers that it gave when it was published.
"""

from typing import Protocol

from core.base import errors
from core.models import loading, package
from core.runtimes import base, keras


class Kind(Protocol):
    """A kind of runtime."""

    def serves(self, found: package.Package) -> bool:
        """Whether it can run the model of this package, as far as a look at its files tells."""

    def open(self, found: package.Package) -> base.Runtime:
        """The model, ready to be asked. Raises `ModelBroken`."""


KINDS: tuple[Kind, ...] = (keras.KerasRuntime,)


def open_runtime(found: package.Package) -> base.Runtime:
    """The model, ready to be asked, by the first of `KINDS` that serves it. Raises `ModelBroken`, `AnswerNotFinite`."""
    kind = next((kind for kind in KINDS if kind.serves(found)), None)
    if kind is None:
        raise errors.ModelBroken(
            expected="a network of a kind that this program runs",
            found="none",
            where=f"trained_models/{found.id}",
            todo="Copy the whole folder again, or remove it; other models are not affected.",
        )
    opened = kind.open(found)
    loading.require_published_answers(found, opened.predict(loading.make_check_images(found.input_size_px)))
    return opened
