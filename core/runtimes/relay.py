"""Two runtimes of one model as one: the quick one answers, and the other, opened when it is wanted, gives the rest."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.runtimes import base


class Relay(base.Runtime):
    """Answers by `first`; what that lacks is asked of another, which `open_other` opens then, once.

    Whoever asks for it waits for the other one to load, and no one else does. `open_other` raises `ModelBroken`.
    """

    def __init__(self, first: base.Runtime, open_other: Callable[[], base.Runtime], *, where: str) -> None:
        super().__init__(first.input_size_px, where=where)
        self._first, self._open_other = first, open_other
        self.fixed_images = first.fixed_images  # type: ignore[misc]  # of this one as it is of the first

    def _answer(self, chunk: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._first._answer(chunk)

    def find_features(self, layer_name: str | None = None) -> base.Features | base.Lacking:
        """As `Runtime.find_features`, by the first that has them."""
        found = self._first.find_features(layer_name)
        return self._other().find_features(layer_name) if isinstance(found, base.Lacking) else found

    def find_block_statistics(self) -> base.Features | base.Lacking:
        """As `Runtime.find_block_statistics`, by the first that has them."""
        found = self._first.find_block_statistics()
        return self._other().find_block_statistics() if isinstance(found, base.Lacking) else found

    def find_answers_with_statistics(self) -> base.Features | base.Lacking:
        """As `Runtime.find_answers_with_statistics`, by the first that has them."""
        found = self._first.find_answers_with_statistics()
        return self._other().find_answers_with_statistics() if isinstance(found, base.Lacking) else found

    def find_gradients(
        self, weigh: base.Weigh, layer_name: str | None = None, *, least_cells: int = 1
    ) -> base.Gradients | base.Lacking:
        """As `Runtime.find_gradients`, by the first that has them."""
        found = self._first.find_gradients(weigh, layer_name, least_cells=least_cells)
        if not isinstance(found, base.Lacking):
            return found
        return self._other().find_gradients(weigh, layer_name, least_cells=least_cells)

    def find_layers(self) -> tuple[base.Layer, ...] | base.Lacking:
        """As `Runtime.find_layers`, by the first that has them."""
        found = self._first.find_layers()
        return self._other().find_layers() if isinstance(found, base.Lacking) else found

    def find_input_gradients(self) -> base.InputGradients | base.Lacking:
        """As `Runtime.find_input_gradients`, by the first that has them."""
        found = self._first.find_input_gradients()
        return self._other().find_input_gradients() if isinstance(found, base.Lacking) else found

    def _other(self) -> base.Runtime:
        return self._once("other", self._open_other)
