"""Results as sentences: a number is said with its n and its 95 % interval, and as counts of 100 where that helps."""

from collections.abc import Mapping
from typing import Any

from core.datasets import divisions
from core.evaluation import estimate

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


def say_leak(split: divisions.Division) -> str:
    """What a split that leaks means for the numbers; empty for an honest one."""
    copies = _say_copies(split.audit) if split.audit else ""
    if not split.leaky:
        return (
            f"Copies on both sides of the split: {copies}. On these images the numbers are too good." if copies else ""
        )
    shared = split.groups_shared
    patients = f"{shared:,} patient{'s' if shared != 1 else ''}"
    how = f"images of {patients} are in more than one of training, validation and test"
    if not shared:
        how = "images were divided at random, whoever they belong to"
    if not shared and split.rule != "random":
        how = "the same files are in more than one of training, validation and test"
    elsewhere = f" Also {copies}." if copies else ""
    return f"Leaky split: {how}.{elsewhere} These numbers are better than the model will be on new patients."


def _say_copies(audit: divisions.Audited) -> str:
    """Identical and near-identical images on more than one side, as far as an audit found any."""
    counts = (
        (audit.identical_files_shared, "file", "byte for byte the same"),
        (audit.near_identical_pairs_shared, "pair", "nearly the same"),
    )
    return " and ".join(f"{n:,} {what}{'s' if n != 1 else ''} {how}" for n, what, how in counts if n)
