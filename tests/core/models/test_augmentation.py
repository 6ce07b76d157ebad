"""Augmentation: what each setting does to known pictures, what it never does, and how it is written down."""

import dataclasses
import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from core.base import errors
from core.models import augmentation

Augmentation = augmentation.Augmentation
EVERYTHING = Augmentation("both", 180, 0.3, 0.2, 0.5, 0.5, 30, 0.5, 1, 3, 0.9, "mirror")
SETTINGS = st.builds(
    Augmentation,
    flip=st.sampled_from(augmentation.FLIPS),
    fill=st.sampled_from(augmentation.FILLS),
    **{name: st.floats(*limits) for name, limits in augmentation.LIMITS.items()},
)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (40, 11, 16, 3), dtype=np.uint8)


def spread_of(settings, value=(200, 120, 60), count=400):
    """What becomes of many flat images of one colour: (count, 3), measured in their middle."""
    flat = np.full((count, 9, 9, 3), value, np.uint8)
    return augmentation.augment(flat, settings, seed=[1])[:, 4, 4].astype(float)


def test_none_changes_nothing_and_gives_a_copy(images):
    changed = augmentation.augment(images, augmentation.NONE, seed=[1])
    assert (changed == images).all()
    assert not np.shares_memory(changed, images)


@given(SETTINGS, st.lists(st.integers(0, 2**31), min_size=1, max_size=3))
def test_the_same_seed_gives_the_same_images_whatever_was_asked_before(settings, seed):
    batch = np.random.default_rng(1).integers(0, 256, (3, 8, 12, 3), dtype=np.uint8)
    kept = batch.copy()
    one, other = (augmentation.augment(batch, settings, seed=seed) for _ in range(2))
    assert (one == other).all()
    assert (one.shape, one.dtype) == (batch.shape, np.uint8)
    assert (batch == kept).all()


def test_seeds_and_images_differ(images):
    one, other = (augmentation.augment(images, EVERYTHING, seed=[seed, 0]) for seed in (1, 2))
    assert (one != other).any()
    same = augmentation.augment(np.repeat(images[:1], 20, axis=0), EVERYTHING, seed=[1])
    assert len({image.tobytes() for image in same}) == 20


def test_flips_are_exact_and_every_kind_comes(images):
    def kinds(flip):
        found = set()
        for before, after in zip(images, augmentation.augment(images, Augmentation(flip), seed=[3]), strict=True):
            ways = {"as it is": before, "x": before[:, ::-1], "y": before[::-1], "both": before[::-1, ::-1]}
            (way,) = [name for name, wanted in ways.items() if (after == wanted).all()]
            found.add(way)
        return found

    assert kinds("horizontal") == {"as it is", "x"}
    assert kinds("both") == {"as it is", "x", "y", "both"}


@pytest.mark.parametrize("settings", [Augmentation(rotation_degrees=40), Augmentation(zoom_fraction=0.3)])
def test_geometry_agrees_with_scipy(settings):
    """An independent resampling by the same matrix, away from the border, on a smooth picture."""
    y, x = np.mgrid[0:33, 0:33]
    picture = (120 + 60 * np.sin(x / 5) + 50 * np.cos(y / 7)).astype(np.uint8)
    batch = np.repeat(picture[None, :, :, None], 6, axis=0).repeat(3, axis=3)
    changed = augmentation.augment(batch, settings, seed=[5])
    numbers = np.random.default_rng([5]).random((6, len(augmentation.DRAWS)))
    drawn = dict(zip(augmentation.DRAWS, numbers.T, strict=True))
    for number in range(6):
        angle = np.deg2rad((2 * drawn["rotation"][number] - 1) * settings.rotation_degrees)
        zoom = 1 + (2 * drawn["zoom"][number] - 1) * settings.zoom_fraction
        # (row, column) of the result -> of the picture; counter-clockwise on the screen for a positive angle
        back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / zoom
        expected = ndimage.affine_transform(picture.astype(float), back, offset=16 - back @ [16, 16], order=1)
        difference = np.abs(expected - changed[number, :, :, 0])[8:-8, 8:-8]
        assert difference.max() < 4
    assert np.abs(picture.astype(float) - changed[..., 0])[:, 8:-8, 8:-8].max() > 20


def test_gaps_are_black_or_mirrored():
    white = np.full((30, 20, 20, 3), 255, np.uint8)
    moved = {"rotation_degrees": 45, "shift_fraction": 0.2}
    assert augmentation.augment(white, Augmentation(**moved), seed=[1]).min() == 0
    assert augmentation.augment(white, Augmentation(**moved, fill="mirror"), seed=[1]).min() == 255


def test_a_shift_is_within_its_fraction_of_each_side():
    point = np.zeros((200, 21, 41, 3), np.uint8)
    point[:, 10, 20] = 255
    changed = augmentation.augment(point, Augmentation(shift_fraction=0.2), seed=[1])[..., 0].astype(float)
    weights = changed / changed.sum(axis=(1, 2), keepdims=True)
    rows, columns = (weights.sum(axis=2) @ np.arange(21) - 10), (weights.sum(axis=1) @ np.arange(41) - 20)
    assert 3.5 < np.abs(rows).max() <= 0.2 * 21 + 0.2
    assert 7 < np.abs(columns).max() <= 0.2 * 41 + 0.2
    assert abs(np.corrcoef(rows, columns)[0, 1]) < 0.2


def test_brightness_stays_in_its_limits_and_leaves_black_black():
    found = spread_of(Augmentation(brightness=0.2), (100, 50, 0))
    assert 80 <= found[:, 0].min() < 85
    assert 115 < found[:, 0].max() <= 120
    assert (found[:, 2] == 0).all()
    assert np.abs(found[:, 0] - 2 * found[:, 1]).max() <= 1.5
    assert spread_of(Augmentation(brightness=0.5), (250, 250, 250)).max() == 255


def test_contrast_is_about_the_mean():
    flat = spread_of(Augmentation(contrast=0.5), (90, 90, 90))
    assert np.abs(flat - 90).max() <= 1
    halves = np.full((200, 8, 8, 3), 100, np.uint8)
    halves[:, :4] = 150
    changed = augmentation.augment(halves, Augmentation(contrast=0.4), seed=[1]).astype(float)
    steps = changed[:, 0, 0, 0] - changed[:, 7, 0, 0]
    assert 29 <= steps.min() < 33
    assert 67 < steps.max() <= 71
    assert np.abs(changed.mean(axis=(1, 2, 3)) - 125).max() <= 1


@pytest.mark.parametrize("settings", [Augmentation(hue_degrees=30), Augmentation(saturation=0.5)])
def test_hue_and_saturation_leave_grey_grey(settings):
    assert np.abs(spread_of(settings, (130, 130, 130)) - 130).max() <= 1
    assert np.ptp(spread_of(settings), axis=0).max() > 10


def test_hue_turns_as_far_as_it_says_and_both_ways():
    """The angle around the grey axis, by projection rather than by the matrix."""
    found = spread_of(Augmentation(hue_degrees=20), (160, 100, 120))

    def angle(colour):
        red, green, blue = np.moveaxis(colour, -1, 0)
        return np.rad2deg(np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue))

    turned = angle(found) - angle(np.array([160.0, 100.0, 120.0]))
    assert 18 < turned.max() < 21.5
    assert -21.5 < turned.min() < -18
    assert np.abs(found.sum(axis=1) - 380).max() <= 2


def test_saturation_keeps_the_luminance():
    found = spread_of(Augmentation(saturation=0.4), (150, 100, 120))
    luminance = found @ augmentation.LUMINANCE
    assert np.abs(luminance - np.array([150, 100, 120]) @ augmentation.LUMINANCE).max() <= 1
    distances = np.ptp(found, axis=1)
    assert 29 <= distances.min() < 34
    assert 66 < distances.max() <= 71


def test_one_setting_does_not_disturb_what_the_others_draw(images):
    flipped = augmentation.augment(images, Augmentation("both"), seed=[9])
    with_colour = augmentation.augment(images, Augmentation("both", brightness=0.01), seed=[9])
    assert np.abs(flipped.astype(int) - with_colour).max() <= 4


def test_what_older_settings_draw_is_as_it_was(images):
    """A resumed run of before sees the same pictures: what came later draws numbers of its own."""
    settings = Augmentation("both", rotation_degrees=30, brightness=0.2, hue_degrees=5)
    numbers = np.random.default_rng([9]).random((len(images), 10))
    assert len(augmentation.DRAWS) == 10
    flipped = numbers[:, augmentation.DRAWS.index("flip_x")] < 0.5
    plain = augmentation.augment(images, Augmentation("horizontal"), seed=[9])
    np.testing.assert_array_equal(plain[flipped], images[flipped][:, :, ::-1])
    without = augmentation.augment(images, settings, seed=[9])
    later = augmentation.augment(images, dataclasses.replace(settings, blur_px=3), seed=[9])
    alike = [bool((one == other).all()) for one, other in zip(without, later, strict=True)]
    assert any(alike) and not all(alike)


def test_gamma_keeps_black_and_white_and_goes_both_ways():
    found = spread_of(Augmentation(gamma=0.5), (0, 128, 255))
    assert (found[:, 0] == 0).all() and (found[:, 2] == 255).all()
    lowest, highest = (round(255 * (128 / 255) ** gamma) for gamma in (1.5, 1 / 1.5))
    assert lowest <= found[:, 1].min() < lowest + 5 and highest - 5 < found[:, 1].max() <= highest


def test_half_are_blurred_as_scipy_blurs_and_half_compressed():
    rng = np.random.default_rng(0)
    batch = np.repeat(rng.integers(0, 256, (1, 24, 24, 3), dtype=np.uint8), 40, axis=0)
    numbers = np.random.default_rng([7, 1]).random((40, 3))
    blurred = augmentation.augment(batch, Augmentation(blur_px=2), seed=[7])
    for image, number in zip(blurred, numbers[:, 1], strict=True):
        deviation = 2 * (2 * number - 1)
        if deviation <= 0:
            np.testing.assert_array_equal(image, batch[0])
        elif deviation > 0.5:  # narrower ones differ in how the Gaussian is cut off
            wanted = ndimage.gaussian_filter(batch[0].astype(float), (deviation, deviation, 0), mode="mirror")
            assert np.abs(image - wanted)[6:-6, 6:-6].max() < 4
    coded = augmentation.augment(batch, Augmentation(jpeg_loss=0.8), seed=[7])
    for image, number in zip(coded, numbers[:, 2], strict=True):
        loss = 0.8 * (2 * number - 1)
        if loss <= 0:
            np.testing.assert_array_equal(image, batch[0])
        else:
            file = io.BytesIO()
            Image.fromarray(batch[0]).save(file, "JPEG", quality=round(100 * (1 - loss)))
            assert np.abs(image.astype(int) - np.asarray(Image.open(file))).mean() < 6
    assert 10 < sum((image == batch[0]).all() for image in coded) < 30


@given(SETTINGS)
def test_what_is_written_is_read(settings):
    assert Augmentation.from_json(settings.to_json()) == settings
    assert augmentation.read_argument(augmentation.as_argument(settings)) == settings
    assert augmentation.describe(settings)


def test_presets_have_names_on_the_command_line_and_words():
    for name, preset in augmentation.PRESETS.items():
        assert augmentation.as_argument(preset) == name
        assert augmentation.find_preset(preset) == name
        assert augmentation.describe(preset).startswith("None") == preset.is_none == (name == "none")
    own = Augmentation(rotation_degrees=20)
    assert augmentation.as_argument(own) == '{"rotation_degrees":20}'
    assert augmentation.find_preset(own) is None
    assert augmentation.describe(own) == "Turned by up to 20°"


def test_risks_name_what_could_become_untrue():
    assert augmentation.find_risks(augmentation.NONE) == []
    assert augmentation.find_risks(augmentation.PRESETS["x-ray"]) == []
    assert any("X-ray" in risk for risk in augmentation.find_risks(Augmentation("both")))
    assert any("stain" in risk for risk in augmentation.find_risks(Augmentation(hue_degrees=30)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flip", "sideways"),
        ("fill", None),
        ("rotation_degrees", 181),
        ("rotation_degrees", True),
        ("zoom_fraction", -0.1),
        ("zoom_fraction", "0.1"),
        ("brightness", float("nan")),
        ("contrast", 0.51),
        ("hue_degrees", float("inf")),
        ("saturation", None),
        ("gamma", 1.1),
        ("blur_px", -1),
        ("jpeg_loss", 0.95),
    ],
)
def test_values_out_of_range_are_named(name, value):
    with pytest.raises(errors.RecipeNotUsable, match=name):
        Augmentation(**{name: value})


@pytest.mark.parametrize("content", [None, [], "cells", 3])
def test_what_is_no_settings_is_refused(content):
    with pytest.raises(errors.RecipeNotUsable):
        Augmentation.from_json(content)


@pytest.mark.parametrize("said", ["", "cell", "{", "[1]", "3", '{"shear": 1}', '{"flip": ["both"]}'])
def test_a_wrong_argument_is_a_message(said):
    with pytest.raises(errors.RecipeNotUsable, match="augmentation"):
        augmentation.read_argument(said)


def test_no_tensorflow_is_loaded():
    code = (
        "import sys, numpy as np; from core.models import augmentation as a;"
        "a.augment(np.zeros((2, 8, 8, 3), np.uint8), a.PRESETS['cells'], seed=[1]);"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
