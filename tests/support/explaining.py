"""Grad-CAM of a Keras network that stands in memory, for tests."""

from typing import Any

from core.explanation import gradcam
from core.runtimes import base, keras


def explain(network: Any, layer_name: str | None = None, **options: Any) -> base.Gradients:
    """What `heatmaps.compute_maps` asks; the network must have a map. options : of `KerasRuntime`."""
    found = gradcam.find_gradients(keras.KerasRuntime(network, where="a test", **options), layer_name)
    assert isinstance(found, base.Gradients), found
    return found


def say_why_not(network: Any, layer_name: str | None = None) -> str:
    """Why the network has no map; it must have none."""
    found = gradcam.find_gradients(keras.KerasRuntime(network, where="a test"), layer_name)
    assert isinstance(found, base.Lacking), found
    return found.why
