"""Which hues and saturations the images of each class and of each patient have, counted in one streaming pass."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import files, paths, progress
from core.datasets.index import index as dataset_index
from core.datasets.index import leftovers
from core.datasets.views import colour_spaces

HUE_BINS, SATURATION_BINS = 72, 64
DEGREES_PER_BIN = 360 // HUE_BINS
CHUNK_IMAGES = 32  # what a processor's cache holds: four times as fast as 256
REPORT_EVERY = 10 * CHUNK_IMAGES
# Above so many images every second pixel of every second row tells the same shares, in a quarter of the time.
ALL_PIXELS_UP_TO = 10_000
# Rarer groups are counted together, so that a data set in which each image is a group of its own stays small.
MOST_GROUPS, MOST_CELLS = 300, 30_000
OTHERS = ""
VERSION = 2

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Histograms:
    """Numbers of pixels, by class (K), by group (G) and by bin, of all usable images at one small size.

    groups : the group with the most images first; the last is OTHERS: no group known, or a rarer one.
    images : int64 (K, G).
    hue : int64 (K, G, HUE_BINS), bin i = [5 i, 5 i + 5) degrees, of coloured pixels:
        `colour_spaces.find_coloured`.
    saturation : int64 (K, G, SATURATION_BINS), equal steps of [0, 1], of pixels that are not nearly black.
    """

    class_names: tuple[str, ...]
    groups: tuple[str, ...]
    images: Counts
    hue: Counts
    saturation: Counts
    step_px: int = 1  # 1: every pixel was counted; 2: every second one of every second row


def histogram_path(data: dataset_index.Index) -> Path:
    """Where the histograms of this state of a data set are kept; goes with its pixels, and is safe to delete."""
    return paths.cache_folder() / f"{data.content}-colours-{data.fingerprint[:16]}.npz"


def build_histograms(
    data: dataset_index.Index, pixels: NDArray[np.uint8], report: progress.Report = progress.say_nothing
) -> Histograms:
    """Count the colours of all usable images, keep the result beside the pixels, and return it.

    pixels : uint8 (rows of data.table, H, W, 3), RGB; may be a memory map: CHUNK_IMAGES are read at a time.
    Nothing is kept where `report` cancels. Raises DiskFull.
    """
    groups = _choose_groups(data)
    table = data.usable
    places = {group: place for place, group in enumerate(groups)}
    group_places = table["group"].map(places).fillna(places[OTHERS]).to_numpy(np.int64)
    cells = table["label"].to_numpy(np.int64) * len(groups) + group_places  # (n,)
    rows = table.index.to_numpy()
    shape = (len(data.class_names), len(groups))
    hue = np.zeros((shape[0] * shape[1], HUE_BINS), np.int64)
    saturation = np.zeros((shape[0] * shape[1], SATURATION_BINS), np.int64)
    step_px = 1 if len(rows) <= ALL_PIXELS_UP_TO else 2
    thinned = pixels[:, ::step_px, ::step_px]  # a view; nothing is read yet
    for start in range(0, len(rows), CHUNK_IMAGES):
        part = slice(start, start + CHUNK_IMAGES)
        hues, saturations = count_colours(np.ascontiguousarray(thinned[rows[part]]))
        np.add.at(hue, cells[part], hues)
        np.add.at(saturation, cells[part], saturations)
        if not start % REPORT_EVERY:
            report(start, len(rows), "Counting colours")
    report(len(rows), len(rows), "Counting colours")
    found = Histograms(
        class_names=data.class_names,
        groups=groups,
        images=np.bincount(cells, minlength=shape[0] * shape[1]).astype(np.int64).reshape(shape),
        hue=hue.reshape(*shape, -1),
        saturation=saturation.reshape(*shape, -1),
        step_px=step_px,
    )
    _write(data, found)
    return found


def read_histograms(data: dataset_index.Index) -> Histograms | None:
    """The histograms that were built for this state of the data set, or None: absent, torn, of another group rule."""
    try:
        with np.load(histogram_path(data), allow_pickle=False) as stored:
            said = json.loads(str(stored["said"]))
            if {name: said[name] for name in _describe(data)} != _describe(data):
                return None
            counts = {name: stored[name] for name in ("images", "hue", "saturation")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return Histograms(
        class_names=data.class_names, groups=tuple(said["groups"]), step_px=int(said["step_px"]), **counts
    )


def count_colours(images_rgb: NDArray[np.uint8]) -> tuple[Counts, Counts]:
    """Pixels in each bin of hue and of saturation, for each image.

    images_rgb : uint8 (N, H, W, 3), RGB.
    Returns int64 (N, HUE_BINS) of coloured pixels and int64 (N, SATURATION_BINS) of pixels that are not nearly black.
    """
    hsv = colour_spaces.to_hsv(images_rgb.reshape(len(images_rgb), -1, 3))  # (N, H * W, 3)
    hue_places = ((hsv[..., 0] + colour_spaces.HUE_ROUNDING_DEGREES) * np.float32(1 / DEGREES_PER_BIN)).astype(np.int32)
    hue_places[hue_places >= HUE_BINS] = 0
    saturation_places = ((hsv[..., 1] + colour_spaces.SATURATION_ROUNDING) * np.float32(SATURATION_BINS)).astype(
        np.int32
    )
    np.minimum(saturation_places, SATURATION_BINS - 1, out=saturation_places)
    hues = _count(hue_places, colour_spaces.find_coloured(hsv), HUE_BINS)
    return hues, _count(saturation_places, colour_spaces.find_lit(hsv), SATURATION_BINS)


def compute_shares(counts: Counts) -> Shares:
    """Each row as shares of its sum: float64, (..., bins), rows sum to 1; a row without a pixel stays 0."""
    totals = counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts / np.maximum(totals, 1), np.float64)


def compute_mean_hue(counts: Counts) -> Shares:
    """The direction of the mean of hues on the colour circle, degrees in [0, 360); (..., HUE_BINS) -> (...).

    NaN for a row without a pixel.
    """
    angles = np.deg2rad((np.arange(HUE_BINS) + 0.5) * DEGREES_PER_BIN)
    direction = np.arctan2(counts @ np.sin(angles), counts @ np.cos(angles))
    return np.where(counts.sum(axis=-1) > 0, np.rad2deg(direction) % 360, np.nan)


def sum_groups(found: Histograms, *, label: int | None = None) -> tuple[Counts, Counts]:
    """Images (G,) and hue counts (G, HUE_BINS) of each group, of one class or (None) of all."""
    chosen = slice(None) if label is None else slice(label, label + 1)
    return found.images[chosen].sum(axis=0), found.hue[chosen].sum(axis=0)


def order_groups(found: Histograms, names: Sequence[str], *, label: int | None = None) -> list[str]:
    """Those of the groups that have a coloured pixel, by mean hue; the circle is cut opposite to the mean of all."""
    _, hue = sum_groups(found, label=label)
    places = {name: place for place, name in enumerate(found.groups)}
    centre = float(compute_mean_hue(hue.sum(axis=0)))
    around = (compute_mean_hue(hue) - centre + 180) % 360
    return sorted((name for name in names if hue[places[name]].any()), key=lambda name: float(around[places[name]]))


def tabulate_classes(found: Histograms) -> pd.DataFrame:
    """One row a class and hue bin: class, images, hue_from_degrees, pixels, share."""
    names = list(found.class_names)
    return _tabulate("class", names, found.images.sum(axis=1), found.hue.sum(axis=1))


def tabulate_groups(found: Histograms, *, label: int | None = None) -> pd.DataFrame:
    """One row a group with images and hue bin: group, images, hue_from_degrees, pixels, share."""
    images, hue = sum_groups(found, label=label)
    kept = np.flatnonzero(images)
    return _tabulate("group", [found.groups[place] for place in kept], images[kept], hue[kept])


def _tabulate(what: str, names: list[str], images: Counts, counts: Counts) -> pd.DataFrame:
    return pd.DataFrame(
        {
            what: np.repeat(np.array(names, dtype=object), HUE_BINS),
            "images": np.repeat(images, HUE_BINS),
            "hue_from_degrees": np.tile(np.arange(HUE_BINS) * DEGREES_PER_BIN, len(names)),
            "pixels": counts.reshape(-1),
            "share": compute_shares(counts).reshape(-1),
        }
    )


def _count(places: NDArray[np.int32], counted: NDArray[np.bool_], bins: int) -> Counts:
    """How often each bin occurs in each row. places : (N, P); counted : bool (N, P); returns int64 (N, bins)."""
    first = np.arange(len(places), dtype=np.int32)[:, None] * bins + 1
    found = np.bincount(np.where(counted, places + first, 0).ravel(), minlength=len(places) * bins + 1)
    return found[1:].reshape(len(places), bins).astype(np.int64)  # place 0 takes what is not counted


def _choose_groups(data: dataset_index.Index) -> tuple[str, ...]:
    """The groups with the most images, ties by name; then OTHERS, which takes all the rest."""
    known = data.usable.loc[data.usable["group"] != OTHERS, "group"].value_counts()
    ordered = sorted(known.index, key=lambda group: (-int(known[group]), group))
    most = min(MOST_GROUPS, MOST_CELLS // len(data.class_names))
    return (*ordered[:most], OTHERS)


def _describe(data: dataset_index.Index) -> dict[str, Any]:
    """What beside the fingerprint must be the same for kept histograms to be of this data set."""
    return {"version": VERSION, "class_names": list(data.class_names), "group_rule": data.group_rule}


def _write(data: dataset_index.Index, found: Histograms) -> None:
    said = json.dumps({**_describe(data), "groups": list(found.groups), "step_px": found.step_px})
    counts = {"images": found.images, "hue": found.hue, "saturation": found.saturation}

    def write(aside: Path) -> None:
        np.savez_compressed(aside, allow_pickle=False, said=np.array(said), **counts)

    files.write_whole(histogram_path(data), write, durable=False)
    leftovers.remove_outdated(data, histogram_path(data))
