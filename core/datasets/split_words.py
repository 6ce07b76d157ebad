"""How images were divided, in a few words: the one place that every page, report and verb has them from."""

from core.datasets import divisions

SAID = {"patient": "by patient", "random": "at random", "given": "as the folders say"}
BY_IMAGE = "by image"  # what the rule "patient" comes to where no patient is known


def say_rule(rule: str, *, patients_known: bool) -> str:
    """`by patient`, `at random`, `as the folders say`; `by image` where there is no patient to keep apart."""
    if rule == "patient" and not patients_known:
        return BY_IMAGE
    return SAID.get(rule, rule)


def say_kind(split: divisions.Division, *, with_leak: bool = True) -> str:
    """`say_rule` of a division that was made, and whether it leaks: `at random (leaky)`."""
    said = say_rule(split.rule, patients_known=split.knows_patients)
    return f"{said} (leaky)" if with_leak and split.leaky else said
