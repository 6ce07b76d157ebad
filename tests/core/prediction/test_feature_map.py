"""Features of a trained model for the map: those that Keras itself gives, and a map that is made from them."""

import types

import numpy as np
import pytest

from core.base import errors
from core.datasets.index import pixels
from core.datasets.views import embedding
from core.models import backend, manifests, normalisation, package
from core.models.architectures import convnets
from core.prediction import feature_map
from core.runtimes import keras, opening
from tests.support import brightness

pytestmark = pytest.mark.ml
SHA256 = "ab" * 32


@pytest.fixture
def network(monkeypatch):
    """A network with random weights behind the id `tiny-model`."""
    backend.load_keras().utils.set_random_seed(0)
    made = convnets.build_base_cnn(2)
    manifest = types.SimpleNamespace(files={package.MODEL_FILE: manifests.File(sha256=SHA256, bytes=1)})
    found = types.SimpleNamespace(
        id="tiny-model", input_size_px=(64, 64), manifest=manifest, form=normalisation.AS_IT_CAME
    )
    monkeypatch.setattr(package, "find_package", lambda model_id: found)
    monkeypatch.setattr(opening, "open_runtime", lambda found: keras.KerasRuntime(made, where=found.id))
    return made


def test_features_are_what_the_layer_before_the_logits_gives(tiny_dataset, network):
    rows = np.array([1, 5, 70])
    values = feature_map.compute_features(tiny_dataset, "tiny-model", rows)
    before = backend.load_keras().Model(network.input, network.get_layer("dense").output)
    images = pixels.open_pixels(tiny_dataset, 64, 64)[rows].astype(np.float32)
    assert values.dtype == np.float32
    assert values == pytest.approx(np.asarray(before(images)), abs=1e-4)


def test_a_map_by_a_model_is_kept_under_its_name_and_hash(tiny_dataset, network):
    steps = []
    made = feature_map.build("tiny", "pca", "tiny-model", lambda done, total, what: steps.append(what))
    assert made.features == "tiny-model-abababab"
    assert embedding.read_embedding(tiny_dataset, "pca", "tiny-model-abababab") is not None
    assert {"Loading the model", "Asking the model", "Reading the pixels"} <= set(steps)
    assert feature_map.build("tiny", "pca", "pixels").features == "pixels"


def test_a_network_that_diverged_is_a_message(tiny_dataset, network):
    dense = network.get_layer("dense")
    kernel, bias = dense.get_weights()
    dense.set_weights([kernel, np.full_like(bias, np.inf)])  # a ReLU makes zero of NaN, but not of this
    with pytest.raises(errors.AnswerNotFinite):
        feature_map.compute_features(tiny_dataset, "tiny-model", np.arange(4))


def test_a_network_without_logits_is_a_message(tiny_dataset, network, monkeypatch):
    monkeypatch.setattr(keras, "LOGITS", "no such layer")
    with pytest.raises(errors.MapNotPossible, match="layer called"):
        feature_map.compute_features(tiny_dataset, "tiny-model", np.arange(4))


def test_a_runtime_without_features_is_a_message(tiny_dataset, network, monkeypatch):
    monkeypatch.setattr(opening, "open_runtime", lambda found: brightness.BrightnessRuntime((64, 64), where=found.id))
    with pytest.raises(errors.MapNotPossible, match="This runtime gives no features"):
        feature_map.compute_features(tiny_dataset, "tiny-model", np.arange(4))
