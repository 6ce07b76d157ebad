"""The settings of a recipe, each said once: form, flags, limits, help, tables, differences and commands come from here.

A new setting is a field of `recipe.Recipe` and an entry of `SETTINGS`, beside what the fit makes of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.datasets import split_words, splits
from core.models import augmentation, registry

# Of the page's form, in order. What it asks for in a way of its own stands above them; nowhere: the page has no field.
LONG, FAST, HEART = "How long", "How fast", "Against learning by heart"
IMAGENET, AGAIN = "With ImageNet weights", "The same result again"
GROUPS = (LONG, FAST, HEART, IMAGENET, AGAIN)
ABOVE, NOWHERE = "above the groups", ""
SPLIT_RULES = ("split", "validation_fraction", "test_fraction")  # a kept split decides instead of them
NO_EFFECT = "–"  # what is said of a value that changes nothing
FIRST, LAST = 0, 100  # how telling a difference is; those in between are as good as each other


class Wanted(Protocol):
    """What a setting asks of a recipe to know whether it has an effect there."""

    @property
    def architecture(self) -> str:
        """Key of the network."""

    @property
    def augmentation(self) -> augmentation.Augmentation:
        """How training images are changed."""

    @property
    def split(self) -> splits.Rule:
        """The rule that divides the images."""

    @property
    def saved_split(self) -> str:
        """A split that was kept; "" for none."""

    @property
    def head_epochs(self) -> int:
        """Epochs before layers of the backbone learn."""

    @property
    def fine_tunes(self) -> bool:
        """Whether layers of a backbone learn."""


def _always(_wanted: Wanted) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting of a recipe.

    name : field of the recipe. label, help : on the page and in tables, as a tooltip and in a terminal.
    group : where the form asks for it. term : how it is called within a sentence; "" = the label in lower case.
    phrase : how it and its value name a training, of {term} and {value}.
    limits : smallest and largest value; `limits_of` : those of an architecture, where they are narrower. step : of the
    page's field. choices : value -> what it is called, of a setting with so many values and no others.
    words : values that mean something else than their number says. say_value : a value in words, where these are not
    enough. placeholder : stands for the value in a terminal's help.
    matters : whether another value would make another training of such a recipe; where it would not, nobody is asked
    for it, shown it or told that it differs.
    rank : how early it is named where several differ. always_said : written into a command even where it is usual.
    on_the_way : may be changed between the epochs of a run.
    """

    name: str
    label: str
    help: str
    group: str
    term: str = ""
    phrase: str = "{term} {value}"
    limits: tuple[float, float] | None = None
    limits_of: Callable[[registry.Architecture], tuple[float, float]] | None = None
    step: float = 1
    choices: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[Any, str] = field(default_factory=dict)
    say_value: Callable[[Any], str] | None = None
    placeholder: str = ""
    matters: Callable[[Wanted], bool] = _always
    rank: int = 50
    always_said: bool = False
    on_the_way: bool = False

    @property
    def flag(self) -> str:
        """What it is called in a terminal: `--batch-size`."""
        return "--" + self.name.replace("_", "-")

    @property
    def called(self) -> str:
        """How it is called within a sentence."""
        return self.term or self.label.lower()

    def find_limits(self, architecture: str) -> tuple[float, float]:
        """Smallest and largest value for an architecture; a setting that is no number has none: raises ValueError."""
        limits = self.limits_of(registry.find_architecture(architecture)) if self.limits_of else self.limits
        if limits is None:
            raise ValueError(f"{self.name} is no number")
        return limits

    def is_asked(self, wanted: Wanted) -> bool:
        """Whether the form has a field for it: it belongs to a group, matters, and has more than one value."""
        if self.group not in GROUPS or not self.matters(wanted):
            return False
        low, high = (0, 1) if self.choices else self.find_limits(wanted.architecture)
        return low < high

    def say(self, value: Any) -> str:
        """A value, as it stands in the recipe or its JSON, as a person reads it; None where it has no effect."""
        if value is None:
            return NO_EFFECT
        if self.say_value:
            return self.say_value(value)
        called = [words for known, words in {**self.choices, **self.words}.items() if known == value]
        return called[0] if called else say_plainly(value)

    def say_in_name(self, value: Any) -> str:
        """The setting and its value as a part of a training's name: `batch size 8`; empty where it has no effect."""
        if value is None:
            return ""
        if "{term}" in self.phrase:
            return self.phrase.format(term=self.called, value=_within_sentence(self.say(value)))
        return self.phrase.format(value=value) if value else f"no {self.called}"


def say_plainly(value: Any) -> str:
    """A value of which nothing is known but what it is."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _within_sentence(words: str) -> str:
    """`Cosine` as `cosine`, `AdamW` as it is."""
    return words.lower() if words[1:].islower() else words


def _say_augmentation(value: Any) -> str:
    settings = value if isinstance(value, augmentation.Augmentation) else augmentation.Augmentation.from_json(value)
    preset = augmentation.find_preset(settings)
    return augmentation.TITLES[preset] if preset else augmentation.describe(settings)


def _list_sizes(network: registry.Architecture) -> tuple[float, float]:
    return network.sizes or (network.input_px, network.input_px)


def _has_backbone(wanted: Wanted) -> bool:
    return bool(registry.find_architecture(wanted.architecture).backbone)


def _fine_tunes(wanted: Wanted) -> bool:
    return wanted.fine_tunes


def _head_learns(wanted: Wanted) -> bool:
    """Whether any epoch has the plain learning rate: with a fine-tuned backbone, those of the head alone."""
    return not wanted.fine_tunes or wanted.head_epochs > 0


def _prepares_copies(wanted: Wanted) -> bool:
    """Whether copies could be prepared: without augmentation one is exact, and always taken."""
    return _has_backbone(wanted) and not wanted.fine_tunes and not wanted.augmentation.is_none


def _has_own_split(wanted: Wanted) -> bool:
    return not wanted.saved_split


def _has_own_test(wanted: Wanted) -> bool:
    return _has_own_split(wanted) and wanted.split != "given"  # where the folders say, they say what the test is


NONE_AT_ZERO = {0: "none"}
_ALL = (
    Setting(
        name="dataset",
        label="Data set",
        help="The images that it learns from and is tested on.",
        group=ABOVE,
        phrase="on {value}",
        rank=FIRST,
    ),
    Setting(
        name="architecture",
        label="Architecture",
        help="The plan of a network: which layers, how many of each.",
        group=ABOVE,
        phrase="{value}",
        rank=1,
    ),
    Setting(
        name="split",
        label="Split",
        help="How images are divided into train (the network learns from them), validation (they decide when to stop) "
        "and test (scored once, at the end). By patient is honest; at random shows how much too good the numbers get.",
        group=ABOVE,
        choices={rule: split_words.say_rule(rule, patients_known=True) for rule in splits.RULES},
        matters=_has_own_split,
        rank=9,
        always_said=True,
    ),
    Setting(
        name="saved_split",
        label="Kept split",
        help="A split kept on the Datasets page, instead of a rule and its shares.",
        group=ABOVE,
        phrase="{value}",
        words={"": "none"},
        placeholder="NAME",
        rank=8,
    ),
    Setting(
        name="validation_fraction",
        label="Validation share",
        help="Share of the images that decide when to stop.",
        group=NOWHERE,
        limits=(0.01, 0.5),
        matters=_has_own_split,
    ),
    Setting(
        name="test_fraction",
        label="Test share",
        help="Share of the images that the result is measured on.",
        group=NOWHERE,
        limits=(0.01, 0.5),
        matters=_has_own_test,
    ),
    Setting(
        name="augmentation",
        label="Augmentation",
        help="Changing training images at random each time they are shown (turned, flipped, a little brighter), so "
        "that a network learns what stays the same; validation and test images are never changed.",
        group=ABOVE,
        say_value=_say_augmentation,
        placeholder="|".join([*augmentation.PRESETS, "JSON"]),
        rank=7,
        always_said=True,
    ),
    Setting(
        name="epochs",
        label="Epochs, at most",
        help="How often all training images are shown, at most.",
        group=LONG,
        term="epochs",
        limits=(1, 1000),
        rank=LAST,
        always_said=True,
        on_the_way=True,
    ),
    Setting(
        name="patience",
        label="Patience",
        help="How many epochs without a better validation loss to wait before the training ends; the best epoch's "
        "weights are kept.",
        group=LONG,
        limits=(1, 1000),
        rank=LAST + 1,
        always_said=True,
        on_the_way=True,
    ),
    Setting(
        name="batch_size",
        label="Batch size",
        help="How many images the network looks at before it adjusts its parameters once.",
        group=LONG,
        limits=(1, 4096),
        rank=6,
        always_said=True,
    ),
    Setting(
        name="learning_rate",
        label="Learning rate",
        help="How far the parameters move at each adjustment. Too high, and the loss jumps or becomes not a number; "
        "too low, and nothing happens for long.",
        group=FAST,
        limits=(1e-7, 1.0),
        step=0.0001,
        matters=_head_learns,
        rank=3,
        always_said=True,
        on_the_way=True,
    ),
    Setting(
        name="optimizer",
        label="Optimizer",
        help="The rule by which the parameters are moved after each batch. Adam gives each parameter a step of its "
        "own; AdamW also pulls all of them a little towards zero; SGD takes the plain slope with some momentum.",
        group=FAST,
        choices={"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"},
        rank=4,
    ),
    Setting(
        name="schedule",
        label="Schedule",
        help="How the learning rate changes while training goes on: constant, falling along a cosine to nothing, or "
        "cut to a third whenever the validation loss has not fallen for three epochs (plateau).",
        group=FAST,
        choices={"constant": "Constant", "cosine": "Cosine", "plateau": "Plateau"},
        rank=5,
    ),
    Setting(
        name="warmup_epochs",
        label="Warm-up, epochs",
        help="The first epochs, in which the learning rate rises from almost nothing, so that a network that knows "
        "nothing yet is not sent far in a wrong direction.",
        group=FAST,
        term="warm-up",
        limits=(0, 100),
        words=NONE_AT_ZERO,
    ),
    Setting(
        name="weight_decay",
        label="Weight decay",
        help="A steady pull of the parameters towards zero, so that a network prefers simple answers; multiplied by "
        "the learning rate.",
        group=FAST,
        limits=(0, 1.0),
        step=0.0001,
        words=NONE_AT_ZERO,
    ),
    Setting(
        name="label_smoothing",
        label="Label smoothing",
        help="A small part of each label is spread over all classes while training, so that the network is not "
        "rewarded for being certain; the validation loss is of the labels as they are.",
        group=HEART,
        limits=(0, 0.5),
        step=0.01,
        words=NONE_AT_ZERO,
    ),
    Setting(
        name="class_weights",
        label="Class weights",
        help="Balanced: images of a rare class count more in the loss, so that each class has the same say.",
        group=HEART,
        choices={"none": "None", "balanced": "Balanced"},
    ),
    Setting(
        name="averaging",
        label="Weight averaging",
        help="A running mean of the parameters over many batches is what is validated and kept: smoother than any "
        "single moment. The value is its decay a batch.",
        group=HEART,
        limits=(0, 0.9999),
        step=0.001,
        words=NONE_AT_ZERO,
    ),
    Setting(
        name="unfreeze_layers",
        label="Backbone layers that learn too",
        term="unfrozen layers",
        help="How many of the backbone's last layers learn after the head has; -1 means all.",
        group=IMAGENET,
        limits=(-1, 1000),
        words={0: "none", -1: "all"},
        matters=_has_backbone,
    ),
    Setting(
        name="head_epochs",
        label="Epochs of the head alone",
        term="head epochs",
        help="How many epochs the head learns alone before layers of the backbone do.",
        group=IMAGENET,
        limits=(0, 1000),
        words=NONE_AT_ZERO,
        matters=_fine_tunes,
    ),
    Setting(
        name="fine_tuning_rate",
        label="Learning rate after that",
        help="The learning rate from which layers of the backbone begin to learn.",
        group=IMAGENET,
        term="fine-tuning rate",
        limits=(1e-7, 1.0),
        step=0.000001,
        matters=_fine_tunes,
        on_the_way=True,
    ),
    Setting(
        name="feature_copies",
        label="Copies of each image, prepared",
        help="How many augmented copies of each training image a frozen backbone sees, once; 0 runs it in each epoch.",
        group=IMAGENET,
        term="feature copies",
        limits=(0, 50),
        words=NONE_AT_ZERO,
        matters=_prepares_copies,
    ),
    Setting(
        name="seed",
        label="Seed",
        help="The number that all chance comes from. The same seed on the same machine gives the same result.",
        group=AGAIN,
        rank=10,
        limits=(0, 2**31 - 1),
        always_said=True,
    ),
    Setting(
        name="precision",
        label="Precision",
        help="How many bits a number has in the computation. Mixed precision is faster where the processor or the "
        "graphics card has it; the finished model is always in 32 bits.",
        group=AGAIN,
        choices={
            "auto": "Automatic",
            "float32": "float32",
            "mixed_bfloat16": "bfloat16",
            "mixed_float16": "float16",
        },
        rank=LAST + 2,
        always_said=True,
    ),
    Setting(
        name="input_px",
        label="Input size, pixels",
        help="Height and width to which every image is brought before the network sees it.",
        group=AGAIN,
        term="input size",
        phrase="{term} {value} px",
        limits=(0, 1024),
        limits_of=_list_sizes,
        words={0: "the architecture's own"},
        rank=2,
    ),
)
SETTINGS: dict[str, Setting] = {setting.name: setting for setting in _ALL}
