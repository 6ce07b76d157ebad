"""What common filters do to an image, and what a network would see of it. RGB in, RGB out, uint8."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.base import errors
from core.datasets.index import decoding
from core.datasets.views import colour_spaces

Pixels = NDArray[np.uint8]  # (H, W, 3), RGB
Number = int | float
SOBEL_STEP = 4  # a step of height d between two flat halves gives 4 d in the 3 x 3 kernel


@dataclass(frozen=True)
class Setting:
    """A number of a filter: from `low` to `high`; whole steps from `low` where `step` is an int (1, 3, 5: odd)."""

    name: str
    label: str
    low: Number
    high: Number
    step: Number
    default: Number
    help: str


@dataclass(frozen=True)
class Filter:
    """A filter with what it says of itself; `settings` in the order of its sliders."""

    title: str
    caption: str
    settings: tuple[Setting, ...]
    work: Callable[..., Pixels]

    def apply(self, image_rgb: Pixels, **chosen: Number) -> Pixels:
        """The filtered image; a setting that is left out has its default. The image itself is left as it is.

        image_rgb : ndarray of shape (H, W, 3), uint8, RGB.
        Returns ndarray of the same shape, uint8, RGB.
        Raises SettingNotUsable for a setting that is unknown, no number, out of range or between its steps.
        """
        known = {setting.name: setting for setting in self.settings}
        for name in chosen:
            if name not in known:
                raise _refuse(f"one of {', '.join(known)}", repr(name), self.title)
        values = {name: _require(setting, chosen.get(name, setting.default)) for name, setting in known.items()}
        return self.work(image_rgb, **values)


def find_filter(key: str) -> Filter:
    """The filter of a key of FILTERS; raises SettingNotUsable for another."""
    if key not in FILTERS:
        raise _refuse(f"one of {', '.join(FILTERS)}", repr(key), "the filter")
    return FILTERS[key]


def see_as_network(image_rgb: Pixels, *, side_px: int, shown_px: int) -> Pixels:
    """The image at a network's input size, each of its pixels drawn as a block: no larger picture is ever seen.

    image_rgb : ndarray of shape (H, W, 3), uint8, RGB; its aspect ratio is squeezed to a square, as in training.
    Returns ndarray of shape (n, n, 3), uint8, RGB, with n the largest multiple of side_px up to shown_px, at least 1.
    """
    small = decoding.resize_image(image_rgb, side_px, side_px)
    times = max(1, shown_px // side_px)
    return small.repeat(times, axis=0).repeat(times, axis=1)


def blur_gaussian(image_rgb: Pixels, *, kernel_px: int, sigma_px: float) -> Pixels:
    """Gaussian mean; the borders are mirrored. sigma_px 0 : 0.3 * ((kernel_px - 1) / 2 - 1) + 0.8, as OpenCV has it."""
    if kernel_px == 1:
        return image_rgb.copy()
    exact = cv2.GaussianBlur(image_rgb.astype(np.float32), (kernel_px, kernel_px), sigma_px)  # of uint8: off by up to 2
    return np.rint(np.asarray(exact)).astype(np.uint8)


def blur_median(image_rgb: Pixels, *, kernel_px: int) -> Pixels:
    """The median of the square around each pixel, channel by channel; the border pixels are repeated outwards."""
    if kernel_px == 1:
        return image_rgb.copy()
    return np.asarray(cv2.medianBlur(image_rgb, kernel_px), np.uint8)


def sharpen(image_rgb: Pixels, *, amount: float, radius_px: float) -> Pixels:
    """Unsharp mask: image + amount * (image - Gaussian blur of sigma radius_px), cut off at 0 and 255."""
    exact = image_rgb.astype(np.float32)
    detail = exact - np.asarray(cv2.GaussianBlur(exact, (0, 0), radius_px), np.float32)
    return np.clip(np.rint(exact + np.float32(amount) * detail), 0, 255).astype(np.uint8)


def find_edges(image_rgb: Pixels, *, smooth_px: int, gain: float) -> Pixels:
    """Strength of the gradient of luma (Sobel, 3 x 3) as grey: a step of height d is gain * d, cut off at 255."""
    luma = colour_spaces.to_luma(blur_gaussian(image_rgb, kernel_px=smooth_px, sigma_px=0)).astype(np.float32)
    across, down = (cv2.Sobel(luma, cv2.CV_32F, dx, dy, ksize=3) for dx, dy in ((1, 0), (0, 1)))
    strength = np.hypot(across, down) * (gain / SOBEL_STEP)
    return np.repeat(np.clip(np.rint(strength), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def even_contrast(image_rgb: Pixels, *, clip_limit: float, tiles: int) -> Pixels:
    """Contrast limited adaptive histogram equalisation (Zuiderveld 1994) of L* alone: a* and b* stay."""
    lab = np.array(cv2.cvtColor(image_rgb, cv2.COLOR_RGB2LAB), np.uint8)
    lab[..., 0] = cv2.createCLAHE(clipLimit=clip_limit, tileGridSize=(tiles, tiles)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def _require(setting: Setting, value: Number) -> Number:
    said = f"a number from {setting.low} to {setting.high}"
    if isinstance(setting.step, int):
        kind = "an odd whole number" if (setting.step, setting.low) == (2, 1) else "a whole number"
        said = f"{kind} from {setting.low} to {setting.high}"
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not usable or not setting.low <= value <= setting.high:
        raise _refuse(said, repr(value), setting.label)
    if not isinstance(setting.step, int):
        return float(value)
    if value != int(value) or (int(value) - int(setting.low)) % setting.step:
        raise _refuse(said, repr(value), setting.label)
    return int(value)


def _refuse(expected: str, found: str, where: str) -> errors.SettingNotUsable:
    return errors.SettingNotUsable(
        expected=expected, found=found, where=where, todo="Choose one in this range, or leave it out."
    )


_KERNEL = Setting(
    "kernel_px",
    "Kernel (pixels)",
    1,
    31,
    2,
    7,
    "The side of the square that each new pixel is made from; 1 = no change.",
)

FILTERS: dict[str, Filter] = {
    "gaussian": Filter(
        "Gaussian blur",
        "Each pixel becomes a mean of its surroundings, near ones counting most. It removes noise and fine detail "
        "alike: what is gone after it was told by detail of about the size of the kernel. It cannot tell whether "
        "a network needs that detail.",
        (
            _KERNEL,
            Setting(
                "sigma_px",
                "Sigma (pixels)",
                0.0,
                10.0,
                0.1,
                0.0,
                "How wide the bell is inside the kernel; 0 = chosen to fit the kernel.",
            ),
        ),
        blur_gaussian,
    ),
    "median": Filter(
        "Median",
        "Each pixel becomes the median of its surroundings: specks smaller than half the kernel go, edges stay. "
        "A small parasite is a speck to it as well.",
        (_KERNEL,),
        blur_median,
    ),
    "sharpen": Filter(
        "Sharpening",
        "Adds the difference between the image and its blurred copy: edges get a bright and a dark side. "
        "It makes noise stronger too and brings back no detail that the file lacks.",
        (
            Setting("amount", "Amount", 0.0, 5.0, 0.1, 1.5, "How many times the difference is added; 0 = no change."),
            Setting(
                "radius_px", "Radius (pixels)", 0.5, 10.0, 0.5, 2.0, "The width of the blur that is compared with."
            ),
        ),
        sharpen,
    ),
    "edges": Filter(
        "Edges (Sobel)",
        "Bright where lightness changes from one pixel to the next: outlines and texture, as the first layer of a "
        "network often finds them. Colour is gone, and it cannot tell an outline that matters from the rim "
        "of the picture.",
        (
            Setting(
                "smooth_px", "Smooth first (pixels)", 1, 31, 2, 3, "A Gaussian blur before, against noise; 1 = none."
            ),
            Setting("gain", "Gain", 0.5, 8.0, 0.5, 3.0, "Makes weak edges visible; 1 = an edge as bright as its step."),
        ),
        find_edges,
    ),
    "contrast": Filter(
        "Contrast (CLAHE)",
        "Spreads lightness evenly, tile by tile, within a limit; colours keep their tint. Faint structures show, "
        "and so does noise. Brightness can no longer be compared between images, or between places in one.",
        (
            Setting("clip_limit", "Clip limit", 1.0, 10.0, 0.5, 2.0, "How far contrast may rise in a tile."),
            Setting("tiles", "Tiles a side", 1, 16, 1, 8, "1 = the whole image at once; more = more local."),
        ),
        even_contrast,
    ),
}
