"""What may happen to an image on its way to a model: another stain, light, lens, camera, ground; half of it missing.

Each change is a pure function of an image as it came, in steps that go from little to much. Pure numpy and OpenCV.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.models import normalisation

Image = NDArray[np.uint8]
Change = Callable[[Image, float], Image]


@dataclass(frozen=True)
class Disturbance:
    """One change. steps : its strengths, from little to much. say : a strength in a few words."""

    key: str
    title: str
    steps: tuple[float, ...]
    say: Callable[[float], str]
    apply: Change


def keep(image_rgb: Image, _: float) -> Image:
    """The image as it came."""
    return image_rgb


def turn_hue(image_rgb: Image, degrees: float) -> Image:
    """The colours turned by so many degrees about the grey axis of CIELAB: lightness and colourfulness stay."""
    lab = cv2.cvtColor(image_rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    a, b = lab[..., 1].copy(), lab[..., 2].copy()
    lab[..., 1], lab[..., 2] = cosine * a - sine * b, sine * a + cosine * b
    return _as_bytes(cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB) * 255)


def dim(image_rgb: Image, factor: float) -> Image:
    """All values times `factor`: above 1 lighter, what is lightest then white."""
    return _as_bytes(image_rgb.astype(np.float32) * factor)


def flatten(image_rgb: Image, factor: float) -> Image:
    """The distance of each value from the image's mean times `factor`: below 1 less contrast, above 1 more."""
    values = image_rgb.astype(np.float32)
    mean = values.mean(axis=(0, 1))
    return _as_bytes(mean + factor * (values - mean))


def blur(image_rgb: Image, share: float) -> Image:
    """A Gaussian blur whose standard deviation is this share of the shorter side."""
    return np.asarray(cv2.GaussianBlur(image_rgb, (0, 0), max(share * min(image_rgb.shape[:2]), 0.1)), np.uint8)


def compress(image_rgb: Image, quality: float) -> Image:
    """Once through JPEG of this quality, 0 to 100."""
    bgr = np.ascontiguousarray(image_rgb[..., ::-1])
    coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, round(quality)])[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def change_ground(image_rgb: Image, level: float) -> Image:
    """What lies around the body that stands out becomes one grey; an image in which nothing does stays as it is."""
    found = normalisation.cut(image_rgb, normalisation.CELLS)
    if found.box is None:
        return image_rgb
    box = found.box
    size = (box.right - box.left, box.bottom - box.top)
    body = np.zeros(image_rgb.shape[:2], bool)
    body[box.top : box.bottom, box.left : box.right] = cv2.resize(
        found.body.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST
    ).astype(bool)
    return np.where(body[:, :, None], image_rgb, np.uint8(level)).astype(np.uint8)


def fade(image_rgb: Image, share: float) -> Image:
    """This share of the way to grey; a negative one leads away from it, to more colour."""
    grey = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)[:, :, None]
    return _as_bytes(image_rgb + share * (grey - image_rgb))


def cut_off(image_rgb: Image, share: float) -> Image:
    """Without this share of its width, on the right."""
    return image_rgb[:, : max(1, round((1 - share) * image_rgb.shape[1]))]


def turn(image_rgb: Image, degrees: float) -> Image:
    """Turned against the clock, by the nearest quarter."""
    return np.ascontiguousarray(np.rot90(image_rgb, round(degrees / 90)))


def _as_bytes(values: NDArray[Any]) -> Image:
    rounded: Image = np.rint(values).clip(0, 255).astype(np.uint8)
    return rounded


def _per_cent(value: float) -> str:
    return f"{100 * value:g} %"


ALL: tuple[Disturbance, ...] = (
    Disturbance("stain", "Hue of the stain", (10, 20, 40), lambda value: f"{value:g}°", turn_hue),
    Disturbance("dark", "Darkened to", (0.7, 0.5, 0.3), _per_cent, dim),
    Disturbance("light", "Lightened to", (1.15, 1.3, 1.5), _per_cent, dim),
    Disturbance("blur", "Blur, of the shorter side", (0.01, 0.02, 0.04), _per_cent, blur),
    Disturbance("jpeg", "JPEG, quality", (50, 20, 10), lambda value: f"{value:g}", compress),
    Disturbance("ground", "Ground, grey level", (60, 150, 240), lambda value: f"{value:g}", change_ground),
    Disturbance("grey", "Colour taken away", (0.5, 0.75, 1.0), _per_cent, fade),
    Disturbance("cut", "Cut off, of the width", (0.1, 0.25, 0.5), _per_cent, cut_off),
    Disturbance("turned", "Turned", (90, 180), lambda value: f"{value:g}°", turn),
)
