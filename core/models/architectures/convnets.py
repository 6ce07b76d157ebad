"""Networks of published studies, trained from nothing. Each function builds a Keras model: needs TensorFlow (inside).

Contract of every builder: input `(N, H, W, 3)` float32 holding stored pixel values 0 to 255 (the rescaling to [0, 1] is
a layer of the model), a dense layer called `logits`, and a softmax in float32 whose rows sum to 1. The graph is flat.
"""

from typing import Any

from core.models import backend
from core.models.architectures import architecture, blocks, outline

VGG16_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))  # convolutions, filters
LEAK = 0.1  # what LeakyReLU lets through of what is negative (Maas et al. 2013)


def build_base_cnn(class_count: int, input_px: int = 64) -> Any:
    """Three convolutions and a dense layer, the plainest of the malaria studies: 646,338 parameters for 2 classes."""
    layers = backend.load_keras().layers
    image, x = blocks.begin(input_px)  # (N, 64, 64, 3)
    x = layers.Conv2D(32, 3, activation="relu", name="conv_1")(x)  # (N, 62, 62, 32)
    x = layers.MaxPooling2D(name="pool_1")(x)  # (N, 31, 31, 32)
    x = layers.Conv2D(64, 3, activation="relu", name="conv_2")(x)  # (N, 29, 29, 64)
    x = layers.MaxPooling2D(name="pool_2")(x)  # (N, 14, 14, 64)
    x = layers.Conv2D(64, 3, activation="relu", name="conv_3")(x)  # (N, 12, 12, 64)
    x = layers.Flatten(name="flatten")(x)  # (N, 9216)
    x = layers.Dense(64, activation="relu", name="dense")(x)  # (N, 64)
    return blocks.end(image, x, class_count, name="base_cnn")


def build_leaky_swish_cnn(class_count: int, input_px: int = 64) -> Any:
    """Three convolutions with activations that never go quite silent: 110,018 parameters for 2 classes.

    Swish: Ramachandran et al. 2017, arXiv:1710.05941.
    """
    layers = backend.load_keras().layers
    image, x = blocks.begin(input_px)  # (N, 64, 64, 3)
    x = layers.Conv2D(32, 3, padding="same", name="conv_1")(x)  # (N, 64, 64, 32)
    x = layers.LeakyReLU(negative_slope=LEAK, name="leaky_1")(x)
    x = layers.MaxPooling2D(name="pool_1")(x)  # (N, 32, 32, 32)
    x = layers.Conv2D(64, 3, padding="same", name="conv_2")(x)  # (N, 32, 32, 64)
    x = layers.Activation("swish", name="swish_2")(x)
    x = layers.MaxPooling2D(name="pool_2")(x)  # (N, 16, 16, 64)
    x = layers.Conv2D(128, 3, padding="same", name="conv_3")(x)  # (N, 16, 16, 128)
    x = layers.LeakyReLU(negative_slope=LEAK, name="leaky_3")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)  # (N, 128)
    x = layers.Dense(128, activation="relu", name="dense")(x)  # (N, 128)
    x = layers.Dropout(0.5, name="dropout")(x)
    return blocks.end(image, x, class_count, name="leaky_swish_cnn")


def build_squeeze_excite_cnn(class_count: int, input_px: int = 64) -> Any:
    """Four normalised convolutions and a squeeze-and-excite block: 271,378 parameters for 2 classes, 270,674 trainable.

    The convolutions keep their biases before the normalisation, as the study counts them.
    """
    layers = backend.load_keras().layers
    image, x = blocks.begin(input_px)  # (N, 64, 64, 3)
    for number, filters in enumerate((32, 64, 128, 128), start=1):
        x = layers.Conv2D(filters, 3, padding="same", name=f"conv_{number}")(x)
        x = layers.BatchNormalization(name=f"normalise_{number}")(x)
        if number == 2:
            x = layers.Activation("swish", name="swish_2")(x)
        else:
            x = layers.LeakyReLU(negative_slope=LEAK, name=f"leaky_{number}")(x)
        if number <= 2:
            x = layers.MaxPooling2D(name=f"pool_{number}")(x)  # (N, 32, 32, 32), then (N, 16, 16, 64)
    x = blocks.squeeze_excite(x, ratio=8)  # (N, 16, 16, 128)
    x = layers.GlobalAveragePooling2D(name="average")(x)  # (N, 128)
    for number, units in enumerate((128, 64), start=1):
        x = layers.Dense(units, activation="relu", name=f"dense_{number}")(x)
        x = layers.Dropout(0.5, name=f"dropout_{number}")(x)
    return blocks.end(image, x, class_count, name="squeeze_excite_cnn")


def build_compact_cnn(class_count: int, input_px: int = 50) -> Any:
    """Three convolutions normalised after pooling, for devices on a battery: 310,732 parameters for 2 classes.

    The study's printed summary shows no dropout: 0.2 after each block and before the logits is ours.
    """
    layers = backend.load_keras().layers
    image, x = blocks.begin(input_px)  # (N, 50, 50, 3)
    for number, filters in enumerate((32, 64, 64), start=1):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv_{number}")(x)
        x = layers.MaxPooling2D(name=f"pool_{number}")(x)  # 25, 12, 6 pixels high and wide
        x = layers.BatchNormalization(name=f"normalise_{number}")(x)
        x = layers.Dropout(0.2, name=f"dropout_{number}")(x)
    x = layers.Flatten(name="flatten")(x)  # (N, 2304)
    x = layers.Dense(110, activation="relu", name="dense")(x)  # (N, 110)
    x = layers.Dropout(0.2, name="dropout_4")(x)
    return blocks.end(image, x, class_count, name="compact_cnn")


def build_vgg16_scratch(class_count: int, input_px: int = 64) -> Any:
    """The layout of VGG16 (Simonyan & Zisserman 2014) from random weights: 39,896,898 parameters for 2 classes.

    He initialisation (He et al. 2015): thirteen convolutions with Keras' usual one let so little of the image through
    that the loss does not move.
    """
    layers = backend.load_keras().layers
    usual = {"activation": "relu", "kernel_initializer": "he_normal"}
    image, x = blocks.begin(input_px)  # (N, 64, 64, 3)
    for block, (convolutions, filters) in enumerate(VGG16_BLOCKS, start=1):
        for number in range(1, convolutions + 1):
            x = layers.Conv2D(filters, 3, padding="same", name=f"block{block}_conv{number}", **usual)(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)  # half the height and width; at last (N, 2, 2, 512)
    x = layers.Flatten(name="flatten")(x)  # (N, 2048)
    for number in (1, 2):
        x = layers.Dense(4096, name=f"dense_{number}", **usual)(x)  # (N, 4096)
        x = layers.Dropout(0.5, name=f"dropout_{number}")(x)
    return blocks.end(image, x, class_count, name="vgg16_scratch")


# A network of a study is offered as the study trained it: Adam, 100 images a batch, up to 20 epochs, patience 5, which
# are the recipe's own defaults, and no augmentation, which is a choice.
ARCHITECTURES = (
    architecture.Architecture(
        place=10,
        key="base_cnn",
        title="Base CNN",
        teaches="Three convolutions and one dense layer: the plainest network that already reads cells well.",
        source=f"{architecture.MALARIA_STUDY}, base model",
        input_px=64,
        parameters=646_338,
        trainable=646_338,
        parameters_per_class=65,
        build=build_base_cnn,
        parts=(
            ("Convolution, pooling", (outline.Convolve(32, same=False), outline.Pool())),
            ("Convolution, pooling", (outline.Convolve(64, same=False), outline.Pool())),
            ("Convolution", (outline.Convolve(64, same=False),)),
            ("Dense", (outline.Flatten(), outline.Dense(64))),
            outline.CLASSES,
        ),
    ),
    architecture.Architecture(
        place=20,
        key="leaky_swish_cnn",
        title="Leaky and swish CNN",
        teaches="Global average pooling in place of a large dense layer: a sixth of the parameters, nearly as good.",
        source=f"{architecture.MALARIA_STUDY}, second model; with augmentation its fourth",
        input_px=64,
        parameters=110_018,
        trainable=110_018,
        parameters_per_class=129,
        build=build_leaky_swish_cnn,
        parts=(
            ("Convolution, pooling", (outline.Convolve(32), outline.Pool())),
            ("Convolution, pooling", (outline.Convolve(64), outline.Pool())),
            ("Convolution", (outline.Convolve(128),)),
            ("Global average pooling", (outline.AVERAGE,)),
            ("Dense", (outline.Dense(128),)),
            outline.CLASSES,
        ),
        sizes=(32, 224),
    ),
    architecture.Architecture(
        place=30,
        key="squeeze_excite_cnn",
        title="Squeeze-and-excite CNN",
        teaches="Batch normalisation steadies the training, and the network itself weighs which channels matter.",
        source=f"{architecture.MALARIA_STUDY}, third model, its choice; squeeze-and-excite: Hu et al. 2018",
        input_px=64,
        parameters=271_378,
        trainable=270_674,
        parameters_per_class=65,
        build=build_squeeze_excite_cnn,
        parts=(
            ("Convolution, pooling", (outline.Convolve(32), outline.Normalise(), outline.Pool())),
            ("Convolution, pooling", (outline.Convolve(64), outline.Normalise(), outline.Pool())),
            ("Convolution", (outline.Convolve(128), outline.Normalise())),
            ("Convolution, squeeze-and-excite", (outline.Convolve(128), outline.Normalise(), outline.Gate())),
            ("Global average pooling", (outline.AVERAGE,)),
            ("Dense", (outline.Dense(128),)),
            ("Dense", (outline.Dense(64),)),
            outline.CLASSES,
        ),
        sizes=(32, 224),
    ),
    architecture.Architecture(
        place=40,
        key="compact_cnn",
        title="Compact CNN",
        teaches="What is left of the accuracy when images and network are made smaller for a device on a battery.",
        source=f"{architecture.SMALL_DEVICE_STUDY}, its own network",
        input_px=50,
        parameters=310_732,
        trainable=310_412,
        parameters_per_class=111,
        build=build_compact_cnn,
        parts=(
            ("Convolution, pooling", (outline.Convolve(32), outline.Pool(), outline.Normalise())),
            ("Convolution, pooling", (outline.Convolve(64), outline.Pool(), outline.Normalise())),
            ("Convolution, pooling", (outline.Convolve(64), outline.Pool(), outline.Normalise())),
            ("Dense", (outline.Flatten(), outline.Dense(110))),
            outline.CLASSES,
        ),
        differs="Four dropouts of 0.2, after each block and before the last layer; "
        "the study's printed summary shows none.",
    ),
    architecture.Architecture(
        place=70,
        key="vgg16_scratch",
        title="VGG16 from nothing",
        teaches="What forty million parameters do without ImageNet: much time, many images, and overfitting.",
        source="Cats and dogs study, 200 epochs; layout: Simonyan & Zisserman 2014",
        input_px=64,
        parameters=39_896_898,
        trainable=39_896_898,
        parameters_per_class=4_097,
        build=build_vgg16_scratch,
        parts=(
            *(
                (f"{count} convolutions, pooling", outline.repeat(count, outline.Convolve(filters), outline.Pool()))
                for count, filters in VGG16_BLOCKS
            ),
            ("Dense", (outline.Flatten(), outline.Dense(4096))),
            ("Dense", (outline.Dense(4096),)),
            outline.CLASSES,
        ),
        # Sixteen layers without batch normalisation want small steps: at 0.001 the loss of the second batch was 59.
        defaults={"epochs": 40, "patience": 10, "batch_size": 50, "learning_rate": 0.0001},
        differs="40 epochs at most, where the study has 200; weights begin as He et al. 2015 propose.",
    ),
)
