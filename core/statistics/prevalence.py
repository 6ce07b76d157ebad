"""What an answer means where the positive class is rarer or commoner than in the test images."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.statistics import decision_rule, estimate, operating_point, tasks

Floats = NDArray[np.float64]
SHOWN = 1000


@dataclass(frozen=True)
class Rates:
    """Sensitivity and specificity of a sample, each with its interval, so that what follows from both has one.

    together : how the two vary together over patients (images), -1 to 1. n : images. positives : how many of them are
    of the positive class.
    """

    sensitivity: estimate.Estimate
    specificity: estimate.Estimate
    together: float
    n: int
    positives: int

    @property
    def values(self) -> tuple[float, float]:
        """Both rates, NaN where undefined."""
        both = (self.sensitivity.value, self.specificity.value)
        return (math.nan if both[0] is None else both[0], math.nan if both[1] is None else both[1])


@dataclass(frozen=True)
class Frequencies:
    """Natural frequencies (Gigerenzer and Hoffrage 1995): whole numbers that add up to `SHOWN`."""

    found: int
    missed: int
    alarms: int
    spared: int


def predictive_values(sensitivity: ArrayLike, specificity: ArrayLike, prevalence: float) -> tuple[Floats, Floats]:
    """PPV and NPV by Bayes' rule: of the flagged the share that is positive, of the others the share that is not.

    sensitivity, specificity : in [0, 1], any one shape. prevalence : in [0, 1]. NaN where nothing is flagged, or all.
    """
    found, missed = prevalence * np.asarray(sensitivity), prevalence * (1 - np.asarray(sensitivity))
    spared, alarms = (1 - prevalence) * np.asarray(specificity), (1 - prevalence) * (1 - np.asarray(specificity))
    return _share(found, found + alarms), _share(spared, spared + missed)


def measure_rates(task: tasks.Task, threshold: float | None) -> Rates:
    """Both rates of the positive class against the rest, with intervals over patients (images, if unknown).

    threshold : for the model's own probability; None = the most probable class is answered.
    """
    flagged = decision_rule.decide(task.probabilities, task.positive, threshold) == task.positive
    found = operating_point.measure_flags(task, flagged)
    figures = task.jackknife(operating_point.build_statistic(task, flagged))
    together = figures[0].correlate(figures[1])
    return Rates(**found, together=together, n=task.n, positives=int(task.is_positive.sum()))


def compute_predictive_values(rates: Rates, prevalence: float) -> dict[str, estimate.Estimate]:
    """ "ppv" and "npv" at this prevalence; n = test images.

    Each end is as far from the value as the ends of the two rates take it, one at a time, put together by their squares
    and the correlation of the rates (variance estimates recovery: Zou and Donner 2008; Newcombe 2011, Communications in
    Statistics 40:1743-1767). So a rate of 1, which may be lower elsewhere, is not taken for certain.
    """
    values = predictive_values(*rates.values, prevalence)
    lows, highs = (_recover(rates, prevalence, end) for end in ("low", "high"))
    return {
        name: _bound(float(value), low, high, rates.n)
        for name, value, low, high in zip(("ppv", "npv"), values, lows, highs, strict=True)
    }


def _recover(rates: Rates, prevalence: float, end: Literal["low", "high"]) -> list[float]:
    """How far PPV and NPV, which rise with both rates, are from their values at one end; NaN: not known."""
    ends = [getattr(rate, end) for rate in (rates.sensitivity, rates.specificity)]
    if None in ends:
        return [math.nan, math.nan]
    sensitivity, specificity = rates.values
    here = np.array(predictive_values(sensitivity, specificity, prevalence))
    one = np.array(predictive_values(ends[0], specificity, prevalence)) - here
    other = np.array(predictive_values(sensitivity, ends[1], prevalence)) - here
    one, other = np.nan_to_num(one), np.nan_to_num(other)  # where an end leaves nothing to divide by, it tells nothing
    squares = one**2 + other**2 + 2 * rates.together * one * other
    return [math.sqrt(max(0.0, float(square))) for square in squares]


def _bound(value: float, down: float, up: float, n: int) -> estimate.Estimate:
    if math.isnan(value) or math.isnan(down) or math.isnan(up):
        return estimate.Estimate(None if math.isnan(value) else value, None, None, n)
    return estimate.Estimate(value, max(0.0, value - down), min(1.0, value + up), n)


def count_frequencies(sensitivity: float, specificity: float, prevalence: float) -> Frequencies:
    """Of 1,000 images: whole numbers nearest to what is expected, first by truth, then by answer; they add up."""
    positives = round(SHOWN * prevalence)
    found, spared = round(positives * sensitivity), round((SHOWN - positives) * specificity)
    return Frequencies(found, positives - found, SHOWN - positives - spared, spared)


def say_frequencies(counts: Frequencies, prevalence: float, positive: str, others: str) -> str:
    """`Of 1,000 images like these, 50 are Parasitized; the model finds 47 and misses 3; it also flags 41 others.`

    positive, others : class names as they are to be shown; with more than two classes, `of the other classes`.
    """
    positives = counts.found + counts.missed
    some = f"{_say_count(positives)} {'is' if positives == 1 else 'are'} {positive}"
    if not positives and prevalence > 0:
        some = f"fewer than 1 is {positive} ({10 * SHOWN * prevalence:.2g} of {10 * SHOWN:,})"
    found = f"the model finds {_say_count(counts.found)} and misses {_say_count(counts.missed)}"
    if positives == 1:
        found = f"the model {'finds' if counts.found else 'misses'} it"
    middle = f"; {found}" if positives else ""
    flagged = f"it also flags {counts.alarms or 'no'} {others}"
    return f"Of {SHOWN:,} images like these, {some}{middle}; {flagged}."


def say_values(found: dict[str, estimate.Estimate], positive: str) -> list[str]:
    """What a flag and what no flag means, as counts of 100 with their 95 % intervals."""
    flagged, left = found["ppv"], found["npv"]
    said = ["The model flags nothing at all."]
    if flagged.value is not None:
        said = [f"Of 100 flagged images {_say_of_hundred(flagged)} are {positive}."]
    if left.value is None:
        return [*said, "The model flags everything."]
    return [*said, f"Of 100 images that it does not flag, {_say_of_hundred(left)} are not {positive}."]


def say_answer(rates: Rates, *, flagged: bool, positive: str, prevalence: float = 0.5) -> str:
    """`Of 100 such answers about 97 (95 to 98) are right where half of the images are Parasitized.`; empty where that
    is not known. flagged : whether the positive class, `positive` as it is to be shown, is answered."""
    found = compute_predictive_values(rates, prevalence)["ppv" if flagged else "npv"]
    if found.value is None:
        return ""
    share = "half" if prevalence == 0.5 else f"{100 * prevalence:g} %"
    return f"Of 100 such answers about {_say_of_hundred(found)} are right where {share} of the images are {positive}."


def _say_of_hundred(found: estimate.Estimate) -> str:
    said = _say_close(100 * (found.value or 0.0))
    return f"{said} ({' to '.join(_say_close(100 * end) for end in found.ends)})" if found.ends else said


def _say_close(per_cent: float) -> str:
    """A per cent as few digits as tell it from none and from all."""
    if per_cent in (0.0, 100.0) or 10 <= per_cent < 99:
        return f"{per_cent:.0f}"
    return f"{per_cent:.1f}" if 0.1 <= per_cent < 99.9 else ("< 0.1" if per_cent < 50 else f"{per_cent:.2f}")


def _say_count(count: int) -> str:
    return f"{count:,}" if count else "none"


def _share(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))
