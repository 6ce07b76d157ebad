"""Augmentation: training images changed at random each time they are shown, as the world might have changed them.

One function, `augment`, is what training and the preview on Explore both call: a pure function of images, settings and
seed, in NumPy and OpenCV, without TensorFlow. It works on the batch on its way to the network:

- Keras' preprocessing layers do the same. With the settings for cells, 100 images of 64 x 64 took them 180 ms of
  processor time, beside 240 ms for training base_cnn on them in float32 (and half of that in bfloat16). This takes
  12 ms: turning, zooming, moving and flipping are one resampling (three layers also blur three times), and all colours
  are one 3 x 4 matrix. (Keras' "horizontal_and_vertical" flip is both or neither, which is only a half turn.)
- Random layers inside the network would have to be taken out again for checkpoint, Grad-CAM and publishing. The network
  never has any, so validation images and predictions cannot be augmented by mistake.
- A random state is lost with the process, and batches are read ahead of the training. Here the seed of a batch is made
  of seed, epoch and step: a resumed run sees the same pictures to the bit, however far ahead it reads.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.base import errors

FLIPS = ("none", "horizontal", "both")
FILLS = ("black", "mirror")
LIMITS: dict[str, tuple[float, float]] = {
    "rotation_degrees": (0, 180),
    "zoom_fraction": (0, 0.3),
    "shift_fraction": (0, 0.2),
    "brightness": (0, 0.5),
    "contrast": (0, 0.5),
    "hue_degrees": (0, 30),
    "saturation": (0, 0.5),
    "gamma": (0, 1),
    "blur_px": (0, 3),
    "jpeg_loss": (0, 0.9),
}
LATER_DRAWS = ("gamma", "blur", "jpeg")  # from numbers of their own: what older settings draw stays as it was
DRAWS = ("flip_x", "flip_y", "rotation", "zoom", "shift_x", "shift_y", "brightness", "contrast", "hue", "saturation")
BORDERS = {"black": cv2.BORDER_CONSTANT, "mirror": cv2.BORDER_REFLECT_101}
LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


@dataclass(frozen=True)
class Augmentation:
    """How far a training image may be changed; each value is a largest amount, drawn evenly in both directions.

    `brightness`, `contrast` and `saturation` are shares of themselves (0.1: from 0.9 to 1.1 times); black stays black
    whatever the brightness. `shift_fraction` is of the image's height and width. `fill` is what stands where a turned
    or moved image leaves a gap: black, or the image's own mirror image. `gamma` 0.3: exponents from 1 / 1.3 to 1.3.
    Half of the images are blurred, by a Gaussian of a standard deviation up to `blur_px`, and half are compressed as
    JPEG, of a quality down to 100 x (1 - `jpeg_loss`), as cameras and programs do.
    """

    flip: str = "none"
    rotation_degrees: float = 0
    zoom_fraction: float = 0
    shift_fraction: float = 0
    brightness: float = 0
    contrast: float = 0
    hue_degrees: float = 0
    saturation: float = 0
    gamma: float = 0
    blur_px: float = 0
    jpeg_loss: float = 0
    fill: str = "black"

    def __post_init__(self) -> None:
        for name, allowed in (("flip", FLIPS), ("fill", FILLS)):
            if getattr(self, name) not in allowed:
                raise _not_usable(name, "one of " + ", ".join(allowed), getattr(self, name))
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
                raise _not_usable(name, f"a number from {low:g} to {high:g}", value)

    @property
    def is_none(self) -> bool:
        """Whether it changes nothing."""
        return self.flip == "none" and not any(getattr(self, name) for name in LIMITS)

    def to_json(self) -> dict[str, Any]:
        """The settings as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Any) -> "Augmentation":
        """The settings back; what is absent changes nothing, what is not known is refused. Raises RecipeNotUsable."""
        if not isinstance(content, dict):
            raise _not_usable("", "settings with their names", content)
        unknown = set(content) - {field.name for field in fields(cls)}
        if unknown:
            known = ", ".join(field.name for field in fields(cls))
            raise _not_usable(", ".join(sorted(map(str, unknown))), f"one of {known}", "a name that is not known")
        return cls(**content)


NONE = Augmentation()
PRESETS: dict[str, Augmentation] = {
    "none": NONE,
    # A cell lies on the slide in any direction; stain and lamp vary a little from slide to slide.
    "cells": Augmentation(flip="both", rotation_degrees=180, brightness=0.1, contrast=0.1, hue_degrees=5),
    # Other stains, lamps, lenses and cameras than those of home: for images that come from elsewhere.
    "cells-varied": Augmentation(
        flip="both",
        rotation_degrees=180,
        brightness=0.2,
        contrast=0.2,
        hue_degrees=12,
        saturation=0.3,
        gamma=0.3,
        blur_px=1,
        jpeg_loss=0.6,
    ),
    # As the study of the malaria networks did (docs/decisions/0011): no turning in between, nothing about the stain.
    "flips-light": Augmentation(flip="both", brightness=0.2, contrast=0.3),
    # The heart is on the left and the diaphragm below: no flips. Patients stand a little askew, exposures differ.
    "x-ray": Augmentation(rotation_degrees=7, zoom_fraction=0.05, shift_fraction=0.05, brightness=0.1, contrast=0.15),
    # Other exposures, distances, sharpnesses and printers than those of home.
    "x-ray-varied": Augmentation(
        rotation_degrees=10,
        zoom_fraction=0.25,
        shift_fraction=0.1,
        brightness=0.3,
        contrast=0.3,
        gamma=0.5,
        blur_px=2,
        jpeg_loss=0.6,
    ),
    "photos": Augmentation(
        flip="horizontal", rotation_degrees=10, zoom_fraction=0.1, contrast=0.1, saturation=0.1, fill="mirror"
    ),
}
TITLES = {
    "none": "None",
    "cells": "Cells",
    "cells-varied": "Cells, varied",
    "x-ray": "X-ray",
    "x-ray-varied": "X-ray, varied",
    "flips-light": "Flips and light",
    "photos": "Photos",
}


def find_preset(settings: Augmentation) -> str | None:
    """The name of the preset with these settings; None where they are somebody's own."""
    return next((name for name, preset in PRESETS.items() if preset == settings), None)


def read_argument(words: str) -> Augmentation:
    """The settings from what stands on a command line: a preset's name, or JSON. Raises RecipeNotUsable."""
    if words in PRESETS:
        return PRESETS[words]
    try:
        content = json.loads(words)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise _not_usable("", f'one of {", ".join(PRESETS)}, or JSON such as {{"rotation_degrees": 20}}', words)
    return Augmentation.from_json(content)


def as_argument(settings: Augmentation) -> str:
    """What `read_argument` reads back: a preset's name, else JSON of what differs from none."""
    name = find_preset(settings)
    changed = {key: value for key, value in settings.to_json().items() if value != getattr(NONE, key)}
    return name or json.dumps(changed, separators=(",", ":"))


def describe(settings: Augmentation) -> str:
    """The settings in words, as one sentence without its full stop."""
    flips = {"horizontal": "flipped left to right", "both": "flipped left to right and upside down"}
    parts = [flips[settings.flip]] if settings.flip in flips else []
    said = (
        ("rotation_degrees", "turned by up to {:g}°", 1),
        ("zoom_fraction", "zoomed by up to {:g} %", 100),
        ("shift_fraction", "moved by up to {:g} %", 100),
        ("brightness", "brightness by up to {:g} %", 100),
        ("contrast", "contrast by up to {:g} %", 100),
        ("hue_degrees", "hue by up to {:g}°", 1),
        ("saturation", "saturation by up to {:g} %", 100),
        ("gamma", "gamma by up to {:g} %", 100),
        ("blur_px", "half of them blurred by up to {:g} px", 1),
        ("jpeg_loss", "half of them as JPEG with up to {:g} % less quality", 100),
    )
    parts += [
        words.format(round(scale * getattr(settings, name), 4))
        for name, words, scale in said
        if getattr(settings, name)
    ]
    if not parts:
        return "None: each image is shown as it is"
    if settings.fill == "mirror" and _leaves_gaps(settings):
        parts.append("gaps filled with the mirror image")
    sentence = ", ".join(parts)
    return sentence[0].upper() + sentence[1:]


def find_risks(settings: Augmentation) -> list[str]:
    """Where these settings could make an image untrue to its label, in sentences; only a person can judge whether."""
    risks = []
    if settings.flip == "both":
        risks.append("An X-ray or a photo is never upside down: flip these left to right at most.")
    if settings.flip != "none":
        risks.append("Left and right change places: the heart in a chest X-ray moves to the wrong side, letters turn.")
    if settings.rotation_degrees > 30:
        risks.append("Turned this far, an X-ray or a photo shows what no camera sees; a cell may lie in any direction.")
    if settings.hue_degrees > 10:
        risks.append(
            "Hue is what a stain says: turned this far, a purple parasite may take the pink of a healthy cell."
        )
    if settings.saturation > 0.3:
        risks.append("So little or so much colour hides a faint stain, which may be the very sign of the class.")
    if max(settings.brightness, settings.contrast) > 0.3:
        risks.append("So dark or so pale, a small sign may be lost while the label still says that it is there.")
    if settings.gamma > 0.5:
        risks.append("So strong a gamma makes dark parts black or pale ones white, and a faint sign is lost in them.")
    if settings.blur_px > 1.5 or settings.jpeg_loss > 0.7:
        risks.append("So blurred or so coarsely compressed, a small sign may be gone while the label still names it.")
    if settings.zoom_fraction > 0.15 or settings.shift_fraction > 0.1:
        risks.append("A sign near the edge may leave the picture while the label still says that it is there.")
    return risks


def augment(images_rgb: NDArray[np.uint8], settings: Augmentation, *, seed: Sequence[int]) -> NDArray[np.uint8]:
    """Each image changed in its own way, at random as far as `settings` go; a new array.

    images_rgb : ndarray of shape (N, H, W, 3), uint8, RGB; the result is alike. seed : one or more numbers from 0 up.
    Each setting has random numbers of its own, so that a change of one leaves what the others do as it was.
    """
    count, height_px, width_px, _ = images_rgb.shape
    numbers = np.random.default_rng(seed).random((count, len(DRAWS)))
    drawn = {name: numbers[:, place] for place, name in enumerate(DRAWS)}
    changed = images_rgb.copy()
    if settings.flip != "none" or _leaves_gaps(settings):
        border = BORDERS[settings.fill]
        for image, matrix in zip(changed, _geometry(settings, drawn, height_px, width_px), strict=True):
            image[:] = cv2.warpAffine(image, matrix, (width_px, height_px), flags=cv2.INTER_LINEAR, borderMode=border)
    if settings.brightness or settings.contrast or settings.hue_degrees or settings.saturation:
        scales = 1 + _spread(drawn["contrast"], settings.contrast)
        for image, matrix, scale in zip(changed, _colours(settings, drawn), scales, strict=True):
            mean = float(LUMINANCE @ (matrix @ cv2.mean(image)[:3]))
            image[:] = cv2.transform(image, np.column_stack([scale * matrix, np.full(3, (1 - scale) * mean)]))
    if settings.gamma or settings.blur_px or settings.jpeg_loss:
        _change_as_cameras_do(changed, settings, np.random.default_rng([*seed, 1]).random((count, len(LATER_DRAWS))))
    return changed


def _change_as_cameras_do(images: NDArray[np.uint8], settings: Augmentation, numbers: NDArray[np.float64]) -> None:
    """In place: gamma, then blur, then JPEG. numbers : (N, 3), from 0 to 1, in the order of LATER_DRAWS."""
    gammas = (1 + settings.gamma) ** _spread(numbers[:, 0], 1)
    blurs, losses = (
        _spread(numbers[:, place], largest) for place, largest in ((1, settings.blur_px), (2, settings.jpeg_loss))
    )
    levels = np.arange(256) / 255
    for image, gamma, blur_px, loss in zip(images, gammas, blurs, losses, strict=True):
        if settings.gamma:
            image[:] = cv2.LUT(image, np.rint(255 * levels**gamma).astype(np.uint8))
        if blur_px > 0:
            image[:] = cv2.GaussianBlur(image, (0, 0), blur_px)
        if loss > 0:
            quality = [cv2.IMWRITE_JPEG_QUALITY, round(100 * (1 - loss))]
            coded = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), quality)[1]  # OpenCV's files are BGR
            image[:] = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[..., ::-1]


def _geometry(
    settings: Augmentation, drawn: dict[str, NDArray[np.float64]], height_px: int, width_px: int
) -> NDArray[np.float64]:
    """(N, 2, 3) matrices from a point (x, y) of the image to where it goes: flip, zoom, turn about the centre, move."""
    angles = np.deg2rad(_spread(drawn["rotation"], settings.rotation_degrees))
    zooms = 1 + _spread(drawn["zoom"], settings.zoom_fraction)
    flips_x = np.where((settings.flip != "none") & (drawn["flip_x"] < 0.5), -1, 1)
    flips_y = np.where((settings.flip == "both") & (drawn["flip_y"] < 0.5), -1, 1)
    cosines, sines = zooms * np.cos(angles), zooms * np.sin(angles)
    turns = np.stack([cosines * flips_x, sines * flips_y, -sines * flips_x, cosines * flips_y], axis=1)
    turns = turns.reshape(-1, 2, 2)  # (N, 2, 2)
    centre = np.array([(width_px - 1) / 2, (height_px - 1) / 2])
    moves = np.stack([_spread(drawn[name], settings.shift_fraction) for name in ("shift_x", "shift_y")], axis=1)
    offsets = centre - turns @ centre + moves * (width_px, height_px)  # (N, 2)
    return np.concatenate([turns, offsets[:, :, None]], axis=2)


def _colours(settings: Augmentation, drawn: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """(N, 3, 3) matrices on RGB: hue, then saturation, then brightness, after Haeberli (1993).

    Hue is a turn about the grey axis, which keeps every grey and the sum of the channels; saturation is the distance
    from the grey of the same luminance.
    """
    hues = np.deg2rad(_spread(drawn["hue"], settings.hue_degrees))[:, None, None]
    saturations = 1 + _spread(drawn["saturation"], settings.saturation)[:, None, None]
    brightnesses = 1 + _spread(drawn["brightness"], settings.brightness)[:, None, None]
    across = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)  # cross product with the grey axis
    turn = np.cos(hues) * np.eye(3) + np.sin(hues) * across + (1 - np.cos(hues)) / 3
    fade = saturations * np.eye(3) + (1 - saturations) * np.tile(LUMINANCE, (3, 1))
    matrices: NDArray[np.float64] = brightnesses * (fade @ turn)
    return matrices


def _spread(numbers: NDArray[np.float64], largest: float) -> NDArray[np.float64]:
    """Numbers from 0 to 1 as numbers from -largest to largest."""
    return (2 * numbers - 1) * largest


def _leaves_gaps(settings: Augmentation) -> bool:
    return bool(settings.rotation_degrees or settings.zoom_fraction or settings.shift_fraction)


def _not_usable(name: str, expected: str, found: Any) -> errors.RecipeNotUsable:
    title = f"augmentation {name}".strip()
    return errors.RecipeNotUsable(
        expected=f"{title}: {expected}", found=repr(found), where="the recipe", todo="Change this setting."
    )
