"""Results as sentences: a number is said with its n and its 95 % interval, and as counts of 100 where that helps."""

from typing import Any


def say_percent(metric: dict[str, Any]) -> str:
    """`94.1 % (92.0 to 95.8)` of a proportion with interval; `not defined` where there is nothing to divide by."""
    if metric["value"] is None:
        return "not defined"
    value = f"{100 * metric['value']:.1f} %"
    if metric["low"] is None:
        return value
    return f"{value} ({100 * metric['low']:.1f} to {100 * metric['high']:.1f})"


def say_number(metric: dict[str, Any]) -> str:
    """`0.982 (0.974 to 0.989)`: for figures that are no share of anything, like the AUC."""
    if metric["value"] is None:
        return "not defined"
    if metric["low"] is None:
        return f"{metric['value']:.3f}"
    return f"{metric['value']:.3f} ({metric['low']:.3f} to {metric['high']:.3f})"


def say_sample(result: dict[str, Any]) -> str:
    """`3,012 images of 24 patients`, as far as patients are known."""
    images = f"{result['n']:,} image{'s' if result['n'] != 1 else ''}"
    groups = result["groups"]
    return f"{images} of {groups:,} patient{'s' if groups != 1 else ''}" if groups else images


def say_result(result: dict[str, Any], class_names: tuple[str, ...], *, leaky: bool) -> str:
    """A test result in words; the intervals are 95 %. A leaky split's images are not called unseen."""
    if not result["n"]:
        return "There was no unseen image to test it on."
    seen = "left out of training, though not their patients" if leaky else "that it never saw"
    parts = [f"On {say_sample(result)} {seen}, the model is right in {say_percent(result['accuracy'])}."]
    sensitivity, specificity = result["sensitivity"], result["specificity"]
    if len(class_names) == 2 and None not in (sensitivity["value"], specificity["value"]):
        positive = result["positive_class"]
        negative = next(name for name in class_names if name != positive)
        parts.append(
            f"It finds {100 * sensitivity['value']:.0f} of 100 {positive} images "
            f"and flags {100 * (1 - specificity['value']):.0f} of 100 {negative} ones by mistake."
        )
    return " ".join(parts)


def say_leak(split: dict[str, Any]) -> str:
    """What a leaky split means for the numbers; empty for an honest one."""
    if not split["leaky"]:
        return ""
    shared = split["groups_shared"]
    patients = f"{shared:,} patient{'s' if shared != 1 else ''}"
    how = f"images of {patients} are in more than one of training, validation and test"
    if not shared:
        how = "images were divided at random, whoever they belong to"
    return f"Leaky split: {how}. These numbers are better than the model will be on new patients."
