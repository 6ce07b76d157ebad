"""Small pictures for the pages, kept by content, so that a data set indexed again finds them."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.base import files, paths
from core.datasets.index import decoding, originals
from core.datasets.index import index as dataset_index

SHOWN_AS_THEY_ARE = (decoding.PNG_SIGNATURE, b"\xff\xd8\xff")
TILE_QUALITY = 80
END_OF_PNG = b"IEND\xaeB`\x82"


def read_thumbnail(index: dataset_index.Index, row: int, *, size_px: int = 160) -> bytes:
    """The picture of one row, its longer side at most `size_px`: a PNG file, or the file's own bytes if it is small.

    Raises UnreadableImage for a row with an unreadable file, DatasetChanged if the file is no longer the indexed one.
    """
    path, sha256 = str(index.table.at[row, "path"]), str(index.table.at[row, "sha256"])
    return find_thumbnail(sha256, lambda: originals.open_file(index, row), where=path, size_px=size_px)


def find_thumbnail(
    sha256: str, open_file: Callable[[], AbstractContextManager[bytes]], *, where: str, size_px: int = 160
) -> bytes:
    """The same of any file. sha256 : of its content. open_file : how to get at that, where there is no thumbnail yet.

    Raises UnreadableImage, and whatever `open_file` raises. where : what a message calls the file.
    """
    cached = cache_path(sha256, size_px)
    shown = cached.read_bytes() if cached.exists() else b""
    if shown.endswith(END_OF_PNG):
        return shown
    with open_file() as data:
        picture = decoding.decode_picture(data, where=where)
        if max(picture.size) <= size_px and data.startswith(SHOWN_AS_THEY_ARE):
            return data
    shown = _encode(_shrink(picture, size_px))
    _keep(cached, shown)
    return shown


def encode_tile(picture: bytes, *, size_px: int) -> bytes:
    """A picture's file as a small JPEG, its longer side at most `size_px`: for pages that send it often."""
    with Image.open(io.BytesIO(picture)) as opened:
        shrunk = _shrink(opened.convert("RGB"), size_px)
    buffer = io.BytesIO()
    shrunk.save(buffer, "JPEG", quality=TILE_QUALITY)
    return buffer.getvalue()


def encode_picture(image_rgb: NDArray[np.uint8], *, channel: int | None = None) -> bytes:
    """A PNG file of uint8 (H, W, 3), RGB, or (H, W, 4), RGBA; of one channel (0 red, 1 green, 2 blue) as grey where
    one is named."""
    return _encode(Image.fromarray(image_rgb if channel is None else np.ascontiguousarray(image_rgb[:, :, channel])))


def cache_path(sha256: str, size_px: int) -> Path:
    """Where the thumbnail of an image is kept."""
    return paths.cache_folder() / "thumbnails" / f"{sha256}-{size_px}.png"


def _shrink(picture: Image.Image, size_px: int) -> Image.Image:
    width, height = picture.size
    scale = min(1.0, size_px / max(width, height))
    return decoding.resize_picture(picture, max(1, round(height * scale)), max(1, round(width * scale)))


def _keep(cached: Path, shown: bytes) -> None:
    def write(aside: Path) -> None:
        aside.write_bytes(shown)

    files.write_whole(cached, write, durable=False)  # a torn one is seen by its end, and made again


def _encode(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
