"""The images as they are in their files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.base import errors
from core.datasets.index import index, originals


def test_an_image_is_read_as_it_is_and_shrunk_on_request(cells: Path) -> None:
    image_rgb = np.random.default_rng(3).integers(0, 256, (30, 90, 3), dtype=np.uint8)
    Image.fromarray(image_rgb).save(cells / "A/0.png")
    built = index.build_index("cells")
    assert (originals.read_image(built, 0) == image_rgb).all()
    assert (originals.read_image(built, 0, longest_px=90) == image_rgb).all()
    assert originals.read_image(built, 0, longest_px=30).shape == (10, 30, 3)
    assert originals.read_image(built, 0, longest_px=1).shape == (1, 1, 3)


def test_a_changed_a_removed_and_an_unreadable_file_are_told_apart(cells: Path) -> None:
    (cells / "A/1.png").write_text("text")
    built = index.build_index("cells")
    with pytest.raises(errors.UnreadableImage):
        originals.read_image(built, 1)
    (cells / "A/0.png").write_bytes((cells / "A/2.png").read_bytes())
    with pytest.raises(errors.DatasetChanged, match="other contents"):
        originals.read_image(built, 0)
    (cells / "A/2.png").unlink()
    with pytest.raises(errors.DatasetChanged):
        originals.read_image(built, 2)
