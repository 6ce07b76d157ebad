"""Where a Keras network is looked into: the layer whose map says where it looks, and the logit of a class."""

from typing import Any

from core.models import backend
from core.runtimes import activations


class NoMap(Exception):
    """A network has no layer to look at; why, in a sentence."""


def find_map(steps: list[activations.Step], layer_name: str | None) -> activations.Step:
    """The step whose output is looked at: the named layer's, or for None the last convolution's. Raises `NoMap`.

    That is one whose map is not 1 x 1, with what follows it at the same size (its activation, a gate, a sum), before
    any pooling.
    """
    spatial = [step for step in steps if _is_spatial(step.output)]
    if layer_name is None:
        chosen, absent = _from_last_convolution(spatial), "convolution"
    else:
        chosen, absent = [step for step in spatial if step.name == layer_name], f"layer {layer_name} with a map"
    if not chosen:
        raise NoMap(f"This network has no {absent}, so it has no map of where it looks.")
    return chosen[-1]


def _from_last_convolution(spatial: list[activations.Step]) -> list[activations.Step]:
    """The last convolution and what follows it at the same size: normalisation, activation, gates, sums.

    A pooling after it would only make the map coarser; what comes before the first convolution is the image itself.
    """
    layers = backend.load_keras().layers
    kinds = (layers.Conv2D, layers.Conv2DTranspose, layers.DepthwiseConv2D, layers.SeparableConv2D)
    last = next((i for i in reversed(range(len(spatial))) if isinstance(spatial[i].operation, kinds)), len(spatial))
    return [step for step in spatial[last:] if step.output.shape[1:3] == spatial[last].output.shape[1:3]]


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
