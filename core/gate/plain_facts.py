"""What anybody sees of an image, in numbers: how light, how colourful, how much contrast, whether an edge cuts it.

A network's own distance sees neither that an image is grey nor that half of it is missing: these say so, in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets.index import decoding
from core.models import normalisation

SIDE_PX = 64  # at which every image is looked at, so that numbers of large and small ones compare
QUANTILES = (0.002, 0.998)
MARGIN = 0.1  # of the range of training images: so far beyond it an image still counts as within
FAR = 0.5  # of that range beyond it: so far out nobody knows what an answer is worth
FAINTEST = 0.1  # added to a distance from grey before its logarithm: what no eye sees


@dataclass(frozen=True)
class Fact:
    """One of them: its name, and what is said of an image below or above what the model learnt from ("": nothing).

    least : the narrowest margin, in the units of `measure`. refuses : whether an image far out is not answered.
    """

    name: str
    below: str
    above: str
    least: float
    refuses: bool


FACTS: tuple[Fact, ...] = (
    Fact(
        "lightness",
        "It is darker than the images that the model learnt from.",
        "It is lighter than the images that the model learnt from.",
        least=3,
        refuses=True,
    ),
    Fact(
        "colourfulness",
        "It is grey, or nearly; the model learnt from colour.",
        "It has more colour than the images that the model learnt from.",
        least=0.7,
        refuses=True,
    ),
    Fact(
        "contrast",
        "It has less contrast than the images that the model learnt from.",
        "It has more contrast than the images that the model learnt from.",
        least=0.5,
        refuses=False,
    ),
    Fact("cut", "", "It is cut by the edge of the picture: a part of it is missing.", least=0.05, refuses=False),
)
NAMES = tuple(fact.name for fact in FACTS)


def measure(image_rgb: NDArray[np.uint8], form: normalisation.Form) -> NDArray[np.float64]:
    """The facts (F,) of one image, uint8 (H, W, 3), RGB, in the order of FACTS; of the body alone where one is cut.

    lightness : mean of CIELAB, 0 to 100. colourfulness : logarithm (base 2) of the distance from grey in CIELAB, of
    the most colourful twentieth. contrast : standard deviation of the lightness. cut : the largest share of a side of
    the picture that the body touches, 0 without a body.
    """
    found = normalisation.cut(decoding.resize_image(image_rgb, SIDE_PX, SIDE_PX), form.kind)
    lab = cv2.cvtColor(found.image_rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[found.body]  # (n, 3)
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    colourful = np.log2(np.quantile(chroma, 0.95) + FAINTEST)
    return np.array([lightness.mean(), colourful, lightness.std(), _measure_cut(found)], np.float64)


def find_ranges(facts: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the facts (N, F) of training images the ranges (F, 2), low and high, that hold nearly all of them."""
    low, high = np.quantile(facts, QUANTILES, axis=0)
    margin = np.maximum(MARGIN * (high - low), [fact.least for fact in FACTS])
    return np.stack([low - margin, high + margin], axis=1)


def judge(facts: NDArray[np.float64], ranges: NDArray[np.float64]) -> tuple[list[str], bool]:
    """What is unusual about an image with these facts (F,), in sentences, and whether it is not to be answered."""
    said, refused = list[str](), False
    for fact, value, (low, high) in zip(FACTS, facts, ranges, strict=True):
        words = fact.below if value < low else fact.above if value > high else ""
        if words:
            said.append(words)
            refused |= fact.refuses and bool(max(low - value, value - high) > FAR * (high - low))
    return said, refused


def _measure_cut(found: normalisation.Cut) -> float:
    if found.box is None or found.body.all():
        return 0.0
    sides: Sequence[tuple[bool, NDArray[np.bool_]]] = (
        (found.box.top == 0, found.body[0]),
        (found.box.bottom == SIDE_PX, found.body[-1]),
        (found.box.left == 0, found.body[:, 0]),
        (found.box.right == SIDE_PX, found.body[:, -1]),
    )
    return max(float(touching.mean()) if at_edge else 0.0 for at_edge, touching in sides)
