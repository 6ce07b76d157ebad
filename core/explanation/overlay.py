"""A heatmap as a picture: laid over its image, with its colour scale. Pure numpy and OpenCV."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def draw_overlay(
    image_rgb: NDArray[np.uint8],
    heatmap_values: NDArray[np.floating[Any]],
    *,
    opacity: float,
    strength_share: float = 1.0,
) -> NDArray[np.uint8]:
    """The heatmap in inferno colours over the image, transparent where there is no evidence.

    image_rgb : uint8 (H, W, 3). heatmap_values : float (H, W) in [0, 1].
    opacity : 0 (the image, exactly) to 1 (where the heat is 1, only its colour is seen).
    strength_share : the map's peak over the usual peak; below 1 it dims the overlay, above 1 it does nothing.
    Returns uint8 (H, W, 3). Raises ValueError where shapes or ranges do not fit.
    """
    _require_fitting(image_rgb, heatmap_values, opacity, strength_share)
    heat = heatmap_values.astype(np.float32)
    alpha = _find_alpha(heat, opacity, strength_share)[..., np.newaxis]  # (H, W, 1)
    image = image_rgb.astype(np.float32)
    mixed = image + alpha * (colour_heat(heat).astype(np.float32) - image)  # exactly the image where alpha is 0
    return np.rint(mixed).clip(0, 255).astype(np.uint8)


def draw_layer(
    heatmap_values: NDArray[np.floating[Any]], *, opacity: float, strength_share: float = 1.0
) -> NDArray[np.uint8]:
    """The same colours by themselves, to be laid over an image elsewhere: uint8 (H, W, 4), the last being how much of
    the image they cover. Raises as `draw_overlay`."""
    _require_in_range(heatmap_values, opacity, strength_share)
    heat = heatmap_values.astype(np.float32)
    alpha = np.rint(255 * _find_alpha(heat, opacity, strength_share)).astype(np.uint8)
    return np.dstack([colour_heat(heat), alpha])


def _find_alpha(heat: NDArray[np.float32], opacity: float, strength_share: float) -> NDArray[np.float32]:
    return np.asarray(opacity * min(1.0, strength_share) * heat, np.float32)


def colour_heat(heat: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Inferno colours (perceptually even, colour-blind safe) of heat (H, W) in [0, 1]: uint8 (H, W, 3), RGB."""
    levels = np.rint(heat * 255).astype(np.uint8)
    return np.ascontiguousarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1])


def draw_scale(height_px: int, width_px: int) -> NDArray[np.uint8]:
    """The colour scale as a strip, no evidence on the left to the most on the right: uint8 (height_px, width_px, 3)."""
    heat = np.linspace(0, 1, width_px, dtype=np.float32)
    return colour_heat(np.broadcast_to(heat, (height_px, width_px)))


def enlarge(image_rgb: NDArray[np.uint8], target_px: int) -> NDArray[np.uint8]:
    """The image with its longer side at `target_px`, the aspect ratio kept; never made smaller.

    Cubic: at eight times its size, a cell of 64 px drawn as squares shows its grid and not its outline. Cubic adds no
    detail; it passes near the pixels that are there. For showing only: networks see the image as it was.
    """
    height_px, width_px = image_rgb.shape[:2]
    factor = target_px / max(height_px, width_px)
    if factor <= 1:
        return image_rgb.copy()
    size = (max(1, round(width_px * factor)), max(1, round(height_px * factor)))
    return np.asarray(cv2.resize(image_rgb, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def fit(image_rgb: NDArray[np.uint8], target_px: int) -> NDArray[np.uint8]:
    """The image with its longer side at `target_px`: enlarged as by `enlarge`, or made smaller by area means."""
    height_px, width_px = image_rgb.shape[:2]
    factor = target_px / max(height_px, width_px)
    if factor >= 1:
        return enlarge(image_rgb, target_px)
    size = (max(1, round(width_px * factor)), max(1, round(height_px * factor)))
    return np.asarray(cv2.resize(image_rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _require_fitting(
    image_rgb: NDArray[np.uint8], heatmap_values: NDArray[np.floating[Any]], opacity: float, strength_share: float
) -> None:
    if image_rgb.shape != (*heatmap_values.shape, 3):
        raise ValueError(
            f"expected an image (H, W, 3) and a heatmap (H, W), found {image_rgb.shape}, {heatmap_values.shape}"
        )
    _require_in_range(heatmap_values, opacity, strength_share)


def _require_in_range(heatmap_values: NDArray[np.floating[Any]], opacity: float, strength_share: float) -> None:
    if not 0 <= opacity <= 1 or not strength_share >= 0:
        raise ValueError(f"expected opacity 0 to 1 and strength_share >= 0, found {opacity}, {strength_share}")
    if heatmap_values.size and not (heatmap_values.min() >= 0 and heatmap_values.max() <= 1):  # false for NaN too
        raise ValueError("expected heatmap values in [0, 1]")
