"""The operating point: a threshold for a stated aim. `choose` is for validation images, `apply` for any."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from core.statistics import aims, curves, decision_rule, estimate, intervals, metrics, referral, summary, tasks

Floats = NDArray[np.float64]
RATES = ("sensitivity", "specificity")
SAME_SCORE = 1e-6
STEP_BELOW = 0.05  # log odds under the lowest score, where no neighbour says how far to go


@dataclass(frozen=True)
class Choice:
    """A threshold for the model's own probability, and what it does on the validation images it was chosen by.

    rates : as `measure` gives them. warnings : what weakens the choice, in words.
    """

    threshold: float
    rates: dict[str, estimate.Estimate]
    warnings: list[str]


@dataclass(frozen=True)
class _Candidates:
    """Thresholds between neighbouring scores, from the highest down, and what each flags; float64 (C,)."""

    thresholds: Floats
    sensitivity: Floats
    specificity: Floats


def choose(task: tasks.Task, aim: aims.Aim) -> Choice:
    """The threshold that serves the aim best on validation images, midway in log odds between two scores.

    "sensitivity": of the thresholds that reach it, the one with the highest specificity; "specificity" likewise.
    "cost": the least prevalence x (1 - sensitivity) x miss cost + (1 - prevalence) x (1 - specificity).
    "youden": the largest sensitivity + specificity - 1 (Youden 1950). "own": the stated one, exactly.
    Between equals the one that finds more. task : validation images only; the positive class counts against the rest.
    Raises AimNotReachable, with the reason, where the images are too few to tell or no threshold does it.
    """
    if aim.threshold is not None:
        # On a score itself, rounding would decide about that image.
        on_score = bool(np.isclose(task.scores, aim.threshold, rtol=0, atol=SAME_SCORE).any())
        threshold = settle(task, aim.threshold) if on_score else aim.threshold
    else:
        aims.require_enough(task, aim)
        threshold = find_best(task, aim)
    rates = measure(task, threshold)
    return Choice(threshold, rates, [*aims.warn(task), *_warn_of_low_end(rates, aim)])


def settle(task: tasks.Task, threshold: float) -> float:
    """The middle, in log odds, of the gap between two scores that a threshold lies in: the same images are flagged.

    Above all scores it stays as it is; below all it stays clear of the lowest.
    """
    scores = np.unique(task.scores)
    place = int(np.searchsorted(scores, threshold, side="left"))  # scores[place] is the lowest that is flagged
    if place == 0 and len(scores):
        return min(threshold, float(special.expit(special.logit(max(scores[0], decision_rule.SMALLEST)) - STEP_BELOW)))
    if place == len(scores):
        return threshold
    middles = _find_middles(scores[place : place + 1], scores[place - 1 : place])
    return threshold if np.isnan(middles[0]) else float(middles[0])


def measure(task: tasks.Task, threshold: float) -> dict[str, estimate.Estimate]:
    """Sensitivity and specificity of "probability >= threshold", the positive class against the rest.

    Intervals over patients where they are known, else Wilson's.
    """
    return measure_flags(task, task.scores >= threshold)


def measure_flags(task: tasks.Task, flagged: NDArray[np.bool_]) -> dict[str, estimate.Estimate]:
    """The same of any flags, bool (N,): the images that the positive class is answered for."""
    shares = {"sensitivity": (flagged, task.is_positive), "specificity": (~flagged, ~task.is_positive)}
    return referral.measure_shares(task, shares)


def build_statistic(task: tasks.Task, flagged: NDArray[np.bool_]) -> intervals.Statistic:
    """From weights of units (U, B) to sensitivity and specificity (2, B), NaN where undefined.

    flagged : bool (N,), which images the positive class is answered for.
    """
    # One confusion matrix a unit: rows positive and other in truth, columns flagged and not.
    cells = task.units * 4 + 2 * (~task.is_positive) + ~flagged
    counts = np.bincount(cells, minlength=4 * task.unit_count).reshape(-1, 4).astype(np.float64)

    def compute_rates(weights: Floats) -> Floats:
        confusions = (weights.T @ counts).reshape(-1, 2, 2)
        return np.stack([metrics.sensitivity(confusions, 0), metrics.specificity(confusions, 0)])

    return compute_rates


def apply(
    predictions: pd.DataFrame, class_names: tuple[str, ...], positive_class: str, threshold: float
) -> dict[str, Any]:
    """The result on these images with the threshold: `summary.summarise`, and the rates of the positive class.

    predictions : of one split. "against_rest" holds `measure`; of two classes it is what the summary says too.
    """
    task = tasks.build_task(predictions, class_names, positive_class)
    answers = decision_rule.decide(task.probabilities, task.positive, threshold)
    result = summary.summarise(predictions, class_names, positive_class, answers=answers)
    return {**result, "against_rest": measure(task, threshold)}


def say_rates(rates: dict[str, estimate.Estimate], positive: str, others: str) -> str:
    """`finds 96 of 100 Parasitized images (93 to 98, n = 1,480) and flags 4 of 100 Uninfected ones (...) by mistake`.

    rates : of `measure`. positive, others : as they are to be shown.
    """
    found, flagged = rates["sensitivity"], rates["specificity"].reverse()
    finds = f"there is no image of {positive} to find"
    if found.value is not None:
        finds = f"it finds {_round(found.value)} of 100 {positive} images {_say_ends(found)}"
    if flagged.value is None:
        return f"{finds}; there is none of {others} to flag by mistake"
    return f"{finds} and flags {_round(flagged.value)} of 100 {others} by mistake {_say_ends(flagged)}"


def _say_ends(rate: estimate.Estimate) -> str:
    """The interval and n of a rate."""
    level = "" if rate.level == estimate.SURE else f", {rate.level}"
    interval = f"{' to '.join(map(_round, rate.ends))}{level}, " if rate.ends else ""
    return f"({interval}n = {rate.n:,})"


def _round(share: float) -> str:
    """Of 100: whole numbers in the middle, one decimal near none and all."""
    per_cent = 100 * share
    return f"{per_cent:.0f}" if 1 <= per_cent <= 99 or per_cent in (0.0, 100.0) else f"{per_cent:.1f}"


def find_best(task: tasks.Task, aim: aims.Aim, weights: Floats | None = None) -> float:
    """The best candidate for an aim that is not a threshold itself, however few the images are: see `choose`.

    weights : for how many images each stands, (N,), > 0; None = itself. Raises AimNotReachable where none does it.
    """
    found = _list_candidates(task, weights)
    if not len(found.thresholds):
        raise aims.refuse_all(task, aim, "the same probability for all of them")
    if aim.kind in ("sensitivity", "specificity"):
        return _find_reaching(task, aim, found)
    weight = 1.0  # Youden: misses of all positives and alarms at all others count alike
    if aim.kind == "cost" and aim.miss_cost is not None:
        here = float(np.average(task.is_positive, weights=weights))
        prevalence = here if aim.prevalence is None else aim.prevalence
        weight = aim.miss_cost * prevalence / (1 - prevalence)
    costs = weight * (1 - found.sensitivity) + (1 - found.specificity)
    best = _pick(-costs, found.sensitivity)
    if costs[best] >= min(weight, 1.0) - curves.SLACK:
        simple = "flagging every image" if weight >= 1 else "flagging none"
        raise aims.refuse_all(task, aim, f"none that does better than {simple}")
    return float(found.thresholds[best])


def _find_reaching(task: tasks.Task, aim: aims.Aim, found: _Candidates) -> float:
    least = aim.least or 0.0
    wanted, other = found.sensitivity, found.specificity
    if aim.kind == "specificity":
        wanted, other = other, wanted
    reaching = wanted >= least - curves.SLACK
    if not reaching.any():
        simple = "every image" if aim.kind == "sensitivity" else "no image"
        raise aims.refuse_all(
            task, aim, f"none short of flagging {simple}; the others reach {100 * wanted.max():.1f} %"
        )
    return float(found.thresholds[_pick(np.where(reaching, other, -1.0), wanted)])


def _pick(first: Floats, second: Floats) -> int:
    """The index of the largest `first`, between equals (up to floating point) of the largest `second`."""
    equals = first >= first.max() - curves.SLACK
    return int(np.argmax(np.where(equals, second, -np.inf)))


def _list_candidates(task: tasks.Task, weights: Floats | None) -> _Candidates:
    points = curves.find_points(task, weights)
    middles = _find_middles(points.thresholds[:-1], points.thresholds[1:])
    usable = np.flatnonzero(~np.isnan(middles))
    return _Candidates(middles[usable], points.sensitivity[usable], 1 - points.false_alarms[usable])


def _find_middles(upper: Floats, lower: Floats) -> Floats:
    """Thresholds strictly between neighbouring scores, midway in log odds; NaN where no number lies between."""
    ends = [
        np.clip(special.logit(np.clip(side, decision_rule.SMALLEST, 1.0)), None, curves.FARTHEST)
        for side in (upper, lower)
    ]
    middles = special.expit((ends[0] + ends[1]) / 2)
    middles = np.where((middles > lower) & (middles < upper), middles, (upper + lower) / 2)
    return np.where((middles > lower) & (middles < upper), middles, np.nan)


def _warn_of_low_end(rates: dict[str, estimate.Estimate], aim: aims.Aim) -> list[str]:
    """Where the aim is reached on these images, though its interval reaches below it."""
    if aim.least is None:
        return []
    rate = rates[aim.kind]
    if rate.value is None or rate.low is None or rate.low >= aim.least:
        return []
    return [
        f"These images reach a {aim.kind} of {100 * rate.value:.1f} %, but the 95 % interval begins at "
        f"{100 * rate.low:.1f} %: elsewhere the aim of {aims.say_share(aim.least)} may be missed."
    ]
