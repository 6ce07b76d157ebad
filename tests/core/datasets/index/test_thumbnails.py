"""Thumbnails: small, right side up, true to their row."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.base import errors
from core.datasets.index import index, thumbnails
from tests.core.datasets.conftest import encode_small


def size_of(data: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(data)).size


@pytest.fixture
def built(cells: Path) -> index.Index:
    """Row 0 is 400 x 100 (width x height), row 1 unreadable, row 2 a small BMP called .png, row 3 small."""
    Image.fromarray(np.full((100, 400, 3), 90, np.uint8)).save(cells / "A/0.png")
    (cells / "A/1.png").write_text("text")
    Image.new("RGB", (8, 8), (1, 2, 3)).save(cells / "A/2.png", "BMP")
    return index.build_index("cells")


def test_large_images_shrink_and_are_kept(built: index.Index, cells: Path) -> None:
    data = thumbnails.read_thumbnail(built, 0)
    assert size_of(data) == (160, 40) and data.startswith(b"\x89PNG")
    assert thumbnails.cache_path(built.table["sha256"][0], 160).read_bytes() == data
    (cells / "A/0.png").unlink()
    assert thumbnails.read_thumbnail(built, 0) == data
    with pytest.raises(errors.DatasetChanged):
        thumbnails.read_thumbnail(built, 0, size_px=20)


def test_a_torn_thumbnail_is_made_again(built: index.Index) -> None:
    data = thumbnails.read_thumbnail(built, 0)
    thumbnails.cache_path(built.table["sha256"][0], 160).write_bytes(data[:50])
    assert thumbnails.read_thumbnail(built, 0) == data


def test_small_images_are_shown_as_they_are(built: index.Index, cells: Path) -> None:
    assert thumbnails.read_thumbnail(built, 3) == (cells / "A/3.png").read_bytes()
    assert size_of(thumbnails.read_thumbnail(built, 3, size_px=3)) == (2, 3)
    bitmap = thumbnails.read_thumbnail(built, 2)
    assert bitmap.startswith(b"\x89PNG") and size_of(bitmap) == (8, 8)


def test_an_unreadable_row_and_a_changed_file(built: index.Index, cells: Path) -> None:
    with pytest.raises(errors.UnreadableImage):
        thumbnails.read_thumbnail(built, 1)
    (cells / "A/3.png").write_bytes(encode_small(98))
    with pytest.raises(errors.DatasetChanged):
        thumbnails.read_thumbnail(built, 3)


def test_a_tile_is_small_and_keeps_its_shape(built: index.Index) -> None:
    picture = thumbnails.read_thumbnail(built, 0)
    tile = thumbnails.encode_tile(picture, size_px=24)
    assert tile.startswith(b"\xff\xd8\xff")
    assert size_of(tile) == (24, 6)
