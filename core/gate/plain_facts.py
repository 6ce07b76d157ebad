"""What anybody sees of an image, in numbers: how light, how colourful, how sharp, whether an edge cuts it.

A network's own distance sees neither that an image is grey nor that half of it is missing: these say so, in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets.index import decoding
from core.gate import changes
from core.models import normalisation

SIDE_PX = 64  # at which every image is looked at, so that numbers of large and small ones compare
FAINTEST = 0.1  # added to a distance from grey before its logarithm: what no eye sees


@dataclass(frozen=True)
class Side:
    """One side of what is usual. words : what is said of an image beyond it ("": nothing).

    made_by : the change, and its steps, that bring an image there: so it is measured what an answer is worth there.
    """

    words: str = ""
    made_by: tuple[changes.Change, tuple[float, ...]] | None = None


@dataclass(frozen=True)
class Fact:
    """One of them: its name, and its two sides.

    least : the narrowest margin, in the units of `measure`. refuses : whether an image far out is not answered where
    nobody has measured what answers are worth there. warns_only : it hangs on what an image shows as much as on how it
    was taken (a healthy cell is flat), so that images are answered however bad answers to changed ones were.
    """

    name: str
    below: Side
    above: Side
    least: float
    refuses: bool = False
    warns_only: bool = False


TURNED = Side("Its light lies otherwise than in the images that the model learnt from, as if upside down.",
              (changes.turn, (180,)))  # fmt: skip
FACTS: tuple[Fact, ...] = (
    Fact(
        "lightness",
        Side("It is darker than the images that the model learnt from.", (changes.dim, (0.7, 0.5, 0.3))),
        Side("It is lighter than the images that the model learnt from.", (changes.dim, (1.2, 1.5, 2.0))),
        least=3,
        refuses=True,
    ),
    Fact(
        "colourfulness",
        Side("It is grey, or nearly; the model learnt from colour.", (changes.fade, (0.5, 0.75, 0.9, 1.0))),
        Side("It has more colour than the images that the model learnt from.", (changes.fade, (-0.5, -1.0, -2.0))),
        least=0.7,
        refuses=True,
    ),
    Fact(
        "contrast",
        Side("It has less contrast than the images that the model learnt from.", (changes.flatten, (0.6, 0.4, 0.2))),
        Side("It has more contrast than the images that the model learnt from.", (changes.flatten, (1.5, 2.5))),
        least=0.5,
        warns_only=True,
    ),
    Fact(
        "cut",
        Side(),
        Side("It is cut by the edge of the picture: a part of it is missing.", (changes.cut_off, (0.15, 0.25, 0.5))),
        least=0.05,
    ),
    Fact(
        "sharpness",
        Side("It is less sharp than the images that the model learnt from.", (changes.blur, (0.02, 0.04, 0.08))),
        Side(),
        least=0.1,
    ),
    Fact("balance", TURNED, TURNED, least=0.1),
)
NAMES = tuple(fact.name for fact in FACTS)


def measure(image_rgb: NDArray[np.uint8], form: normalisation.Form) -> NDArray[np.float64]:
    """The facts (F,) of one image, uint8 (H, W, 3), RGB, in the order of FACTS; of the body alone where one is cut.

    The image, or what `decoding.resize_image` made of it at SIDE_PX a side: large ones take longer to shrink.

    lightness : mean of CIELAB, 0 to 100. colourfulness : logarithm (base 2) of the distance from grey in CIELAB, of
    the most colourful twentieth. contrast : standard deviation of the lightness. cut : the largest share of a side of
    the picture that the body touches, 0 without a body. sharpness : logarithm (base 2) of the spread of the second
    derivative of the lightness over that of the lightness. balance : how much lighter the upper third is than the
    lower, in standard deviations of the lightness.
    """
    sized = image_rgb.shape[:2] == (SIDE_PX, SIDE_PX)
    found = normalisation.cut(image_rgb if sized else decoding.resize_image(image_rgb, SIDE_PX, SIDE_PX), form.kind)
    lab = cv2.cvtColor(found.image_rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)  # (h, w, 3)
    inside = lab[found.body]  # (n, 3)
    lightness, chroma = inside[:, 0], np.hypot(inside[:, 1], inside[:, 2])
    spread = float(lightness.std()) + FAINTEST
    edges = cv2.Laplacian(np.ascontiguousarray(lab[..., 0]), cv2.CV_32F)[_find_inner(found.body)]
    values = (
        lightness.mean(),
        np.log2(np.quantile(chroma, 0.95) + FAINTEST),
        lightness.std(),
        _measure_cut(found),
        np.log2((float(edges.std()) + FAINTEST) / spread) if edges.size else 0.0,
        _measure_balance(lab[..., 0], found.body) / spread,
    )
    return np.array(values, np.float64)


def _find_inner(body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The body without its rim, whose edge is not the image's own."""
    return np.asarray(cv2.erode(body.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0), bool)


def _measure_balance(lightness: NDArray[Any], body: NDArray[np.bool_]) -> float:
    third = max(1, len(body) // 3)
    upper, lower = lightness[:third][body[:third]], lightness[-third:][body[-third:]]
    return float(upper.mean() - lower.mean()) if upper.size and lower.size else 0.0


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
