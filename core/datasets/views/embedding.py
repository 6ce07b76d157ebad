"""A map of a data set: images that are alike lie together. Made from pixels or from features that somebody brings."""

import dataclasses
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.base import errors, files, paths, progress
from core.datasets.index import index as dataset_index
from core.datasets.index import leftovers, pixels
from core.datasets.views import projection, thumbnail_sheets

Method = Literal["pca", "tsne"]
METHODS: tuple[Method, ...] = ("pca", "tsne")
PIXELS = "pixels"
MOST_IMAGES = {"pca": 25_000, "tsne": 3_000}
MOST_WITH_FEATURES = 5_000
FEWEST_IMAGES = 5
REDUCED_PX = 16
COMPONENTS = 50  # what t-SNE is given
CHUNK_IMAGES = 512
VERSION = 1

FloatArray = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Embedding:
    """Where each image lies. Point i is the image in row `rows[i]` of the index.

    rows int64 (M,), rising; xy float32 (M, 2); brightness float32 (M,), mean of its pixels in [0, 1].
    explained : for PCA, the shares of the variance along x and y; None for t-SNE, whose axes mean nothing.
    sheets : JPEG files of 4,096 tiles each (see `thumbnail_sheets.encode_sheet`), tile i belongs to point i.
    settings : how it was made, and how often neighbours agree in class and in group.
    """

    method: Method
    features: str
    rows: Rows
    xy: FloatArray
    brightness: FloatArray
    explained: tuple[float, float] | None
    settings: dict[str, Any]
    sheets: tuple[bytes, ...]
    tile_px: int


@dataclass(frozen=True, eq=False)
class Features:
    """What the images of `rows` are compared by: `values` float32 (M, D), under a name that fits into a file name."""

    name: str
    rows: Rows
    values: FloatArray


def choose_rows(data: dataset_index.Index, method: Method, *, with_features: bool = False, seed: int = 0) -> Rows:
    """The rows of the index that the map shows, rising: all usable images, or a draw with the classes in proportion.

    At most 25,000 for PCA of pixels, 5,000 where features must be computed, 3,000 for t-SNE; a few more where there
    are classes with less than one image in the draw. Raises MapNotPossible for fewer than 5 images.
    """
    labels = data.usable["label"]
    if len(labels) < FEWEST_IMAGES:
        raise errors.MapNotPossible(
            expected=f"at least {FEWEST_IMAGES} images",
            found=f"{len(labels)}",
            where=f"data set {data.name}",
            todo="Bring in more images, or exclude fewer.",
        )
    most = min(MOST_IMAGES[method], MOST_WITH_FEATURES if with_features else len(labels))
    rows = labels.index.to_numpy(np.int64)
    if len(rows) <= most:
        return rows
    random = np.random.default_rng(seed)
    drawn = [
        random.choice(rows[labels == label], max(1, int(most * count / len(rows))), replace=False)
        for label, count in labels.value_counts().sort_index().items()
    ]
    return np.sort(np.concatenate(drawn))


def build_embedding(
    data: dataset_index.Index,
    features: Features | None = None,
    *,
    method: Method,
    seed: int = 0,
    report: progress.Report = progress.say_nothing,
) -> Embedding:
    """Make the map and keep it. By pixels (16 x 16, RGB) where no features are given.

    pca : the first two principal components; 20,911 cells take 1 to 2 s.
    tsne : of the first 50 components, of at most 3,000 images; half a minute or so on 2 cores.
    Memory: 3 KB an image for the pixels' features and as much for its tile; never more than 25,000 images.
    Raises MapNotPossible, DatasetChanged, DiskFull, and what `report` raises; then nothing is kept.
    """
    rows = choose_rows(data, method, seed=seed) if features is None else features.rows
    read = _read_pixels(data, rows, report)
    values = read.reduced if features is None else features.values
    components = projection.project_pca(values, COMPONENTS if method == "tsne" else 2, seed=seed)
    xy, explained, settings = _place(components, method, seed, report)
    made = Embedding(
        method=method,
        features=PIXELS if features is None else features.name,
        rows=rows,
        xy=xy,
        brightness=read.brightness,
        explained=explained,
        settings={"seed": seed, "usable": len(data.usable), **settings, **_measure(data, rows, xy)},
        sheets=read.sheets,
        tile_px=read.tile_px,
    )
    _write(data, made)
    return made


def embedding_path(data: dataset_index.Index, method: Method, features: str) -> Path:
    """Where a map is kept: among the caches of these images, which go when the images go."""
    return paths.cache_folder() / f"{data.content}-map-{method}-{features}-{data.identity[:16]}.npz"


def read_embedding(data: dataset_index.Index, method: Method, features: str = PIXELS) -> Embedding | None:
    """The map as it was made; None where there is none of the data set as it is now, or its file is torn."""
    try:
        with np.load(embedding_path(data, method, features), allow_pickle=False) as stored:
            said = json.loads(str(stored["said"]))
            if said["version"] != VERSION:
                return None
            return Embedding(
                method=method,
                features=features,
                rows=stored["rows"],
                xy=stored["xy"],
                brightness=stored["brightness"],
                explained=tuple(said["explained"]) if said["explained"] else None,
                settings=said["settings"],
                sheets=tuple(stored[f"sheet_{number}"].tobytes() for number in range(said["sheets"])),
                tile_px=said["tile_px"],
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def list_embeddings(data: dataset_index.Index) -> list[tuple[Method, str]]:
    """(method, features) of the maps of the data set as it is now, in order."""
    end = f"-{data.identity[:16]}.npz"
    start = f"{data.content}-map-"
    found = [path.name for path in paths.cache_folder().glob(f"{start}*{end}")]
    named = [name.removeprefix(start).removesuffix(end).split("-", 1) for name in sorted(found)]
    return [(method, rest) for method in METHODS for one, rest in named if one == method]


@dataclass(frozen=True, eq=False)
class _Read:
    """What the pixels give: reduced float32 (M, 768) in [0, 1], brightness float32 (M,), and the sheets."""

    reduced: FloatArray
    brightness: FloatArray
    sheets: tuple[bytes, ...]
    tile_px: int


def _read_pixels(data: dataset_index.Index, rows: Rows, report: progress.Report) -> _Read:
    """One pass over the memory map, a sheet at a time."""
    images = pixels.open_pixels(data, pixels.INDEX_PX, pixels.INDEX_PX, report=report)
    tile_px = thumbnail_sheets.choose_tile_px(len(rows))
    reduced = np.empty((len(rows), REDUCED_PX * REDUCED_PX * 3), np.float32)
    encoded = []
    for first in range(0, len(rows), thumbnail_sheets.TILES):
        tiles = []
        for start in range(first, min(first + thumbnail_sheets.TILES, len(rows)), CHUNK_IMAGES):
            report(start, len(rows), "Reading the pixels")
            chunk = images[rows[start : min(start + CHUNK_IMAGES, first + thumbnail_sheets.TILES)]]  # (n, 64, 64, 3)
            small = thumbnail_sheets.shrink(chunk, REDUCED_PX).reshape(len(chunk), -1)
            reduced[start : start + len(chunk)] = small.astype(np.float32) / 255
            tiles.append(thumbnail_sheets.shrink(chunk, tile_px))
        encoded.append(thumbnail_sheets.encode_sheet(np.concatenate(tiles)))
    report(len(rows), len(rows), "Reading the pixels")
    return _Read(reduced, reduced.mean(axis=1), tuple(encoded), tile_px)


def _place(
    components: projection.Components, method: Method, seed: int, report: progress.Report
) -> tuple[FloatArray, tuple[float, float] | None, dict[str, Any]]:
    """Coordinates (M, 2), the variance along them, and the settings that belong to the method."""
    if method == "tsne":
        placed = projection.place_tsne(components.coordinates, seed=seed, report=report)
        return placed.xy, None, {"perplexity": placed.perplexity, "kl_divergence": placed.kl_divergence}
    xy = np.zeros((len(components.coordinates), 2), np.float32)
    xy[:, : components.coordinates.shape[1]] = components.coordinates
    x_share, y_share = (*components.explained, 0.0)[:2]
    return xy, (x_share, y_share), {}


def _measure(data: dataset_index.Index, rows: Rows, xy: FloatArray) -> dict[str, Any]:
    """How often neighbours are of one class and of one group; groups only among images whose group is known."""
    groups = data.table.loc[rows, "group"].to_numpy(object)
    known = groups != ""
    found = {
        "class": projection.measure_agreement(xy, data.table.loc[rows, "label"].to_numpy(np.int64)),
        "group": projection.measure_agreement(xy[known], groups[known]),
    }
    return {f"same_{what}": dataclasses.asdict(agreement) for what, agreement in found.items() if agreement}


def _write(data: dataset_index.Index, made: Embedding) -> None:
    path = embedding_path(data, made.method, made.features)
    said = {
        "version": VERSION,
        "explained": made.explained,
        "settings": made.settings,
        "sheets": len(made.sheets),
        "tile_px": made.tile_px,
    }
    encoded = {f"sheet_{i}": np.frombuffer(sheet, np.uint8) for i, sheet in enumerate(made.sheets)}
    arrays: dict[str, NDArray[Any]] = {"rows": made.rows, "xy": made.xy, "brightness": made.brightness, **encoded}

    def write(aside: Path) -> None:
        np.savez(aside, allow_pickle=False, said=np.array(json.dumps(said)), **arrays)

    files.write_whole(path, write, durable=False)
    leftovers.remove_outdated(data, path)
