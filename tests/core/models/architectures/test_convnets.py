"""The networks of the studies: their layers as the table says, and what their builders promise."""

import numpy as np
import pytest

from core.models import backend, registry
from core.models.architectures import convnets

pytestmark = pytest.mark.ml


def layout(network):
    """The network as the table writes it, one word a layer; input, rescaling and softmax left out."""
    said = []
    for layer in network.layers[2:-1]:
        kind = type(layer).__name__
        if kind == "Conv2D":
            said.append(f"Conv {layer.filters} {layer.kernel_size[0]} {layer.padding} {layer.activation.__name__}")
        elif kind == "Dense":
            said.append(f"Dense {layer.units} {layer.activation.__name__}")
        elif kind == "Dropout":
            said.append(f"Dropout {layer.rate:g}")
        elif kind == "LeakyReLU":
            said.append(f"Leaky {layer.negative_slope:g}")
        elif kind == "Activation":
            said.append(layer.activation.__name__)
        else:
            said.append(
                {"MaxPooling2D": "Pool", "BatchNormalization": "BN", "GlobalAveragePooling2D": "GAP"}.get(kind, kind)
            )
    return said


def test_base_cnn():
    assert layout(convnets.build_base_cnn(2)) == [
        *("Conv 32 3 valid relu", "Pool", "Conv 64 3 valid relu", "Pool", "Conv 64 3 valid relu"),
        *("Flatten", "Dense 64 relu", "Dense 2 linear"),
    ]


def test_leaky_swish_cnn():
    assert layout(convnets.build_leaky_swish_cnn(2)) == [
        *("Conv 32 3 same linear", "Leaky 0.1", "Pool", "Conv 64 3 same linear", "silu", "Pool"),
        *("Conv 128 3 same linear", "Leaky 0.1", "GAP", "Dense 128 relu", "Dropout 0.5", "Dense 2 linear"),
    ]


def test_squeeze_excite_cnn():
    assert layout(convnets.build_squeeze_excite_cnn(2)) == [
        *("Conv 32 3 same linear", "BN", "Leaky 0.1", "Pool", "Conv 64 3 same linear", "BN", "silu", "Pool"),
        *("Conv 128 3 same linear", "BN", "Leaky 0.1", "Conv 128 3 same linear", "BN", "Leaky 0.1"),
        *("GAP", "Dense 16 relu", "Dense 128 sigmoid", "Reshape", "Multiply"),
        *("GAP", "Dense 128 relu", "Dropout 0.5", "Dense 64 relu", "Dropout 0.5", "Dense 2 linear"),
    ]


def test_compact_cnn():
    """What the study's summary prints, and between it the four dropouts that the registry says are ours."""
    whole = layout(convnets.build_compact_cnn(2))
    assert [part for part in whole if part.startswith("Dropout")] == ["Dropout 0.2"] * 4
    assert "Four dropouts of 0.2" in registry.find_architecture("compact_cnn").differs
    parts = [part for part in whole if not part.startswith("Dropout")]
    assert parts == [
        *(
            "Conv 32 3 same relu",
            "Pool",
            "BN",
            "Conv 64 3 same relu",
            "Pool",
            "BN",
            "Conv 64 3 same relu",
            "Pool",
            "BN",
        ),
        *("Flatten", "Dense 110 relu", "Dense 2 linear"),
    ]


def test_vgg16_scratch_has_the_layers_of_keras_own_vgg16():
    """The convolutions by name, shape and order; the dense part as in the paper."""
    applications = backend.load_keras().applications
    theirs = applications.VGG16(include_top=False, weights=None, input_shape=(64, 64, 3))
    ours = convnets.build_vgg16_scratch(2)
    assert [layer.name for layer in ours.layers[2:20]] == [layer.name for layer in theirs.layers[1:]]
    assert [w.shape for w in ours.weights[:26]] == [w.shape for w in theirs.weights]
    assert layout(ours)[18:] == [
        *("Flatten", "Dense 4096 relu", "Dropout 0.5", "Dense 4096 relu", "Dropout 0.5", "Dense 2 linear"),
    ]


def test_an_untrained_vgg16_lets_the_image_through():
    """He initialisation keeps the signal: what the dense part is given differs between images as pixels do."""
    keras = backend.load_keras()
    keras.utils.set_random_seed(0)
    network = convnets.build_vgg16_scratch(2)
    features = keras.Model(network.input, network.get_layer("flatten").output)
    batch = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3)).astype(np.float32)
    seen = np.asarray(features(batch, training=False))
    assert 0.05 < seen.mean() < 20
    assert seen.std(axis=0).mean() > 0.01


def test_preprocessing_is_inside_the_network():
    """Stored pixels 0 to 255 go in; the first convolution sees 0 to 1."""
    keras = backend.load_keras()
    network = convnets.build_base_cnn(2)
    scaled = keras.Model(network.input, network.get_layer("rescale").output)
    white = np.asarray(scaled(np.full((1, 64, 64, 3), 255, np.float32)))
    assert white.min() == white.max() == pytest.approx(1.0)


def test_a_size_below_what_the_layers_need_is_refused():
    with pytest.raises(ValueError, match="zero or negative"):
        convnets.build_base_cnn(2, 8)
