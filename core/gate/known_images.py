"""How far an image is from those that a network knows: a Mahalanobis distance over what its blocks make of it.

Lee et al. (2018), arXiv:1807.03888, measure it for a class and a layer; here one distance is taken over all blocks
together, of means and standard deviations of their channels. Covariance after Ledoit and Wolf (2004); of many numbers
the leading axes, and one variance for all others (Tipping and Bishop 1999). Pure numpy, scikit-learn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST_DEVIATION = 1e-6
MOST_AXES = 128
LIMIT_QUANTILE = 0.98  # of the distances of validation images: so many of them count as known
PARTS = ("mean", "deviation", "axes", "variances", "rest", "limit")

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Known:
    """Where D numbers an image lie for known images, and how far off one may be.

    mean, deviation : (D,), of training images. axes : (A, D), orthonormal, of the numbers so standardised; variances :
    (A,) along them; rest : the variance along every other direction. limit : the largest distance that counts as known.
    """

    mean: Numbers
    deviation: Numbers
    axes: Numbers
    variances: Numbers
    rest: float
    limit: float

    def measure(self, statistics: NDArray[np.floating[Any]]) -> Numbers:
        """The distance (N,) of images from their numbers (N, D): 1 is that of a usual one; larger is stranger."""
        standardised = (np.asarray(statistics, np.float64) - self.mean) / self.deviation
        along = standardised @ self.axes.T  # (N, A)
        squared = (along**2 / self.variances).sum(axis=1)
        beside = np.clip((standardised**2).sum(axis=1) - (along**2).sum(axis=1), 0, None)
        if len(self.axes) < len(self.mean):
            squared = squared + beside / self.rest
        distances: Numbers = np.sqrt(squared / len(self.mean))
        return distances

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """As it is kept, part by part; the axes, which are most of it, with half as many digits."""
        parts = {part: np.asarray(getattr(self, part), np.float32) for part in PARTS}
        return {**parts, "axes": parts["axes"].astype(np.float16)}


def fit(training: NDArray[np.floating[Any]], validation: NDArray[np.floating[Any]]) -> Known:
    """From the numbers of training images (N, D), and the limit from those of validation images (M, D), N, M >= 1."""
    from sklearn import covariance  # noqa: PLC0415  (only publishing fits a gate; pages start without scikit-learn)

    mean = training.mean(axis=0, dtype=np.float64)
    deviation = training.std(axis=0, dtype=np.float64) + SMALLEST_DEVIATION
    found = covariance.LedoitWolf(assume_centered=True).fit((training - mean) / deviation).covariance_
    variances, axes = np.linalg.eigh(found)  # ascending
    kept = min(MOST_AXES, len(mean))
    others = variances[: len(mean) - kept]
    without = Known(
        mean,
        deviation,
        axes.T[-kept:],
        np.maximum(variances[-kept:], SMALLEST_DEVIATION),
        max(float(others.mean()) if len(others) else 1.0, SMALLEST_DEVIATION),
        limit=0.0,
    )
    without = from_arrays(without.to_arrays())  # the limit is that of what is kept
    return Known(**{**vars(without), "limit": float(np.quantile(without.measure(validation), LIMIT_QUANTILE))})


def from_arrays(parts: Mapping[str, NDArray[Any]]) -> Known:
    """Back from `to_arrays`. Raises ValueError where the parts do not fit together or are no numbers."""
    mean, deviation, axes, variances = (np.asarray(parts[part], np.float64) for part in PARTS[:4])
    rest, limit = (float(parts[part]) for part in PARTS[4:])
    count = len(mean) if mean.ndim == 1 else 0
    fits = deviation.shape == (count,) and axes.ndim == 2 and axes.shape == (len(variances), count)
    numbers = all(np.isfinite(one).all() for one in (mean, deviation, axes, variances, rest, limit))
    if not (count and fits and numbers and (deviation > 0).all() and (variances > 0).all() and rest > 0):
        raise ValueError("expected means, deviations and axes of the same numbers, found others")
    return Known(mean, deviation, axes, variances, rest, limit)
