"""Input normalisation: an image brought to one form, in which a model learnt and answers; laboratories differ less.

A form has two steps. *Cutting* finds what the image is of and where it lies: of cells the body that stands out from its
ground, the ground then black; of X-rays the picture without its dark borders. *Colouring* moves the median colour of a
cell in CIELAB to that of other images; in an X-ray it paints over letters of lead and evens out the contrast. Pure
numpy and OpenCV.

Background removal and stain normalisation in this plain form: distance to the colour of the border, threshold after
Otsu (1979), and one shift in CIELAB as Reinhard et al. (2001) do with means and spreads. Contrast: equalised in tiles,
with a limit (CLAHE, Zuiderveld 1994).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets.index import decoding, scanning
from core.models import lead_letters

Kind = Literal["none", "cells", "x-rays"]
NONE: Kind = "none"
CELLS: Kind = "cells"
X_RAYS: Kind = "x-rays"
KINDS: tuple[Kind, ...] = (NONE, CELLS, X_RAYS)
TITLES: dict[str, str] = {NONE: "None", CELLS: "Cells", X_RAYS: "X-rays"}
LARGEST_PX: dict[str, int] = {CELLS: 96, X_RAYS: 256}  # longer sides are reduced before anything is looked for
SMALLEST_PX = 8  # of a body's shorter side; what is smaller is no cell but dirt, and the image stays as it came
LEAST_SHARE = 0.2  # of the image that a body covers; less is something on a cell that fills the image
BORDER_SHARE = 0.04  # of the shorter side: how wide the border is that tells the colour of the ground
VERSION = 2  # of what is made of an image; from the second on, letters of lead are painted over in X-rays
LETTERS_FROM = 2  # of these versions
DARK = 12 / 255  # of the brightest pixel: a row of an X-ray that is darker everywhere is no picture
DARKEST, BRIGHTEST = 1, 99  # percentiles of an X-ray that become black and white: a letter of lead is brighter
CLIP, TILES = 2.0, (8, 8)  # of CLAHE

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Colour = tuple[float, float, float]


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
class Form:
    """What is made of each image. wanted : the colour that bodies are brought to, CIELAB as `measure_colour` gives it.

    shared : the colour of the images that came together, from which all are moved alike; None: each from its own.
    version : of what is made of an image; a model stays with that in which it learnt.
    """

    kind: Kind
    wanted: Colour | None = None
    shared: Colour | None = None
    version: int = VERSION

    @property
    def change(self) -> scanning.Change | None:
        """What is made of a file as it is read into pixels; None where nothing is."""
        if self.kind == NONE:
            return None
        tag = "_".join(
            [
                f"{self.kind}{self.version}",
                *(f"{value:g}" for one in (self.wanted, self.shared) if one for value in one),
            ]
        )
        return scanning.Change(__name__, normalise_as.__name__, self.as_data, tag)

    @property
    def as_data(self) -> tuple[Kind, list[float] | None, list[float] | None, int]:
        """As plain data, for another process; see `read_form`."""
        wanted, shared = (list(one) if one else None for one in (self.wanted, self.shared))
        return self.kind, wanted, shared, self.version


AS_IT_CAME = Form(NONE)


@dataclass(frozen=True, eq=False)
class Brought:
    """An image as a network sees it, uint8 (h, w, 3), RGB, and where it lies in the one that came; None: all of it.

    body : (h, w), what of it is the body that stood out; None where none did, or the form looks for none.
    """

    image_rgb: Image
    box: Box | None
    body: Mask | None = None


def bring(image_rgb: Image, form: Form, height_px: int, width_px: int) -> Brought:
    """The one way from an image, uint8 (H, W, 3), RGB, to the input of a network that learnt in this form."""
    if form.kind == NONE:
        return Brought(decoding.resize_image(image_rgb, height_px, width_px), None)
    one = cut(image_rgb, form.kind)
    body = None
    if form.kind == CELLS and one.box is not None:
        sized = cv2.resize(one.body.view(np.uint8), (width_px, height_px), interpolation=cv2.INTER_NEAREST)
        body = np.asarray(sized, bool)
    return Brought(decoding.resize_image(_finish(one, form), height_px, width_px), one.box, body)


def normalise(image_rgb: Image, form: Form) -> Image:
    """Both steps: the image, uint8 (H, W, 3), RGB, cut and coloured; a new size, that of what was cut."""
    return _finish(cut(image_rgb, form.kind), form)


def normalise_as(
    image_rgb: Image, kind: Kind, wanted: list[float] | None, shared: list[float] | None, version: int
) -> Image:
    """`normalise`, with the form as plain data: what `Form.change` names."""
    return normalise(image_rgb, read_form(kind, wanted, shared, version))


def read_form(kind: Kind, wanted: list[float] | None, shared: list[float] | None, version: int) -> Form:
    """A form back from `Form.as_data`."""
    return Form(kind, _as_colour(wanted), _as_colour(shared), version)


def measure_form(images_rgb: NDArray[np.uint8], kind: Kind) -> Form:
    """The form of a training: the colour of its images, (N, H, W, 3), uint8, RGB, is the one that it asks for.

    In whole units of CIELAB, which no eye tells apart: trainings on about the same images then share their pixels.
    """
    found = measure_images(images_rgb, kind) if kind == CELLS else None
    return Form(kind, _as_colour([float(round(value)) for value in found]) if found else None)


def describe(form: Form) -> str:
    """What is made of an image, in a sentence; empty where nothing is."""
    if form.kind == NONE:
        return ""
    if form.kind == X_RAYS:
        letters = "letters of lead are painted over, " if form.version >= LETTERS_FROM else ""
        cut_away = "Rows and columns that are dark from end to end are cut away"
        return f"{cut_away}, {letters}and the contrast is evened out (CLAHE)."
    said = "The cell is cut from its ground, which is made black"
    if form.wanted is None:
        return f"{said}."
    lightness, a, b = form.wanted
    return f"{said}, and its median colour moved to that of the training images (CIELAB {lightness:g}, {a:g}, {b:g})."


def even_out(image_rgb: Image, version: int = VERSION) -> Image:
    """The second step for X-rays: uint8 (h, w, 3), RGB, made grey, from black to white, contrast alike everywhere.

    How dark it was taken and how hard it was printed make no difference then, nor what letters lie on it.
    """
    grey = np.asarray(cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    if version >= LETTERS_FROM:
        grey = lead_letters.remove(grey)
    low, high = np.percentile(grey, (DARKEST, BRIGHTEST))
    stretched = np.rint((grey - low) * (255 / max(high - low, 1))).clip(0, 255).astype(np.uint8)
    level = cv2.createCLAHE(CLIP, TILES).apply(stretched)
    return np.repeat(np.asarray(level, np.uint8)[:, :, None], 3, axis=2)


def _finish(one: Cut, form: Form) -> Image:
    if form.kind == X_RAYS:
        return even_out(one.image_rgb, form.version)
    if form.wanted is None or one.box is None or form.kind != CELLS:
        return one.image_rgb
    own = measure_colour([one]) if form.shared is None else np.asarray(form.shared)
    return colour(one, own, np.asarray(form.wanted))


def _as_colour(values: Sequence[float] | None) -> Colour | None:
    if values is None:
        return None
    lightness, a, b = values
    return lightness, a, b


def measure_images(images_rgb: NDArray[np.uint8], kind: str) -> Colour | None:
    """The colour of images (N, H, W, 3), uint8, RGB, in which a body stands out; None where there are none."""
    cuts = [one for one in (cut(image, kind) for image in images_rgb) if one.box is not None]
    if not cuts:
        return None
    return _as_colour(measure_colour(cuts).tolist())


def cut(image_rgb: Image, kind: str) -> Cut:
    """The first step: what the image, uint8 (H, W, 3), RGB, is of. An image where nothing stands out stays whole."""
    small = _reduce(image_rgb, LARGEST_PX.get(kind, max(image_rgb.shape)))
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
    return Cut(_mask(small[place], body), body, box)


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
    return _mask(np.rint(moved * 255).clip(0, 255).astype(np.uint8), one.body)


def _mask(image: Image, body: Mask) -> Image:
    """The image, (h, w, 3), black outside its body."""
    return np.asarray(cv2.bitwise_and(image, image, mask=body.view(np.uint8)), np.uint8)


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


def _reduce(image_rgb: Image, largest_px: int) -> Image:
    height, width = image_rgb.shape[:2]
    scale = largest_px / max(height, width)
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
    away = lab - np.median(lab[~inside], axis=0)
    distance = np.sqrt(np.einsum("hwc,hwc->hw", away, away))  # (H, W)
    furthest = float(distance.max())
    if furthest < 1:  # one colour, to any eye
        return None
    scaled = np.rint(distance * (255 / furthest)).astype(np.uint8)
    _, outside = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(outside, connectivity=8)
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
    lightest = cv2.max(cv2.max(image[..., 0], image[..., 1]), image[..., 2])  # ten times as fast as numpy's
    bright = lightest > DARK * lightest.max()
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
