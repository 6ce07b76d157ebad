"""Writing ONNX files: they answer as Keras does, in a form that is let in; where that fails it is said."""

import sys

import numpy as np
import pytest

from core.base import errors, paths
from core.models import backend, onnx_vetting, package, registry
from core.runtimes import base, keras, onnx, onnx_writing, opening

pytestmark = pytest.mark.ml


def convert(network):
    """(asked, written): the network by Keras, and by its ONNX file."""
    asked = keras.KerasRuntime(network, where="a test")
    content, count = onnx_writing.convert(asked, network.output_shape[1], where="a test"), network.output_shape[1]
    wanted = onnx_vetting.Wanted(asked.input_size_px, count)
    return asked, onnx.open_content(content, wanted, place="m/model.onnx", where="a test")


def build_twisted(size_px=(9, 12)):
    """What converters stumble over: channels in another order, a flattening, three classes, sides that differ."""
    library = backend.load_keras()
    library.utils.set_random_seed(1)
    layers, image = library.layers, library.Input((*size_px, 3))
    x = layers.Conv2D(4, 3, activation="relu")(library.ops.flip(image, axis=-1))
    x = layers.Dropout(0.5)(layers.MaxPooling2D(2)(layers.BatchNormalization()(x)))
    return library.Model(image, layers.Softmax()(layers.Dense(3, name="logits")(layers.Flatten()(x))))


@pytest.mark.parametrize("build", [build_twisted, lambda: registry.build_model("smear_cnn_micro", 2, 32)])
def test_it_gives_all_that_keras_gives(build):
    network = build()
    asked, written = convert(network)
    images = np.random.default_rng(0).integers(0, 256, (40, *asked.input_size_px, 3), dtype=np.uint8)
    np.testing.assert_allclose(written.predict(images), asked.predict(images), atol=1e-5)
    for one, other in (
        (asked.find_features(), written.find_features()),
        (asked.find_block_statistics(), written.find_block_statistics()),
    ):
        np.testing.assert_allclose(other.compute(images), one.compute(images), rtol=1e-3, atol=1e-3)


def test_a_network_without_blocks_has_none_in_its_file():
    layers = backend.load_keras().layers
    network = backend.load_keras().Sequential(
        [backend.load_keras().Input((4, 5, 3)), layers.Flatten(), layers.Dense(2), layers.Softmax()]
    )
    _, written = convert(network)
    assert isinstance(written.find_block_statistics(), base.Lacking)
    assert isinstance(written.find_features(), base.Lacking)


def test_an_older_model_is_given_one(networked_model):
    done = onnx_writing.add(networked_model)
    assert done.has(package.ONNX_FILE)
    assert onnx_writing.add(done).manifest == done.manifest
    images = np.random.default_rng(1).integers(0, 256, (5, 8, 10, 3), dtype=np.uint8)
    expected = keras.KerasRuntime.open(networked_model).predict(images)
    np.testing.assert_allclose(opening.open_runtime(done).predict(images), expected, atol=1e-5)
    content = done.file(package.ONNX_FILE).read_bytes()
    assert str(paths.PROJECT_FOLDER).encode() not in content


def test_without_the_exporter_that_is_said(networked_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(errors.OnnxNotPossible, match="tf2onnx"):
        onnx_writing.add(networked_model)
    assert not package.find_package("m").has(package.ONNX_FILE)


def test_an_operator_that_is_not_on_the_list_is_said():
    library = backend.load_keras()
    image = library.Input((8, 8, 3))
    x = library.layers.GlobalAveragePooling2D()(library.ops.sin(library.layers.Conv2D(2, 3)(image)))
    network = library.Model(image, library.layers.Softmax()(x))
    with pytest.raises(errors.OnnxNotPossible, match="Sin"):
        onnx_writing.convert(keras.KerasRuntime(network, where="a test"), 2, where="a test")


def test_a_file_that_answers_otherwise_is_not_written(networked_model, monkeypatch):
    monkeypatch.setattr(onnx_writing, "_compare", lambda expected, found: 2e-5)
    with pytest.raises(errors.OnnxNotPossible, match="a difference of 2e-05"):
        onnx_writing.add(networked_model)
