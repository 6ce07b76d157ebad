"""Networks trained from nothing. Each function builds a Keras model, so each needs TensorFlow (loaded inside).

Contract of every builder: input `(N, H, W, 3)` float32 holding stored pixel values 0 to 255 (the rescaling to [0, 1] is
a layer of the model), a dense layer called `logits`, and a softmax in float32 whose rows sum to 1. The graph is flat.
"""

from typing import Any

from core.models import runtime


def build_base_cnn(class_count: int, input_px: int = 64) -> Any:
    """Three convolutions and a dense layer, the plainest of the malaria studies: 646,338 parameters for 2 classes."""
    layers = runtime.load_keras().layers
    image, x = _begin(input_px)  # (N, 64, 64, 3)
    x = layers.Conv2D(32, 3, activation="relu", name="conv_1")(x)  # (N, 62, 62, 32)
    x = layers.MaxPooling2D(name="pool_1")(x)  # (N, 31, 31, 32)
    x = layers.Conv2D(64, 3, activation="relu", name="conv_2")(x)  # (N, 29, 29, 64)
    x = layers.MaxPooling2D(name="pool_2")(x)  # (N, 14, 14, 64)
    x = layers.Conv2D(64, 3, activation="relu", name="conv_3")(x)  # (N, 12, 12, 64)
    x = layers.Flatten(name="flatten")(x)  # (N, 9216)
    x = layers.Dense(64, activation="relu", name="dense")(x)  # (N, 64)
    return _end(image, x, class_count, name="base_cnn")


def _begin(input_px: int) -> tuple[Any, Any]:
    """The input of stored pixel values, and the same in [0, 1]."""
    keras = runtime.load_keras()
    image = keras.Input((input_px, input_px, 3), dtype="float32", name="image")
    # In float32 even under mixed precision: bfloat16 has 8 bits of mantissa, and a pixel deserves all of its own.
    return image, keras.layers.Rescaling(1 / 255, dtype="float32", name="rescale")(image)


def _end(image: Any, x: Any, class_count: int, *, name: str) -> Any:
    """Close a network: logits, then softmax, both in float32 so that mixed precision does not round probabilities."""
    keras = runtime.load_keras()
    x = keras.layers.Dense(class_count, dtype="float32", name="logits")(x)  # (N, K)
    probabilities = keras.layers.Softmax(dtype="float32", name="probabilities")(x)  # (N, K)
    return keras.Model(image, probabilities, name=name)
