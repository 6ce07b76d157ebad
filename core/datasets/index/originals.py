"""The images as they are in their files, decoded for a closer look."""

import contextlib
import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.base import errors, memory, paths
from core.datasets.index import decoding
from core.datasets.index import index as dataset_index

Pixels = NDArray[np.uint8]  # (H, W, 3), RGB


def read_image(data: dataset_index.Index, row: int, *, longest_px: int | None = None) -> Pixels:
    """The pixels of one row's file, shrunk where its longer side exceeds `longest_px`. uint8 (H, W, 3), RGB.

    Raises UnreadableImage for a row with an unreadable file, DatasetChanged if the file is no longer the indexed one.
    """
    path = str(data.table.at[row, "path"])
    with open_file(data, row) as content:
        picture = decoding.decode_picture(content, where=path)
    scale = min(1.0, longest_px / max(picture.size)) if longest_px else 1.0
    width_px, height_px = (max(1, round(side * scale)) for side in picture.size)
    return decoding.to_array(decoding.resize_picture(picture, height_px, width_px))


@contextlib.contextmanager
def open_file(data: dataset_index.Index, row: int) -> Iterator[bytes]:
    """The bytes of one row's file, the very ones that were indexed: no picture must stand under another row's label.

    While they are needed they have a share of the memory for reading. Raises DatasetChanged if they are others, or the
    file is gone; UnreadableImage, MemoryBusy.
    """
    entry = data.table.loc[row].to_dict()
    path, size_bytes = str(entry["path"]), int(entry["size_bytes"])
    with memory.reading().hold(size_bytes, path):
        yield _read_bytes(data, path, size_bytes, str(entry["sha256"]))


def _read_bytes(data: dataset_index.Index, path: str, size_bytes: int, sha256: str) -> bytes:
    try:
        with (paths.datasets_folder() / data.name / path).open("rb") as file:
            content = file.read(size_bytes + 1)  # a file that has grown since is another one, however long it is now
    except OSError as error:
        raise _changed(data.name, path, error.strerror or str(error)) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _changed(data.name, path, "other contents")
    return content


def _changed(name: str, path: str, found: str) -> errors.DatasetChanged:
    return errors.DatasetChanged(
        expected="the file that was indexed",
        found=found,
        where=f"{path} of data set {name}",
        todo=f"Index it again: python -m core index {name}",
    )
