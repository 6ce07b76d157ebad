"""Results as sentences: a number is said with its n and its 95 % interval, and as counts of 100 where that helps."""

from collections.abc import Mapping
from typing import Any

from core.statistics import estimate

NOTHING_TESTED = "There was no unseen image to test it on."
LEFT_OUT = "left out of training, though not their patients"


def say_sample(result: Mapping[str, Any]) -> str:
    """`3,012 images of 24 patients`, as far as patients are known."""
    images = f"{result['n']:,} image{'s' if result['n'] != 1 else ''}"
    groups = result["groups"]
    return f"{images} of {groups:,} patient{'s' if groups != 1 else ''}" if groups else images


def say_result(result: Mapping[str, Any], class_names: tuple[str, ...], *, leaky: bool) -> str:
    """A test result in words; the intervals are 95 %. A leaky split's images are not called unseen."""
    if not result["n"]:
        return NOTHING_TESTED
    seen = LEFT_OUT if leaky else "that it never saw"
    parts = [f"On {say_sample(result)} {seen}, the model is right in {result['accuracy'].say(estimate.PER_CENT)}."]
    return " ".join([*parts, *filter(None, [say_rates(result, class_names)])])


def say_verdict(result: Mapping[str, Any], *, leaky: bool) -> str:
    """`Right on 965 of 1,000 images of 24 patients it never saw: 96.5 % (94.1 to 98.2)`, the line that stands first.

    result : of a test, with "confusion" (rows = truth); the interval is the 95 % one.
    """
    if not result["n"]:
        return NOTHING_TESTED
    right = sum(row[place] for place, row in enumerate(result["confusion"]))
    seen = f", {LEFT_OUT}" if leaky else " it never saw"
    return f"Right on {right:,} of {say_sample(result)}{seen}: {result['accuracy'].say(estimate.PER_CENT)}"


def say_rates(result: Mapping[str, Any], class_names: tuple[str, ...]) -> str:
    """Of two classes, how many of 100 images of each are found and flagged by mistake; else empty."""
    sensitivity, specificity = result["sensitivity"].value, result["specificity"].value
    if len(class_names) != 2 or sensitivity is None or specificity is None:
        return ""
    positive = result["positive_class"]
    negative = next(name for name in class_names if name != positive)
    return (
        f"It finds {100 * sensitivity:.0f} of 100 {positive} images "
        f"and flags {100 * (1 - specificity):.0f} of 100 {negative} ones by mistake."
    )
