"""The settings of a recipe, each said once: form, flags, limits, help, tables, differences and commands come from here.

A new setting is a field of `recipe.Recipe` and an entry of `SETTINGS`, beside what the fit makes of it.
"""

from typing import Any

from core.datasets.splits import split_words, splits
from core.models import augmentation, normalisation, registry
from core.models.architectures import architecture
from core.training import setting_entry as entry

SPLIT_RULES = ("split", "validation_fraction", "test_fraction")  # a kept split decides instead of them


def _say_augmentation(value: Any) -> str:
    settings = value if isinstance(value, augmentation.Augmentation) else augmentation.Augmentation.from_json(value)
    preset = augmentation.find_preset(settings)
    return augmentation.TITLES[preset] if preset else augmentation.describe(settings)


def _list_sizes(network: architecture.Architecture) -> tuple[float, float]:
    return network.sizes or (network.input_px, network.input_px)


def _has_backbone(wanted: entry.Wanted) -> bool:
    return bool(registry.find_architecture(wanted.architecture).backbone)


def _fine_tunes(wanted: entry.Wanted) -> bool:
    return wanted.fine_tunes


def _head_learns(wanted: entry.Wanted) -> bool:
    """Whether any epoch has the plain learning rate: with a fine-tuned backbone, those of the head alone."""
    return not wanted.fine_tunes or wanted.head_epochs > 0


def _prepares_copies(wanted: entry.Wanted) -> bool:
    """Whether copies could be prepared: without augmentation one is exact, and always taken."""
    return _has_backbone(wanted) and not wanted.fine_tunes and not wanted.augmentation.is_none


def _has_own_split(wanted: entry.Wanted) -> bool:
    return not wanted.saved_split


def _has_own_test(wanted: entry.Wanted) -> bool:
    return _has_own_split(wanted) and wanted.split != "given"  # where the folders say, they say what the test is


NONE_AT_ZERO = {0: "none"}
_ALL = (
    entry.Setting(
        name="dataset",
        label="Data set",
        help="The images that it learns from and is tested on.",
        group=entry.ABOVE,
        phrase="on {value}",
        rank=entry.FIRST,
    ),
    entry.Setting(
        name="architecture",
        label="Architecture",
        help="The plan of a network: which layers, how many of each.",
        group=entry.ABOVE,
        phrase="{value}",
        rank=1,
    ),
    entry.Setting(
        name="split",
        label="Split",
        help="How images are divided into train (the network learns from them), validation (they decide when to stop) "
        "and test (scored once, at the end). By patient is honest; at random shows how much a leak inflates the "
        "numbers.",
        group=entry.ABOVE,
        choices={rule: split_words.say_rule(rule, patients_known=True) for rule in splits.RULES},
        matters=_has_own_split,
        rank=9,
        always_said=True,
    ),
    entry.Setting(
        name="saved_split",
        label="Kept split",
        help="A split kept on the Datasets page, instead of a rule and its shares.",
        group=entry.ABOVE,
        phrase="{value}",
        words={"": "none"},
        placeholder="NAME",
        rank=8,
    ),
    entry.Setting(
        name="validation_fraction",
        label="Validation share",
        help="Share of the images that decide when to stop.",
        group=entry.NOWHERE,
        limits=(0.01, 0.5),
        matters=_has_own_split,
    ),
    entry.Setting(
        name="test_fraction",
        label="Test share",
        help="Share of the images that the result is measured on.",
        group=entry.NOWHERE,
        limits=(0.01, 0.5),
        matters=_has_own_test,
    ),
    entry.Setting(
        name="augmentation",
        label="Augmentation",
        help="Changing training images at random each time they are shown (turned, flipped, a little brighter), so "
        "that a network learns what stays the same; validation and test images are never changed.",
        group=entry.ABOVE,
        say_value=_say_augmentation,
        placeholder="|".join([*augmentation.PRESETS, "JSON"]),
        rank=7,
        always_said=True,
    ),
    entry.Setting(
        name="normalisation",
        label="Input normalisation",
        help="Bringing each image to one form before a network sees it, in training and whenever it answers, so that "
        "laboratories differ less. Cells are cut from their ground (background removal) and their colour is moved to "
        "that of the training images (stain normalisation); X-rays lose dark borders, and their contrast is evened "
        "out.",
        group=entry.SEES,
        choices=normalisation.TITLES,
        rank=3,
    ),
    entry.Setting(
        name="input_px",
        label="Input size, pixels",
        help="Height and width to which every image is brought before the network sees it.",
        group=entry.SEES,
        term="input size",
        phrase="{term} {value} px",
        limits=(0, 1024),
        limits_of=_list_sizes,
        words={0: "the architecture's own"},
        rank=2,
    ),
    entry.Setting(
        name="epochs",
        label="Epochs, at most",
        help="How often all training images are shown, at most.",
        group=entry.LONG,
        term="epochs",
        limits=(1, 1000),
        rank=entry.LAST,
        always_said=True,
        on_the_way=True,
    ),
    entry.Setting(
        name="patience",
        label="Patience",
        help="How many epochs without a better validation loss to wait before the training ends; the best epoch's "
        "weights are kept.",
        group=entry.LONG,
        limits=(1, 1000),
        rank=entry.LAST + 1,
        always_said=True,
        on_the_way=True,
    ),
    entry.Setting(
        name="batch_size",
        label="Batch size",
        help="How many images the network looks at before it adjusts its parameters once.",
        group=entry.LONG,
        limits=(1, 4096),
        rank=6,
        always_said=True,
    ),
    entry.Setting(
        name="learning_rate",
        label="Learning rate",
        help="How far the parameters move at each adjustment. Too high, and the loss jumps or becomes not a number; "
        "too low, and nothing happens for long.",
        group=entry.FAST,
        limits=(1e-7, 1.0),
        step=0.0001,
        matters=_head_learns,
        rank=3,
        always_said=True,
        on_the_way=True,
    ),
    entry.Setting(
        name="optimizer",
        label="Optimizer",
        help="The rule by which the parameters are moved after each batch. Adam gives each parameter a step of its "
        "own; AdamW also pulls all of them a little towards zero; SGD takes the plain slope with some momentum.",
        group=entry.FAST,
        choices={"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"},
        rank=4,
    ),
    entry.Setting(
        name="schedule",
        label="Schedule",
        help="How the learning rate changes while training goes on: constant, falling along a cosine to nothing, or "
        "cut to a third whenever the validation loss has not fallen for three epochs (plateau).",
        group=entry.FAST,
        choices={"constant": "Constant", "cosine": "Cosine", "plateau": "Plateau"},
        rank=5,
    ),
    entry.Setting(
        name="warmup_epochs",
        label="Warm-up, epochs",
        help="The first epochs, in which the learning rate rises from almost nothing, so that a network that knows "
        "nothing yet is not sent far in a wrong direction.",
        group=entry.FAST,
        term="warm-up",
        limits=(0, 100),
        words=NONE_AT_ZERO,
    ),
    entry.Setting(
        name="weight_decay",
        label="Weight decay",
        help="A steady pull of the parameters towards zero, so that a network prefers simple answers; multiplied by "
        "the learning rate.",
        group=entry.FAST,
        limits=(0, 1.0),
        step=0.0001,
        words=NONE_AT_ZERO,
    ),
    entry.Setting(
        name="label_smoothing",
        label="Label smoothing",
        help="A small part of each label is spread over all classes while training, so that the network is not "
        "rewarded for being certain; the validation loss is of the labels as they are.",
        group=entry.REGULAR,
        limits=(0, 0.5),
        step=0.01,
        words=NONE_AT_ZERO,
    ),
    entry.Setting(
        name="class_weights",
        label="Class weights",
        help="Balanced: images of a rare class count more in the loss, so that each class has the same say.",
        group=entry.REGULAR,
        choices={"none": "None", "balanced": "Balanced"},
    ),
    entry.Setting(
        name="averaging",
        label="Weight averaging",
        help="A running mean of the parameters over many batches is what is validated and kept: smoother than any "
        "single moment. The value is its decay a batch.",
        group=entry.REGULAR,
        limits=(0, 0.9999),
        step=0.001,
        words=NONE_AT_ZERO,
    ),
    entry.Setting(
        name="unfreeze_layers",
        label="Backbone layers that learn too",
        term="unfrozen layers",
        help="How many of the backbone's last layers learn after the head has; -1 means all.",
        group=entry.IMAGENET,
        limits=(-1, 1000),
        words={0: "none", -1: "all"},
        matters=_has_backbone,
    ),
    entry.Setting(
        name="head_epochs",
        label="Epochs of the head alone",
        term="head epochs",
        help="How many epochs the head learns alone before layers of the backbone do.",
        group=entry.IMAGENET,
        limits=(0, 1000),
        words=NONE_AT_ZERO,
        matters=_fine_tunes,
    ),
    entry.Setting(
        name="fine_tuning_rate",
        label="Learning rate after that",
        help="The learning rate from which layers of the backbone begin to learn.",
        group=entry.IMAGENET,
        term="fine-tuning rate",
        limits=(1e-7, 1.0),
        step=0.000001,
        matters=_fine_tunes,
        on_the_way=True,
    ),
    entry.Setting(
        name="feature_copies",
        label="Copies of each image, prepared",
        help="How many augmented copies of each training image a frozen backbone sees, once; 0 runs it in each epoch.",
        group=entry.IMAGENET,
        term="feature copies",
        limits=(0, 50),
        words=NONE_AT_ZERO,
        matters=_prepares_copies,
    ),
    entry.Setting(
        name="seed",
        label="Seed",
        help="The number that all chance comes from. The same seed on the same machine gives the same result.",
        group=entry.AGAIN,
        rank=10,
        limits=(0, 2**31 - 1),
        always_said=True,
    ),
    entry.Setting(
        name="precision",
        label="Precision",
        help="How many bits a number has in the computation. Mixed precision is faster where the processor or the "
        "graphics card has it; the finished model is always in 32 bits.",
        group=entry.AGAIN,
        choices={
            "auto": "Automatic",
            "float32": "float32",
            "mixed_bfloat16": "bfloat16",
            "mixed_float16": "float16",
        },
        rank=entry.LAST + 2,
        always_said=True,
    ),
)
SETTINGS: dict[str, entry.Setting] = {setting.name: setting for setting in _ALL}
