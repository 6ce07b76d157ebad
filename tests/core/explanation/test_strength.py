"""Stretching a map and saying how strong it was: what needs no network."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.explanation import heatmaps
from core.runtimes import base

MAPS = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.floats(0, float(np.float32(1e38)), width=32),
)


def stretch(raw: np.ndarray, height_px: int, width_px: int) -> np.ndarray:
    """The map over an image of that size, in equal tiles."""
    tiles = base.Alignment.stretched(raw.shape, (height_px, width_px))
    return heatmaps._stretch(raw, tiles, (height_px, width_px), (height_px, width_px))


@hypothesis.settings(deadline=None)
@hypothesis.given(MAPS, st.integers(1, 40), st.integers(1, 40))
def test_a_stretched_map_is_in_0_to_1_and_reaches_1_unless_empty(
    raw: np.ndarray, height_px: int, width_px: int
) -> None:
    values = stretch(raw, height_px, width_px)
    assert values.shape == (height_px, width_px)
    assert values.dtype == np.float32
    assert np.isfinite(values).all()
    assert values.min() >= 0
    if raw.max() == 0:
        assert values.max() == 0
    elif height_px % raw.shape[0] == 0 and width_px % raw.shape[1] == 0:
        assert values.max() == 1


def test_stretching_keeps_the_place_of_the_evidence() -> None:
    raw = np.zeros((4, 4), np.float32)
    raw[1, 2] = 3
    values = stretch(raw, 40, 80)
    row, column = np.unravel_index(values.argmax(), values.shape)
    assert 10 <= row < 20
    assert 40 <= column < 60
    assert values[:5].max() == 0


def test_the_same_size_is_only_divided() -> None:
    raw = np.array([[0, 1], [2, 4]], np.float32)
    np.testing.assert_array_equal(stretch(raw, 2, 2), raw / 4)


@pytest.mark.parametrize(
    ("peak", "reference", "share", "words"),
    [
        (0.0, 2.0, 0.0, "none"),
        (0.5, 2.0, 0.25, "faint"),
        (1.0, 2.0, 0.5, "usual"),
        (2.0, 2.0, 1.0, "usual"),
        (4.0, 2.0, 2.0, "usual"),
        (4.1, 2.0, 2.05, "strong"),
        (1.0, 0.0, None, "not known"),
        (1.0, None, None, "not known"),
        (0.0, None, 0.0, "none"),
    ],
)
def test_strength_in_words(peak: float, reference: float | None, share: float | None, words: str) -> None:
    strength = heatmaps.describe_strength(peak, reference)
    assert strength.words == words
    assert strength.share == (share if share is None else pytest.approx(share))
