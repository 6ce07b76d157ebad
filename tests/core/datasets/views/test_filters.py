"""Filters against scipy and hand-worked cases; settings out of range are refused; red stays red."""

import numpy as np
import pytest
from scipy import ndimage

from core.base import errors
from core.datasets.index import decoding
from core.datasets.views import filters

RED = np.full((24, 20, 3), (255, 0, 0), np.uint8)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (41, 36, 3), dtype=np.uint8)


def apply(key: str, image: np.ndarray, **settings: float) -> np.ndarray:
    return filters.find_filter(key).apply(image, **settings)


def gaussian_of(image: np.ndarray, kernel_px: int, sigma_px: float) -> np.ndarray:
    """A Gaussian cut off at the kernel, mirrored at the borders, by scipy."""
    places = np.arange(kernel_px) - kernel_px // 2
    weights = np.exp(-(places**2) / (2 * sigma_px**2))
    weights /= weights.sum()
    blurred = image.astype(float)
    for axis in (0, 1):
        blurred = ndimage.correlate1d(blurred, weights, axis=axis, mode="mirror")
    return blurred


@pytest.mark.parametrize(("kernel_px", "sigma_px"), [(3, 1.0), (9, 1.5), (31, 5.0), (11, 10.0)])
def test_gaussian_blur_is_scipy_s(noise: np.ndarray, kernel_px: int, sigma_px: float) -> None:
    found = apply("gaussian", noise, kernel_px=kernel_px, sigma_px=sigma_px)
    assert np.abs(found - gaussian_of(noise, kernel_px, sigma_px)).max() <= 0.51


def test_sigma_zero_is_chosen_from_the_kernel(noise: np.ndarray) -> None:
    found = apply("gaussian", noise, kernel_px=15, sigma_px=0)
    assert np.abs(found - gaussian_of(noise, 15, 0.3 * (7 - 1) + 0.8)).max() <= 0.51


def test_median_is_scipy_s_and_removes_a_speck(noise: np.ndarray) -> None:
    for kernel_px in (3, 5, 9):
        expected = ndimage.median_filter(noise, size=(kernel_px, kernel_px, 1), mode="nearest")
        assert (apply("median", noise, kernel_px=kernel_px) == expected).all()
    speck = RED.copy()
    speck[10, 10] = (0, 0, 255)
    assert (apply("median", speck, kernel_px=3) == RED).all()


def test_sharpening_is_the_image_and_its_difference_from_a_blur(noise: np.ndarray) -> None:
    blurred = ndimage.gaussian_filter(noise.astype(float), (2, 2, 0), mode="mirror")
    expected = np.clip(noise + 0.5 * (noise - blurred), 0, 255)
    assert np.abs(apply("sharpen", noise, amount=0.5, radius_px=2.0) - expected).max() <= 1.5
    assert (apply("sharpen", noise, amount=0) == noise).all()


def test_an_edge_is_as_bright_as_its_step() -> None:
    step = np.zeros((9, 10, 3), np.uint8)
    step[:, 5:] = 100
    seen = apply("edges", step, smooth_px=1, gain=1)
    assert seen[4, :, 0].tolist() == [0, 0, 0, 0, 100, 100, 0, 0, 0, 0]
    assert (seen == apply("edges", step.transpose(1, 0, 2).copy(), smooth_px=1, gain=1).transpose(1, 0, 2)).all()
    assert apply("edges", step, smooth_px=1, gain=8).max() == 255


def test_edges_are_scipy_s_sobel(noise: np.ndarray) -> None:
    luma = np.rint(noise @ [0.299, 0.587, 0.114])
    across, down = (ndimage.sobel(luma, axis=axis, mode="mirror") for axis in (1, 0))
    expected = np.clip(np.hypot(across, down) / 4, 0, 255)
    assert np.abs(apply("edges", noise, smooth_px=1, gain=1)[..., 0] - expected).max() <= 3


def test_contrast_spreads_lightness_and_keeps_the_tint() -> None:
    faint = np.full((64, 64, 3), (140, 110, 130), np.uint8)
    faint[20:40, 20:40] = (130, 100, 120)
    seen = apply("contrast", faint, clip_limit=10, tiles=2).astype(int)
    assert abs(seen[0, 0] - seen[30, 30]).mean() > 15
    assert seen[30, 30, 0] > seen[30, 30, 2] > seen[30, 30, 1]


@pytest.mark.parametrize("key", ["gaussian", "median", "sharpen", "contrast"])
def test_a_red_image_stays_red(key: str) -> None:
    seen = apply(key, RED).astype(int)
    assert (seen[..., 0] > seen[..., 1] + 100).all() and (seen[..., 0] > seen[..., 2] + 100).all()


@pytest.mark.parametrize("key", ["gaussian", "median"])
def test_a_kernel_of_one_changes_nothing_and_is_a_copy(key: str, noise: np.ndarray) -> None:
    seen = apply(key, noise, kernel_px=1)
    assert (seen == noise).all() and not np.shares_memory(seen, noise)


@pytest.mark.parametrize("key", filters.FILTERS)
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (40, 33)])
def test_every_filter_at_both_ends_of_its_settings(key: str, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(6).integers(0, 256, (*shape, 3), dtype=np.uint8)
    before = image.copy()
    found = filters.find_filter(key)
    for end in ("low", "high", "default"):
        seen = found.apply(image, **{setting.name: getattr(setting, end) for setting in found.settings})
        assert seen.dtype == np.uint8 and seen.shape == image.shape and (image == before).all()
    assert found.caption.endswith(".") and all(setting.help for setting in found.settings)


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("gaussian", {"kernel_px": 4}),
        ("gaussian", {"kernel_px": 33}),
        ("gaussian", {"kernel_px": -1}),
        ("gaussian", {"kernel_px": 3.5}),
        ("gaussian", {"kernel_px": True}),
        ("gaussian", {"kernel_px": "3"}),
        ("gaussian", {"sigma_px": float("nan")}),
        ("gaussian", {"sigma": 1}),
        ("median", {"kernel_px": 2}),
        ("sharpen", {"amount": -0.1}),
        ("sharpen", {"radius_px": 0}),
        ("contrast", {"tiles": 0}),
        ("contrast", {"clip_limit": float("inf")}),
        ("edges", {"smooth_px": 2}),
        ("mystery", {}),
    ],
)
def test_settings_that_cannot_be_are_refused(key: str, settings: dict[str, float]) -> None:
    with pytest.raises(errors.SettingNotUsable):
        apply(key, RED, **settings)


def test_the_message_says_what_is_expected() -> None:
    with pytest.raises(errors.SettingNotUsable, match="an odd whole number from 1 to 31; found 4"):
        apply("median", RED, kernel_px=4)


def test_what_a_network_sees_is_its_input_in_blocks(noise: np.ndarray) -> None:
    seen = filters.see_as_network(noise, side_px=16, shown_px=70)
    assert seen.shape == (64, 64, 3)
    assert (seen[::4, ::4] == decoding.resize_image(noise, 16, 16)).all()
    assert (seen[:4, :4] == seen[0, 0]).all()
    assert filters.see_as_network(noise, side_px=64, shown_px=10).shape == (64, 64, 3)
