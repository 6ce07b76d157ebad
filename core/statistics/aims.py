"""What an operating point is chosen for, and whether the validation images can tell that it is reached."""

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from scipy import special

from core.base import errors
from core.statistics import intervals, tasks, wilson

Kind = Literal["sensitivity", "specificity", "cost", "youden", "own"]
FEWEST = 10  # images of a side, below which its rate is a guess
WHERE = "the validation images of the model"


@dataclass(frozen=True)
class Aim:
    """What the threshold is to do for the positive class against the rest.

    least : for "sensitivity" and "specificity", the share in (0, 1) that is to be reached.
    miss_cost : for "cost", how many false alarms one miss is as bad as, > 0. prevalence : for "cost", the share of
        positive images where the model will be used, in (0, 1); None = that of the validation images.
    threshold : for "own", the probability that a person set, in (0, 1).
    """

    kind: Kind
    least: float | None = None
    miss_cost: float | None = None
    prevalence: float | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        needed = {"sensitivity": self.least, "specificity": self.least, "cost": self.miss_cost, "own": self.threshold}
        number = needed.get(self.kind, 1.0)
        if number is None or not 0 < number < (math.inf if self.kind in ("cost", "youden") else 1):
            raise ValueError(f"expected a number for the aim {self.kind!r}, a share in (0, 1), found {number}")
        if self.prevalence is not None and not 0 < self.prevalence < 1:
            raise ValueError(f"expected a prevalence in (0, 1), found {self.prevalence}")

    def as_dict(self) -> dict[str, Any]:
        """For the manifest: the kind and the numbers that belong to it."""
        fields = ("kind", "least", "miss_cost", "prevalence", "threshold")
        return {name: getattr(self, name) for name in fields if getattr(self, name) is not None}


class Aimed(Protocol):
    """What an `Aim` and what a manifest says of one have in common."""

    @property
    def kind(self) -> str:
        """One of Kind."""

    @property
    def least(self) -> float | None:
        """As in `Aim`."""

    @property
    def miss_cost(self) -> float | None:
        """As in `Aim`."""

    @property
    def prevalence(self) -> float | None:
        """As in `Aim`."""


def say_aim(aim: Aimed) -> str:
    """An aim, also as it stands in a manifest, in words: `to find at least 95 % of the positive class`."""
    if aim.least is not None:
        return f"{aim.kind} of at least {say_share(aim.least)}"
    if aim.miss_cost is not None:
        at = "" if aim.prevalence is None else f", where {say_share(aim.prevalence)} are positive"
        return f"the least cost when a miss is as bad as {aim.miss_cost:g} false alarms{at}"
    return "the largest sum of sensitivity and specificity (Youden)" if aim.kind == "youden" else "set by hand"


def say_share(share: float) -> str:
    """A share that a person typed, as per cent without trailing zeros."""
    return f"{100 * share:.4g} %"


def count_needed(least: float) -> int:
    """The fewest images that, all answered rightly, have a 95 % interval (Wilson) that begins at `least` or above."""
    z = float(special.ndtri(0.5 + intervals.LEVEL / 2))
    return math.ceil(z**2 * least / (1 - least) - 1e-9)


def require_enough(task: tasks.Task, aim: Aim) -> None:
    """Raise AimNotReachable where the validation images are too few to choose by, whatever the model answers."""
    name = task.class_names[task.positive]
    positives = int(task.is_positive.sum())
    sides = {f"images of {name}": positives, "images of the other classes": task.n - positives}
    for what, count in sides.items() if aim.kind != "own" else ():
        if count < FEWEST:
            todo = "Train again with more validation images of this kind, or keep the model without a threshold."
            raise _refuse(f"at least {FEWEST} {what}", f"{count}", todo)
    if aim.least is None:
        return
    what, count = list(sides.items())[0 if aim.kind == "sensitivity" else 1]
    best = wilson.compute_wilson(count, count).low
    if best is not None and best < aim.least:
        shows = math.floor(1000 * best) / 10
        raise _refuse(
            f"at least {count_needed(aim.least)} {what} for {say_aim(aim)}",
            f"{count}, with which even a perfect result shows no more than at least {shows:g} %",
            "Choose a lower aim, or train again with more validation images.",
        )


def warn(task: tasks.Task) -> list[str]:
    """What weakens a threshold that is chosen by these images; no sentence where nothing does."""
    patients = task.count_units(task.is_positive)
    if not task.by_patient or patients >= FEWEST:
        return []
    return [
        f"The {int(task.is_positive.sum()):,} validation images of {task.class_names[task.positive]} come from only "
        f"{patients} patient{'s' if patients != 1 else ''}: with others the threshold could lie elsewhere."
    ]


def refuse_all(task: tasks.Task, aim: Aim, found: str) -> errors.AimNotReachable:
    """The message that no threshold does what the aim asks."""
    todo = "Choose another aim, or a model that tells the classes apart better."
    expected = f"a threshold for {say_aim(aim)} on {task.n:,} validation images"
    return _refuse(expected, found, todo)


def _refuse(expected: str, found: str, todo: str) -> errors.AimNotReachable:
    return errors.AimNotReachable(expected=expected, found=found, where=WHERE, todo=todo)
