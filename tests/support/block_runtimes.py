"""A runtime whose blocks give plain statistics of the image: colours' means and deviations, in numpy."""

import numpy as np

from core.runtimes import base
from tests.support import brightness


class BlockRuntime(brightness.BrightnessRuntime):
    """Of each channel the mean, then the standard deviation, over the positions."""

    def _make_block_statistics(self) -> base.Run:
        def measure(chunk: np.ndarray) -> np.ndarray:
            return np.concatenate([chunk.mean(axis=(1, 2)), chunk.std(axis=(1, 2))], axis=1).astype(np.float32)

        return measure
