"""How a model does where it is used, from images drawn half from what it calls positive and half from the rest.

Drawn evenly, a rare class would hardly be seen. Drawn in halves, each half says how often such an answer is right: the
PPV among what is flagged, the NPV among the rest; and how much is flagged is known for all images. Bayes' rule turns
these three into sensitivity and specificity (Begg and Greenes 1983, Biometrics 39:207-215). Unweighted, the same images
would flatter the sensitivity: the missed lie in the half that was thinned.

Each half's share has the posterior of Jeffreys' prior (Brown, Cai and DasGupta 2001, Statistical Science 16:101-133),
with as many images as are as certain as its patients are (Korn and Graubard 1998, Survey Methodology 24:193-201). So a
half in which nobody happened to be missed is not taken for certain, which a formula of variances would do. How often
these intervals hold the truth is simulated by `tests.benchmarks.bench_site`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.statistics import estimate, intervals, unit_shares, wilson

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
GRID = (np.arange(200) + 0.5) / 200  # the quantiles of a share that stand for all of it
COARSE, FEW = (np.arange(100) + 0.5) / 100, (np.arange(15) + 0.5) / 15  # the same where there are three of them
TAIL = (1 - intervals.LEVEL) / 2


@dataclass(frozen=True)
class Half:
    """What was read of one half: `right` of `n` images, of `units` patients, as certain as `certain` images are."""

    right: int
    n: int
    units: int
    certain: float

    @property
    def share(self) -> float:
        """The share that was right among those read; n > 0."""
        return self.right / self.n

    def find_quantiles(self, grid: Floats) -> Floats:
        """Quantiles of the share that is right in all of this half; n > 0. grid : in (0, 1), any shape."""
        right, wrong = self.certain * self.share, self.certain * (1 - self.share)
        return np.asarray(special.betaincinv(right + 0.5, wrong + 0.5, grid))


@dataclass(frozen=True)
class Rates:
    """How a model does where the images were drawn, each with a 95 % interval.

    ppv, npv : of its answers; n counts the images of that half. The others need both halves, and n counts both.
    prevalence : of the positive class among the images there; among other patients it may lie farther off than its
    interval says. flagged : the share of all images there that the model calls positive.
    """

    sensitivity: estimate.Estimate
    specificity: estimate.Estimate
    accuracy: estimate.Estimate
    ppv: estimate.Estimate
    npv: estimate.Estimate
    prevalence: estimate.Estimate
    flagged: float


def count_half(right: Bools, units: Ints) -> Half:
    """right : (N,) whether the model's answer is what people say, N >= 0. units : (N,) patients as any numbers."""
    n, count = len(right), len(np.unique(units))
    if not n:
        return Half(0, 0, 0, 0.0)
    figure = unit_shares.leave_out(right.astype(np.float64), units)
    certain = intervals.count_independent(figure, units=count, images=n) if count < n else float(n)
    return Half(int(right.sum()), n, count, certain)


def measure(flagged: Half, rest: Half, flagged_share: float, *, images: int | None = None) -> Rates:
    """From both halves, and the share of all images that the model flags.

    images : of how many images that share is; None = of so many that it is known. How patients differ is in the halves
    already: where more of a patient's images are positive, more are flagged, and more of these rightly.

    They are of the patients that come there, of whom these are some: of the very images drawn from, the intervals hold
    the truth more often than they say. Patients of both halves are taken for different ones. Raises ValueError for a
    flagged share outside [0, 1].
    """
    if not 0 <= flagged_share <= 1:
        raise ValueError(f"expected a flagged share from 0 to 1, found {flagged_share}")
    derived = dict.fromkeys(("sensitivity", "specificity", "accuracy", "prevalence"), estimate.NOT_MEASURED)
    if flagged.n and rest.n:
        here = _derive(np.array(flagged.share), np.array(rest.share), flagged_share)
        maybe = _derive(*_spread(flagged, rest, flagged_share, images))
        derived = {name: _bound(float(here[name]), maybe[name], flagged.n + rest.n) for name in derived}
    return Rates(**derived, ppv=_bound_half(flagged), npv=_bound_half(rest), flagged=flagged_share)


def _spread(flagged: Half, rest: Half, share: float, images: int | None) -> tuple[Floats, Floats, Floats | float]:
    """What PPV, NPV and the flagged share may be, along an axis each."""
    grid = GRID if images is None else COARSE
    ppv, npv = flagged.find_quantiles(grid)[:, None], rest.find_quantiles(grid)
    if images is None:
        return ppv, npv, share
    among_all = Half(round(share * images), images, images, float(images))
    return ppv, npv, among_all.find_quantiles(FEW)[:, None, None]


def _derive(ppv: Floats, npv: Floats, flagged: Floats | float) -> dict[str, Floats]:
    """Sensitivity, specificity, accuracy and prevalence by Bayes' rule; NaN where nothing is to divide by."""
    found, alarms = flagged * ppv, flagged * (1 - ppv)
    spared, missed = (1 - flagged) * npv, (1 - flagged) * (1 - npv)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "sensitivity": np.asarray(found / (found + missed)),
            "specificity": np.asarray(spared / (spared + alarms)),
            "accuracy": np.asarray(found + spared),
            "prevalence": np.asarray(found + missed),
        }


def _bound(value: float, maybe: Floats, n: int) -> estimate.Estimate:
    """A value with the middle 95 % of what it may be."""
    if math.isnan(value):
        return estimate.NOT_MEASURED
    low, high = np.quantile(maybe[~np.isnan(maybe)], (TAIL, 1 - TAIL)).tolist()
    return estimate.Estimate(value, min(low, value), max(high, value), n)


def _bound_half(half: Half) -> estimate.Estimate:
    if not half.n:
        return estimate.NOT_MEASURED
    low, high = half.find_quantiles(np.array([TAIL, 1 - TAIL])).tolist()
    return estimate.Estimate(half.share, min(low, half.share), max(high, half.share), half.n)


def count_needed(share: float, half_width: float, *, per_unit: float = 1.0, correlation: float = 0.0) -> int:
    """How many images of a class make an interval of a rate this narrow: 1.96^2 p (1 - p) / d^2, times the design
    effect 1 + (m - 1) rho (Kish 1965, Survey Sampling).

    share, half_width : the rate that is expected and d, both in (0, 1): 0.90 +- 0.05 takes 139. per_unit : m >= 1,
    images a patient. correlation : rho in [0, 1], how alike a patient's images are. Raises ValueError outside.
    """
    if not (0 < share < 1 and 0 < half_width < 1 and per_unit >= 1 and 0 <= correlation <= 1):
        raise ValueError("expected a share and half a width in (0, 1), 1 or more a unit, a correlation in [0, 1]")
    effect = 1 + (per_unit - 1) * correlation
    return math.ceil(round(wilson.Z**2 * share * (1 - share) / half_width**2 * effect, 6))
