"""A running mean of the weights: smoother than any single step's, and usually the better network.

Polyak & Juditsky 1992, in its exponential form. Like Keras' own `use_ema`, but over all weights, the statistics of
batch normalisation among them, so that mean weights and mean statistics belong together.
Needs TensorFlow at import: only `fit` may import this.
"""

from pathlib import Path
from typing import Any

import numpy as np

from core.models import backend

tf = backend.load_tensorflow()
Callback: Any = backend.load_keras().callbacks.Callback

FILE = "average.npz"


class Average(Callback):
    """Follows the weights batch by batch, and stands in for them while validation images are judged.

    decay : share of the mean that stays at each batch; less at first, (1 + n) / (10 + n) after n batches, since the
    first weights are random and should be forgotten.
    """

    def __init__(self, network: Any, decay: float) -> None:
        super().__init__()
        self._decay = decay
        self._weights = network.weights
        self._means = [tf.Variable(weight, trainable=False) for weight in self._weights]
        self._count = tf.Variable(0.0, trainable=False)
        self._follow = tf.function(self._follow_eagerly)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Let the mean follow."""
        self._follow()

    def on_test_begin(self, logs: Any = None) -> None:
        """Judge the mean, not the weights."""
        self._kept = self._read(self._weights)
        self._assign(self._weights, self._read(self._means))

    def on_test_end(self, logs: Any = None) -> None:
        """Learn on with the weights."""
        self._assign(self._weights, self._kept)
        self._kept = []

    def read_weights(self) -> list[Any]:
        """The mean, in the order of `network.get_weights()`."""
        return self._read(self._means)

    def write(self, folder: Path) -> None:
        """Into a checkpoint's folder."""
        np.savez(folder / FILE, self._count.numpy(), *self.read_weights())

    def restore(self, folder: Path) -> None:
        """From a checkpoint's folder. Raises OSError, ValueError or KeyError where that is damaged."""
        with np.load(folder / FILE, allow_pickle=False) as content:
            arrays = [content[f"arr_{number}"] for number in range(len(content.files))]
        self._count.assign(arrays[0])
        self._assign(self._means, arrays[1:])

    def _follow_eagerly(self) -> None:
        self._count.assign_add(1.0)
        decay = tf.minimum(self._decay, (1.0 + self._count) / (10.0 + self._count))
        for mean, weight in zip(self._means, self._weights, strict=True):
            kept = tf.cast(decay, mean.dtype)
            mean.assign(kept * mean + (1 - kept) * tf.cast(weight.value, mean.dtype))

    @staticmethod
    def _read(variables: list[Any]) -> list[Any]:
        return [np.array(variable) for variable in variables]

    @staticmethod
    def _assign(variables: list[Any], values: list[Any]) -> None:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
