"""The images as they are in their files."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import errors
from core.datasets import index, originals


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


def test_a_sample_is_of_its_class_without_repeats_and_the_same_for_a_seed(cells: Path) -> None:
    (cells / "A/1.png").write_text("text")
    built = index.build_index("cells")
    assert sorted(originals.choose_sample(built, count=100, seed=0)) == [0, 2, 3, 4, 5, 6]
    for seed in range(5):
        drawn = originals.choose_sample(built, count=2, seed=seed, class_name="B")
        assert len(set(drawn)) == 2 and set(drawn) <= {4, 5, 6}
        assert drawn == originals.choose_sample(built, count=2, seed=seed, class_name="B")
    assert len({tuple(originals.choose_sample(built, count=3, seed=seed)) for seed in range(9)}) > 1


def test_a_png_holds_the_pixels_given() -> None:
    image_rgb = np.random.default_rng(4).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert (np.asarray(Image.open(io.BytesIO(originals.encode_png(image_rgb)))) == image_rgb).all()
