"""Pictures that are nobody's, and what files make of them."""

import numpy as np
from PIL import Image
from scipy import ndimage

from core.datasets.index import decoding


def draw_pictures(count: int, *, seed: int = 0, size_px: int = 128) -> list[Image.Image]:
    """Different smooth pictures with details, none like another."""
    rng = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        layers = [ndimage.gaussian_filter(rng.normal(size=(size_px, size_px, 3)), (s, s, 0)) * s for s in (3, 6, 12)]
        picture = sum(layers)
        picture = 128 + 45 * picture / picture.std()
        pictures.append(Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)))
    return pictures


def decode(pictures: list[Image.Image]) -> np.ndarray:
    return np.stack([np.asarray(decoding.resize_picture(picture, 64, 64)) for picture in pictures])
