"""Where a Keras network is looked into: the layer whose map says where it looks, and the logit of a class."""

from collections import Counter
from typing import Any

from core.models import backend
from core.runtimes import activations

MOST_BLOCKS = 6
SMALLEST_VARIANCE = 1e-8  # so that a channel that is the same everywhere has a standard deviation


class NoMap(Exception):
    """A network has no layer to look at; why, in a sentence."""


def find_map(steps: list[activations.Step], layer_name: str | None, least_cells: int = 1) -> activations.Step:
    """The step whose output is looked at: the named layer's, or for None the last convolution's. Raises `NoMap`.

    That is one whose map is not 1 x 1 and has at least `least_cells` rows and columns, with what follows it at the same
    size (its activation, a gate, a sum), before any pooling.
    """
    spatial = [step for step in steps if _is_spatial(step.output)]
    if layer_name is None:
        chosen, absent = _from_last_convolution(spatial, least_cells), "convolution"
        absent += f" with a map of at least {least_cells} x {least_cells} cells" if least_cells > 1 else ""
    else:
        chosen, absent = [step for step in spatial if step.name == layer_name], f"layer {layer_name} with a map"
    if not chosen:
        raise NoMap(f"This network has no {absent}, so it has no map of where it looks.")
    return chosen[-1]


def list_maps(steps: list[activations.Step]) -> list[tuple[activations.Step, activations.Step]]:
    """Each convolution with a map, and the step that is looked at for it: the last that follows at its size, before the
    next convolution. Of the last one that is what `find_map` finds by itself. A name that stands twice is left out."""
    spatial = [step for step in steps if _is_spatial(step.output)]
    places = [place for place, step in enumerate(spatial) if _is_convolution(step.operation)]
    names, found = Counter(step.name for step in spatial), []
    for place, following in zip(places, [*places, len(spatial)][1:], strict=True):
        size = spatial[place].output.shape[1:3]
        looked_at = [step for step in spatial[place:following] if step.output.shape[1:3] == size][-1]
        if names[looked_at.name] == 1:
            found.append((spatial[place], looked_at))
    return found


def find_map_size(step: activations.Step) -> tuple[int, int] | None:
    """(rows, columns) of what it gives; None where that hangs on the image."""
    height, width = step.output.shape[1:3]
    return None if height is None or width is None else (int(height), int(width))


def find_blocks(steps: list[activations.Step]) -> list[activations.Step]:
    """Each activation after which the maps get another size or number of channels, in the order in which they ran.

    Of a network with more than MOST_BLOCKS of these the last at each size: deep ones widen and narrow all the way.
    Raises `NoMap` without any.
    """
    bent = [step for step in steps if _is_spatial(step.output) and activations.is_activation(step.operation)]
    if not bent:
        raise NoMap("This network has no activation with a map, so nothing tells which images it knows.")
    shapes = [tuple(step.output.shape[1:]) for step in bent]
    blocks = [step for step, own, following in zip(bent, shapes, [*shapes[1:], None], strict=True) if own != following]
    if len(blocks) <= MOST_BLOCKS:
        return blocks
    return list({shape[:2]: step for step, shape in zip(bent, shapes, strict=True)}.values())


def measure_blocks(steps: list[activations.Step]) -> Any:
    """What the blocks made of each image, (N, D): of each block the means of its channels, then the deviations.

    Raises `NoMap`.
    """
    tf, found = backend.load_tensorflow(), []
    for block in find_blocks(steps):
        means, variances = tf.nn.moments(tf.cast(block.output, tf.float32), axes=[1, 2])
        found += [means, tf.sqrt(variances + SMALLEST_VARIANCE)]
    return tf.concat(found, axis=1)


def _from_last_convolution(spatial: list[activations.Step], least_cells: int) -> list[activations.Step]:
    """The last convolution and what follows it at the same size: normalisation, activation, gates, sums.

    A pooling after it would only make the map coarser; what comes before the first convolution is the image itself.
    """
    fine = [i for i, step in enumerate(spatial) if _has_cells(step.output, least_cells)]
    last = next((i for i in reversed(fine) if _is_convolution(spatial[i].operation)), len(spatial))
    return [step for step in spatial[last:] if step.output.shape[1:3] == spatial[last].output.shape[1:3]]


def _is_convolution(operation: Any) -> bool:
    layers = backend.load_keras().layers
    kinds = (layers.Conv2D, layers.Conv2DTranspose, layers.DepthwiseConv2D, layers.SeparableConv2D)
    return isinstance(operation, kinds)


def _has_cells(output: Any, least: int) -> bool:
    return all(cells is None or cells >= least for cells in output.shape[1:3])


def _is_spatial(output: Any) -> bool:
    shape = getattr(output, "shape", None)
    if shape is None or len(shape) != 4:
        return False
    height, width = shape[1:3]
    return not (height == 1 and width == 1)


def pick_logit(logits: Any, class_indices: Any) -> Any:
    """The logit (N,) of each image's class. One unit with a sigmoid says class 1; its negative says class 0."""
    tf = backend.load_tensorflow()
    if logits.shape[-1] == 1:
        sign = tf.where(tf.equal(class_indices, 1), 1.0, -1.0)  # (N,)
        return logits[:, 0] * sign
    return tf.reduce_sum(logits * tf.one_hot(class_indices, logits.shape[-1]), axis=-1)
