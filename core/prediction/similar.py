"""The training images that look most alike to a model: nearest by what it makes its logits from (deep k-nearest
neighbours, Papernot and McDaniel 2018, arXiv:1803.04765), by the angle between them.

Looked for among all images of its training, once a job has asked the model about them (`prepare`); until then among
the some hundred that its gate keeps. Labels and patients come from the data set, which must be here.
"""

import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import files, paths, progress
from core.datasets.index import index
from core.gate import gate
from core.models import normalisation, package, remembering, tables
from core.prediction import feature_map
from core.runtimes import base

NEIGHBOURS = 5
CHUNK_IMAGES = 512
_FAULTS = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True, eq=False)
class Kept:
    """What a model makes of the images of its training, as `prepare` kept it.

    image_ids : str (N,). features : float32 (N, D), rows of unit length. checked_ids : str (V,), its validation images;
    near_labels : int16 (V, n), the labels of the training images nearest to each, n = NEIGHBOURS or as many as there
    are.
    """

    image_ids: NDArray[np.str_]
    features: NDArray[np.float32]
    checked_ids: NDArray[np.str_]
    near_labels: NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Places:
    """Where training images lie to a model. image_ids : str (N,). places : float32 (N, D), the nearer the more alike;
    asked : (D,), where the image that is asked about lies. whole : whether these are all images of the training."""

    image_ids: NDArray[np.str_]
    places: NDArray[np.float32]
    asked: NDArray[np.float32]
    whole: bool


@dataclass(frozen=True)
class Neighbour:
    """One training image. row : in its data set. group : its patient, "" = not known. distance : to the image."""

    row: int
    class_name: str
    group: str
    distance: float


@dataclass(frozen=True, eq=False)
class Similar:
    """The nearest, nearest first, among so many training images of a data set. whole : see `Places`."""

    neighbours: tuple[Neighbour, ...]
    among: int
    whole: bool

    def count_other(self, class_name: str) -> int:
        """How many of them are labelled otherwise."""
        return sum(one.class_name != class_name for one in self.neighbours)


def features_path(found: package.Package, data: index.Index) -> Path:
    """Where what a model makes of its training images is kept: among the caches of these images, by its network."""
    return paths.cache_folder() / f"{data.content}-similar-{feature_map.name_features(found.id)}.npz"


def prepare(model_id: str, report: progress.Report = progress.say_nothing) -> int:
    """Ask a model about all images of its training and validation, and keep it: what the job verb "similar" does.

    Returns how many. Raises DatasetNotFound where no data set here has them, ModelNotFound, ModelBroken,
    AnswerNotFinite, MapNotPossible where its runtime gives no features, DatasetChanged, DiskFull.
    """
    found = package.find_package(model_id)
    data = remembering.require_source(found)
    scored = tables.read_predictions(found)
    checked = scored.loc[scored["split"] == "validation", "image_id"].to_numpy(str)
    trained = tables.read_training_images(found)["image_id"].to_numpy(str)
    rows = pd.Series(data.table.index, index=data.table["image_id"])[[*trained, *checked]].to_numpy(np.int64)
    features = _scale(feature_map.compute_features(data, model_id, rows, report))
    known, asked = features[: len(trained)], features[len(trained) :]
    labels = data.table.loc[rows[: len(trained)], "label"].to_numpy(np.int16)
    near = np.zeros((len(checked), min(NEIGHBOURS, len(trained))), np.int16)
    for start in range(0, len(checked), CHUNK_IMAGES):
        report(start, len(checked), "Looking for the nearest of each validation image")
        part = slice(start, start + CHUNK_IMAGES)
        near[part] = labels[np.argsort(-asked[part] @ known.T, axis=1, kind="stable")[:, : near.shape[1]]]

    def write(aside: Path) -> None:
        ids = {"image_ids": np.char.encode(trained, "ascii"), "checked_ids": np.char.encode(checked, "ascii")}
        np.savez(aside, allow_pickle=False, features=known.astype(np.float16), near_labels=near, **ids)

    files.write_whole(features_path(found, data), write, durable=False)
    return len(rows)


def read_kept(found: package.Package, data: index.Index) -> Kept | None:
    """What `prepare` kept; None where nobody has, or its file is torn."""
    try:
        with np.load(features_path(found, data), allow_pickle=False) as stored:
            ids, checked = (np.char.decode(stored[name], "ascii") for name in ("image_ids", "checked_ids"))
            kept = Kept(ids, stored["features"].astype(np.float32), checked, stored["near_labels"])
    except _FAULTS:
        return None
    fits = kept.features.ndim == kept.near_labels.ndim == 2
    return kept if fits and (len(ids), len(checked)) == (len(kept.features), len(kept.near_labels)) else None


def place_among_all(
    found: package.Package,
    asked: base.Runtime,
    kept: Kept,
    image_rgb: NDArray[np.uint8],
) -> Places | base.Lacking:
    """An image, uint8 (H, W, 3), RGB, of any size, among those of `prepare`. Raises `AnswerNotFinite`."""
    features = asked.find_features()
    if isinstance(features, base.Lacking):
        return features
    seen = normalisation.bring(image_rgb, found.form, *asked.input_size_px).image_rgb
    return Places(kept.image_ids, kept.features, _scale(features.compute(seen[np.newaxis]))[0], whole=True)


def place_among_some(
    found: package.Package, asked: base.Runtime, kept: gate.Gate, image_rgb: NDArray[np.uint8]
) -> Places:
    """The image among those that the model's gate keeps, by what its blocks make of them. Raises `ModelBroken`."""
    placed = kept.locate(gate.look_at_images(found, asked, [image_rgb]))[0]
    return Places(kept.near_ids, kept.near_places.astype(np.float32), placed.astype(np.float32), whole=False)


def find_nearest(data: index.Index, known: Places, left_out: Collection[str], count: int = NEIGHBOURS) -> Similar:
    """The nearest training images that `data` has, without those of `left_out`: the image itself and its copies.

    left_out : contents, see `tables.shorten`.
    """
    distances = np.linalg.norm(known.places - known.asked, axis=1)
    contents = np.array(tables.shorten(pd.Series(known.image_ids)))
    rows = pd.Series(data.table.index, index=data.table["image_id"]).reindex(known.image_ids)
    usable = np.flatnonzero(rows.notna().to_numpy() & ~np.isin(contents, list(left_out)))
    nearest = usable[np.argsort(distances[usable], kind="stable")[:count]]
    neighbours = [
        _describe(data, int(row), float(distance))
        for row, distance in zip(rows.iloc[nearest], distances[nearest], strict=True)
    ]
    return Similar(tuple(neighbours), len(usable), known.whole)


def _describe(data: index.Index, row: int, distance: float) -> Neighbour:
    label = data.find_label(row)
    return Neighbour(row, data.class_names[label] if label >= 0 else "", str(data.table.at[row, "group"]), distance)


def _scale(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of unit length: their distances are those of their angles."""
    unit: NDArray[np.float32] = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
    return unit
