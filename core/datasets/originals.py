"""The images as they are in their files, decoded for a closer look, and a sample of them."""

import hashlib
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core import errors, paths
from core.datasets import decoding
from core.datasets import index as dataset_index

Pixels = NDArray[np.uint8]  # (H, W, 3), RGB


def read_image(data: dataset_index.Index, row: int, *, longest_px: int | None = None) -> Pixels:
    """The pixels of one row's file, shrunk where its longer side exceeds `longest_px`. uint8 (H, W, 3), RGB.

    Raises UnreadableImage for a row with an unreadable file, DatasetChanged if the file is no longer the indexed one.
    """
    path = str(data.table.at[row, "path"])
    content = _read_file(data.name, path, str(data.table.at[row, "sha256"]))
    picture = decoding.decode_picture(content, where=path)
    scale = min(1.0, longest_px / max(picture.size)) if longest_px else 1.0
    width_px, height_px = (max(1, round(side * scale)) for side in picture.size)
    return np.array(decoding.resize_picture(picture, height_px, width_px), dtype=np.uint8)


def choose_sample(data: dataset_index.Index, *, count: int, seed: int, class_name: str | None = None) -> list[int]:
    """At most `count` rows of usable images of a class (None = any), drawn without replacement; a seed, a draw."""
    table = data.usable
    if class_name is not None:
        table = table[table["label"] == data.class_names.index(class_name)]
    rows = table.index.to_numpy()
    drawn = np.random.default_rng(seed).choice(len(rows), size=min(count, len(rows)), replace=False)
    return [int(row) for row in rows[drawn]]


def encode_png(image_rgb: Pixels) -> bytes:
    """A PNG file of uint8 (H, W, 3), RGB, written fast rather than small."""
    file = io.BytesIO()
    Image.fromarray(image_rgb).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _read_file(name: str, path: str, sha256: str) -> bytes:
    """The file's bytes, the very ones that were indexed."""
    try:
        content = (paths.datasets_folder() / name / path).read_bytes()
    except OSError as error:
        raise _changed(name, path, error.strerror or str(error)) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _changed(name, path, "other contents")
    return content


def _changed(name: str, path: str, found: str) -> errors.DatasetChanged:
    return errors.DatasetChanged(
        expected="the file that was indexed",
        found=found,
        where=f"{path} of data set {name}",
        todo=f"Index it again: python -m core index {name}",
    )
