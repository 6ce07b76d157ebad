"""What an answer means where the positive class is rarer or commoner than in the test images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.evaluation import deciding, intervals, tasks, thresholds

Floats = NDArray[np.float64]
SHOWN = 1000
SMALLEST_CHANCE = 1e-12
TAIL = (1 - intervals.LEVEL) / 2


@dataclass(frozen=True)
class Rates:
    """Sensitivity and specificity of a sample, each with its draws, so that what follows from both has an interval.

    values : float64 (2,), NaN where undefined. draws : float64 (2, B), both of the same resample in a column.
    n : images. positives : how many of them are of the positive class.
    """

    values: Floats
    draws: Floats
    n: int
    positives: int


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


def draw_rates(task: tasks.Task, threshold: float | None, *, resamples: int = tasks.RESAMPLES, seed: int = 0) -> Rates:
    """Both rates of the positive class against the rest, and their draws from resampled patients (images, if unknown).

    threshold : for the model's own probability; None = the most probable class is answered.
    Where all draws are equal, as after no error at all, or patients are fewer than 10, the draws are spread to the
    interval that `intervals.compute_percentile` gives: 24 patients without a false alarm do not rule out one.
    """
    answers = deciding.decide(task.probabilities, task.positive, threshold)
    statistic = thresholds.build_statistic(task, answers == task.positive)
    values = statistic(np.ones((task.unit_count, 1)))[:, 0]
    draws = task.bootstrap(statistic, resamples=resamples, seed=seed)
    random = np.random.default_rng(seed)
    for row, side in enumerate((task.is_positive, ~task.is_positive)):
        edges = intervals.compute_percentile(
            float(values[row]), draws[row], units=task.count_units(side), images=int(side.sum())
        )
        draws[row] = _spread(float(values[row]), draws[row], edges, random)
    return Rates(values, draws, task.n, int(task.is_positive.sum()))


def compute_predictive_values(rates: Rates, prevalence: float) -> dict[str, dict[str, Any]]:
    """ "ppv" and "npv" as {"value", "low", "high", "n"} at this prevalence, None where undefined; n = test images.

    The interval is of the PPV and NPV of each draw, not of the ends of the rates' intervals: those never meet.
    """
    values = predictive_values(rates.values[0], rates.values[1], prevalence)
    draws = predictive_values(rates.draws[0], rates.draws[1], prevalence)
    return {
        name: _as_metric(float(value), row, rates.n)
        for name, value, row in zip(("ppv", "npv"), values, draws, strict=True)
    }


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


def say_values(metrics: dict[str, dict[str, Any]], positive: str) -> list[str]:
    """What a flag and what no flag means, as counts of 100 with their 95 % intervals."""
    flagged, left = metrics["ppv"], metrics["npv"]
    said = ["The model flags nothing at all." if flagged["value"] is None else ""]
    if flagged["value"] is not None:
        said = [f"Of 100 flagged images {_say_of_hundred(flagged)} are {positive}."]
    if left["value"] is None:
        return [*said, "The model flags everything."]
    return [*said, f"Of 100 images that it does not flag, {_say_of_hundred(left)} are not {positive}."]


def _say_of_hundred(metric: dict[str, Any]) -> str:
    value, low, high = (None if metric[key] is None else 100 * metric[key] for key in ("value", "low", "high"))
    said = _say_close(value or 0.0)
    return said if low is None or high is None else f"{said} ({_say_close(low)} to {_say_close(high)})"


def _say_close(per_cent: float) -> str:
    """A per cent as few digits as tell it from none and from all."""
    if per_cent in (0.0, 100.0) or 10 <= per_cent < 99:
        return f"{per_cent:.0f}"
    return f"{per_cent:.1f}" if 0.1 <= per_cent < 99.9 else ("< 0.1" if per_cent < 50 else f"{per_cent:.2f}")


def _say_count(count: int) -> str:
    return f"{count:,}" if count else "none"


def _share(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))


def _as_metric(value: float, draws: Floats, n: int) -> dict[str, Any]:
    defined = draws[~np.isnan(draws)]
    if np.isnan(value) or 2 * len(defined) < len(draws) or not len(defined):
        return {"value": None if np.isnan(value) else value, "low": None, "high": None, "n": n}
    low, high = np.quantile(defined, [TAIL, 1 - TAIL])
    return {"value": value, "low": min(float(low), value), "high": max(float(high), value), "n": n}


def _spread(value: float, draws: Floats, edges: intervals.Interval, random: np.random.Generator) -> Floats:
    """Draws whose 95 % lie at least between the edges: stretched about the value, or made anew where all are equal."""
    if edges.low is None or edges.high is None or not len(draws):
        return draws
    low, high = (float(end) for end in np.nanquantile(draws, [TAIL, 1 - TAIL]))
    if high - low < intervals.ROUNDING:
        return _make_draws(value, edges.low, edges.high, draws, random)
    below = max(1.0, (value - edges.low) / (value - low)) if low < value else 1.0
    above = max(1.0, (edges.high - value) / (high - value)) if high > value else 1.0
    return np.clip(value + (draws - value) * np.where(draws < value, below, above), 0.0, 1.0)


def _make_draws(value: float, low: float, high: float, draws: Floats, random: np.random.Generator) -> Floats:
    """Distances from the value that fall off exponentially on each side, as a rate's do that was never seen to vary."""
    chance = 1 - random.random(len(draws))  # in (0, 1]
    down = value > 0
    both = down and value < 1
    tail = 2 * TAIL if both else TAIL
    goes_down = chance <= 0.5 if both else np.full(len(draws), down)
    within = 2 * np.where(goes_down, chance, 1 - chance) if both else chance
    distance = np.log(np.maximum(within, SMALLEST_CHANCE)) / np.log(tail)
    drawn = np.where(goes_down, value - distance * (value - low), value + distance * (high - value))
    return np.asarray(np.clip(drawn, 0.0, 1.0))
