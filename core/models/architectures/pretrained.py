"""Networks whose first part was trained on ImageNet. Each function needs TensorFlow (loaded inside).

Contract of every builder: that of `convnets` (stored pixel values 0 to 255 in, `logits`, a softmax in float32, a flat
graph). The preprocessing that the backbone was trained with is part of the network and has no parameters. The backbone
is frozen, and its weights are random until `weights.load_into` has been called.

Layers are told apart by their names: `image` and `preprocess_*` come before the backbone, `head_*`, `logits` and
`probabilities` after it; all others are the backbone's. Where the two meet is `head_features`: one vector an image.
"""

from dataclasses import dataclass
from typing import Any

from core.base import errors
from core.models import backend
from core.models.architectures import architecture, outline

FEATURES = "head_features"
PREPROCESS = ("image", "preprocess_")
HEAD = ("head_", "logits", "probabilities")
CAFFE_MEANS = (103.939, 116.779, 123.68)  # of ImageNet's blue, green and red, as VGG16 was trained (Simonyan 2014)
KERAS_FILES = "https://storage.googleapis.com/tensorflow/keras-applications"


@dataclass(frozen=True)
class Backbone:
    """A network without its top, as Keras ships it, and the file of its ImageNet weights.

    file_names : names under which a person may have the file; the first is Keras' own. md5 : Keras' own check of it,
        "" where Keras has none. feature_count : channels of its last map. `scaled` : whether its input is in [-1, 1];
        else blue, green, red less their means.
    images_per_second : over 224 x 224 pixels, forwards only, measured on 2 processor cores; for estimates.
    """

    key: str
    title: str
    file_names: tuple[str, ...]
    size_bytes: int
    url: str
    md5: str
    feature_count: int
    parameters: int
    smallest_px: int
    scaled: bool
    images_per_second: float


@dataclass(frozen=True)
class Head:
    """What stands on a backbone: how its last map becomes one vector, then a dense layer (0 = none), then dropout."""

    backbone: str
    flatten: bool = False
    units: int = 0
    dropout: float = 0.0


BACKBONES: dict[str, Backbone] = {
    "vgg16": Backbone(
        key="vgg16",
        title="VGG16",
        file_names=("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "vgg16_no_top.weights.h5"),
        size_bytes=58_889_256,
        url=f"{KERAS_FILES}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="6d6bbae143d832006294945121d1f1fc",
        feature_count=512,
        parameters=14_714_688,
        smallest_px=32,
        scaled=False,
        images_per_second=5.5,
    ),
    "xception": Backbone(
        key="xception",
        title="Xception",
        file_names=("xception_weights_tf_dim_ordering_tf_kernels_notop.h5", "xception_no_top.weights.h5"),
        size_bytes=83_683_744,
        url=f"{KERAS_FILES}/xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="b0042744bf5b25fce3cb969f33bebb97",
        feature_count=2048,
        parameters=20_861_480,
        smallest_px=71,
        scaled=True,
        images_per_second=11.5,
    ),
    "mobilenet_v2": Backbone(
        key="mobilenet_v2",
        title="MobileNetV2 (alpha 0.35)",
        file_names=(
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5",
            "mobilenet_v2_0.35_224_no_top.weights.h5",
        ),
        size_bytes=2_019_640,
        url=f"{KERAS_FILES}/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5",
        md5="",
        feature_count=1280,
        parameters=410_208,
        smallest_px=32,
        scaled=True,
        images_per_second=120,
    ),
}
HEADS: dict[str, Head] = {
    "vgg16_frozen": Head("vgg16", units=128, dropout=0.5),
    "vgg16_features": Head("vgg16", flatten=True, units=128, dropout=0.5),
    "xception_finetuned": Head("xception"),
    "mobilenet_v2_frozen": Head("mobilenet_v2", dropout=0.2),
    "mobilenet_v2_finetuned": Head("mobilenet_v2", dropout=0.2),
}


def build_vgg16_frozen(class_count: int, input_px: int = 64) -> Any:
    """VGG16 (Simonyan & Zisserman 2014) that stays as it is, under a head that learns: 65,922 of 14,780,610 for 2."""
    return _build("vgg16_frozen", class_count, input_px)


def build_vgg16_features(class_count: int, input_px: int = 50) -> Any:
    """VGG16 that stays as it is, its last map laid flat: 1 x 1 x 512 up to 63 pixels, more values beyond."""
    return _build("vgg16_features", class_count, input_px)


def build_xception_finetuned(class_count: int, input_px: int = 299) -> Any:
    """Xception (Chollet 2017), to be unfrozen once its head has learnt; then 20,756,522 of 20,865,578 learn for 2."""
    return _build("xception_finetuned", class_count, input_px)


def build_mobilenet_v2_frozen(class_count: int, input_px: int = 224) -> Any:
    """MobileNetV2 (Sandler et al. 2018) that stays as it is, under one dense layer: 2,562 of 412,770 for 2 classes."""
    return _build("mobilenet_v2_frozen", class_count, input_px)


def build_mobilenet_v2_finetuned(class_count: int, input_px: int = 224) -> Any:
    """MobileNetV2, to be unfrozen once its head has learnt; then 384,610 of 412,770 learn for 2 classes."""
    return _build("mobilenet_v2_finetuned", class_count, input_px)


def build_head(key: str, class_count: int, *, feature_count: int = 0) -> Any:
    """The head of this architecture alone: `features` (N, feature_count) float32 to probabilities (N, K).

    Its layers are called as in the whole network, and `join` takes their weights there. feature_count : 0 = the
    backbone's; `vgg16_features` has more from 64 pixels on.
    """
    keras, head = backend.load_keras(), HEADS[key]
    count = feature_count or BACKBONES[head.backbone].feature_count
    features = keras.Input((count,), dtype="float32", name="features")
    return keras.Model(features, _put_head(features, head, class_count), name=f"{key}_head")


def cut_backbone(network: Any) -> Any:
    """From the image (N, H, W, 3) to the last map of the backbone; the same layers, all its weights the backbone's."""
    return backend.load_keras().Model(network.input, network.get_layer(FEATURES).input, name=f"{network.name}_backbone")


def join(network: Any, head: Any) -> None:
    """Take the weights of a head that was trained on features into the whole network."""
    for layer in head.layers:
        if layer.weights:
            network.get_layer(layer.name).set_weights(layer.get_weights())


def list_backbone_layers(network: Any) -> list[Any]:
    """The layers of the backbone, from the image on."""
    return [layer for layer in network.layers if not layer.name.startswith((*PREPROCESS, *HEAD))]


def freeze(network: Any) -> None:
    """Let the head alone learn. Before compiling."""
    unfreeze(network, 0)


def unfreeze(network: Any, last: int) -> None:
    """Let the head and the last `last` convolutions of the backbone learn (-1 = all). Before compiling.

    Only layers with weights count. Batch normalisation never learns: it stays in inference mode, with ImageNet's means,
    or a few small batches would undo what the backbone knows.
    """
    learning = [layer for layer in list_backbone_layers(network) if layer.weights and not _is_normalising(layer)]
    chosen = {layer.name for layer in (learning if last < 0 else learning[len(learning) - min(last, len(learning)) :])}
    for layer in list_backbone_layers(network):
        layer.trainable = layer.name in chosen


def build_backbone(backbone_key: str, input_tensor: Any = None) -> Any:
    """Keras' own network without its top, with random weights; `input_tensor` is preprocessed already."""
    applications = backend.load_keras().applications
    plain: dict[str, Any] = {"include_top": False, "weights": None, "input_tensor": input_tensor}
    if backbone_key == "vgg16":
        return applications.VGG16(**plain)
    if backbone_key == "xception":
        return applications.Xception(**plain)
    return applications.MobileNetV2(alpha=0.35, **plain)


def _build(key: str, class_count: int, input_px: int) -> Any:
    keras, head = backend.load_keras(), HEADS[key]
    backbone = BACKBONES[head.backbone]
    if input_px < backbone.smallest_px:
        raise errors.RecipeNotUsable(
            expected=f"images of at least {backbone.smallest_px} x {backbone.smallest_px} pixels for {backbone.title}",
            found=f"{input_px} x {input_px}",
            where="the recipe",
            todo="Choose a larger input size, or another architecture.",
        )
    image = keras.Input((input_px, input_px, 3), dtype="float32", name="image")
    last_map = build_backbone(backbone.key, _preprocess(image, backbone)).outputs[0]  # (N, h, w, F)
    pool = keras.layers.Flatten if head.flatten else keras.layers.GlobalAveragePooling2D
    features = pool(dtype="float32", name=FEATURES)(last_map)  # (N, F), not rounded by mixed precision
    network = keras.Model(image, _put_head(features, head, class_count), name=key)
    freeze(network)
    return network


def _preprocess(image: Any, backbone: Backbone) -> Any:
    """Stored pixel values as the backbone was given them when it was trained; in float32 whatever the precision."""
    keras = backend.load_keras()
    if backbone.scaled:
        return keras.layers.Rescaling(1 / 127.5, offset=-1.0, dtype="float32", name="preprocess_scale")(image)
    blue_first = keras.ops.flip(image, axis=-1)
    offset = [-mean for mean in CAFFE_MEANS]
    return keras.layers.Rescaling(1.0, offset=offset, dtype="float32", name="preprocess_centre")(blue_first)


def _put_head(features: Any, head: Head, class_count: int) -> Any:
    """From features (N, F) to probabilities (N, K); logits and softmax in float32."""
    layers = backend.load_keras().layers
    x = features
    if head.units:
        x = layers.Dense(head.units, activation="relu", name="head_dense")(x)
    if head.dropout:
        x = layers.Dropout(head.dropout, name="head_dropout")(x)
    x = layers.Dense(class_count, dtype="float32", name="logits")(x)
    return layers.Softmax(dtype="float32", name="probabilities")(x)


def _outline(key: str) -> tuple[outline.Part, ...]:
    """The same as a drawing: the backbone in one block, since nobody learns from a hundred."""
    head = HEADS[key]
    backbone = BACKBONES[head.backbone]
    dense: tuple[outline.Part, ...] = (("Dense", (outline.Dense(head.units),)),) if head.units else ()
    whole = outline.Backbone(backbone.feature_count, backbone.parameters)
    return (f"{backbone.title}, from ImageNet", (whole,)), *dense, outline.CLASSES


def _is_normalising(layer: Any) -> bool:
    return isinstance(layer, backend.load_keras().layers.BatchNormalization)


ARCHITECTURES = (
    architecture.Architecture(
        place=80,
        key="vgg16_frozen",
        title="VGG16, frozen",
        teaches="What ImageNet taught a large network, used as it is: only a small head on top of it learns.",
        source=f"{architecture.MALARIA_STUDY}, fifth model; VGG16: Simonyan & Zisserman 2014",
        input_px=64,
        parameters=14_780_610,
        trainable=65_922,
        parameters_per_class=129,
        build=build_vgg16_frozen,
        parts=_outline("vgg16_frozen"),
        sizes=(32, 224),
        backbone="vgg16",
        defaults={"feature_copies": 4},
        differs="Pixels are centred as VGG16 was trained on ImageNet, where the study divides them by 255.",
    ),
    architecture.Architecture(
        place=90,
        key="vgg16_features",
        title="VGG16 features",
        teaches="Each image is turned into 512 numbers once; a small head then learns from them in seconds an epoch.",
        source=f"{architecture.SMALL_DEVICE_STUDY}, its comparison; VGG16: Simonyan & Zisserman 2014",
        input_px=50,
        parameters=14_780_610,
        trainable=65_922,
        parameters_per_class=129,
        build=build_vgg16_features,
        parts=_outline("vgg16_features"),
        backbone="vgg16",
        defaults={"feature_copies": 4},
        differs="Pixels are centred as VGG16 was trained on ImageNet, and its head is ours: 128 units, dropout 0.5.",
    ),
    architecture.Architecture(
        place=100,
        key="xception_finetuned",
        title="Xception, fine-tuned",
        teaches="A large network from ImageNet, all of which learns on: strong, slow, and quick to overfit.",
        source="Pneumonia X-ray study; Xception: Chollet 2017",
        input_px=299,
        parameters=20_865_578,
        trainable=4_098,
        parameters_per_class=2_049,
        build=build_xception_finetuned,
        parts=_outline("xception_finetuned"),
        sizes=(71, 299),
        backbone="xception",
        # The head first, for an epoch: a random one would send large wrong steps into all that ImageNet taught.
        defaults={
            "epochs": 10,
            "patience": 4,
            "batch_size": 30,
            "schedule": "plateau",
            "head_epochs": 1,
            "unfreeze_layers": -1,
            "fine_tuning_rate": 0.0001,
        },
        differs="The head learns alone for an epoch before all does, and batch normalisation keeps ImageNet's means; "
        "the study trains the whole network.",
    ),
    architecture.Architecture(
        place=110,
        key="mobilenet_v2_frozen",
        title="MobileNetV2, frozen",
        teaches="The smallest ImageNet network worth using: one dense layer on top learns within a minute.",
        source="MobileNetV2, alpha 0.35: Sandler et al. 2018",
        input_px=224,
        parameters=412_770,
        trainable=2_562,
        parameters_per_class=1_281,
        build=build_mobilenet_v2_frozen,
        parts=_outline("mobilenet_v2_frozen"),
        sizes=(32, 224),
        backbone="mobilenet_v2",
        # An epoch over prepared features takes a second or less, so there may be many.
        defaults={"epochs": 40, "patience": 10, "batch_size": 50, "feature_copies": 4},
    ),
    architecture.Architecture(
        place=120,
        key="mobilenet_v2_finetuned",
        title="MobileNetV2, fine-tuned",
        teaches="The head first, then the whole backbone at a tenth of the rate: ImageNet, bent towards your images.",
        source="MobileNetV2, alpha 0.35: Sandler et al. 2018",
        input_px=224,
        parameters=412_770,
        trainable=2_562,
        parameters_per_class=1_281,
        build=build_mobilenet_v2_finetuned,
        parts=_outline("mobilenet_v2_finetuned"),
        sizes=(32, 224),
        backbone="mobilenet_v2",
        defaults={"batch_size": 50, "head_epochs": 4, "unfreeze_layers": -1, "fine_tuning_rate": 0.0001},
    ),
)
