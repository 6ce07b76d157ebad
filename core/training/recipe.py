"""What to train: every choice that a result depends on, checked once, written down with the run."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from core.base import errors
from core.datasets.splits import splits
from core.models import augmentation as augmenting
from core.models import normalisation as normalising
from core.models import registry
from core.training import setting_entry, settings_table

KINDS: dict[type, tuple[type, ...]] = {
    int: (int,),
    float: (int, float),
    augmenting.Augmentation: (augmenting.Augmentation,),
}
NAMING = ("dataset", "architecture")  # a command says them in other words than the settings


@dataclass(frozen=True)
class Recipe:
    """One training. Fractions are of the images; `patience` counts epochs without a better validation loss.

    input_px : height and width of the network's input, 0 for the architecture's own.
    averaging : decay a batch of the running mean of weights that is validated and published; 0 for the weights
        themselves. label_smoothing : share of the truth that is spread over all classes, in training only.
    head_epochs, unfreeze_layers, fine_tuning_rate : of a network with an ImageNet backbone. After `head_epochs` the
        last `unfreeze_layers` of its layers (-1 = all) learn too, from `fine_tuning_rate` on; 0 layers: never.
    feature_copies : of a frozen backbone: so many augmented copies of each training image are run through it once; 0 =
        the backbone is run in each epoch. Without augmentation one copy is exact and always taken.
    """

    dataset: str
    architecture: str = "base_cnn"
    epochs: int = 20
    batch_size: int = 100
    learning_rate: float = 0.001
    patience: int = 5
    seed: int = 0
    split: splits.Rule = "patient"
    validation_fraction: float = 0.15
    test_fraction: float = 0.15
    precision: str = "auto"
    augmentation: augmenting.Augmentation = augmenting.NONE
    saved_split: str = ""  # the name of a split that a person made and kept; it then decides, not rule and shares
    input_px: int = 0
    optimizer: str = "adam"
    schedule: str = "constant"
    warmup_epochs: int = 0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    class_weights: str = "none"
    averaging: float = 0.0
    head_epochs: int = 0
    unfreeze_layers: int = 0
    fine_tuning_rate: float = 0.00001
    feature_copies: int = 0
    normalisation: normalising.Kind = normalising.NONE

    def __post_init__(self) -> None:
        for field in fields(self):
            kinds = KINDS.get(kind_of(field.name), (str,))
            value = getattr(self, field.name)
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise _not_usable(field.name, f"a value of type {field.type}", repr(value))
        for setting in settings_table.SETTINGS.values():
            self._require_allowed(setting, getattr(self, setting.name))
        self._require_size()

    def _require_allowed(self, setting: setting_entry.Setting, value: Any) -> None:
        if setting.limits and not setting.limits[0] <= value <= setting.limits[1]:
            raise _not_usable(setting.name, f"{setting.limits[0]} to {setting.limits[1]}", value)
        if setting.choices and value not in setting.choices:
            raise _not_usable(setting.name, "one of " + ", ".join(setting.choices), value)

    def _require_size(self) -> None:
        network = registry.find_architecture(self.architecture)
        low, high = settings_table.SETTINGS["input_px"].find_limits(self.architecture)
        if self.input_px not in (0, network.input_px) and not low <= self.input_px <= high:
            expected = f"{low} to {high}" if low < high else f"0 or {network.input_px}, as {network.key} is built"
            raise _not_usable("input_px", expected, self.input_px)

    def require_phases(self) -> None:
        """Raise RecipeNotUsable where a phase would never come: the backbone's, after the head's, or what follows a
        warm-up. Asked when a run is made, so that older runs can still be read."""
        if self.fine_tunes and self.head_epochs >= self.epochs:
            raise _not_usable(
                "head_epochs",
                f"fewer than the {self.epochs} epochs in all, since the backbone's layers learn after them",
                self.head_epochs,
            )
        if self.warmup_epochs and self.warmup_epochs >= self.epochs:
            expected = f"fewer than the {self.epochs} epochs in all, or the full rate is never reached"
            raise _not_usable("warmup_epochs", expected, self.warmup_epochs)

    def name_base_rate(self, epochs_done: int) -> str:
        """The setting that says the learning rate after so many epochs."""
        return "fine_tuning_rate" if self.fine_tunes and epochs_done >= self.head_epochs else "learning_rate"

    def find_base_rate(self, epochs_done: int) -> tuple[str, float]:
        """What the learning rate after so many epochs is called, and its value."""
        name = self.name_base_rate(epochs_done)
        return settings_table.SETTINGS[name].called, getattr(self, name)

    @property
    def size_px(self) -> int:
        """Height and width of the network's input."""
        return self.input_px or registry.find_architecture(self.architecture).input_px

    @property
    def fine_tunes(self) -> bool:
        """Whether layers of a backbone learn, after the head has."""
        return bool(registry.find_architecture(self.architecture).backbone) and self.unfreeze_layers != 0

    @property
    def extracts_features(self) -> bool:
        """Whether the backbone is run once, before the epochs: it stays frozen, and what it sees can be prepared."""
        frozen = bool(registry.find_architecture(self.architecture).backbone) and not self.fine_tunes
        return frozen and (self.augmentation.is_none or self.feature_copies > 0)

    def to_json(self) -> dict[str, Any]:
        """The recipe as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Recipe":
        """The recipe back from `to_json`; a setting that it lacks has its default, unknown ones are refused by name."""
        unknown = set(content) - set(cls.__dataclass_fields__)
        if unknown or "dataset" not in content:
            raise _not_usable(", ".join(sorted(unknown)), "a setting that this version knows", "none of them")
        changed = augmenting.Augmentation.from_json(content.get("augmentation", {}))
        return cls(**{**content, "augmentation": changed})

    def list_effective(self) -> dict[str, Any]:
        """The settings that have an effect in this training, as plain data, with the input size that they come to."""
        content = self.list_values()
        return {name: content[name] for name, setting in settings_table.SETTINGS.items() if setting.matters(self)}

    def list_values(self) -> dict[str, Any]:
        """All settings as plain data, with the input size that they come to."""
        return {**self.to_json(), "input_px": self.size_px}

    def find_differences(self, other: "Recipe") -> list[tuple[str, Any, Any]]:
        """(setting, mine, the other's) for each of `find_differing`, as plain data; None where it has no effect."""
        mine, others = self.list_effective(), other.list_effective()
        return [(name, mine.get(name), others.get(name)) for name in find_differing([self, other])]

    def as_command(self) -> str:
        """The terminal command that trains the same again: the usual settings, and all that the architecture's own
        defaults would make otherwise."""
        usual = suggest(self.dataset, self.architecture)
        said = [
            f"{setting.flag} {_as_argument(getattr(self, name))}"
            for name, setting in ((field.name, settings_table.SETTINGS[field.name]) for field in fields(self))
            if name not in NAMING
            and setting.matters(self)
            and (setting.always_said or getattr(self, name) != getattr(usual, name))
        ]
        dataset = shlex.quote(self.dataset)
        return f"python -m core train {dataset} --architecture {self.architecture} {' '.join(said)}"


def find_differing(recipes: Sequence[Recipe]) -> list[str]:
    """The settings that the recipes do not all have alike, as far as they have an effect; in the table's order."""
    values, effective = [one.list_values() for one in recipes], [one.list_effective() for one in recipes]
    return [
        name
        for name in settings_table.SETTINGS
        if any(mine[name] != other[name] for mine in effective if name in mine for other in values)
    ]


def kind_of(name: str) -> Any:
    """The type of a setting's values: int, float, str or Augmentation."""
    found = Recipe.__dataclass_fields__[name].type
    return found if isinstance(found, type) else str


def suggest(dataset: str, architecture: str = "base_cnn", **changes: Any) -> Recipe:
    """The recipe that is good for an architecture where nobody changes anything, with `changes` of it."""
    own = {**registry.find_architecture(architecture).defaults}
    own["augmentation"] = augmenting.Augmentation.from_json(own.get("augmentation", {}))
    return Recipe(**{"dataset": dataset, "architecture": architecture, **own, **changes})


def _as_argument(value: Any) -> str:
    if isinstance(value, augmenting.Augmentation):
        return shlex.quote(augmenting.as_argument(value))
    return shlex.quote(str(value))


def _not_usable(name: str, expected: str, found: Any) -> errors.RecipeNotUsable:
    return errors.RecipeNotUsable(
        expected=f"{name}: {expected}", found=str(found), where="the recipe", todo="Change this setting."
    )
