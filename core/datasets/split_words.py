"""How images were divided, in a few words: the one place that every page, report and verb has them from."""

from collections.abc import Mapping
from typing import Any

SAID = {"patient": "by patient", "random": "at random", "given": "as the folders say"}
BY_IMAGE = "by image"  # what the rule "patient" comes to where no patient is known


def say_rule(rule: str, *, patients_known: bool) -> str:
    """`by patient`, `at random`, `as the folders say`; `by image` where there is no patient to keep apart."""
    if rule == "patient" and not patients_known:
        return BY_IMAGE
    return SAID.get(rule, rule)


def knows_patients(split: Mapping[str, Any]) -> bool:
    """Whether any patient is known on any side of a division, as a run or a model writes it down ("groups")."""
    return any(split["groups"].values())


def say_kind(split: Mapping[str, Any], *, with_leak: bool = True) -> str:
    """`say_rule` of a division that was made, and whether it leaks: `at random (leaky)`.

    split : as a run or a model writes it down, with "rule", "leaky" and "groups" (side -> known patients).
    """
    said = say_rule(str(split["rule"]), patients_known=knows_patients(split))
    return f"{said} (leaky)" if with_leak and split["leaky"] else said
