"""Two models on the very same images: how much better is one, and could that be chance?

Each patient is left out of both together, so that what makes an image hard for both cancels out. A difference is
always the second model (B) less the first (A).
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special  # not scipy.stats: it takes two seconds to import, and pages must open at once

from core.statistics import differences, intervals, paired_metrics, tasks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Verdict = Literal["a", "b", "tie", "not comparable"]
FLIPS = 20_000
FLIPS_EXACT = 16  # patients up to which all sign changes are gone through


def compare(a: tasks.Task, b: tasks.Task, *, seed: int = 0) -> dict[str, Any]:
    """All that can be said of two models on the same images; JSON but for what `files.encode` writes.

    a, b : the same images in the same order, with the same patients and classes (else ValueError).

    Keys: "n", "patients" (known ones), "over" ("patients" or "images"), "level", "average" ("binary" or "macro");
    "metrics": key -> `paired_metrics.Paired`; "difference" and "interval" of accuracy; "mcnemar" (counts), "mcnemar_p",
    "patients_p" (None where patients are not known); "delong": {"difference", "low", "high", "p", "over"}, None for
    more than two classes; "kappa": an Estimate; "verdict": "a" or "b" where the whole interval of
    the accuracy is on its side, else "tie"; "needed_difference": see `differences.find_needed`.
    """
    pair = paired_metrics.Pair(a, b)
    measured = paired_metrics.measure(pair)
    main = measured["metrics"]["accuracy"].difference
    interval = differences.as_pair(main)
    right_a, right_b = a.answers == a.labels, b.answers == b.labels
    return {
        "n": a.n,
        "patients": a.groups,
        "difference": main.value,
        "interval": interval,
        "over": "patients" if a.by_patient else "images",
        "level": intervals.LEVEL,
        "average": "binary" if a.class_count == 2 else "macro",
        **measured,
        "mcnemar": count_right(right_a, right_b),
        "mcnemar_p": compute_mcnemar(right_a, right_b),
        "patients_p": compute_flips(right_a, right_b, a.units, seed=seed) if a.by_patient else None,
        "verdict": judge(interval),
        "needed_difference": differences.find_needed(main.value, interval),
    }


def judge(interval: Sequence[float] | None, *, larger_is_better: bool = True) -> Verdict:
    """Which is better, from [low, high] of the difference; "tie": they cannot be told apart."""
    if interval is None:
        return "not comparable"
    low, high = interval
    larger: Verdict = "b" if low > 0 else "a" if high < 0 else "tie"
    smaller: dict[Verdict, Verdict] = {"a": "b", "b": "a"}
    return larger if larger_is_better else smaller.get(larger, larger)


def count_right(right_a: Flags, right_b: Flags) -> dict[str, int]:
    """How many images which of the two has right; the four sum to N. right_a, right_b : bool, (N,)."""
    return {
        "only_a_right": int((right_a & ~right_b).sum()),
        "only_b_right": int((right_b & ~right_a).sum()),
        "both_right": int((right_a & right_b).sum()),
        "both_wrong": int((~right_a & ~right_b).sum()),
    }


def compute_mcnemar(right_a: Flags, right_b: Flags) -> float | None:
    """p of McNemar's exact test: of the images that one alone has right, could half belong to each?

    Two-sided and binomial (McNemar 1947); 1 where they never differ, None without images. It takes the images as
    independent, which those of one patient are not: where patients are known, `compute_flips` is the one to go by.
    """
    if not len(right_a):
        return None
    counts = count_right(right_a, right_b)
    alone = (counts["only_a_right"], counts["only_b_right"])
    return min(1.0, 2 * float(special.bdtr(min(alone), sum(alone), 0.5))) if sum(alone) else 1.0


def compute_flips(right_a: Flags, right_b: Flags, units: Ints, *, seed: int = 0) -> float:
    """The same by patient: the chance of so large a difference if each patient could as well have gone the other way.

    Sign flips of each patient's surplus (images that B alone has right less those that A alone has): all of them up to
    16 patients with one, else 20,000 drawn ones and the observed one, so that p is never below 1 / 20,001. Two-sided;
    1 where no patient has one. units : (N,), 0..U-1. Good 2005, "Permutation, Parametric and Bootstrap Tests".
    """
    surplus = np.bincount(units, weights=right_b.astype(np.float64) - right_a.astype(np.float64))
    surplus = surplus[surplus != 0]
    seen = abs(float(surplus.sum()))
    if len(surplus) <= FLIPS_EXACT:
        signs = 2 * (np.arange(2 ** len(surplus))[:, np.newaxis] >> np.arange(len(surplus)) & 1) - 1
        return float((np.abs(signs @ surplus) >= seen).mean())
    sizes, counts = np.unique(np.abs(surplus), return_counts=True)
    # Of m patients with one and the same surplus, how many keep their sign is binomial: no need to flip one by one.
    kept = np.random.default_rng(seed).binomial(counts, 0.5, size=(FLIPS, len(counts)))
    return float((1 + (np.abs((2 * kept - counts) @ sizes) >= seen).sum()) / (1 + FLIPS))


def say_headline(compared: dict[str, Any], name_a: str = "A", name_b: str = "B") -> str:
    """Which is better and by how many points of accuracy, or that this cannot be told, without a full stop."""
    if compared["verdict"] == "not comparable":
        return f"{name_a} and {name_b} cannot be compared"
    if compared["verdict"] == "tie":
        return f"{name_a} and {name_b} cannot be told apart"
    low, high = (100 * end for end in compared["interval"])
    better, points = name_b, 100 * compared["difference"]
    if compared["verdict"] == "a":
        better, points, low, high = name_a, -points, -high, -low
    return f"{better} is better by {points:.1f} points of accuracy ({low:.1f} to {high:.1f})"


def say_basis(compared: dict[str, Any], name_a: str = "A", name_b: str = "B") -> str:
    """What a tie would have needed, and how far apart the two are all the same; empty where one is better."""
    if compared["verdict"] != "tie":
        return ""
    low, high = (100 * end for end in compared["interval"])
    return (
        f"a difference of {100 * compared['needed_difference']:.1f} points would be needed. {name_b} less {name_a}: "
        f"{100 * compared['difference']:+.1f} points of accuracy ({low:+.1f} to {high:+.1f})."
    )


def say_verdict(compared: dict[str, Any], name_a: str = "A", name_b: str = "B") -> str:
    """The result in a sentence, with its n: which is better by how many points of accuracy, or what would be needed."""
    headline, sample = say_headline(compared, name_a, name_b), say_sample(compared)
    if compared["verdict"] == "not comparable":
        return f"{headline}: they have no test image in common."
    if compared["verdict"] == "tie":
        return f"{headline} with {sample}; {say_basis(compared, name_a, name_b)}"
    return f"{headline}, with {sample}."


def say_sample(compared: dict[str, Any]) -> str:
    """`these 624 images of 30 patients`, as far as patients are known."""
    images = f"these {compared['n']:,} images" if compared["n"] != 1 else "this one image"
    groups = compared["patients"]
    return f"{images} of {groups:,} patient{'s' if groups != 1 else ''}" if groups else images
