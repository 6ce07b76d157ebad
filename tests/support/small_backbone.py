"""A backbone of four layers with weights, called as MobileNetV2's are: a training on it traces in a second."""

from typing import Any

from core.models import backend
from core.models.architectures import pretrained

FEATURES = pretrained.BACKBONES["mobilenet_v2"].feature_count


def build(backbone_key: str, input_tensor: Any = None) -> Any:
    """In place of `pretrained.build_backbone`: random weights, three convolutions, one batch normalisation."""
    assert backbone_key == "mobilenet_v2"
    keras = backend.load_keras()
    layers = keras.layers
    image = keras.Input((None, None, 3)) if input_tensor is None else input_tensor
    x = layers.Conv2D(8, 3, strides=4, use_bias=False, name="Conv1")(image)
    x = layers.ReLU(6.0, name="Conv1_relu")(layers.BatchNormalization(name="bn_Conv1")(x))
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name="expand")(x)
    x = layers.Conv2D(FEATURES, 1, name="Conv_1")(x)
    return keras.Model(keras.utils.get_source_inputs(image), layers.ReLU(6.0, name="out_relu")(x))


def build_feature_model(network: Any) -> Any:
    """From the image (N, H, W, 3) to the features (N, F) of a whole network; the same layers, not copies."""
    features = network.get_layer(pretrained.FEATURES).output
    return backend.load_keras().Model(network.input, features, name=f"{network.name}_features")
