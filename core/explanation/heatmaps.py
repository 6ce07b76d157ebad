"""Where the evidence for a class lies: what all methods of explanation share. Pure numpy.

A method says of a network and a batch of images how much each place speaks for a class, in logit units, before any
stretching; `Source` is what it gives. From there on all are alike: placed over the image, stretched, and described.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.base import errors
from core.datasets.index import decoding
from core.runtimes import base, receptive_field

FAINT_BELOW = 0.5
STRONG_ABOVE = 2.0
THE_IMAGE = "the image"  # in place of a layer's name, of methods that look at no layer


class Source(Protocol):
    """One method with one network.

    layer_name : what is looked at, a layer or `THE_IMAGE`. alignment : where the cells of its maps lie over the image;
    None where that is not known.
    """

    @property
    def layer_name(self) -> str: ...

    @property
    def alignment(self) -> base.Alignment | None: ...

    def compute(
        self, images: NDArray[Any], class_index: int | NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Maps (N, h, w) >= 0, in logit units, zero where nothing speaks for the class; and logits (N,).

        images : uint8 or float32 (N, H, W, 3), pixel values 0 to 255, at the network's input size.
        class_index : one for all images, or an integer array (N,). Raises ValueError where it is no class.
        """
        ...


@dataclass(frozen=True)
class RawMaps:
    """Maps before any stretching: `maps` float32 (N, h, w) >= 0 and `logits` float32 (N,), both in logit units."""

    maps: NDArray[np.float32]
    logits: NDArray[np.float32]
    layer_name: str


@dataclass(frozen=True)
class Heatmap:
    """The evidence for a class over one image.

    values : float32 (H, W) in [0, 1], stretched so that the largest is 1; all zero where there is no evidence.
    peak : the largest value of the map before stretching, in logit units.
    evidence : the sum of the map before stretching, in logit units: of Grad-CAM, how much of the logit, to first order,
        the evidence for the class carries (for a network that ends in global average pooling and one dense layer, a map
        without a negative part sums to the logit less its bias exactly); of integrated gradients, how much the parts
        that speak for the class raise the logit above that of the baselines.
    """

    values: NDArray[np.float32]
    peak: float
    evidence: float
    layer_name: str


@dataclass(frozen=True)
class Strength:
    """A map's peak against the usual one. `share` = peak / usual peak (None where the usual peak is not known).

    words : "none", "faint" (below half the usual), "usual", "strong" (above twice the usual) or "not known".
    """

    share: float | None
    words: str


def compute_maps(source: Source, images: NDArray[Any], class_index: int | NDArray[np.integer[Any]]) -> RawMaps:
    """The maps of a batch, not stretched.

    images : uint8 or float32 (N, H, W, 3), stored pixel values 0 to 255, at the network's input size.
    class_index : one for all images, or an integer array (N,).
    Raises `AnswerNotFinite` where a logit or a map is NaN or infinite, ValueError where `class_index` is no class.
    """
    maps, logits = source.compute(images, class_index)
    _require_finite(maps, logits)
    return RawMaps(maps, logits, source.layer_name)


def compute_heatmap(
    source: Source,
    image_rgb: NDArray[np.uint8],
    class_index: int,
    *,
    input_size_px: tuple[int, int],
    part: tuple[slice, slice] | None = None,
    shown_size_px: tuple[int, int] | None = None,
) -> Heatmap:
    """The heatmap of one image, each cell of the map where it belongs: of a layer, where its receptive field lies.

    image_rgb : uint8 (H, W, 3), any size; squeezed to `input_size_px` (height, width) as for a prediction.
    shown_size_px : (height, width) of the heatmap; None = the image's own. part : (rows, columns) of the heatmap that
    the image fills, where it was cut from a larger one; no evidence stands beside it. None = all.
    Raises `AnswerNotFinite` where the network answers with NaN or infinity.
    """
    batch = decoding.resize_image(image_rgb, *input_size_px)[np.newaxis]  # (1, h, w, 3)
    raw = compute_maps(source, batch, class_index)
    place = source.alignment or base.Alignment.stretched(raw.maps.shape[1:3], input_size_px)
    values = np.zeros(shown_size_px or image_rgb.shape[:2], np.float32)
    filled = part or (slice(None), slice(None))
    values[filled] = _stretch(raw.maps[0], place, input_size_px, values[filled].shape)
    return Heatmap(
        values=values,
        peak=float(raw.maps.max()),
        evidence=float(raw.maps.sum(dtype=np.float64)),
        layer_name=raw.layer_name,
    )


def _stretch(
    raw_map: NDArray[np.float32], place: base.Alignment, input_size_px: tuple[int, int], shown: tuple[int, ...]
) -> NDArray[np.float32]:
    """The map over an image of size `shown`, divided by its maximum: float32 in [0, 1]; all zero stays so."""
    largest = float(raw_map.max())
    if largest == 0:
        return np.zeros(shown, np.float32)
    # Scaled before as well: very small and very large values would not survive the interpolation.
    scaled = (raw_map.astype(np.float64) / largest).astype(np.float32)
    values = receptive_field.place_map(scaled, place, input_size_px, *shown)
    # Less than 1 where the image has fewer pixels than the map has cells, so that its summit falls between two.
    stretched: NDArray[np.float32] = np.clip(values / (float(values.max()) or 1.0), 0, 1)
    return stretched


def describe_strength(peak: float, reference_peak: float | None) -> Strength:
    """How strong a heatmap is against the usual one, so that a faint map, stretched, is not taken for a strong one.

    peak : `Heatmap.peak`. reference_peak : the median peak over validation images by the same method;
    None or 0 = not known.
    """
    if peak <= 0:
        return Strength(0.0, "none")
    if not reference_peak or reference_peak < 0:
        return Strength(None, "not known")
    share = peak / reference_peak
    if share < FAINT_BELOW:
        return Strength(share, "faint")
    return Strength(share, "strong" if share > STRONG_ABOVE else "usual")


def compute_reference(
    source: Source, images: NDArray[np.uint8], class_indices: NDArray[np.integer[Any]]
) -> dict[str, Any]:
    """What a manifest holds under `heatmap`: {"layer", "reference_peak", "images"}, images uint8 (N, H, W, 3).

    The reference is the median peak, in logit units, of the maps for the classes as predicted (N,); 0 of no images.
    """
    peaks = compute_maps(source, images, class_indices).maps.max(axis=(1, 2)).astype(np.float64)
    peak = float(np.median(peaks)) if len(peaks) else 0.0
    return {"layer": source.layer_name, "reference_peak": peak, "images": len(images)}


def _require_finite(maps: NDArray[Any], logits: NDArray[Any]) -> None:
    if not (np.isfinite(maps).all() and np.isfinite(logits).all()):
        raise errors.AnswerNotFinite(
            expected="a network that answers with numbers",
            found="NaN or infinity in its logits or its heatmap",
            where="its explanation",
            todo="Its training diverged, or its weights are damaged; train it again with a lower learning rate.",
        )
