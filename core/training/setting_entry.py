"""What the table of settings says of one: its words, its limits, how its values are said, when it has an effect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.datasets.splits import splits
from core.models import augmentation, registry
from core.models.architectures import architecture

# Of the page's form, in order. What it asks for in a way of its own stands above them; nowhere: the page has no field.
SEES, LONG, FAST, REGULAR = "What it sees", "How long", "How fast", "Regularisation"
IMAGENET, AGAIN = "With ImageNet weights", "The same result again"
GROUPS = (SEES, LONG, FAST, REGULAR, IMAGENET, AGAIN)
ABOVE, NOWHERE = "above the groups", ""
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
    limits_of: Callable[[architecture.Architecture], tuple[float, float]] | None = None
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
