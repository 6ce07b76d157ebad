"""Why a model answers so about an image as it came: what it saw is another form of it, and the map goes back to it."""

import numpy as np
from numpy.typing import NDArray

from core.explanation import heatmaps, methods
from core.models import normalisation, package


def explain(
    found: package.Package,
    source: heatmaps.Source,
    image_rgb: NDArray[np.uint8],
    class_index: int,
    *,
    shown_size_px: tuple[int, int] | None = None,
) -> heatmaps.Heatmap:
    """The heatmap of one image, uint8 (H, W, 3), RGB, in the form in which the model sees it, laid over it as it came.

    source : what a method gives for the model's network; `explanation.methods` has them.
    shown_size_px : (height, width) of the heatmap; None = the image's own. Raises `AnswerNotFinite`.
    """
    seen = normalisation.bring(image_rgb, found.form, *found.input_size_px)
    shown = shown_size_px or (image_rgb.shape[0], image_rgb.shape[1])
    return heatmaps.compute_heatmap(
        source,
        seen.image_rgb,
        class_index,
        input_size_px=found.input_size_px,
        shown_size_px=shown,
        part=_place_box(seen.box, image_rgb.shape[:2], shown),
    )


def find_usual_peak(found: package.Package, method: str) -> float | None:
    """The median peak of its heatmaps by a method, a key of `methods.METHODS`, over validation images.

    None where nobody has measured it: then nothing can be said of how strong one is, see `heatmaps.describe_strength`.
    """
    known = found.manifest.heatmap
    if known is None:
        return None
    return known.reference_peak if method == methods.GRAD_CAM else known.peaks.get(method)


def describe_strength(
    found: package.Package, method: str, heatmap: heatmaps.Heatmap, *, layer_name: str | None = None
) -> heatmaps.Strength:
    """How strong a heatmap is beside what is usual for this model and method.

    layer_name : a layer that was asked for; what is usual was measured at the method's own (None) alone.
    """
    return heatmaps.describe_strength(heatmap.peak, None if layer_name else find_usual_peak(found, method))


def _place_box(
    box: normalisation.Box | None, whole: tuple[int, ...], shown: tuple[int, ...]
) -> tuple[slice, slice] | None:
    """Where a box of an image of size `whole` lies in one of size `shown`: at least one row and column; None: all."""
    if box is None:
        return None
    sides = ((box.top, box.bottom, whole[0], shown[0]), (box.left, box.right, whole[1], shown[1]))
    rows, columns = (_scale(first, last, extent, size) for first, last, extent, size in sides)
    return rows, columns


def _scale(first: int, last: int, extent: int, size: int) -> slice:
    start = min(round(first * size / extent), size - 1)
    return slice(start, max(start + 1, round(last * size / extent)))
