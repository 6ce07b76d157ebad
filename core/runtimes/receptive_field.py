"""Where the cells of a feature map lie in the image: the geometry of convolutions and poolings (Dumoulin & Visin 2016).

A map of 12 x 12 cells over an image of 64 pixels is usually stretched as if each cell covered 64 / 12 pixels. In a
network without padding that is wrong: its outermost cells look at pixels well inside the image, and the stretched heat
stands up to 9 pixels beside what it is about. Here each cell is placed at the centre of its receptive field.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.runtimes import base

_WINDOWS = ("Conv2D", "DepthwiseConv2dNative", "MaxPool", "MaxPoolV2", "AvgPool")
_PADS = ("Pad", "PadV2", "MirrorPad")


def find_alignment(features: Any, image: Any) -> base.Alignment | None:
    """The alignment of the graph tensor `features` (N, h, w, C) over `image` (N, H, W, 3); None where it is not known.

    Follows the graph back through convolutions, poolings, paddings and whatever keeps height and width. Not known: a
    resizing, a transposed or dilated convolution, or a size that is not fixed.
    """
    found = [_follow(features, image, axis, {}) for axis in (1, 2)]
    if found[0] is None or found[1] is None:
        return None
    return base.Alignment(found[0], found[1])


def _follow(tensor: Any, image: Any, axis: int, known: dict[str, base.Axis | None]) -> base.Axis | None:
    """The place of `tensor`'s cells along `axis` (1 rows, 2 columns)."""
    if tensor is image:
        return base.Axis(0.0, 1.0)
    if tensor.name not in known:
        known[tensor.name] = _place(tensor, image, axis, known)
    return known[tensor.name]


def _place(tensor: Any, image: Any, axis: int, known: dict[str, base.Axis | None]) -> base.Axis | None:
    operation = tensor.op
    if operation.type in _WINDOWS:
        parent = operation.inputs[0]
        before = _follow(parent, image, axis, known)
        return before and _through_window(operation, parent, axis, before)
    if operation.type in _PADS:
        before = _follow(operation.inputs[0], image, axis, known)
        padding = _constant(operation.inputs[1])
        return (
            base.Axis(before.start_px - before.step_px * float(padding[axis][0]), before.step_px)
            if before is not None
            else None
        )
    same = [parent for parent in operation.inputs if _has_size(parent, tensor, axis)]
    return _meet([_follow(parent, image, axis, known) for parent in same])


def _meet(branches: list[base.Axis | None]) -> base.Axis | None:
    """Where branches meet (a sum, a concatenation): the mean of their places, which differ by part of a cell."""
    places = [place for place in branches if place is not None]
    if not places or len(places) < len(branches) or len({place.step_px for place in places}) > 1:
        return None
    return base.Axis(sum(place.start_px for place in places) / len(places), places[0].step_px)


def _has_size(parent: Any, tensor: Any, axis: int) -> bool:
    """Whether an input is a map of the same height or width; scalars, biases and gates are not."""
    if parent.shape.rank != 4 or tensor.shape.rank != 4 or tensor.shape[axis] is None:
        return False
    return bool(parent.shape[axis] == tensor.shape[axis])


def _through_window(operation: Any, parent: Any, axis: int, before: base.Axis) -> base.Axis | None:
    """One convolution or pooling: the window's centre moves by half its size, less the padding before it."""
    size, step = _window(operation, axis)
    extent = parent.shape[axis]
    if extent is None or operation.get_attr("data_format") != b"NHWC":
        return None
    padding = operation.get_attr("padding")
    before_px = 0
    if padding == b"SAME":
        before_px = max((-(-extent // step) - 1) * step + size - extent, 0) // 2
    elif padding != b"VALID":
        return None
    return base.Axis(before.start_px + before.step_px * ((size - 1) / 2 - before_px), before.step_px * step)


def _window(operation: Any, axis: int) -> tuple[int, int]:
    """(size, step) along an axis. A dilated convolution is another operation to TensorFlow and is not followed."""
    step = int(operation.get_attr("strides")[axis])
    if operation.type in ("Conv2D", "DepthwiseConv2dNative"):
        return int(operation.inputs[1].shape[axis - 1]), step
    return int(operation.get_attr("ksize")[axis]), step


def _constant(tensor: Any) -> NDArray[np.int64]:
    from core.models import backend  # noqa: PLC0415  (only networks that pad come here)

    return np.asarray(backend.load_tensorflow().get_static_value(tensor), dtype=np.int64)


def place_map(
    raw_map: NDArray[np.float32],
    alignment: base.Alignment,
    input_size_px: tuple[int, int],
    height_px: int,
    width_px: int,
) -> NDArray[np.float32]:
    """The map (h, w) over an image of (height_px, width_px), each cell at its receptive field's centre: float32.

    The image is the network's input at another size. Bilinear between the centres; beyond the outermost ones the
    nearest cell's value goes on, since that cell saw those pixels. Of a map much finer than the image the mean over the
    cells that a pixel stands for, or a single hot cell between two pixels would be lost.
    """
    vertical = _sample_at(alignment.rows, input_size_px[0], height_px)
    horizontal = _sample_at(alignment.columns, input_size_px[1], width_px)
    columns, rows = np.meshgrid(horizontal, vertical)  # (H, W) each
    window = _span(alignment.columns, input_size_px[1], width_px), _span(alignment.rows, input_size_px[0], height_px)
    averaged = cv2.blur(raw_map.astype(np.float32), window, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(
        cv2.remap(averaged, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.float32,
    )


def _span(axis: base.Axis, input_px: int, shown_px: int) -> int:
    """How many cells a shown pixel stands for, an odd number: 1 up to two, which interpolation reaches by itself."""
    return 2 * int(input_px / shown_px / axis.step_px / 2) + 1


def _sample_at(axis: base.Axis, input_px: int, shown_px: int) -> NDArray[np.float32]:
    """For each shown pixel, the (fractional) cell that it falls on."""
    in_input = (np.arange(shown_px) + 0.5) * input_px / shown_px - 0.5
    return ((in_input - axis.start_px) / axis.step_px).astype(np.float32)
