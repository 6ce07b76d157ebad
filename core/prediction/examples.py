"""Images to try a model on, and what the model already knows of an image: was it part of its training?"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.duplicates import pictures
from core.datasets.index import decoding, index, originals
from core.models import package, provenance, seen, tables


@dataclass(frozen=True)
class Example:
    """An image to ask about: its pixels, its name, its identity by content, and its true class where that is known.

    sha256 : of the file, in hex. data : the data set that it is of, None for an upload; then content : that file, and
    among : the id of the answers to many images that it is one of, with its place there.
    """

    name: str
    image_rgb: np.ndarray
    sha256: str
    image_id: str
    group: str = ""
    true_class: str | None = None
    data: index.Index | None = None
    content: bytes = b""
    among: tuple[str, int] | None = None


def from_upload(name: str, data: bytes) -> Example:
    """An image that somebody dropped in. Raises `UnreadableImage`."""
    image_rgb = decoding.decode_image(data, where=name)
    sha256 = hashlib.sha256(data).hexdigest()
    return Example(name, image_rgb, sha256, sha256[: tables.ID_LENGTH], content=data)


def from_dataset(data: index.Index, row: int) -> Example:
    """An image of a data set. Raises `UnreadableImage`, `DatasetChanged` where its file is gone or another one."""
    entry = data.table.loc[row].to_dict()
    where = str(entry["path"])
    with originals.open_file(data, row) as content:
        image_rgb = decoding.decode_image(content, where=where)
    return Example(
        where.rsplit("/", 1)[-1],
        image_rgb,
        str(entry["sha256"]),
        str(entry["image_id"]),
        str(entry["group"]),
        data.class_names[int(entry["label"])],
        data,
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
    tested = chosen[provenance.find_contents(found, chosen["image_id"]) == seen.TEST]
    table = tested if len(tested) else chosen
    return [int(row) for row in np.random.default_rng(1).permutation(table.index.to_numpy())]


@dataclass(frozen=True)
class Origin:
    """What a model's training had to do with an image, in a sentence and as a mark ("": nothing is known), and whether
    it was trained on this very image or on a near-identical one: its answer says nothing about new ones then."""

    words: str
    trained: bool
    mark: str


def find_origin(found: package.Package, example: Example) -> Origin:
    """What the model's training had to do with this image."""
    looked = provenance.look(found, _ask(example))
    levels = {rule: int(level[0]) for rule, level in looked.levels.items()}
    patient = str(looked.people[0])
    if levels[seen.CONTENT] < seen.VALIDATION and looked.known[0]:
        tested = "This is one of the model's test images. " if levels[seen.CONTENT] == seen.TEST else ""
        alike = max(levels[seen.PICTURE], levels[seen.NAME])
        words, mark = _say_seen(levels, patient)
        return Origin(tested + words, alike == seen.TRAINING, mark)
    words, mark = {
        seen.TRAINING: (
            "The model was trained on this very image: its answer says nothing about new ones.",
            "Trained on this very image",
        ),
        seen.VALIDATION: ("This image was used to decide when the training should end.", "Validation image"),
        seen.TEST: (
            "This is one of the model's test images: it never saw this image"
            + (f" or any other of patient {patient}." if patient and not found.is_leaky else "."),
            "Test image",
        ),
        seen.NOT: ("One of the model's test images is near-identical to this one.", "Like a test image")
        if levels[seen.PICTURE] == seen.TEST
        else (looked.unasked.get(seen.PICTURE, ""), "Copies not looked for" if seen.PICTURE in looked.unasked else ""),
    }[levels[seen.CONTENT]]
    return Origin(words, levels[seen.CONTENT] == seen.TRAINING, mark)


def list_copies(found: package.Package, example: Example) -> set[str]:
    """The contents (see `tables.shorten`) of this image and of the model's images that are near-identical to it."""
    return provenance.list_copies(found, _ask(example))


def _say_seen(levels: dict[str, int], patient: str) -> tuple[str, str]:
    """What is known of an image that is not itself among those of training and validation, and its mark."""
    alike = max(levels[seen.PICTURE], levels[seen.NAME])
    if alike == seen.TRAINING:
        return (
            "The model was trained on a near-identical image: its answer says nothing about new ones.",
            "Trained on a near-identical image",
        )
    if levels[seen.PATIENT] == seen.TRAINING:
        return f"The model was trained on other images of patient {patient}.", "Trained on this patient"
    if alike == seen.VALIDATION:
        return "A near-identical image was used to decide when the training should end.", "Like a validation image"
    return (
        f"Other images of patient {patient} were used to decide when the training should end.",
        "Validated on this patient",
    )


def _ask(example: Example) -> provenance.Asked:
    table = pd.DataFrame({"image_id": [example.image_id], "group": [example.group], "path": [example.name]})
    size = pictures.SIZE_PX

    def read(places: NDArray[np.int64]) -> pictures.Pictures:
        return pictures.describe(decoding.resize_image(example.image_rgb, size, size)[np.newaxis])[places]

    if example.data is None:
        return provenance.Asked(table, "", read)
    return provenance.Asked(table, example.data.group_rule, read, example.data.name, example.data.content)
