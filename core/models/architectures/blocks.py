"""What the networks are put together from: how each begins and ends, and blocks that several have.

Each function takes and returns Keras tensors, so each needs TensorFlow (loaded inside).
"""

from typing import Any

from core.models import backend

# Of the running mean and spread that predictions use. Keras' 0.99 still holds a seventh of its first guess after 200
# batches: a small data set was learnt, and its validation images were answered as if it were not.
MOMENTUM = 0.9


def begin(input_px: int) -> tuple[Any, Any]:
    """The input of stored pixel values (N, input_px, input_px, 3), and the same in [0, 1]."""
    keras = backend.load_keras()
    image = keras.Input((input_px, input_px, 3), dtype="float32", name="image")
    # In float32 even under mixed precision: bfloat16 has 8 bits of mantissa, and a pixel deserves all of its own.
    return image, keras.layers.Rescaling(1 / 255, dtype="float32", name="rescale")(image)


def end(image: Any, x: Any, class_count: int, *, name: str) -> Any:
    """Close a network: logits, then softmax, both in float32 so that mixed precision does not round probabilities.

    image : the tensor of `begin`. x : features (N, F).
    """
    keras = backend.load_keras()
    x = keras.layers.Dense(class_count, dtype="float32", name="logits")(x)  # (N, K)
    probabilities = keras.layers.Softmax(dtype="float32", name="probabilities")(x)  # (N, K)
    return keras.Model(image, probabilities, name=name)


def convolve(x: Any, filters: int, *, name: str, pool: bool = False, separable: bool = False) -> Any:
    """A 3 x 3 convolution without bias, pooling where wanted, batch normalisation (Ioffe & Szegedy 2015).

    x : (N, H, W, C). Returns (N, H, W, filters), (N, H/2, W/2, filters) with `pool`. No activation: see `rectify`.
    separable : one 3 x 3 filter a channel, then a 1 x 1 convolution (Sifre 2014): about a ninth of the parameters.
    The normalisation brings its own offset, so a bias would do nothing. Pooling goes before it: the largest of four
    numbers is much the same choice, and only a quarter of them is left to normalise, which is where the time goes on a
    processor.
    """
    layers = backend.load_keras().layers
    kind = layers.SeparableConv2D if separable else layers.Conv2D
    x = kind(filters, 3, padding="same", use_bias=False, name=f"conv_{name}")(x)
    if pool:
        x = layers.MaxPooling2D(name=f"pool_{name}")(x)
    return layers.BatchNormalization(momentum=MOMENTUM, name=f"normalise_{name}")(x)


def rectify(x: Any, *, name: str) -> Any:
    """What is negative becomes zero."""
    return backend.load_keras().layers.Activation("relu", name=f"relu_{name}")(x)


def squeeze_excite(x: Any, *, ratio: int, name: str = "") -> Any:
    """Each channel times a number from 0 to 1 that the whole image decides (Hu et al. 2018, arXiv:1709.01507).

    x : (N, H, W, C), returned in the same shape. ratio : how many times fewer units than channels decide.
    """
    layers, ending = backend.load_keras().layers, f"_{name}" if name else ""
    channels = x.shape[-1]
    gate = layers.GlobalAveragePooling2D(name=f"squeeze{ending}")(x)  # (N, C)
    gate = layers.Dense(channels // ratio, activation="relu", name=f"decide{ending}")(gate)  # (N, C / ratio)
    gate = layers.Dense(channels, activation="sigmoid", name=f"excite{ending}")(gate)  # (N, C)
    gate = layers.Reshape((1, 1, channels), name=f"gate{ending}")(gate)  # (N, 1, 1, C)
    return layers.Multiply(name=f"scale{ending}")([x, gate])
