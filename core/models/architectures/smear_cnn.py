"""Our own networks, made for cells in blood smears. Each function builds a Keras model: needs TensorFlow (inside).

The contract of every builder is that of `convnets`. What they have in common:

- A parasite is a few pixels of a cell. The last maps (a cell of theirs is 8 pixels of the image) are summed up twice:
  by their mean, for what the whole cell looks like, and by their largest value, for a sign that is in one place only.
- Few channels where the image is large, two convolutions a block where it is small: that is where parameters and time
  do most good. The second one adds to the first (He et al. 2016), and a squeeze-and-excite gate says how much.
- No dense layer but the last, so the number of parameters does not depend on the size of the image.
"""

from typing import Any

from core.models import augmentation, backend
from core.models.architectures import architecture, blocks, outline


def build_smear_cnn(class_count: int, input_px: int = 64) -> Any:
    """Six convolutions, the last four in two blocks that add to themselves: 183,756 parameters for 2 classes."""
    layers = backend.load_keras().layers
    image, x = blocks.begin(input_px)  # (N, 64, 64, 3)
    x = blocks.rectify(blocks.convolve(x, 24, name="1", pool=True), name="1")  # (N, 32, 32, 24)
    x = blocks.rectify(blocks.convolve(x, 48, name="2", pool=True), name="2")  # (N, 16, 16, 48)
    x = _add_to_itself(x, 64, name="3")  # (N, 16, 16, 64)
    x = layers.MaxPooling2D(name="pool_3")(x)  # (N, 8, 8, 64)
    x = _add_to_itself(x, 80, name="4")  # (N, 8, 8, 80)
    x = layers.Dropout(0.3, name="dropout")(_sum_up(x))
    return blocks.end(image, x, class_count, name="smear_cnn")


def build_smear_cnn_micro(class_count: int, input_px: int = 64) -> Any:
    """The same for devices on a battery, most of its convolutions separable: 24,850 parameters for 2 classes."""
    layers = backend.load_keras().layers
    image, x = blocks.begin(input_px)  # (N, 64, 64, 3)
    x = blocks.rectify(blocks.convolve(x, 16, name="1", pool=True), name="1")  # (N, 32, 32, 16)
    x = blocks.rectify(blocks.convolve(x, 32, name="2", pool=True), name="2")  # (N, 16, 16, 32)
    x = _add_to_itself(x, 48, name="3", separable=True)  # (N, 16, 16, 48)
    x = layers.MaxPooling2D(name="pool_3")(x)  # (N, 8, 8, 48)
    x = _add_to_itself(x, 80, name="4", separable=True)  # (N, 8, 8, 80)
    x = layers.Dropout(0.1, name="dropout")(_sum_up(x))
    return blocks.end(image, x, class_count, name="smear_cnn_micro")


def _add_to_itself(x: Any, filters: int, *, name: str, separable: bool = False) -> Any:
    """A convolution to `filters` channels, and a second one, gated, whose result is added: (N, H, W, filters)."""
    layers = backend.load_keras().layers
    x = blocks.rectify(blocks.convolve(x, filters, name=f"{name}a", separable=separable), name=f"{name}a")
    more = blocks.convolve(x, filters, name=f"{name}b", separable=separable)
    more = blocks.squeeze_excite(more, ratio=8, name=name)
    return blocks.rectify(layers.Add(name=f"add_{name}")([x, more]), name=f"{name}b")


def _sum_up(x: Any) -> Any:
    """Mean and largest value of each channel: (N, H, W, C) to (N, 2 C), in float32 so that a mean is not rounded."""
    layers = backend.load_keras().layers
    average = layers.GlobalAveragePooling2D(dtype="float32", name="average")(x)
    largest = layers.GlobalMaxPooling2D(dtype="float32", name="largest")(x)
    return layers.Concatenate(dtype="float32", name="features")([average, largest])


def _outline(filters: tuple[int, int, int, int], *, separable: bool = False) -> tuple[outline.Part, ...]:
    """The same as a drawing: two plain convolutions, two blocks that add to themselves, and the sum."""
    first, second, third, fourth = filters
    twice = {
        number: 2 * (outline.Convolve(number, bias=False, separable=separable), outline.Normalise())
        for number in (third, fourth)
    }
    plain = (
        ("Convolution, pooling", (outline.Convolve(number, bias=False), outline.Pool(), outline.Normalise()))
        for number in (first, second)
    )
    return (
        *plain,
        ("Residual block, pooling", (*twice[third], outline.Gate(), outline.Pool())),
        ("Residual block", (*twice[fourth], outline.Gate())),
        ("Global average and max pooling", (outline.AVERAGE_AND_LARGEST,)),
        outline.CLASSES,
    )


# Ours were made for cells and are never good without augmentation: a cell may lie in any direction, and stain and lamp
# vary from slide to slide. On X-rays or photos it is wrong and to be changed. The learning rate falls to nothing in the
# last epoch, so stopping early would lose the best part.
_SMEAR_DEFAULTS: dict[str, Any] = {
    "epochs": 24,
    "patience": 24,
    "batch_size": 64,
    "optimizer": "adamw",
    "learning_rate": 0.002,
    "weight_decay": 0.05,  # a share of the learning rate, as Keras counts it: 0.0001 of each weight a batch at most
    "schedule": "cosine",
    "warmup_epochs": 2,
    "label_smoothing": 0.05,  # a few in a hundred of these labels are doubtful; being certain of them is punished less
    "averaging": 0.99,
    "augmentation": augmentation.PRESETS["cells"].to_json(),
}

ARCHITECTURES = (
    architecture.Architecture(
        place=50,
        key="smear_cnn",
        title="Smear CNN (ours)",
        teaches="How far fewer than 200,000 parameters go when network, augmentation and schedule are made for cells.",
        source="Second Look; residual blocks: He et al. 2016, squeeze-and-excite: Hu et al. 2018",
        input_px=64,
        parameters=183_756,
        trainable=183_036,
        parameters_per_class=161,
        build=build_smear_cnn,
        parts=_outline((24, 48, 64, 80)),
        sizes=(32, 224),
        defaults=_SMEAR_DEFAULTS,
    ),
    architecture.Architecture(
        place=60,
        key="smear_cnn_micro",
        title="Smear CNN micro (ours)",
        teaches="Separable convolutions: the same idea with a seventh of the parameters, for a device on a battery.",
        source="Second Look; separable convolutions: Sifre 2014, Howard et al. 2017",
        input_px=64,
        parameters=24_850,
        trainable=24_242,
        parameters_per_class=161,
        build=build_smear_cnn_micro,
        parts=_outline((16, 32, 48, 80), separable=True),
        sizes=(32, 224),
        # So few parameters cannot overfit: a longer training and less pull towards zero.
        defaults={**_SMEAR_DEFAULTS, "epochs": 30, "patience": 30, "weight_decay": 0.02},
    ),
)
