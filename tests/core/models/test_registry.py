"""The registry's statements against the built networks."""

import numpy as np
import pytest

from core import errors
from core.models import registry, runtime


def test_an_unknown_key_names_those_there_are():
    with pytest.raises(errors.UnknownArchitecture, match="base_cnn"):
        registry.find_architecture("resnet")


def test_the_description_is_the_contract_of_the_terminal():
    (row,) = [row for row in registry.describe_architectures() if row["key"] == "base_cnn"]
    assert {name: row[name] for name in ("key", "parameters", "trainable", "input_px")} == {
        "key": "base_cnn",
        "parameters": 646_338,
        "trainable": 646_338,
        "input_px": 64,
    }


@pytest.mark.ml
@pytest.mark.parametrize("key", list(registry.ARCHITECTURES))
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_parameters_are_exact_and_the_contract_of_builders_holds(key, classes):
    stated = registry.find_architecture(key)
    network = registry.build_model(key, classes)
    trainable = sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
    assert (network.count_params(), trainable) == stated.count_parameters(classes)
    assert network.get_layer("logits").units == classes
    assert network.input_shape == (None, stated.input_px, stated.input_px, 3)
    batch = np.random.default_rng(0).integers(0, 256, (3, stated.input_px, stated.input_px, 3)).astype(np.float32)
    answers = np.asarray(network(batch, training=False))
    assert answers.shape == (3, classes)
    assert np.allclose(answers.sum(axis=1), 1, atol=1e-5)


@pytest.mark.ml
def test_preprocessing_is_inside_the_network():
    """Stored pixels 0 to 255 go in; the first convolution sees 0 to 1."""
    keras = runtime.load_keras()
    network = registry.build_model("base_cnn", 2)
    scaled = keras.Model(network.inputs, network.get_layer("rescale").output)
    white = np.asarray(scaled(np.full((1, 64, 64, 3), 255, np.float32)))
    assert white.min() == white.max() == pytest.approx(1.0)


def test_bfloat16_is_read_from_the_processors_flags(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags : sse avx512f avx512_bf16\n")
    assert runtime.has_bfloat16(cpuinfo)
    cpuinfo.write_text("flags : sse avx2\n")
    assert not runtime.has_bfloat16(cpuinfo)
    assert not runtime.has_bfloat16(tmp_path / "none")


def test_the_faster_kernels_are_chosen_by_the_processors_flags(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("model name : avx2 in a name is no flag\nflags : sse avx avx2 fma\n")
    assert runtime.wants_onednn(cpuinfo)
    cpuinfo.write_text("model name : avx2 in a name is no flag\nflags : sse avx\n")
    assert not runtime.wants_onednn(cpuinfo)
    assert not runtime.wants_onednn(tmp_path / "none")
