"""What to train: every choice that a result depends on, checked once, written down with the run."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from core import errors
from core.datasets import splits
from core.models import augmentation as augmenting
from core.models import registry

KINDS: dict[type, tuple[type, ...]] = {
    int: (int,),
    float: (int, float),
    augmenting.Augmentation: (augmenting.Augmentation,),
}
SPLIT_RULES = ("split", "validation_fraction", "test_fraction")  # a kept split decides instead of them
ALWAYS_SAID = ("epochs", "batch_size", "learning_rate", "patience", "seed", "split", "precision", "augmentation")
CHOICES: dict[str, tuple[str, ...]] = {
    "split": splits.RULES,
    "precision": ("auto", "float32", "mixed_bfloat16", "mixed_float16"),
    "optimizer": ("adam", "adamw", "sgd"),
    "schedule": ("constant", "cosine", "plateau"),
    "class_weights": ("none", "balanced"),
}
LIMITS: dict[str, tuple[float, float]] = {
    "epochs": (1, 1000),
    "batch_size": (1, 4096),
    "learning_rate": (1e-7, 1.0),
    "patience": (1, 1000),
    "seed": (0, 2**31 - 1),
    "validation_fraction": (0.01, 0.5),
    "test_fraction": (0.01, 0.5),
    "input_px": (0, 1024),
    "warmup_epochs": (0, 100),
    "weight_decay": (0, 1.0),
    "label_smoothing": (0, 0.5),
    "averaging": (0, 0.9999),
    "head_epochs": (0, 1000),
    "unfreeze_layers": (-1, 1000),
    "fine_tuning_rate": (1e-7, 1.0),
    "feature_copies": (0, 50),
}


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
    saved_split: str = ""  # the name of a split that a person made and kept; it then decides, not the four above
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

    def __post_init__(self) -> None:
        for field in fields(self):
            kinds = KINDS.get(field.type if isinstance(field.type, type) else str, (str,))
            value = getattr(self, field.name)
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise _not_usable(field.name, f"a value of type {field.type}", repr(value))
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise _not_usable(name, f"{low} to {high}", getattr(self, name))
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise _not_usable(name, "one of " + ", ".join(allowed), getattr(self, name))
        self._require_size()

    def _require_size(self) -> None:
        network = registry.find_architecture(self.architecture)
        low, high = network.sizes or (network.input_px, network.input_px)
        if self.input_px not in (0, network.input_px) and not low <= self.input_px <= high:
            expected = f"{low} to {high}" if network.sizes else f"0 or {network.input_px}, as {network.key} is built"
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

    def find_base_rate(self, epochs_done: int) -> tuple[str, float]:
        """The setting that says the learning rate after so many epochs, in words, and its value."""
        if self.fine_tunes and epochs_done >= self.head_epochs:
            return "fine-tuning rate", self.fine_tuning_rate
        return "learning rate", self.learning_rate

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

    def find_differences(self, other: "Recipe") -> list[tuple[str, Any, Any]]:
        """(setting, mine, the other's) for each that differs and has an effect."""
        mine, others = self.to_json(), other.to_json()
        without = SPLIT_RULES if self.saved_split and self.saved_split == other.saved_split else ()
        return [(name, mine[name], others[name]) for name in mine if mine[name] != others[name] and name not in without]

    def as_command(self) -> str:
        """The terminal command that trains the same again: the usual settings, and all that the architecture's own
        defaults would make otherwise."""
        usual = suggest(self.dataset, self.architecture)
        said = []
        for field in fields(self)[2:]:
            value = getattr(self, field.name)
            if self.saved_split and field.name in SPLIT_RULES:
                continue
            if field.name not in ALWAYS_SAID and value == getattr(usual, field.name):
                continue
            said.append(f"--{field.name.replace('_', '-')} {_as_argument(value)}")
        dataset = shlex.quote(self.dataset)
        return f"python -m core train {dataset} --architecture {self.architecture} {' '.join(said)}"


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
