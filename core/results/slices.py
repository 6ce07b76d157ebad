"""Parts of the test images that share a fact: light, sharpness, size, file, source; numbers are cut into quarters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.index import index, layouts

Bools = NDArray[np.bool_]
# column of the table of facts -> how it is called on the page, and its unit
NUMBERS = {
    "brightness": ("Brightness", ""),
    "contrast": ("Contrast", ""),
    "sharpness": ("Sharpness", ""),
    "area_px": ("Size", " px"),
    "size_bytes": ("File size", " bytes"),
}
WORDS = {"format": "Format", "source": "Source"}
LIGHT = ("brightness", "contrast", "sharpness")  # known once the data set has been examined
MOST_VALUES = 20  # of a fact in words; the images of the others are taken together
OTHERS = "all others"
_PREFIX = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, eq=False)
class Slice:
    """Images that share a fact. kind : which fact, in words; name : its value or its span; mask : bool (N,)."""

    kind: str
    name: str
    mask: Bools


def list_facts(data: index.Index, light: pd.DataFrame | None) -> pd.DataFrame:
    """What is known of each image of a data set, a row each: image_id and the columns of NUMBERS and WORDS.

    light : `image_facts.read_facts(data)`, or None where the data set has not been examined: then LIGHT is left out.
    area_px is NaN where a file is unreadable. source : the first folder below the class, unless the patients are told
    by it; else the letters with which a patient's name begins; "" where there are none.
    """
    table = data.table
    height, width = (table[side].to_numpy(dtype=np.float64) for side in ("height_px", "width_px"))
    suffixes = table["path"].str.extract(r"\.([^./]+)$", expand=False).fillna("").str.lower()
    listed = pd.DataFrame(
        {
            "image_id": table["image_id"].to_numpy(),
            "area_px": np.where(height * width > 0, height * width, np.nan),
            "size_bytes": table["size_bytes"].to_numpy(dtype=np.float64),
            "format": suffixes.replace({"jpeg": "jpg", "tiff": "tif"}).to_numpy(),
            "source": _find_sources(table["path"].tolist(), table["group"].tolist()),
        }
    )
    return listed if light is None else listed.assign(**{name: light[name].to_numpy() for name in LIGHT})


def _find_sources(paths: Sequence[str], groups: Sequence[str]) -> list[str]:
    places = {place.path: place.folder for place in layouts.find_layout(paths).places}
    folders = [places.get(path, "") for path in paths]
    if any(folders) and folders != list(groups):
        return folders
    return [found.group() if (found := _PREFIX.match(group)) else "" for group in groups]


def build_slices(predictions: pd.DataFrame, facts: pd.DataFrame) -> list[Slice]:
    """The slices of some predictions, one kind of fact after the other; choose the split before.

    predictions : column image_id, one row an image. facts : columns image_id and any of NUMBERS (float, NaN = not
    known) and WORDS (str, "" = not known); an image that is not in it is in no slice.

    Numbers are cut at the quartiles of these very images, so that a part is large or small in comparison with the
    others, not in itself; equal values stay together, so parts can be unequal. A fact that all images share gives none.
    """
    known = facts.drop_duplicates("image_id").set_index("image_id")
    joined = known.reindex(predictions["image_id"].to_numpy())
    found: list[Slice] = []
    for column, (kind, unit) in NUMBERS.items():
        if column in joined:
            found += _cut(kind, unit, joined[column].to_numpy(dtype=np.float64))
    for column, kind in WORDS.items():
        if column in joined:
            found += _sort(kind, joined[column].fillna("").astype(str).to_numpy(dtype=object))
    return found


def _cut(kind: str, unit: str, values: NDArray[np.float64]) -> list[Slice]:
    """Up to four parts by size, the smallest first."""
    known = np.isfinite(values)
    if not known.any():
        return []
    edges = np.unique(np.quantile(values[known], [0.25, 0.5, 0.75]))
    parts = np.searchsorted(edges, values, side="left")  # a value that is an edge belongs below it, as all its equals
    masks = [mask for part in range(len(edges) + 1) if (mask := known & (parts == part)).any()]
    if len(masks) < 2:
        return []
    digits = _choose_digits(values[known])
    ends = {0: ", the lowest", len(masks) - 1: ", the highest"}
    spans = [_say_span(values[mask], digits) for mask in masks]
    return [
        Slice(kind, f"{span}{unit}{ends.get(place, '')}", mask)
        for place, (span, mask) in enumerate(zip(spans, masks, strict=True))
    ]


def _choose_digits(values: NDArray[np.float64]) -> int:
    """Decimals that tell the parts apart: none where values go up to hundreds."""
    spread = float(np.ptp(values))
    return 0 if spread >= 20 else int(np.clip(2 - np.floor(np.log10(spread)), 0, 6)) if spread > 0 else 0


def _say_span(values: NDArray[np.float64], digits: int) -> str:
    low, high = (f"{edge:,.{digits}f}" for edge in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def _sort(kind: str, values: NDArray[np.object_]) -> list[Slice]:
    """A part for each value, the most frequent first."""
    counts = pd.Series(values[values != ""]).value_counts()
    kept = list(counts.index[: MOST_VALUES if len(counts) <= MOST_VALUES else MOST_VALUES - 1])
    found = [Slice(kind, str(value), np.asarray(values == value, dtype=bool)) for value in kept]
    others = (values != "") & ~np.isin(values, kept)
    if others.any():
        found.append(Slice(kind, OTHERS, np.asarray(others, dtype=bool)))
    return found if len(found) > 1 else []
