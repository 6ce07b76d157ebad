"""One image seen in parts: hue, saturation, value, single channels, grey and CIELAB. RGB in, RGB out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # (H, W, 3), RGB
Floats = NDArray[np.float32]

# Under these a hue is the noise of the camera: pale pixels, and black ones, such as the surround of a cut-out cell.
LEAST_SATURATION_FRACTION = 0.10
LEAST_VALUE_FRACTION = 0.10
# Float32 puts 330 degrees at 329.99997. Hues and saturations of 8-bit colours lie further apart than this, so adding it
# before comparing gives each colour the place that whole-number arithmetic gives it.
HUE_ROUNDING_DEGREES, SATURATION_ROUNDING = np.float32(4e-4), np.float32(2e-5)
NO_HUE_GREY = 128
FULL_COLOUR_AT = 60  # units of a* or b* from neutral at which the colour maps end
NEUTRAL = (242, 242, 242)


@dataclass(frozen=True)
class ColourView:
    """A way to look at colours: `apply` takes and returns uint8 (H, W, 3), RGB; `low` and `high` name its scale's ends.

    scale : uint8 (1, 256, 3), RGB, the colours of the scale from low to high.
    """

    title: str
    caption: str
    apply: Callable[[Pixels], Pixels]
    scale: Pixels
    low: str
    high: str


def to_hsv(image_rgb: Pixels) -> Floats:
    """Hue in degrees [0, 360), saturation and value in [0, 1] (Smith 1978), float32, of uint8 (H, W, 3), RGB.

    Where red, green and blue are equal there is no hue, and it is 0: see `find_coloured`.
    """
    hsv = np.asarray(cv2.cvtColor(image_rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2HSV), np.float32)
    hsv[..., 0][hsv[..., 0] >= 360] = 0
    return hsv


def find_coloured(hsv: Floats) -> NDArray[np.bool_]:
    """Where a hue means something: neither pale nor nearly black. hsv : (H, W, 3) of `to_hsv`; returns bool (H, W)."""
    return (hsv[..., 1] + SATURATION_ROUNDING >= np.float32(LEAST_SATURATION_FRACTION)) & find_lit(hsv)


def find_lit(hsv: Floats) -> NDArray[np.bool_]:
    """Where a saturation means something: not nearly black. hsv : (H, W, 3) of `to_hsv`; returns bool (H, W)."""
    return hsv[..., 2] >= np.float32(LEAST_VALUE_FRACTION)


def paint_hues(degrees: Floats) -> Pixels:
    """Each hue at full saturation and value. degrees : float32 (H, W) in [0, 360]; returns uint8 (H, W, 3), RGB."""
    full = np.ones_like(degrees)
    painted = cv2.cvtColor(np.stack([degrees, full, full], axis=-1), cv2.COLOR_HSV2RGB)
    return np.rint(np.asarray(painted) * 255).astype(np.uint8)


def view_hue(image_rgb: Pixels) -> Pixels:
    """The hue of each pixel at full strength; grey where there is none (see `find_coloured`). uint8 (H, W, 3), RGB."""
    hsv = to_hsv(image_rgb)
    seen = paint_hues(np.ascontiguousarray(hsv[..., 0]))
    seen[~find_coloured(hsv)] = NO_HUE_GREY
    return seen


def view_saturation(image_rgb: Pixels) -> Pixels:
    """Saturation as grey: black = colourless, white = pure. uint8 (H, W, 3), RGB."""
    return _as_grey(np.rint(to_hsv(image_rgb)[..., 1] * 255).astype(np.uint8))


def view_value(image_rgb: Pixels) -> Pixels:
    """The largest of red, green and blue as grey. uint8 (H, W, 3), RGB."""
    return _as_grey(image_rgb.max(axis=2))


def view_grey(image_rgb: Pixels) -> Pixels:
    """Luma (ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B) as grey. uint8 (H, W, 3), RGB."""
    return _as_grey(to_luma(image_rgb))


def to_luma(image_rgb: Pixels) -> Pixels:
    """Luma, uint8 (H, W), of uint8 (H, W, 3), RGB."""
    return np.asarray(cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def to_lab(image_rgb: Pixels) -> Floats:
    """CIELAB (1976, D65, from sRGB): L* in [0, 100], a* and b* with 0 = neutral; float32 (H, W, 3)."""
    return np.asarray(cv2.cvtColor(image_rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)


def view_lightness(image_rgb: Pixels) -> Pixels:
    """L* of CIELAB as grey, 0 to 100 as 0 to 255. uint8 (H, W, 3), RGB."""
    return _as_grey(np.rint(np.clip(to_lab(image_rgb)[..., 0], 0, 100) * 2.55).astype(np.uint8))


def _as_grey(plane: Pixels) -> Pixels:
    """One channel, uint8 (H, W), as a grey picture (H, W, 3)."""
    return np.repeat(plane[..., None], 3, axis=2)


def _view_channel(channel: int) -> Callable[[Pixels], Pixels]:
    return lambda image_rgb: _as_grey(image_rgb[..., channel])


def _view_opponent(channel: int, colours: Pixels) -> Callable[[Pixels], Pixels]:
    """a* (1) or b* (2) of CIELAB in a diverging map: its middle is neutral, its ends FULL_COLOUR_AT units away."""

    def apply(image_rgb: Pixels) -> Pixels:
        place = 128 + np.rint(to_lab(image_rgb)[..., channel] * (127 / FULL_COLOUR_AT))  # 128: exactly neutral
        return np.asarray(colours[0][np.clip(place, 0, 255).astype(np.uint8)], np.uint8)

    return apply


def _diverge(low: Sequence[int], high: Sequence[int]) -> Pixels:
    """A map of (1, 256, 3) from one colour over a light neutral (place 128) to another."""
    channels = [np.interp(np.arange(256), [0, 128, 255], ends) for ends in zip(low, NEUTRAL, high, strict=True)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)[None]


_GREYS = _as_grey(np.arange(256, dtype=np.uint8)[None])
_HUES = paint_hues(np.linspace(0, 360, 256, dtype=np.float32)[None])
_GREEN_MAGENTA = _diverge((0, 104, 55), (158, 1, 120))
_BLUE_YELLOW = _diverge((0, 90, 181), (214, 160, 0))
_DARK, _BRIGHT = "0", "255"

COLOUR_VIEWS: dict[str, ColourView] = {
    "hue": ColourView(
        "Hue",
        "Which colour, however pale or dark: the colour circle at full strength, where 0° and 360° are the same red. "
        f"Grey: no hue, because the pixel is nearly black or less than {LEAST_SATURATION_FRACTION:.0%} saturated. "
        "It cannot tell a strong stain from a faint one.",
        view_hue,
        _HUES,
        "0°",
        "360°",
    ),
    "saturation": ColourView(
        "Saturation",
        "How pure the colour is: white is pure, black is grey or colourless. It cannot tell which colour, "
        "and in nearly black places it is noise.",
        view_saturation,
        _GREYS,
        "colourless",
        "pure",
    ),
    "value": ColourView(
        "Value",
        "How bright the brightest of red, green and blue is. A saturated colour and white can look the same.",
        view_value,
        _GREYS,
        _DARK,
        _BRIGHT,
    ),
    "red": ColourView(
        "Red channel",
        "How much red each pixel has. White paper is as bright here as a red spot.",
        _view_channel(0),
        _GREYS,
        _DARK,
        _BRIGHT,
    ),
    "green": ColourView(
        "Green channel",
        "How much green each pixel has. A purple stain swallows green, so it stands out dark here; so does shade.",
        _view_channel(1),
        _GREYS,
        _DARK,
        _BRIGHT,
    ),
    "blue": ColourView(
        "Blue channel",
        "How much blue each pixel has. White paper is as bright here as a blue spot.",
        _view_channel(2),
        _GREYS,
        _DARK,
        _BRIGHT,
    ),
    "grey": ColourView(
        "Grey",
        "Brightness as a black-and-white photograph gives it, with green counting most. "
        "Colours that differ only in hue look the same.",
        view_grey,
        _GREYS,
        _DARK,
        _BRIGHT,
    ),
    "lightness": ColourView(
        "L* of LAB",
        "Lightness in steps that the eye sees as even: 0 is black, 100 is white. It says nothing of colour.",
        view_lightness,
        _GREYS,
        "0",
        "100",
    ),
    "green_magenta": ColourView(
        "a* of LAB",
        f"Green against magenta, whatever the lightness: pale is neutral, full colour is {FULL_COLOUR_AT} units "
        "or more. Beyond that all looks the same.",
        _view_opponent(1, _GREEN_MAGENTA),
        _GREEN_MAGENTA,
        f"−{FULL_COLOUR_AT} green",
        f"+{FULL_COLOUR_AT} magenta",
    ),
    "blue_yellow": ColourView(
        "b* of LAB",
        f"Blue against yellow, whatever the lightness: pale is neutral, full colour is {FULL_COLOUR_AT} units "
        "or more. Beyond that all looks the same.",
        _view_opponent(2, _BLUE_YELLOW),
        _BLUE_YELLOW,
        f"−{FULL_COLOUR_AT} blue",
        f"+{FULL_COLOUR_AT} yellow",
    ),
}
