"""The share of positives among answered images, corrected for false alarms and misses, and what cannot be told.

Rogan and Gladen 1978 (Am J Epidemiol 107:71-76): share = (flagged share + specificity - 1) / (sensitivity +
specificity - 1). Its interval here carries that both rates were measured on some patients, and that a new smear has
rates of its own (`unit_rates`). How often it holds the truth was simulated: docs/decisions/0032.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from core.statistics import estimate, intervals, unit_rates, wilson

Floats = NDArray[np.float64]

PAIRS = 1024  # pairs of rates that a new unit may have
CLOSE = 2e-6  # shares are found to this
TAIL = (1 - intervals.LEVEL) / 2
POWER = 0.95
SURELY = 0.975  # of new units in which a flag must speak for the class rather than against it

USELESS = "The model does not tell the classes apart well enough to correct for its errors."
NOTHING = "No cell was answered."


@dataclass(frozen=True, eq=False)
class Rates:
    """How often a model misses positives and flags others by mistake, in a unit that it has not met.

    missed, alarms : of the answered test images.
    """

    missed: unit_rates.UnitRate
    alarms: unit_rates.UnitRate

    @property
    def sensitivity(self) -> float:
        """That is expected of a new unit."""
        return 1 - self.missed.mean

    @property
    def specificity(self) -> float:
        """That is expected of a new unit."""
        return 1 - self.alarms.mean

    @functools.cached_property
    def pairs(self) -> tuple[Floats, Floats]:
        """(sensitivity, share of false alarms) of PAIRS new units, evenly spread, (PAIRS,) each; always the same."""
        first, second = _spread_evenly()
        return 1 - self.missed.find_quantiles(first), self.alarms.find_quantiles(second)

    @functools.cached_property
    def fault(self) -> str:
        """Why nothing can be corrected with them; empty where it can."""
        found, alarms = self.pairs
        return "" if float((found > alarms).mean()) >= SURELY else USELESS

    def reach(self, flagged: int, answered: int, share: float, *, half: bool = True) -> float:
        """The chance that so many or more of `answered` images are flagged where `share` of them are positive.

        half : of exactly so many half the chance is counted (mid-P; Lancaster 1961).
        """
        found, alarms = self.pairs
        each = np.clip(share * found + (1 - share) * alarms, 0.0, 1.0)
        beyond = _reach(flagged, answered, each)
        if half:
            beyond = (beyond + _reach(flagged + 1, answered, each)) / 2
        return float(beyond.mean())


@dataclass(frozen=True)
class Corrected:
    """What a number of flagged images of one unit says of it.

    apparent : flagged of the answered, Wilson's interval. share : of positives among the answered, corrected; None
    where `fault` says why. limit : the detection limit for so many images, a share; None where not even a unit of
    positives alone would be told. least_flagged : so many flagged images are more than false alarms explain; None
    where no number is. told : whether that many are flagged, which is where the interval of `share` leaves out 0.
    """

    apparent: estimate.Estimate
    share: estimate.Estimate | None
    limit: float | None
    least_flagged: int | None
    told: bool
    fault: str = ""


def correct(flagged: int, answered: int, rates: Rates) -> Corrected:
    """From 0 <= flagged <= answered images of one unit. The corrected share is cut to [0, 1]."""
    if not 0 <= flagged <= answered:
        raise ValueError(f"expected 0 to {answered} flagged images, found {flagged}")
    apparent = wilson.compute_wilson(flagged, answered)
    fault = rates.fault or ("" if answered else NOTHING)
    if fault:
        return Corrected(apparent, None, None, None, told=False, fault=fault)
    share = find_interval(flagged, answered, rates)
    least = find_least_flagged(answered, rates)
    told = least is not None and flagged >= least
    return Corrected(apparent, share, find_limit(answered, rates), least, told)


def find_interval(flagged: int, answered: int, rates: Rates) -> estimate.Estimate:
    """The corrected share with its 95 % interval, answered >= 1.

    Each end is the share at which so many flagged images, or so few, would be seen in one of 40 units (a test turned
    round). Fewer flagged than usual false alarms cannot say that there is less than nothing: there the upper end is
    that of as many as usual (power-constrained limits: Cowan et al. 2011, arXiv:1105.3166), and likewise the lower one
    where more are flagged than in a unit of positives alone.
    """
    value = find_share(flagged / answered, rates.sensitivity, rates.specificity)
    usual_alarms, usual_found = (round(answered * chance) for chance in (1 - rates.specificity, rates.sensitivity))
    if flagged > usual_found:  # but as many as say that there is something
        usual_found = max(usual_found, find_least_flagged(answered, rates) or 0)
    low = _solve(lambda share: rates.reach(min(flagged, usual_found), answered, share), TAIL)
    high = _solve(lambda share: rates.reach(max(flagged, usual_alarms), answered, share), 1 - TAIL)
    return estimate.Estimate(value, min(low, value), max(high, value), answered)


def find_share(flagged: float, sensitivity: float, specificity: float) -> float:
    """Rogan and Gladen's share, cut to [0, 1]. flagged : the apparent share. Raises ValueError where the rates sum to
    1 or less: then a flag says nothing, or the opposite."""
    gain = sensitivity + specificity - 1
    if gain <= 0:
        raise ValueError(f"expected rates that sum to more than 1, found {sensitivity} and {specificity}")
    return min(1.0, max(0.0, (flagged + specificity - 1) / gain))


def find_least_flagged(answered: int, rates: Rates) -> int | None:
    """How many flagged images are more than false alarms explain in 39 of 40 units; None where no number is."""
    low, high = 0, answered + 1  # at `low` they explain it, at `high` (more than there are) they do not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if rates.reach(middle, answered, 0.0) < TAIL else (middle, high)
    return high if high <= answered else None


def find_limit(answered: int, rates: Rates) -> float | None:
    """The detection limit (Currie 1968, Anal Chem 40:586-593): the least share of positives that is told from none in
    95 of 100 units with so many answered images; None where there is none."""
    least = find_least_flagged(answered, rates)
    if least is None or rates.reach(least, answered, 1.0, half=False) < POWER:
        return None
    return _solve(lambda share: rates.reach(least, answered, share, half=False), POWER)


def _solve(rising: Callable[[float], float], wanted: float) -> float:
    """Where a rising function of a share reaches what is wanted; 0 or 1 where it does so before or never."""
    if rising(0.0) >= wanted:
        return 0.0
    if rising(1.0) <= wanted:
        return 1.0
    return float(optimize.brentq(lambda share: rising(share) - wanted, 0.0, 1.0, xtol=CLOSE))


def _reach(flagged: int, answered: int, each: Floats) -> Floats:
    """The chance of so many or more of `answered` flags, each of which comes with this chance."""
    if flagged <= 0:
        return np.ones_like(each)
    if flagged > answered:
        return np.zeros_like(each)
    return np.asarray(special.betainc(flagged, answered - flagged + 1, each))


@functools.cache
def _spread_evenly() -> tuple[Floats, Floats]:
    """PAIRS points of the unit square, evenly spread without a seed (Roberts 2018, the R2 sequence)."""
    plastic = math.cbrt((9 + math.sqrt(69)) / 18) + math.cbrt((9 - math.sqrt(69)) / 18)
    places = np.arange(1, PAIRS + 1)
    return (0.5 + places / plastic) % 1, (0.5 + places / plastic**2) % 1
