"""What a picture that can be zoomed is sent as: enlarged for a first look, and its own pixels as they are."""

import io

import numpy as np
import pytest
from PIL import Image

from pages.kit import zoom_component


def read(content):
    picture = Image.open(io.BytesIO(content))
    return picture.format, np.asarray(picture.convert("RGB"))


def make_image(height_px, width_px):
    return np.random.default_rng(1).integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)


def test_a_small_image_keeps_each_of_its_pixels():
    image = make_image(64, 40)
    first, own = zoom_component._encode_image("small", image)
    assert read(first)[1].shape == (640, 400, 3)
    kind, pixels = read(own)
    assert kind == "PNG" and (pixels == image).all()


@pytest.mark.parametrize(("size", "own_size"), [((700, 900), (700, 900)), ((1000, 4800), (500, 2400))])
def test_a_large_one_is_sent_as_large_as_can_be_seen(size, own_size):
    first, own = zoom_component._encode_image(f"large {size}", make_image(*size))
    assert max(read(first)[1].shape) == zoom_component.SHOWN_PX
    kind, pixels = read(own)
    assert kind == "JPEG" and pixels.shape == (*own_size, 3)
