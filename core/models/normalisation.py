"""Input normalisation: an image brought to one form, so that laboratories differ less. No model asks for it yet.

A form has two steps. *Cutting* finds what the image is of and where it lies: of cells the body that stands out from its
ground, the ground then black; of X-rays the picture without its dark borders. *Colouring*, of cells alone, moves the
body's median colour in CIELAB to that of other images. Pure numpy and OpenCV.

Background removal and stain normalisation in this plain form: distance to the colour of the border, threshold after
Otsu (1979), and one shift in CIELAB as Reinhard et al. (2001) do with means and spreads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

NONE, CELLS, X_RAYS = "none", "cells", "x-rays"
KINDS = (NONE, CELLS, X_RAYS)
LARGEST_PX = 256  # longer sides are reduced before anything is looked for: no network here sees more
SMALLEST_PX = 8  # of a body's shorter side; what is smaller is no cell but dirt, and the image stays as it came
LEAST_SHARE = 0.2  # of the image that a body covers; less is something on a cell that fills the image
BORDER_SHARE = 0.04  # of the shorter side: how wide the border is that tells the colour of the ground
DARK = 12  # of 255: a row of an X-ray that is darker everywhere is no picture

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Box:
    """Where in the image as it came the cut one lies, in pixels of the former: half-open, 0 <= top < bottom."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, eq=False)
class Cut:
    """What was cut: image uint8 (h, w, 3), RGB; its body, bool (h, w); where it lies; None: nothing stood out."""

    image_rgb: Image
    body: Mask
    box: Box | None


@dataclass(frozen=True)
class Asked:
    """What is made of each image. wanted : the colour that bodies are brought to, CIELAB as `measure_colour` gives it.

    shared : the colour of the images that came together, from which all are moved alike; None: each from its own.
    """

    kind: str
    wanted: tuple[float, float, float] | None = None
    shared: tuple[float, float, float] | None = None


def normalise(image_rgb: Image, asked: Asked) -> Image:
    """Both steps: the image, uint8 (H, W, 3), RGB, cut and coloured; a new size, that of what was cut."""
    one = cut(image_rgb, asked.kind)
    if asked.wanted is None or one.box is None or asked.kind != CELLS:
        return one.image_rgb
    own = measure_colour([one]) if asked.shared is None else np.asarray(asked.shared)
    return colour(one, own, np.asarray(asked.wanted))


def measure_images(images_rgb: NDArray[np.uint8], kind: str) -> tuple[float, float, float] | None:
    """The colour of images (N, H, W, 3), uint8, RGB, in which a body stands out; None where there are none."""
    cuts = [one for one in (cut(image, kind) for image in images_rgb) if one.box is not None]
    if not cuts:
        return None
    lightness, a, b = measure_colour(cuts).tolist()
    return lightness, a, b


def cut(image_rgb: Image, kind: str) -> Cut:
    """The first step: what the image, uint8 (H, W, 3), RGB, is of. An image where nothing stands out stays whole."""
    small = _reduce(image_rgb)
    found = _FINDERS[kind](small) if kind in _FINDERS else None
    if found is None:
        return Cut(small, np.ones(small.shape[:2], bool), None)
    rows, columns = (np.flatnonzero(found.any(axis=axis)) for axis in (1, 0))
    place = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    body = found[place]
    scale_y, scale_x = (whole / part for whole, part in zip(image_rgb.shape[:2], small.shape[:2], strict=True))
    box = Box(
        round(rows[0] * scale_y), round(columns[0] * scale_x),
        round((rows[-1] + 1) * scale_y), round((columns[-1] + 1) * scale_x),
    )  # fmt: skip
    return Cut(np.where(body[:, :, None], small[place], 0).astype(np.uint8), body, box)


def measure_colour(cuts: Sequence[Cut]) -> NDArray[np.float64]:
    """The median colour of bodies, float64 (3,), CIELAB: L 0 to 100, a and b about -100 to 100; each image counts as
    one. Of one image its own; of images that came together, the stain that they share."""
    medians = [np.median(_to_lab(one.image_rgb)[one.body], axis=0) for one in cuts if one.body.any()]
    return np.median(medians, axis=0).astype(np.float64) if medians else np.zeros(3)


def colour(one: Cut, found: NDArray[np.float64], wanted: NDArray[np.float64]) -> Image:
    """The second step for cells: the body's colours moved as far as `found` is from `wanted`, both as `measure_colour`
    gives them; the ground stays black. uint8 (h, w, 3), RGB."""
    lab = _to_lab(one.image_rgb) + (wanted - found).astype(np.float32)
    lab[..., 0] = lab[..., 0].clip(0, 100)
    moved = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.where(one.body[:, :, None], np.rint(moved * 255).clip(0, 255), 0).astype(np.uint8)


def fit(image_rgb: Image, height_px: int, width_px: int) -> Image:
    """The image as large as fits into (height_px, width_px), in its own proportions, centred on black: to be shown
    beside the one that it was cut from."""
    height, width = image_rgb.shape[:2]
    scale = min(height_px / height, width_px / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    sized = cv2.resize(image_rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (height_px - size[1]) // 2, (width_px - size[0]) // 2
    framed = np.zeros((height_px, width_px, 3), np.uint8)
    framed[top : top + size[1], left : left + size[0]] = sized
    return framed


def _reduce(image_rgb: Image) -> Image:
    height, width = image_rgb.shape[:2]
    scale = LARGEST_PX / max(height, width)
    if scale >= 1:
        return image_rgb
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image_rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _find_cell(image: Image) -> Mask | None:
    """The largest body that stands out from the colour of the border, its holes filled; None where there is none."""
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_PX:
        return None
    lab = _to_lab(image)
    band = max(1, round(BORDER_SHARE * min(height, width)))
    inside = np.zeros((height, width), bool)
    inside[band:-band, band:-band] = True
    distance = np.linalg.norm(lab - np.median(lab[~inside], axis=0), axis=2)  # (H, W)
    furthest = float(distance.max())
    if furthest < 1:  # one colour, to any eye
        return None
    scaled = np.rint(distance * (255 / furthest)).astype(np.uint8)
    _, away = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(away, connectivity=8)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA]))
    body = _fill(labels == largest)
    if (
        body.sum() < LEAST_SHARE * body.size
        or min(facts[largest, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]) < SMALLEST_PX
    ):
        return None
    return body


def _fill(body: Mask) -> Mask:
    """The body with its holes: whatever the outside does not reach."""
    outlines, _ = cv2.findContours(body.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros(body.shape, np.uint8), outlines, -1, 1, cv2.FILLED)
    return np.asarray(filled, bool)


def _find_picture(image: Image) -> Mask | None:
    """An X-ray without rows and columns that are dark from end to end."""
    bright = image.max(axis=2) > DARK
    rows, columns = bright.any(axis=1), bright.any(axis=0)
    if rows.sum() < SMALLEST_PX or columns.sum() < SMALLEST_PX:
        return None
    found = np.zeros(bright.shape, bool)
    top, bottom = np.flatnonzero(rows)[[0, -1]]
    left, right = np.flatnonzero(columns)[[0, -1]]
    found[top : bottom + 1, left : right + 1] = True
    return found


def _to_lab(image_rgb: Image) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(image_rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


_FINDERS: dict[str, Callable[[Image], Mask | None]] = {CELLS: _find_cell, X_RAYS: _find_picture}
