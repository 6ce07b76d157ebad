"""The layer that Grad-CAM and LayerCAM look at: the one that points best, until a person takes another."""

from typing import ClassVar

import numpy as np
import pytest

from core.runtimes import base, opening
from pages.kit import cache
from tests.support import brightness, made_models
from tests.support.app_pages import messages, words

LAYERS = (base.Layer("relu_1", "conv_1", (64, 64)), base.Layer("relu_2", "conv_2", (16, 16)))


class Layered(brightness.BrightnessRuntime):
    """Where it looks at differs by layer; `asked` holds at which."""

    asked: ClassVar[list] = []

    def _list_layers(self):
        return LAYERS

    def _make_gradients(self, weigh, layer_name, least_cells):
        self.asked.append(layer_name)

        def run(chunk, classes):
            maps = np.zeros((len(chunk), 8, 8), np.float32)
            maps[:, 0 if layer_name else 7, 0] = 1
            return maps, np.ones(len(chunk), np.float32)

        return base.Gradients(layer_name or "relu_2", 2, None, run)


@pytest.fixture
def model(home, tiny_dataset, monkeypatch):
    monkeypatch.setattr(opening, "KINDS", (Layered,))
    monkeypatch.setattr(cache, "HEAD_START_SECONDS", 0)
    monkeypatch.setattr(Layered, "asked", [])
    return made_models.write_small_model()


def test_the_layers_are_listed_with_their_maps(app, model):
    test = app("predict", model=model.id, heatmap="grad-cam")
    box = test.selectbox(key=f"heatmap-layer-{model.id}")
    assert box.options == ["The one that points best", "conv_1, 64 x 64", "conv_2, 16 x 16"]
    assert set(Layered.asked) == {None} and "layer" not in test.query_params
    box.select("relu_1").run()
    assert test.query_params["layer"] in ("relu_1", ["relu_1"]) and Layered.asked.count("relu_1") == 1
    assert "strength: not known" in words(test)
    test.run()
    assert Layered.asked.count("relu_1") == 1, "what was made of a layer is kept"


def test_methods_that_look_at_no_layer_have_no_choice(app, model):
    test = app("predict", model=model.id, heatmap="occlusion", layer="relu_1")
    assert not [box for box in test.selectbox if box.label == "Layer"] and not test.error


def test_an_address_may_name_a_layer_that_is_not_there(app, model):
    test = app("predict", model=model.id, heatmap="layercam", layer="conv_9")
    assert "The address asks for the layer" in messages(test) and set(Layered.asked) == {None}
