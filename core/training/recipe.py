"""What to train: every choice that a result depends on, checked once, written down with the run."""

import shlex
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
PRECISIONS = ("auto", "float32", "mixed_bfloat16")


@dataclass(frozen=True)
class Recipe:
    """One training. Fractions are of the images; `patience` counts epochs without a better validation loss."""

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

    def __post_init__(self) -> None:
        for field in fields(self):
            kinds = KINDS.get(field.type if isinstance(field.type, type) else str, (str,))
            value = getattr(self, field.name)
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise _not_usable(field.name, f"a value of type {field.type}", repr(value))
        registry.find_architecture(self.architecture)
        limits: dict[str, tuple[float, float]] = {
            "epochs": (1, 1000),
            "batch_size": (1, 4096),
            "learning_rate": (1e-7, 1.0),
            "patience": (1, 1000),
            "seed": (0, 2**31 - 1),
            "validation_fraction": (0.01, 0.5),
            "test_fraction": (0.01, 0.5),
        }
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise _not_usable(name, f"{low:g} to {high:g}", getattr(self, name))
        for name, allowed in (("split", splits.RULES), ("precision", PRECISIONS)):
            if getattr(self, name) not in allowed:
                raise _not_usable(name, "one of " + ", ".join(allowed), getattr(self, name))

    def to_json(self) -> dict[str, Any]:
        """The recipe as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Recipe":
        """The recipe back from `to_json`; a setting that it lacks has its default, unknown ones are refused by name."""
        unknown = set(content) - set(cls.__dataclass_fields__)
        if unknown or "dataset" not in content:
            raise _not_usable(", ".join(sorted(unknown)), "a setting of this version", "another version's")
        changed = augmenting.Augmentation.from_json(content.get("augmentation", {}))
        return cls(**{**content, "augmentation": changed})

    @property
    def _split_argument(self) -> str:
        return f"--saved-split {self.saved_split}" if self.saved_split else f"--split {self.split}"

    def as_command(self) -> str:
        """The terminal command that trains the same again."""
        return (
            f"python -m core train {self.dataset} --architecture {self.architecture} --epochs {self.epochs}"
            f" --batch-size {self.batch_size} --learning-rate {self.learning_rate:g} --patience {self.patience}"
            f" --seed {self.seed} {self._split_argument} --precision {self.precision}"
            f" --augmentation {shlex.quote(augmenting.as_argument(self.augmentation))}"
        )


def _not_usable(name: str, expected: str, found: Any) -> errors.RecipeNotUsable:
    return errors.RecipeNotUsable(
        expected=f"{name}: {expected}", found=str(found), where="the recipe", todo="Change this setting."
    )
