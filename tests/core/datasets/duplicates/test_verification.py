"""Whether two pictures are the same: alike in details and colours, wherever and however bright they are."""

import numpy as np
import pytest

from core.datasets.duplicates import verification
from tests.support import drawn_pictures


def test_other_colours_are_another_picture() -> None:
    image = drawn_pictures.decode(drawn_pictures.draw_pictures(1))[0]
    other = image.astype(np.float64)
    grey = other @ [0.299, 0.587, 0.114]
    other = np.clip(grey[..., None] + np.array([90, -60, 68.6]), 0, 255).astype(np.uint8)
    assert verification.measure_similarity(image, other) == 0.0
    assert verification.measure_similarity(image, image) == pytest.approx(1, abs=1e-4)


def test_the_same_outline_in_another_stain_is_another_picture() -> None:
    """Smooth cells of one shape are alike in all but their colour."""
    rows, columns = np.mgrid[0:64, 0:64] - 31.5
    inside = np.hypot(rows / 26, columns / 22) < 1
    pallor = 40 * np.exp(-(np.hypot(rows, columns) ** 2) / 60)
    pink = np.where(inside[..., None], np.array([190, 160, 195]) + pallor[..., None], 0)
    blue = np.where(inside[..., None], np.array([165, 160, 215]) + pallor[..., None], 0)
    lighter = np.clip(pink * 1.12, 0, 255)
    as_bytes = [image.astype(np.uint8) for image in (pink, blue, lighter)]
    assert verification.measure_similarity(as_bytes[0], as_bytes[1]) == 0
    assert verification.measure_similarity(as_bytes[0], as_bytes[2]) > verification.LEAST_SIMILAR
