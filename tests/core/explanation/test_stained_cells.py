"""The rule that says where a real cell's parasite is, on cells painted for it."""

import cv2
import numpy as np
import pytest

from tests.support import stained_cells


def paint(*spots: tuple[tuple[int, int], int, tuple[int, int, int]]) -> np.ndarray:
    """A pink cell on black, with spots (centre, radius, colour)."""
    image = np.zeros((64, 64, 3), np.uint8)
    cv2.circle(image, (32, 32), 28, (222, 178, 176), cv2.FILLED)
    for centre, radius, colour in spots:
        cv2.circle(image, centre, radius, colour, cv2.FILLED)
    return image


def test_a_purple_spot_is_the_parasite_and_nothing_else() -> None:
    found = stained_cells.find_parasite(paint(((40, 20), 4, (110, 40, 130)), ((20, 40), 4, (120, 90, 60))))
    assert found is not None
    rows, columns = np.nonzero(found)
    assert abs(rows.mean() - 20) < 1
    assert abs(columns.mean() - 40) < 1
    assert rows.min() >= 15
    assert columns.max() <= 45


@pytest.mark.parametrize(
    "image",
    [
        paint(),
        paint(((40, 20), 0, (110, 40, 130))),  # one pixel
        paint(((32, 32), 20, (110, 40, 130))),  # most of the cell
        np.zeros((9, 9, 3), np.uint8),
    ],
)
def test_where_it_does_not_tell_it_says_so(image: np.ndarray) -> None:
    assert stained_cells.find_parasite(image) is None
