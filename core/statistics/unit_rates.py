"""How often something goes wrong in a unit (a patient, a smear) that nobody has met yet, learnt from units that were.

A mean over many patients says little of the next one: the false alarms of a smear hang on its stain and its light. So
units are given rates of their own, beta-distributed around the mean, and how far they differ is learnt with it (the
beta-binomial model; Gelman and Carpenter 2020, J R Stat Soc C 69:1269-1283, do the same with laboratories). Pure numpy.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.statistics import intervals

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

WIDEST = (-10.0, 4.0)  # log odds of the means that are thought possible: 0.00005 to 0.98
MEANS = 61  # looked at, evenly in log odds: over all of that, then where the first look finds anything
# Intra-unit correlations, even in their roots, which are as the spread of the rates (Gelman 2006, Bayesian Analysis
# 1:515-534: flat in the spread). Up to 0.36: rates of 10 % would spread by 18 points.
CORRELATIONS = np.linspace(0.01, 0.6, 20) ** 2
SAME = np.array([1e-6])  # units do not differ
PLACES = np.linspace(-14, 14, 561)  # log odds at which the distribution of a unit's rate is kept
NEGLIGIBLE = 1e-5


@dataclass(frozen=True, eq=False)
class UnitRate:
    """The rate of one more unit, as far as it is known: float64 in [0, 1].

    mean : what is expected. low, high : in 95 of 100 units it lies between. wrong, images, units : what it was learnt
    from. by_unit : whether how units differ was learnt; else they are taken to be alike, which they seldom are.
    """

    mean: float
    low: float
    high: float
    wrong: int
    images: int
    units: int
    by_unit: bool
    _cumulative: Floats

    def find_quantiles(self, shares: Floats) -> Floats:
        """The rates below which these shares (0 to 1) of units lie, the same shape."""
        return np.asarray(special.expit(np.interp(shares, self._cumulative, PLACES)))


def learn(wrong: Counts, images: Counts, *, by_unit: bool) -> UnitRate:
    """From units (U,), in each of which `wrong` of `images` went wrong; those without an image say nothing.

    by_unit : whether these are units that can differ (patients); else single images. Raises ValueError without any.
    """
    met = images > 0
    failed, seen = np.asarray(wrong[met], np.float64), np.asarray(images[met], np.float64)
    if not len(seen):
        raise ValueError("expected at least one image, found none")
    correlations = CORRELATIONS if by_unit else SAME
    means, spread, weights = _weigh(failed, seen, WIDEST, correlations)
    found, step = special.logit(means[weights > 0]), (WIDEST[1] - WIDEST[0]) / MEANS
    means, spread, weights = _weigh(failed, seen, (found.min() - step, found.max() + step), correlations)
    a, b = means * spread, (1 - means) * spread
    cumulative = (special.betainc(a[:, None], b[:, None], special.expit(PLACES)) * weights[:, None]).sum(0)
    tail = (1 - intervals.LEVEL) / 2
    low, high = special.expit(np.interp([tail, 1 - tail], cumulative, PLACES)).tolist()
    return UnitRate(
        mean=float((means * weights).sum()),
        low=low,
        high=high,
        wrong=int(failed.sum()),
        images=int(seen.sum()),
        units=len(seen),
        by_unit=by_unit,
        _cumulative=cumulative,
    )


def _weigh(
    wrong: Floats, images: Floats, ends: tuple[float, float], correlations: Floats
) -> tuple[Floats, Floats, Floats]:
    """Means, sums of both parameters of the beta distribution, and how probable each pair is, (P,) each, sum 1.

    ends : log odds between which means are looked at. Jeffreys' prior for the mean.
    """
    tried = special.expit(np.linspace(*ends, MEANS))
    mean, correlation = (grid.ravel() for grid in np.meshgrid(tried, correlations, indexing="ij"))
    spread = 1 / correlation - 1
    a, b = mean * spread, (1 - mean) * spread
    pairs, times = np.unique(np.stack([wrong, images]), axis=1, return_counts=True)
    logs = 0.5 * np.log(mean * (1 - mean)) - times.sum() * special.betaln(a, b)
    for so_many, of, often in zip(*pairs, times, strict=True):
        logs += often * special.betaln(so_many + a, of - so_many + b)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    kept = weights > NEGLIGIBLE * weights.max()
    return mean[kept], spread[kept], weights[kept] / weights[kept].sum()
