"""The overlay is exact where it must be, and stays in range everywhere."""

import cv2
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from core.explanation import overlay

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (9, 7, 3), dtype=np.uint8)
HEAT = RNG.random((9, 7), dtype=np.float32)
UNIT = st.floats(0, 1)


def test_opacity_0_is_the_image_itself() -> None:
    drawn = overlay.draw_overlay(IMAGE, HEAT, opacity=0)
    np.testing.assert_array_equal(drawn, IMAGE)
    assert drawn is not IMAGE


def test_transparent_where_there_is_no_evidence() -> None:
    heat = HEAT.copy()
    heat[:, :3] = 0
    drawn = overlay.draw_overlay(IMAGE, heat, opacity=1)
    np.testing.assert_array_equal(drawn[:, :3], IMAGE[:, :3])
    assert (drawn[:, 3:] != IMAGE[:, 3:]).any()


def test_full_heat_at_full_opacity_is_the_colour() -> None:
    drawn = overlay.draw_overlay(IMAGE, np.ones((9, 7), np.float32), opacity=1)
    np.testing.assert_array_equal(drawn, np.broadcast_to(overlay.draw_scale(1, 256)[0, -1], drawn.shape))


def test_mixing_by_hand() -> None:
    image = np.full((1, 1, 3), 100, np.uint8)
    heat = np.full((1, 1), 0.5, np.float32)
    colour = overlay.colour_heat(heat)[0, 0].astype(float)
    wanted = 100 + 0.8 * 0.5 * 0.25 * (colour - 100)
    drawn = overlay.draw_overlay(image, heat, opacity=0.8, strength_share=0.25)
    np.testing.assert_array_equal(drawn[0, 0], np.rint(wanted))


def test_only_a_weak_map_is_dimmed() -> None:
    full = overlay.draw_overlay(IMAGE, HEAT, opacity=0.7)
    np.testing.assert_array_equal(overlay.draw_overlay(IMAGE, HEAT, opacity=0.7, strength_share=3.0), full)
    np.testing.assert_array_equal(overlay.draw_overlay(IMAGE, HEAT, opacity=0.7, strength_share=0.0), IMAGE)
    half = overlay.draw_overlay(IMAGE, HEAT, opacity=0.7, strength_share=0.5)
    np.testing.assert_array_equal(half, overlay.draw_overlay(IMAGE, HEAT, opacity=0.35))


@hypothesis.settings(deadline=None)
@hypothesis.given(st.data(), UNIT, st.floats(0, 1e6))
def test_every_pixel_lies_between_image_and_colour(data: st.DataObject, opacity: float, share: float) -> None:
    side = st.integers(1, 12)
    shape = data.draw(st.tuples(side, side))
    image = data.draw(hnp.arrays(np.uint8, (*shape, 3)))
    heat = data.draw(hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    drawn = overlay.draw_overlay(image, heat, opacity=opacity, strength_share=share)
    colour = overlay.colour_heat(heat)
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    assert (drawn >= np.minimum(image, colour)).all()
    assert (drawn <= np.maximum(image, colour)).all()
    assert (drawn[heat == 0] == image[heat == 0]).all()


@pytest.mark.parametrize(
    ("heat", "options"),
    [
        (HEAT[:5], {}),
        (HEAT[..., np.newaxis], {}),
        (HEAT + 1, {}),
        (-HEAT - 0.1, {}),
        (np.full_like(HEAT, np.nan), {}),
        (HEAT, {"opacity": 1.1}),
        (HEAT, {"opacity": -0.1}),
        (HEAT, {"opacity": float("nan")}),
        (HEAT, {"strength_share": -1.0}),
        (HEAT, {"strength_share": float("nan")}),
    ],
)
def test_what_does_not_fit_is_refused(heat: np.ndarray, options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        overlay.draw_overlay(IMAGE, heat, **{"opacity": 0.5, **options})


def test_scale_runs_from_dark_to_bright_in_rgb() -> None:
    scale = overlay.draw_scale(6, 256)
    assert scale.shape == (6, 256, 3)
    assert scale.dtype == np.uint8
    assert (scale == scale[:1]).all()
    lightness = cv2.cvtColor(scale[:1], cv2.COLOR_RGB2LAB)[0, :, 0].astype(int)
    assert lightness[0] < 5
    assert lightness[-1] > 240
    assert (np.diff(lightness) >= 0).all()  # perceptually even: lighter is always more
    red, _, blue = scale[0, 180].astype(int)
    assert red > blue  # orange, not azure: RGB and not BGR
    assert overlay.draw_scale(1, 1).shape == (1, 1, 3)


@pytest.mark.parametrize(
    ("shape", "size"), [((64, 64), (512, 512)), ((20, 40), (256, 512)), ((1, 1000), (1, 1000)), ((1, 3), (171, 512))]
)
def test_enlarging_keeps_the_aspect_ratio_and_never_shrinks(shape: tuple[int, int], size: tuple[int, int]) -> None:
    image = RNG.integers(0, 256, (*shape, 3), dtype=np.uint8)
    large = overlay.enlarge(image, 512)
    assert large.shape == (*size, 3)
    assert large.dtype == np.uint8
    if shape == size:
        np.testing.assert_array_equal(large, image)


def test_enlarging_a_flat_image_keeps_its_colour() -> None:
    image = np.full((8, 8, 3), (10, 120, 250), np.uint8)
    assert (overlay.enlarge(image, 100) == (10, 120, 250)).all()


def test_a_layer_laid_over_the_image_is_the_overlay():
    """By Pillow's compositing, as a browser does it: to one level of rounding."""
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (9, 7, 3), dtype=np.uint8)
    heat = rng.random((9, 7)).astype(np.float32)
    heat[0] = 0
    layer = overlay.draw_layer(heat, opacity=0.6, strength_share=0.8)
    assert layer.shape == (9, 7, 4) and layer.dtype == np.uint8 and not layer[0, :, 3].any()
    laid = Image.alpha_composite(Image.fromarray(image).convert("RGBA"), Image.fromarray(layer)).convert("RGB")
    drawn = overlay.draw_overlay(image, heat, opacity=0.6, strength_share=0.8)
    assert np.abs(np.asarray(laid).astype(int) - drawn).max() <= 1
    with pytest.raises(ValueError, match="opacity 0 to 1"):
        overlay.draw_layer(heat, opacity=1.2)
