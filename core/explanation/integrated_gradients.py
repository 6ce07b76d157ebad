"""Integrated gradients: which pixels make the logit higher than that of a baseline (Sundararajan et al. 2017,
arXiv:1703.01365). Pure numpy.

On the straight way from a baseline to the image the gradients by each pixel are averaged, and multiplied by how far the
pixel went. What all pixels get sums to the difference of the logits; a network that is saturated at the image itself is
not so on the way there. A pixel that is as in the baseline gets nothing, whatever it means to the network: so there are
two baselines, and their mean is taken (Sturmfels et al. 2020, doi:10.23915/distill.00022). Mid-grey misses what is
mid-grey, the blurred image what is broad. Chosen on validation images: docs/decisions/0030.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.explanation import heatmaps
from core.runtimes import base

STEPS = 8  # on the way from each baseline, in the middle of equal parts of it
STEPS_OF_LARGE, LARGE_PX = 2, 96  # of images with a longer side: four times the pixels take four times as long
GREY = 127.5
BLUR_SHARE = 1 / 8  # of the image's side: standard deviation of the blurred baseline
SMOOTH_SHARE = 1 / 64  # the same of the map: single pixels mean little, since all gradients are rough

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class IntegratedGradients:
    """Integrated gradients with one network, see `heatmaps.Source`; its maps have a cell a pixel of the input."""

    gradients: base.InputGradients
    input_size_px: tuple[int, int]
    layer_name: str = heatmaps.THE_IMAGE

    @property
    def alignment(self) -> base.Alignment:
        """Each cell is a pixel."""
        return base.Alignment.stretched(self.input_size_px, self.input_size_px)

    def compute(
        self, images: NDArray[Any], class_index: int | NDArray[np.integer[Any]]
    ) -> tuple[Floats, NDArray[np.float32]]:
        """Maps (N, H, W) and logits (N,) of images (N, H, W, 3), see `heatmaps.Source.compute`."""
        signed, logits = self.attribute(images, class_index)
        maps = np.zeros_like(signed)
        for row, one in enumerate(signed):
            maps[row] = np.maximum(_smooth(one), 0)
        return maps, logits

    def attribute(
        self, images: NDArray[Any], class_index: int | NDArray[np.integer[Any]]
    ) -> tuple[Floats, NDArray[np.float32]]:
        """What each pixel adds to the logit, neither smoothed nor cut, (N, H, W), and logits (N,).

        Each image's values sum, but for the error of few steps, to its logit less the mean of its baselines' logits.
        """
        pixels = np.asarray(images, np.float32)
        classes = np.broadcast_to(np.asarray(class_index, dtype=np.int32), (len(pixels),))
        signed, logits = np.zeros(pixels.shape[:-1], np.float32), np.zeros(len(pixels), np.float32)
        for row, (image, index) in enumerate(zip(pixels, classes, strict=True)):
            signed[row], logits[row] = self._attribute_one(image, int(index))
        return signed, logits

    def _attribute_one(self, image: Floats, class_index: int) -> tuple[Floats, float]:
        ways = [image - baseline for baseline in make_baselines(image)]
        steps = STEPS if max(image.shape[:2]) <= LARGE_PX else STEPS_OF_LARGE
        left = 1 - (np.arange(steps, dtype=np.float32) + 0.5) / steps  # of the way, at each step
        points = [image - share * way for way in ways for share in left]
        gradients, logits = self.gradients.compute(np.stack([*points, image]), class_index)  # one pass for all
        means = gradients[:-1].reshape(len(ways), steps, *image.shape).mean(axis=1)  # (ways, H, W, 3)
        return np.mean([(mean * way).sum(axis=-1) for mean, way in zip(means, ways, strict=True)], axis=0), logits[-1]


def find_integrals(asked: base.Runtime) -> IntegratedGradients | base.Lacking:
    """Integrated gradients of what this runtime runs, or why it cannot give them."""
    gradients = asked.find_input_gradients()
    return gradients if isinstance(gradients, base.Lacking) else IntegratedGradients(gradients, asked.input_size_px)


def make_baselines(image: Floats) -> tuple[Floats, Floats]:
    """The images without evidence that an image (H, W, 3), float32, 0 to 255, starts from: mid-grey, and it blurred."""
    blurred = cv2.GaussianBlur(image, (0, 0), BLUR_SHARE * max(image.shape[:2]), borderType=cv2.BORDER_REPLICATE)
    return np.full_like(image, GREY), np.asarray(blurred, np.float32)


def _smooth(values: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), SMOOTH_SHARE * max(values.shape)), np.float32)
