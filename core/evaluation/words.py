"""Results as sentences: a number is said with its n and its 95 % interval, and as counts of 100 where that helps."""

from typing import Any

from core.datasets import divisions

NOTHING_TESTED = "There was no unseen image to test it on."
LEFT_OUT = "left out of training, though not their patients"


def say_percent(metric: dict[str, Any]) -> str:
    """`94.1 % (92.0 to 95.8)` of a proportion with interval; `not defined` where there is nothing to divide by."""
    if metric["value"] is None:
        return "not defined"
    value = f"{100 * metric['value']:.1f} %"
    if metric["low"] is None:
        return value
    return f"{value} ({100 * metric['low']:.1f} to {100 * metric['high']:.1f}{say_level(metric)})"


def say_number(metric: dict[str, Any]) -> str:
    """`0.982 (0.974 to 0.989)`: for figures that are no share of anything, like the AUC."""
    if metric["value"] is None:
        return "not defined"
    if metric["low"] is None:
        return f"{metric['value']:.3f}"
    return f"{metric['value']:.3f} ({metric['low']:.3f} to {metric['high']:.3f}{say_level(metric)})"


def say_level(metric: dict[str, Any]) -> str:
    """`, about 90 %` behind an interval that holds the truth less often than 95 %; else nothing."""
    return f", {metric['level']}" if "level" in metric else ""


def say_sample(result: dict[str, Any]) -> str:
    """`3,012 images of 24 patients`, as far as patients are known."""
    images = f"{result['n']:,} image{'s' if result['n'] != 1 else ''}"
    groups = result["groups"]
    return f"{images} of {groups:,} patient{'s' if groups != 1 else ''}" if groups else images


def say_result(result: dict[str, Any], class_names: tuple[str, ...], *, leaky: bool) -> str:
    """A test result in words; the intervals are 95 %. A leaky split's images are not called unseen."""
    if not result["n"]:
        return NOTHING_TESTED
    seen = LEFT_OUT if leaky else "that it never saw"
    parts = [f"On {say_sample(result)} {seen}, the model is right in {say_percent(result['accuracy'])}."]
    return " ".join([*parts, *filter(None, [say_rates(result, class_names)])])


def say_verdict(result: dict[str, Any], *, leaky: bool) -> str:
    """`Right on 965 of 1,000 images of 24 patients it never saw: 96.5 % (94.1 to 98.2)`, the line that stands first.

    result : of a test, with "confusion" (rows = truth); the interval is the 95 % one.
    """
    if not result["n"]:
        return NOTHING_TESTED
    right = sum(row[place] for place, row in enumerate(result["confusion"]))
    seen = f", {LEFT_OUT}" if leaky else " it never saw"
    return f"Right on {right:,} of {say_sample(result)}{seen}: {say_percent(result['accuracy'])}"


def say_rates(result: dict[str, Any], class_names: tuple[str, ...]) -> str:
    """Of two classes, how many of 100 images of each are found and flagged by mistake; else empty."""
    sensitivity, specificity = result["sensitivity"], result["specificity"]
    if len(class_names) != 2 or None in (sensitivity["value"], specificity["value"]):
        return ""
    positive = result["positive_class"]
    negative = next(name for name in class_names if name != positive)
    return (
        f"It finds {100 * sensitivity['value']:.0f} of 100 {positive} images "
        f"and flags {100 * (1 - specificity['value']):.0f} of 100 {negative} ones by mistake."
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
