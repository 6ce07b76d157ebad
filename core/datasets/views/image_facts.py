"""What each image looks like in a few numbers: brightness, contrast, colour, sharpness. Kept, so that pages read them.

All are taken from the 64 x 64 pixels of the index, so that large and small images are compared at one size.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from core.base import files, paths, progress
from core.datasets.index import index, pixels

COLUMNS = (
    *("brightness", "contrast", "saturation", "hue", "hue_strength", "sharpness", "single_colour"),
    *("black_fraction", "commonest_fraction", "colours", "aspect_ratio"),
)
CHUNK_IMAGES = 512
BLACK_BELOW = 10  # of 255; also what JPEG makes of a black mask
SUBJECT_FRACTION = 0.05  # of the image that must not be black, to be looked at without the black
SINGLE_COLOUR_RANGE = 6  # largest less smallest value of a channel, of 255
COLOUR_FRACTION = 0.001  # of the image that a colour must cover to be counted
MARGIN_PX = 2  # what is nearer to the black or to the edge than this is no measure of sharpness

Pixels = NDArray[Any]  # uint8
DIRECTIONS = np.exp(2j * np.pi * np.arange(256) / 256)  # of the hues of OpenCV's HSV_FULL


def build_facts(data: index.Index, report: progress.Report = progress.say_nothing) -> pd.DataFrame:
    """Compute and keep what `read_facts` reads; where that is there already, it is returned as it is.

    One row a row of data.table, in its order; float32, NaN (and False) where the image has a problem. Its columns:

    brightness : mean luma (ITU-R BT.601), 0 to 255. contrast : standard deviation of the luma.
    saturation : mean of the S of HSV, 0 to 255.
    hue : circular mean of the H of HSV, degrees in [0, 360), each pixel weighing as much as its saturation, since the
        hue of a grey pixel is chance; NaN where nothing has a colour. hue_strength : 0 (all hues) to 1 (a single one).
    sharpness : variance of the Laplacian (Pech-Pacheco et al. 2000), at least 0; low = blurred, or enlarged, or plain.
    single_colour : bool, no channel changes by more than 6 of 255 over the whole image.
    black_fraction : share of pixels with no channel of 10 or more: a mask, or the dark around an X-ray.
    commonest_fraction : share of the commonest colour, of 4096 (4 bits a channel). colours : how many of them cover
        at least 0.1 % of the image.
    aspect_ratio : width / height of the file.

    Black pixels count in the last four only: crops of cells have a black mask, and a large mask is not a dark cell. But
    where less than 5 % of the image is not black, all its pixels count, so that a black image is a dark one. Sharpness
    leaves out 2 pixels along the mask and the edge too, where it is not the subject that is sharp.
    Raises DatasetChanged, DiskFull; Cancelled leaves nothing behind.
    """
    known = read_facts(data)
    if known is not None:
        return known
    images = pixels.open_pixels(data, pixels.INDEX_PX, pixels.INDEX_PX, report=report)
    numbers = [column for column in COLUMNS if column not in ("single_colour", "aspect_ratio")]
    types = dict.fromkeys(numbers, np.float32) | {"single_colour": bool}
    parts = []
    for first in range(0, len(images), CHUNK_IMAGES):
        chunk = np.array(images[first : first + CHUNK_IMAGES])
        parts.append(pd.DataFrame([_measure(image_rgb) for image_rgb in chunk]).astype(types))
        report(first + len(chunk), len(images), "Measuring light, colour and sharpness")
    table = pd.concat(parts, ignore_index=True)
    unreadable = (data.table["height_px"] == 0).to_numpy()
    height, width = data.table["height_px"].to_numpy(), data.table["width_px"].to_numpy()
    table["aspect_ratio"] = (width / np.maximum(height, 1)).astype(np.float32)
    table.loc[unreadable, [*numbers, "aspect_ratio"]] = np.nan
    table.loc[unreadable, "single_colour"] = False
    table = table[list(COLUMNS)]
    files.write_whole(facts_path(data), lambda aside: table.to_parquet(aside, index=False), durable=False)
    return table


def read_facts(data: index.Index) -> pd.DataFrame | None:
    """The facts of a data set, index and rows as in data.table; None where they have not been built, or not whole."""
    try:
        table = pd.read_parquet(facts_path(data))
    except (OSError, ValueError, pa.ArrowException):
        return None
    return table if tuple(table.columns) == COLUMNS and len(table) == len(data.table) else None


def facts_path(data: index.Index) -> Path:
    """Where the facts of a data set are kept; they belong to the images, not to the exclusions."""
    return paths.cache_folder() / f"{data.content}-facts.parquet"


def _measure(image_rgb: Pixels) -> dict[str, float]:
    """The facts of one image of shape (H, W, 3), all but the aspect ratio."""
    luma = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY)
    hsv = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2HSV_FULL)
    counted = (hsv[..., 2] >= BLACK_BELOW) * np.uint8(255)  # the V of HSV is the largest channel
    black_fraction = 1 - cv2.countNonZero(counted) / counted.size
    if 1 - black_fraction < SUBJECT_FRACTION:
        counted[:] = 255
    brightness, contrast = cv2.meanStdDev(luma, mask=counted)
    commonest, colours = _count_colours(image_rgb)
    return {
        "brightness": brightness.item(),
        "contrast": contrast.item(),
        **_measure_colour(hsv, counted),
        "sharpness": _measure_sharpness(luma, counted),
        "single_colour": contrast.item() < SINGLE_COLOUR_RANGE and _has_single_colour(image_rgb),
        "black_fraction": black_fraction,
        "commonest_fraction": commonest,
        "colours": colours,
    }


def _measure_colour(hsv: Pixels, counted: Pixels) -> dict[str, float]:
    """Mean saturation, and direction and length of the mean hue. hsv : (H, W, 3); counted : (H, W), 255 or 0."""
    saturation = cv2.bitwise_and(hsv[..., 1], counted)
    by_hue = np.bincount(hsv[..., 0].ravel(), weights=saturation.ravel(), minlength=256)
    total, vector = float(by_hue.sum()), complex(by_hue @ DIRECTIONS)
    return {
        "saturation": total / cv2.countNonZero(counted),
        "hue": float(np.rad2deg(np.angle(vector)) % 360) if total else np.nan,
        "hue_strength": abs(vector) / total if total else 0.0,
    }


def _measure_sharpness(luma: Pixels, counted: Pixels) -> float:
    """Variance of the Laplacian, away from the mask where enough is left."""
    laplacian = cv2.Laplacian(luma, cv2.CV_64F, ksize=1)
    kernel = np.ones((2 * MARGIN_PX + 1, 2 * MARGIN_PX + 1), np.uint8)
    away = cv2.erode(counted, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    enough = cv2.countNonZero(away) >= SUBJECT_FRACTION * counted.size
    _, spread = cv2.meanStdDev(laplacian, mask=away if enough else None)
    return float(spread.item() ** 2)


def _has_single_colour(image_rgb: Pixels) -> bool:
    colours = image_rgb.reshape(-1, 3).astype(int)
    return bool((np.ptp(colours, axis=0) <= SINGLE_COLOUR_RANGE).all())


def _count_colours(image_rgb: Pixels) -> tuple[float, int]:
    """Share of the commonest of 4096 colours, and how many of them cover more than a trace."""
    counts = cv2.calcHist([image_rgb], [0, 1, 2], None, [16, 16, 16], [0, 256] * 3)
    pixels_in_all = image_rgb.shape[0] * image_rgb.shape[1]
    return float(counts.max()) / pixels_in_all, int((counts >= COLOUR_FRACTION * pixels_in_all).sum())
