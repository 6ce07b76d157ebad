"""Grad-CAM: where the evidence for a class lies (Selvaraju et al. 2017, arXiv:1610.02391). Pure numpy.

The gradients come from whatever runs the network (`runtimes.base`), a forward and a short backward pass for a map. They
start from the class's logit, never from its probability: a saturated softmax has no gradient to follow.
"""

from typing import Any

from core.runtimes import base


def find_gradients(asked: base.Runtime, layer_name: str | None = None) -> base.Gradients | base.Lacking:
    """What Grad-CAM needs of a runtime, or why that cannot give it.

    layer_name : the layer to look at; None = the last convolution, with what follows it at the same size.
    """
    return asked.find_gradients(weigh, layer_name)


def weigh(ops: Any, features: Any, gradients: Any) -> Any:
    """The channels, each weighted by its mean gradient, and of their sum what speaks for the class."""
    weights = ops.mean(gradients, axis=(1, 2), keepdims=True)  # (N, 1, 1, C)
    return ops.maximum(ops.sum(weights * features, axis=-1), 0)  # (N, h, w)
