"""What would be right here: the threshold and the temperature that a site's own readings ask for. Offered, never set.

Whether the model's probabilities need a change at all is a closed test (Vergouwe et al. 2017, Statistics in Medicine
36:4529-4539): none, an intercept, or an intercept and a slope of the log odds, the simplest that the readings do not
speak against. Its weighted likelihood ratios are divided by what weights and patients make of them (Rao and Scott 1984,
Annals of Statistics 12:46-60; Lumley and Scott 2014, Australian and New Zealand Journal of Statistics 56:1-14).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from core.base import errors
from core.statistics import aims, curves, decision_rule, operating_point, tasks, temperature

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Kind = Literal["none", "intercept", "slope"]

LEAST = 50  # images of the positive class, and of the others, below which nothing is offered
CHANCE = 0.05  # how often the closed test asks for a change where none is needed


@dataclass(frozen=True)
class Home:
    """What a model has from its validation images; None = no threshold was kept, the probabilities are its own."""

    threshold: float | None = None
    temperature: float | None = None
    aim: aims.Aim | None = None


@dataclass(frozen=True)
class Update:
    """How the log odds of the positive class would have to change here: intercept + slope x log odds.

    kind : what the closed test asks for; "none" has 0 and 1, "intercept" a slope of 1. p_any : of any change against
    none. p_slope : of intercept and slope against the intercept alone.
    """

    kind: Kind
    intercept: float
    slope: float
    p_any: float
    p_slope: float


@dataclass(frozen=True)
class Offer:
    """One setting. home : as the model has it. here : what is offered, None where nothing is. low, high : its 95 %
    interval, where there is one. said : why, in a sentence."""

    home: float | None
    here: float | None
    said: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Recalibration:
    """positives, others : images that were read. missing : how many more of the positive class, and of the others, it
    takes before anything is offered. update : None where these are missing, or nothing can be fitted."""

    threshold: Offer
    temperature: Offer
    update: Update | None
    positives: int
    others: int
    missing: tuple[int, int]


def propose(task: tasks.Task, weights: Floats, home: Home) -> Recalibration:
    """What a site's readings ask for; measure it on other patients of the site than these before it is believed.

    task : what people read as labels, the model's own probabilities; not the images by which the site is judged.
    weights : for how many images each stands, (N,), > 0.
    """
    positives = int(task.is_positive.sum())
    counts = (positives, task.n - positives)
    missing = (max(0, LEAST - counts[0]), max(0, LEAST - counts[1]))
    if any(missing):
        said = _say_missing(task, missing)
        threshold, heat, update = Offer(home.threshold, None, said), Offer(home.temperature, None, said), None
    else:
        update = find_update(task, weights, home.temperature or 1.0)
        threshold, heat = _offer_threshold(task, weights, home), _offer_temperature(task, weights, home, update)
    return Recalibration(threshold, heat, update, *counts, missing)


def find_update(task: tasks.Task, weights: Floats, kept_temperature: float = 1.0) -> Update | None:
    """The closed test on the probabilities of the positive class as they are shown, after the temperature that is kept.

    The chance of a false alarm is 5 % over both steps. Patients count as units where they are known; of fewer than ten
    it is rough. None where no slope is best (a threshold tells all readings apart), or of three patients or fewer.
    """
    shown = decision_rule.apply_temperature(task.probabilities, kept_temperature)[:, task.positive]
    odds = np.clip(special.logit(np.clip(shown, decision_rule.SMALLEST, 1.0)), -curves.FARTHEST, curves.FARTHEST)
    heavy = weights / weights.mean()
    ends = [(odds[side].min(), odds[side].max()) for side in (task.is_positive, ~task.is_positive)]
    if task.unit_count <= 3 or ends[0][0] >= ends[1][1] or ends[1][0] >= ends[0][1]:
        return None
    full = _fit(odds, task.is_positive, heavy, slope=None)
    shifted = _fit(odds, task.is_positive, heavy, slope=1.0)
    inflation, of_slope = _find_inflation(task, odds, heavy, full)
    least, moved, none = (_lose(one, odds, task.is_positive, heavy) for one in (full, shifted, (0.0, 1.0)))
    p_any = _find_p(2 * (none - least) / inflation, 2, task.unit_count)
    p_slope = _find_p(2 * (moved - least) / of_slope, 1, task.unit_count)
    if p_any >= CHANCE:
        return Update("none", 0.0, 1.0, p_any, p_slope)
    if p_slope >= CHANCE:
        return Update("intercept", *shifted, p_any, p_slope)
    return Update("slope", *full, p_any, p_slope)


def _lose(line: tuple[float, float], odds: Floats, positive: Bools, heavy: Floats) -> float:
    """Weighted log loss, summed."""
    moved = line[0] + line[1] * odds
    return float(heavy @ (np.logaddexp(0, moved) - positive * moved))


def _fit(odds: Floats, positive: Bools, heavy: Floats, *, slope: float | None) -> tuple[float, float]:
    """Intercept and slope with the least weighted log loss; with a slope that is given, the intercept alone."""
    columns = np.ones((len(odds), 1)) if slope is not None else np.column_stack([np.ones(len(odds)), odds])
    given = odds * slope if slope is not None else np.zeros(len(odds))

    def lose(line: Floats) -> tuple[float, Floats]:
        moved = given + columns @ line
        loss = heavy @ (np.logaddexp(0, moved) - positive * moved)
        return float(loss), np.asarray(columns.T @ (heavy * (special.expit(moved) - positive)))

    start = np.array([0.0, 1.0][: columns.shape[1]])
    found = optimize.minimize(lose, start, jac=True, method="BFGS").x
    return float(found[0]), slope if slope is not None else float(found[1])


def _find_inflation(task: tasks.Task, odds: Floats, heavy: Floats, line: tuple[float, float]) -> tuple[float, float]:
    """By what weights and patients make the likelihood ratios too large: of both numbers (the mean), and of the slope.

    The variance of the estimates over units (a sandwich) against what independent, equal images would have.
    """
    chance = special.expit(line[0] + line[1] * odds)
    columns = np.column_stack([np.ones(task.n), odds])
    information = columns.T @ (columns * (heavy * chance * (1 - chance))[:, None])
    slopes = columns * (heavy * (task.is_positive - chance))[:, None]
    sums = np.stack([np.bincount(task.units, column, task.unit_count) for column in slopes.T], axis=1)
    inverse = np.linalg.inv(information)
    variance = inverse @ (sums.T @ sums) @ inverse * task.unit_count / (task.unit_count - 1)
    both = float(np.trace(information @ variance)) / 2
    return both, float(variance[1, 1] / inverse[1, 1])


def _find_p(ratio: float, numbers: int, units: int) -> float:
    """Of a likelihood ratio of so many numbers, by F with the freedom that units leave."""
    return float(special.fdtrc(numbers, units - 2, max(0.0, ratio) / numbers))


def _say_missing(task: tasks.Task, missing: tuple[int, int]) -> str:
    name = task.class_names[task.positive]
    sides = (f"{missing[0]} of {name}", f"{missing[1]} of the others")
    lacking = " and ".join(side for side, count in zip(sides, missing, strict=True) if count)
    return f"It takes at least {LEAST} images of {name} and {LEAST} of the others: {lacking} are missing."


def _offer_threshold(task: tasks.Task, weights: Floats, home: Home) -> Offer:
    """The threshold that meets the model's aim here."""
    aim = home.aim
    if aim is None or aim.kind == "own":
        return Offer(home.threshold, None, "The model has no stated aim that a threshold could meet here.")
    least = {"sensitivity": int(task.is_positive.sum()), "specificity": int((~task.is_positive).sum())}.get(aim.kind)
    if least is not None and aim.least is not None and least < aims.count_needed(aim.least):
        needed = aims.count_needed(aim.least)
        side = task.class_names[task.positive] if aim.kind == "sensitivity" else "the other classes"
        said = f"A {aims.say_aim(aim)} takes at least {needed} images of {side}: {needed - least} are missing."
        return Offer(home.threshold, None, said)
    try:
        here = operating_point.find_best(task, aim, weights)
    except errors.AimNotReachable:
        return Offer(
            home.threshold,
            None,
            f"No threshold does what the aim asks ({aims.say_aim(aim)}) on these {task.n:,} images.",
        )
    kept = "the most probable class is answered" if home.threshold is None else f"it is {_say(home.threshold)}"
    said = (
        f"A threshold of {_say(here)} meets the aim ({aims.say_aim(aim)}) on these {task.n:,} images; at home {kept}. "
        "These images chose it, so that others must measure it."
    )
    return Offer(home.threshold, here, said)


def _offer_temperature(task: tasks.Task, weights: Floats, home: Home, update: Update | None) -> Offer:
    """The temperature that makes the model as sure as it deserves to be here, where the closed test asks for one."""
    if update is None:
        return Offer(home.temperature, None, "No error, or too few patients: nothing says how sure it should be.")
    if update.kind == "none":
        said = f"The probabilities agree with what was read in these {task.n:,} images ({_say_p(update.p_any)})."
        return Offer(home.temperature, None, said)
    if update.kind == "intercept":
        factor = math.exp(-update.intercept)
        way = f"{factor:.1f} times too high" if factor > 1 else f"{1 / factor:.1f} times too low"
        name = task.class_names[task.positive]
        said = f"The odds of {name} are {way} here; no temperature mends that ({_say_p(update.p_any)})."
        return Offer(home.temperature, None, said)
    fit = temperature.fit_weighted(task, weights)
    if fit is None:
        return Offer(home.temperature, None, "No temperature between 0.05 and 20 has the least log loss here.")
    ends = "" if fit.low is None or fit.high is None else f" ({fit.low:.2f} to {fit.high:.2f})"
    said = (
        f"A temperature of {fit.temperature:.2f}{ends} has the least log loss on these {fit.n:,} images; at home it is "
        f"{home.temperature or 1.0:.2f} ({_say_p(update.p_slope)})."
    )
    return Offer(home.temperature, fit.temperature, said, fit.low, fit.high)


def _say(threshold: float) -> str:
    return f"{threshold:.3g}"


def _say_p(p: float) -> str:
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
