"""Colour views: known colours at known places, against arithmetic of our own; RGB in, RGB out."""

import colorsys

import numpy as np
import pytest

from core.datasets.views import colour_spaces

PURE = {(255, 0, 0): 0, (255, 255, 0): 60, (0, 255, 0): 120, (0, 255, 255): 180, (0, 0, 255): 240, (255, 0, 255): 300}


def picture(*colours: tuple[int, int, int]) -> np.ndarray:
    """One row of pixels."""
    return np.array([colours], np.uint8)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)


def test_hsv_of_pure_colours_and_of_noise_is_the_standard_library_s(noise: np.ndarray) -> None:
    found = colour_spaces.to_hsv(picture(*PURE))[0]
    np.testing.assert_allclose(found, [(degrees, 1, 1) for degrees in PURE.values()], atol=1e-3)
    expected = np.array([colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in noise.reshape(-1, 3).astype(float)])
    found = colour_spaces.to_hsv(noise).reshape(-1, 3)
    apart = np.abs(found[:, 0] - 360 * expected[:, 0])
    assert np.minimum(apart, 360 - apart).max() < 1e-2
    np.testing.assert_allclose(found[:, 1:], expected[:, 1:], atol=1e-5)
    assert (found[:, 0] >= 0).all() and (found[:, 0] < 360).all()


def test_the_hue_view_of_a_dark_pale_colour_is_its_pure_colour() -> None:
    seen = colour_spaces.view_hue(picture((90, 60, 60), (60, 60, 90), (255, 0, 0)))
    assert seen[0].tolist() == [[255, 0, 0], [0, 0, 255], [255, 0, 0]]


def test_black_white_grey_and_noise_near_black_have_no_hue() -> None:
    seen = colour_spaces.view_hue(picture((0, 0, 0), (255, 255, 255), (128, 128, 128), (3, 0, 1), (200, 195, 199)))
    assert (seen == colour_spaces.NO_HUE_GREY).all()


def test_a_tenth_of_saturation_counts_and_less_does_not() -> None:
    assert colour_spaces.find_coloured(colour_spaces.to_hsv(picture((100, 90, 90), (100, 91, 91)))).tolist() == [
        [True, False]
    ]
    assert colour_spaces.find_lit(colour_spaces.to_hsv(picture((26, 0, 0), (25, 0, 0)))).tolist() == [[True, False]]


def test_grey_views_of_single_colours() -> None:
    orange = picture((200, 100, 50))
    expected = {"red": 200, "green": 100, "blue": 50, "value": 200, "saturation": 191, "grey": 124}
    for key, number in expected.items():
        assert colour_spaces.COLOUR_VIEWS[key].apply(orange)[0].tolist() == [[number] * 3], key


def lab_of(red: int, green: int, blue: int) -> tuple[float, float, float]:
    """CIELAB by its definition, from sRGB and the D65 white point."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red / 255, green / 255, blue / 255)]
    to_xyz = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
    xyz = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in to_xyz]
    ratios = [value / white for value, white in zip(xyz, (0.950456, 1, 1.088754), strict=True)]
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_lab_is_the_definition() -> None:
    colours = [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 0, 255), (120, 80, 200), (119, 119, 119)]
    np.testing.assert_allclose(colour_spaces.to_lab(picture(*colours))[0], [lab_of(*c) for c in colours], atol=0.5)


def test_lab_views_of_neutral_and_of_opponent_colours() -> None:
    neutral = picture((0, 0, 0), (119, 119, 119), (255, 255, 255))
    assert colour_spaces.COLOUR_VIEWS["lightness"].apply(neutral)[0, :, 0].tolist()[::2] == [0, 255]
    for key in ("green_magenta", "blue_yellow"):
        view = colour_spaces.COLOUR_VIEWS[key]
        assert (view.apply(neutral) == colour_spaces.NEUTRAL).all()
    view = colour_spaces.COLOUR_VIEWS["green_magenta"]
    np.testing.assert_allclose(view.apply(picture((255, 0, 255)))[0, 0], view.scale[0, -1], atol=1)
    np.testing.assert_allclose(view.apply(picture((0, 255, 0)))[0, 0], view.scale[0, 0], atol=3)
    view = colour_spaces.COLOUR_VIEWS["blue_yellow"]
    np.testing.assert_allclose(view.apply(picture((255, 255, 0)))[0, 0], view.scale[0, -1], atol=1)
    np.testing.assert_allclose(view.apply(picture((0, 0, 255)))[0, 0], view.scale[0, 0], atol=3)


@pytest.mark.parametrize("key", colour_spaces.COLOUR_VIEWS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 4)])
def test_every_view_keeps_the_shape_and_leaves_its_input_alone(key: str, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(2).integers(0, 256, (*shape, 3), dtype=np.uint8)
    before = image.copy()
    image.flags.writeable = False
    view = colour_spaces.COLOUR_VIEWS[key]
    seen = view.apply(image)
    assert seen.dtype == np.uint8 and seen.shape == image.shape and (image == before).all()
    assert view.scale.shape == (1, 256, 3) and view.title and view.caption.endswith(".") and view.low != view.high


def test_the_hue_scale_is_cyclic() -> None:
    scale = colour_spaces.COLOUR_VIEWS["hue"].scale[0]
    assert scale[0].tolist() == scale[-1].tolist() == [255, 0, 0]
    assert np.abs(np.diff(scale.astype(int), axis=0)).max() < 10
