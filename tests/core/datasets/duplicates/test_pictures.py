"""What is kept of an image knows it again in another file, and no other image, however alike."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from core.datasets.duplicates import pictures
from core.datasets.index import decoding

SIZE = pictures.SIZE_PX


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    """40 pictures of soft blobs on grey ground, as alike as cells are."""
    random, drawn = np.random.default_rng(0), []
    down, across = np.mgrid[:90, :80]
    for _ in range(40):
        level = np.full((90, 80), 190.0)
        for row, column, radius, depth in zip(
            *random.uniform((10, 10, 4, 20), (80, 70, 12, 80), (6, 4)).T, strict=True
        ):
            level -= depth * np.exp(-((down - row) ** 2 + (across - column) ** 2) / radius**2)
        drawn.append(Image.fromarray(np.clip(level, 0, 255).astype(np.uint8)).convert("RGB"))
    return drawn


def describe(images: list[Image.Image]) -> pictures.Pictures:
    return pictures.describe(np.stack([decoding.resize_image(np.asarray(image), SIZE, SIZE) for image in images]))


def save(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "jpeg": lambda image: save(image, 60),
    "half": lambda image: image.resize((40, 45)),
    "larger, squeezed": lambda image: image.resize((150, 100)),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(1)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.1),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "turned, saved anew": lambda image: save(image.transpose(Image.Transpose.ROTATE_90), 60),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_picture_is_known_again_in_another_file_and_no_other_is(photos, change):
    known = pictures.Sought(describe(photos))
    asked, found = known.find_near(describe([CHANGES[change](image) for image in photos]))
    assert asked.tolist() == found.tolist() == list(range(40))


def test_other_pictures_of_the_same_kind_are_not(photos):
    asked, _ = pictures.Sought(describe(photos[:20])).find_near(describe(photos[20:]))
    assert asked.tolist() == []


def test_images_of_one_colour_are_like_none_and_nothing_known_finds_nothing(photos):
    flat = [Image.new("RGB", (30, 30), colour) for colour in ("black", "white")]
    assert not describe(flat).any()
    assert pictures.Sought(describe(flat + photos)).find_near(describe(flat))[0].tolist() == []
    assert pictures.Sought(describe(flat)).find_near(describe(photos))[0].tolist() == []


def test_some_rows_are_described_as_all_are(photos):
    pixels = np.stack([decoding.resize_image(np.asarray(image), SIZE, SIZE) for image in photos])
    rows = np.array([7, 3])
    np.testing.assert_array_equal(pictures.describe(pixels, rows), pictures.describe(pixels)[rows])
    assert pictures.describe(pixels, rows).nbytes == 2 * pictures.BYTES


def test_how_alike_two_are(photos):
    described = describe(photos[:2])
    assert pictures.correlate(described, described) == pytest.approx([1, 1])
    assert pictures.correlate(described[:1], described[1:])[0] < pictures.LEAST_ALIKE_OF_ONE_NAME
    assert pictures.correlate(np.zeros_like(described), described).tolist() == [0, 0]


def test_a_name_is_that_of_the_file_without_folder_and_ending():
    marks = pictures.mark_names(["a/Cell 1.png", "b/c/cell 1.JPEG", "cell 2.png", "Müller.png"])
    assert marks[0] == marks[1]
    assert len(set(marks.tolist())) == 3
