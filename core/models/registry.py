"""The architectures on offer. A new one is a builder function and one entry here; page, terminal and tests pick it up.

Reading the registry loads no TensorFlow: parameter counts are stated here and tested against the network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core import errors
from core.models import augmentation, convnets, smears, transfer

MALARIA_STUDY = "Malaria cell classification study (2018 NIH data)"
SMALL_DEVICE_STUDY = "Malaria study for devices on a battery, 50 x 50 pixels"


@dataclass(frozen=True)
class Architecture:
    """One network on offer, described for a person; counts are for two classes, at `input_px`.

    differs : in what it is not the network of its source, and is not trained as there; "" where it is the same.
    trainable : parameters that learn as training starts, when a backbone is still frozen.
    build : (class_count, input_px) to a whole Keras model with random weights.
    sizes : smallest and largest `input_px` that a person may choose, with the same counts; None = only its own.
    backbone : key in `transfer.BACKBONES`; "" = trained from nothing.
    defaults : fields of a recipe whose good value here is another than the recipe's own.
    """

    key: str
    title: str
    teaches: str
    source: str
    input_px: int
    parameters: int
    trainable: int
    parameters_per_class: int
    build: Callable[[int, int], Any]
    sizes: tuple[int, int] | None = None
    backbone: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    differs: str = ""

    def count_parameters(self, class_count: int) -> tuple[int, int]:
        """(all, trainable) parameters for `class_count` classes."""
        extra = self.parameters_per_class * (class_count - 2)
        return self.parameters + extra, self.trainable + extra


# A network of a study is offered as the study trained it: Adam, 100 images a batch, up to 20 epochs, patience 5, which
# are the recipe's own defaults, and no augmentation, which is a choice. Ours were made for cells and are never good
# without: a cell may lie in any direction, and stain and lamp vary from slide to slide. On X-rays or photos it is wrong
# and to be changed. The learning rate falls to nothing in the last epoch, so stopping early would lose the best part.
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

_ALL = (
    Architecture(
        key="base_cnn",
        title="Base CNN",
        teaches="Three convolutions and one dense layer: the plainest network that already reads cells well.",
        source=f"{MALARIA_STUDY}, base model",
        input_px=64,
        parameters=646_338,
        trainable=646_338,
        parameters_per_class=65,
        build=convnets.build_base_cnn,
    ),
    Architecture(
        key="leaky_swish_cnn",
        title="Leaky and swish CNN",
        teaches="Global average pooling in place of a large dense layer: a sixth of the parameters, nearly as good.",
        source=f"{MALARIA_STUDY}, second model; with augmentation its fourth",
        input_px=64,
        parameters=110_018,
        trainable=110_018,
        parameters_per_class=129,
        build=convnets.build_leaky_swish_cnn,
        sizes=(32, 224),
    ),
    Architecture(
        key="squeeze_excite_cnn",
        title="Squeeze-and-excite CNN",
        teaches="Batch normalisation steadies the training, and the network itself weighs which channels matter.",
        source=f"{MALARIA_STUDY}, third model, its choice; squeeze-and-excite: Hu et al. 2018",
        input_px=64,
        parameters=271_378,
        trainable=270_674,
        parameters_per_class=65,
        build=convnets.build_squeeze_excite_cnn,
        sizes=(32, 224),
    ),
    Architecture(
        key="compact_cnn",
        title="Compact CNN",
        teaches="What is left of the accuracy when images and network are made smaller for a device on a battery.",
        source=f"{SMALL_DEVICE_STUDY}, its own network",
        input_px=50,
        parameters=310_732,
        trainable=310_412,
        parameters_per_class=111,
        build=convnets.build_compact_cnn,
        differs="Four dropouts of 0.2, after each block and before the last layer; "
        "the study's printed summary shows none.",
    ),
    Architecture(
        key="smear_cnn",
        title="Smear CNN (ours)",
        teaches="How far fewer than 200,000 parameters go when network, augmentation and schedule are made for cells.",
        source="Second Look; residual blocks: He et al. 2016, squeeze-and-excite: Hu et al. 2018",
        input_px=64,
        parameters=183_756,
        trainable=183_036,
        parameters_per_class=161,
        build=smears.build_smear_cnn,
        sizes=(32, 224),
        defaults=_SMEAR_DEFAULTS,
    ),
    Architecture(
        key="smear_cnn_micro",
        title="Smear CNN micro (ours)",
        teaches="Separable convolutions: the same idea with a seventh of the parameters, for a device on a battery.",
        source="Second Look; separable convolutions: Sifre 2014, Howard et al. 2017",
        input_px=64,
        parameters=24_850,
        trainable=24_242,
        parameters_per_class=161,
        build=smears.build_smear_cnn_micro,
        sizes=(32, 224),
        # So few parameters cannot overfit: a longer training and less pull towards zero.
        defaults={**_SMEAR_DEFAULTS, "epochs": 30, "patience": 30, "weight_decay": 0.02},
    ),
    Architecture(
        key="vgg16_scratch",
        title="VGG16 from nothing",
        teaches="What forty million parameters do without ImageNet: much time, many images, and overfitting.",
        source="Cats and dogs study, 200 epochs; layout: Simonyan & Zisserman 2014",
        input_px=64,
        parameters=39_896_898,
        trainable=39_896_898,
        parameters_per_class=4_097,
        build=convnets.build_vgg16_scratch,
        # Sixteen layers without batch normalisation want small steps: at 0.001 the loss of the second batch was 59.
        defaults={"epochs": 40, "patience": 10, "batch_size": 50, "learning_rate": 0.0001},
        differs="40 epochs at most, where the study has 200; weights begin as He et al. 2015 propose.",
    ),
    Architecture(
        key="vgg16_frozen",
        title="VGG16, frozen",
        teaches="What ImageNet taught a large network, used as it is: only a small head on top of it learns.",
        source=f"{MALARIA_STUDY}, fifth model; VGG16: Simonyan & Zisserman 2014",
        input_px=64,
        parameters=14_780_610,
        trainable=65_922,
        parameters_per_class=129,
        build=transfer.build_vgg16_frozen,
        sizes=(32, 224),
        backbone="vgg16",
        defaults={"feature_copies": 4},
        differs="Pixels are centred as VGG16 was trained on ImageNet, where the study divides them by 255.",
    ),
    Architecture(
        key="vgg16_features",
        title="VGG16 features",
        teaches="Each image is turned into 512 numbers once; a small head then learns from them in seconds an epoch.",
        source=f"{SMALL_DEVICE_STUDY}, its comparison; VGG16: Simonyan & Zisserman 2014",
        input_px=50,
        parameters=14_780_610,
        trainable=65_922,
        parameters_per_class=129,
        build=transfer.build_vgg16_features,
        backbone="vgg16",
        defaults={"feature_copies": 4},
        differs="Pixels are centred as VGG16 was trained on ImageNet, and its head is ours: 128 units, dropout 0.5.",
    ),
    Architecture(
        key="xception_finetuned",
        title="Xception, fine-tuned",
        teaches="A large network from ImageNet, all of which learns on: strong, slow, and quick to overfit.",
        source="Pneumonia X-ray study; Xception: Chollet 2017",
        input_px=299,
        parameters=20_865_578,
        trainable=4_098,
        parameters_per_class=2_049,
        build=transfer.build_xception_finetuned,
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
    Architecture(
        key="mobilenet_v2_frozen",
        title="MobileNetV2, frozen",
        teaches="The smallest ImageNet network worth using: one dense layer on top learns within a minute.",
        source="MobileNetV2, alpha 0.35: Sandler et al. 2018",
        input_px=224,
        parameters=412_770,
        trainable=2_562,
        parameters_per_class=1_281,
        build=transfer.build_mobilenet_v2_frozen,
        sizes=(32, 224),
        backbone="mobilenet_v2",
        # An epoch over prepared features takes a second or less, so there may be many.
        defaults={"epochs": 40, "patience": 10, "batch_size": 50, "feature_copies": 4},
    ),
    Architecture(
        key="mobilenet_v2_finetuned",
        title="MobileNetV2, fine-tuned",
        teaches="The head first, then the whole backbone at a tenth of the rate: ImageNet, bent towards your images.",
        source="MobileNetV2, alpha 0.35: Sandler et al. 2018",
        input_px=224,
        parameters=412_770,
        trainable=2_562,
        parameters_per_class=1_281,
        build=transfer.build_mobilenet_v2_finetuned,
        sizes=(32, 224),
        backbone="mobilenet_v2",
        defaults={"batch_size": 50, "head_epochs": 4, "unfreeze_layers": -1, "fine_tuning_rate": 0.0001},
    ),
)
ARCHITECTURES: dict[str, Architecture] = {architecture.key: architecture for architecture in _ALL}


def find_architecture(key: str) -> Architecture:
    """The entry of this key; raises `UnknownArchitecture` that names those there are."""
    if key not in ARCHITECTURES:
        raise errors.UnknownArchitecture(
            expected=f"one of {', '.join(ARCHITECTURES)}",
            found=repr(key),
            where="the registry of architectures",
            todo="Choose one of these; `python -m core architectures` describes them.",
        )
    return ARCHITECTURES[key]


def build_model(key: str, class_count: int, input_px: int = 0) -> Any:
    """A fresh Keras model with random weights, under the dtype policy in force. Loads TensorFlow.

    input_px : height and width of its input, 0 = the architecture's own.
    """
    found = find_architecture(key)
    return found.build(class_count, input_px or found.input_px)


def describe_architectures() -> list[dict[str, Any]]:
    """The registry as data, in order, for two classes; `sizes_px` are the smallest and largest input size on offer."""
    return [
        {
            "key": a.key,
            "title": a.title,
            "teaches": a.teaches,
            "source": a.source,
            "differs": a.differs,
            "parameters": a.parameters,
            "trainable": a.trainable,
            "input_px": a.input_px,
            "sizes_px": list(a.sizes or (a.input_px, a.input_px)),
            "backbone": a.backbone,
        }
        for a in _ALL
    ]
