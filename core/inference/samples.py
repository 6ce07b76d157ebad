"""Images to try a model on, and what the model already knows of an image: was it part of its training?"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from core.datasets import decoding, index, originals
from core.models import package, tables

ID_LENGTH = 16


@dataclass(frozen=True)
class Example:
    """An image to ask about: its pixels, its name, its identity by content, and its true class where that is known."""

    name: str
    image_rgb: np.ndarray
    image_id: str
    group: str = ""
    true_class: str | None = None


def from_upload(name: str, data: bytes) -> Example:
    """An image that somebody dropped in. Raises `UnreadableImage`."""
    image_rgb = decoding.decode_image(data, where=name)
    return Example(name, image_rgb, hashlib.sha256(data).hexdigest()[:ID_LENGTH])


def from_dataset(data: index.Index, row: int) -> Example:
    """An image of a data set. Raises `UnreadableImage`, `DatasetChanged` where its file is gone or another one."""
    entry = data.table.loc[row].to_dict()
    where = str(entry["path"])
    with originals.open_file(data, row) as content:
        image_rgb = decoding.decode_image(content, where=where)
    return Example(
        where.rsplit("/", 1)[-1],
        image_rgb,
        str(entry["image_id"])[:ID_LENGTH],
        str(entry["group"]),
        data.class_names[int(entry["label"])],
    )


def choose_dataset(found: package.Package, datasets: Sequence[dict[str, Any]]) -> str | None:
    """The data set to take samples from: the one that the model was trained on, else one with the same classes."""
    ready = [row for row in datasets if row["status"] == "ready"]
    same = [row for row in ready if row["content"] == found.dataset_content]
    alike = [row for row in ready if set(row["classes"]) == set(found.class_names)]
    chosen = same or alike
    return str(chosen[0]["name"]) if chosen else None


def list_rows(found: package.Package, data: index.Index, class_name: str) -> list[int]:
    """Rows of readable images of a class, in a fixed random order; the model's test images where the set has any."""
    usable = data.usable
    chosen = usable[usable["label"] == data.class_names.index(class_name)]
    tested = chosen[chosen["image_id"].str.slice(0, ID_LENGTH).isin(_known_images(found)["test"])]
    table = tested if len(tested) else chosen
    return [int(row) for row in np.random.default_rng(1).permutation(table.index.to_numpy())]


def say_origin(found: package.Package, example: Example) -> str:
    """What the model's training had to do with this image, in a sentence; empty where nothing is known."""
    known = _known_images(found)
    if example.image_id in known["train"]:
        return "The model was trained on this very image: its answer says nothing about new ones."
    if example.image_id in known["validation"]:
        return "This image was used to decide when the training should end."
    if example.image_id in known["test"]:
        patient = f" or any other of patient {example.group}" if example.group and not found.is_leaky else ""
        return f"This is one of the model's test images: it never saw this image{patient}."
    return ""


def _known_images(found: package.Package) -> dict[str, frozenset[str]]:
    return _read_known(found.id, found.manifest.created)


@lru_cache(maxsize=8)
def _read_known(model_id: str, created: str) -> dict[str, frozenset[str]]:
    """split -> identities of the images in it; read once for each model. Raises `ModelBroken`."""
    found = package.find_package(model_id)
    trained = tables.read_training_images(found)["image_id"]
    scored = tables.read_predictions(found)
    ids = scored["image_id"].str.slice(0, ID_LENGTH)
    return {
        "train": frozenset(trained.str.slice(0, ID_LENGTH)),
        "validation": frozenset(ids[scored["split"] == "validation"]),
        "test": frozenset(ids[scored["split"] == "test"]),
    }
