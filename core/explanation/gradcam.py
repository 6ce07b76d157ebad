"""Grad-CAM: where the evidence for a class lies (Selvaraju et al. 2017, arXiv:1610.02391). Needs TensorFlow (inside).

The gradient starts from the class's logit, never from its probability: a saturated softmax has no gradient to follow.
The network is traced once into a compiled function, so a map costs one forward and a short backward pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import errors
from core.datasets import decoding
from core.explanation import alignment, recording
from core.models import runtime

CHUNK_IMAGES = 32
FAINT_BELOW = 0.5
STRONG_ABOVE = 2.0


@dataclass(frozen=True)
class RawMaps:
    """Grad-CAM before any stretching: `maps` float32 (N, h, w) >= 0 and `logits` float32 (N,), both in logit units."""

    maps: NDArray[np.float32]
    logits: NDArray[np.float32]
    layer_name: str


@dataclass(frozen=True)
class Heatmap:
    """The evidence for a class over one image.

    values : float32 (H, W) in [0, 1], stretched so that the largest is 1; all zero where there is no evidence.
    peak : the largest value of the map before stretching, in logit units.
    evidence : the sum of the map before stretching, in logit units: how much of the logit, to first order, the evidence
        for the class carries. For a network that ends in global average pooling and one dense layer, a map without a
        negative part sums to the logit less its bias exactly.
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


class GradCam:
    """Grad-CAM of one network, traced at construction. Calls from several threads at once are safe.

    network : a Keras model of any nesting, `(N, H, W, C)` float32 to `(N, K)`, or to `(N, 1)` with a sigmoid, whose
        class 1 has the logit and class 0 its negative. A softmax hidden inside a custom layer is not seen through.
    layer_name : the layer to look at; None = the last convolution whose map is not 1 x 1, with what follows it at the
        same size (its activation, a gate, a sum), before any pooling.
    Raises `NoConvolution` where there is no such layer.
    """

    def __init__(self, network: Any, *, layer_name: str | None = None) -> None:
        self._network = network
        self._wanted_layer = layer_name
        self.layer_name = ""
        self.class_count = 0
        self.alignment: alignment.Alignment | None = None
        self._run = self._trace()

    def compute(self, batch: NDArray[Any], class_index: int | NDArray[np.integer[Any]]) -> RawMaps:
        """The maps of a batch, not stretched.

        batch : uint8 or float32 (N, H, W, 3), stored pixel values 0 to 255, at the network's input size.
        class_index : one for all images, or an integer array (N,).
        Raises `AnswerNotFinite` where a logit or a map is NaN or infinite, ValueError where `class_index` is no class.
        """
        classes = np.broadcast_to(np.asarray(class_index, dtype=np.int32), (len(batch),))
        if ((classes < 0) | (classes >= self.class_count)).any():
            raise ValueError(f"expected class indices 0 to {self.class_count - 1}, found {class_index}")
        if not len(batch):  # oneDNN's kernels refuse it; a black image tells the size of the maps
            maps, logits = self._compute_chunk(np.zeros((1, *batch.shape[1:])), np.zeros(1, np.int32))
            return RawMaps(maps[:0], logits[:0], self.layer_name)
        starts = range(0, len(batch), CHUNK_IMAGES)
        parts = [self._compute_chunk(batch[i : i + CHUNK_IMAGES], classes[i : i + CHUNK_IMAGES]) for i in starts]
        maps = np.concatenate([maps for maps, _ in parts])
        logits = np.concatenate([logits for _, logits in parts])
        _require_finite(maps, logits)
        return RawMaps(maps, logits, self.layer_name)

    def _compute_chunk(self, batch: NDArray[Any], classes: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any]]:
        tf = runtime.load_tensorflow()
        pixels = np.asarray(batch, dtype=np.float32)
        maps, logits = self._run(tf.convert_to_tensor(pixels), tf.convert_to_tensor(classes))
        return np.asarray(maps), np.asarray(logits)

    def _trace(self) -> Any:
        """Compile (batch (N, H, W, 3) float32, class indices (N,) int32) -> (maps (N, h, w), logits (N,))."""
        tf = runtime.load_tensorflow()
        shape = tuple(getattr(self._network, "input_shape", (None, None, None, 3)))[1:]
        signature = [tf.TensorSpec((None, *shape), tf.float32), tf.TensorSpec((None,), tf.int32)]
        # A concrete function: it cannot be traced a second time, so no later call touches the shared layers.
        return tf.function(self._explain, input_signature=signature, autograph=False).get_concrete_function()

    def _explain(self, batch: Any, class_indices: Any) -> tuple[Any, Any]:
        tf = runtime.load_tensorflow()
        steps = recording.record_steps(self._network, batch)
        step = _find_features(steps, self._wanted_layer)
        logits = tf.cast(recording.find_logits(steps), tf.float32)  # (N, K)
        self.layer_name, self.class_count = step.name, max(int(logits.shape[-1]), 2)
        self.alignment = alignment.find_alignment(step.output, batch)
        logit = _pick_logit(logits, class_indices)  # (N,)
        (gradient,) = tf.gradients(logit, step.output)  # (N, h, w, C), or None
        if gradient is None:
            raise _no_convolution(f"{step.name}, on which the answer does not depend", step.name)
        features = tf.cast(step.output, tf.float32)  # (N, h, w, C)
        weights = tf.reduce_mean(tf.cast(gradient, tf.float32), axis=(1, 2), keepdims=True)  # (N, 1, 1, C)
        return tf.nn.relu(tf.reduce_sum(weights * features, axis=-1)), logit  # (N, h, w), (N,)


def compute_heatmap(
    gradcam: GradCam,
    image_rgb: NDArray[np.uint8],
    class_index: int,
    *,
    input_size_px: tuple[int, int],
    shown_size_px: tuple[int, int] | None = None,
) -> Heatmap:
    """Grad-CAM of one image, each cell of the map where its receptive field lies.

    image_rgb : uint8 (H, W, 3), any size; squeezed to `input_size_px` (height, width) as for a prediction.
    shown_size_px : (height, width) of the heatmap; None = the image's own.
    Raises `AnswerNotFinite` where the network answers with NaN or infinity.
    """
    batch = decoding.resize_image(image_rgb, *input_size_px)[np.newaxis]  # (1, h, w, 3)
    raw = gradcam.compute(batch, class_index)
    place = gradcam.alignment or alignment.Alignment.stretched(raw.maps.shape[1:3], input_size_px)
    return Heatmap(
        values=_stretch(raw.maps[0], place, input_size_px, shown_size_px or image_rgb.shape[:2]),
        peak=float(raw.maps.max()),
        evidence=float(raw.maps.sum(dtype=np.float64)),
        layer_name=raw.layer_name,
    )


def _stretch(
    raw_map: NDArray[np.float32], place: alignment.Alignment, input_size_px: tuple[int, int], shown: tuple[int, ...]
) -> NDArray[np.float32]:
    """The map over an image of size `shown`, divided by its maximum: float32 in [0, 1]; all zero stays so."""
    largest = float(raw_map.max())
    if largest == 0:
        return np.zeros(shown, np.float32)
    # Scaled before as well: very small and very large values would not survive the interpolation.
    scaled = (raw_map.astype(np.float64) / largest).astype(np.float32)
    values = alignment.place_map(scaled, place, input_size_px, *shown)
    # Less than 1 where the image has fewer pixels than the map has cells, so that its summit falls between two.
    stretched: NDArray[np.float32] = np.clip(values / (float(values.max()) or 1.0), 0, 1)
    return stretched


def describe_strength(peak: float, reference_peak: float | None) -> Strength:
    """How strong a heatmap is against the usual one, so that a faint map, stretched, is not taken for a strong one.

    peak : `Heatmap.peak`. reference_peak : the median peak over validation images; None or 0 = not known.
    """
    if peak <= 0:
        return Strength(0.0, "none")
    if not reference_peak or reference_peak < 0:
        return Strength(None, "not known")
    share = peak / reference_peak
    if share < FAINT_BELOW:
        return Strength(share, "faint")
    return Strength(share, "strong" if share > STRONG_ABOVE else "usual")


def compute_reference_peak(
    gradcam: GradCam, batches: Iterable[NDArray[Any]], class_indices: NDArray[np.integer[Any]]
) -> float:
    """The median peak, in logit units, of the maps of images for their classes; 0 where there are no images.

    batches : batches (n, H, W, 3) that together hold N images. class_indices : integers (N,), as predicted.
    """
    peaks: list[float] = []
    for batch in batches:
        raw = gradcam.compute(batch, class_indices[len(peaks) : len(peaks) + len(batch)])
        peaks.extend(raw.maps.max(axis=(1, 2)).tolist())
    if len(peaks) != len(class_indices):
        raise ValueError(f"expected as many images as class indices ({len(class_indices)}), found {len(peaks)}")
    return float(np.median(peaks)) if peaks else 0.0


def compute_reference(
    gradcam: GradCam, batch: NDArray[np.uint8], class_indices: NDArray[np.integer[Any]]
) -> dict[str, Any]:
    """What a manifest holds under `heatmap`: {"layer", "reference_peak", "images"}, images uint8 (N, H, W, 3)."""
    starts = range(0, len(batch), CHUNK_IMAGES)
    peak = compute_reference_peak(gradcam, (batch[i : i + CHUNK_IMAGES] for i in starts), class_indices)
    return {"layer": gradcam.layer_name, "reference_peak": peak, "images": len(batch)}


def _find_features(steps: list[recording.Step], layer_name: str | None) -> recording.Step:
    """The step whose output is looked at. Raises `NoConvolution`."""
    spatial = [step for step in steps if _is_spatial(step.output)]
    if layer_name is not None:
        chosen, wanted = (
            [step for step in spatial if step.name == layer_name],
            f"a layer {layer_name} with a spatial map",
        )
    else:
        chosen, wanted = _from_last_convolution(spatial), "a convolution with a spatial map"
    if not chosen:
        raise _no_convolution(", ".join(step.name for step in steps), "the network", expected=wanted)
    return chosen[-1]


def _from_last_convolution(spatial: list[recording.Step]) -> list[recording.Step]:
    """The last convolution and what follows it at the same size: normalisation, activation, gates, sums.

    A pooling after it would only make the map coarser; what comes before the first convolution is the image itself.
    """
    layers = runtime.load_keras().layers
    kinds = (layers.Conv2D, layers.Conv2DTranspose, layers.DepthwiseConv2D, layers.SeparableConv2D)
    last = next((i for i in reversed(range(len(spatial))) if isinstance(spatial[i].operation, kinds)), len(spatial))
    return [step for step in spatial[last:] if step.output.shape[1:3] == spatial[last].output.shape[1:3]]


def _is_spatial(output: Any) -> bool:
    shape = getattr(output, "shape", None)
    if shape is None or len(shape) != 4:
        return False
    height, width = shape[1:3]
    return not (height == 1 and width == 1)


def _pick_logit(logits: Any, class_indices: Any) -> Any:
    """The logit (N,) of each image's class. One unit with a sigmoid says class 1; its negative says class 0."""
    tf = runtime.load_tensorflow()
    if logits.shape[-1] == 1:
        sign = tf.where(tf.equal(class_indices, 1), 1.0, -1.0)  # (N,)
        return logits[:, 0] * sign
    return tf.reduce_sum(logits * tf.one_hot(class_indices, logits.shape[-1]), axis=-1)


def _require_finite(maps: NDArray[Any], logits: NDArray[Any]) -> None:
    if not (np.isfinite(maps).all() and np.isfinite(logits).all()):
        raise errors.AnswerNotFinite(
            expected="a network that answers with numbers",
            found="NaN or infinity in its logits or its heatmap",
            where="Grad-CAM",
            todo="Its training diverged, or its weights are damaged; train it again with a lower learning rate.",
        )


def _no_convolution(
    found: str, where: str, *, expected: str = "a layer with a spatial map that feeds the answer"
) -> errors.NoConvolution:
    return errors.NoConvolution(
        expected=expected,
        found=found,
        where=where,
        todo="Choose a model with a convolution to see a heatmap; predictions work without.",
    )
