"""The intervals once more, in another way: rows are deleted patient by patient, and ends are roots that scipy finds."""

from collections.abc import Callable

import numpy as np
from scipy import optimize, stats


def leave_out(units: np.ndarray, measure: Callable[[np.ndarray], float]) -> tuple[float, np.ndarray]:
    """What `measure` says of all rows, and of the rows without each unit in turn."""
    rows = np.arange(len(units))
    return measure(rows), np.array([measure(rows[units != unit]) for unit in np.unique(units)])


def count_freedom(left_out: np.ndarray, units: int, weight: float) -> float:
    kurtosis = stats.kurtosis(left_out, fisher=False)  # n sum e^4 / (sum e^2)^2
    shown = min(len(left_out) / kurtosis, units - 1)
    return max(2.0, float(np.exp(np.average(np.log([shown, units - 1]), weights=[weight, 1 - weight]))))


def find_error(left_out: np.ndarray) -> float:
    """The jackknife's standard error, from pseudo-values as Tukey wrote it."""
    count = len(left_out)
    pseudo = -(count - 1) * left_out  # a constant more would not change their spread
    return float(stats.sem(pseudo))


def bound_score(value: float, left_out: np.ndarray, units: int, images: int | None = None) -> tuple[float, float]:
    """Where a share p would be just as far from the value as its own score allows; images: that of a share of them."""
    quantile = stats.t.ppf(0.975, count_freedom(left_out, units, 2 / 3))
    size = value * (1 - value) / find_error(left_out) ** 2 * (stats.norm.ppf(0.975) / quantile) ** 2
    if images is not None:
        size = np.clip(size, units, images)

    def miss(share: float) -> float:
        return (value - share) ** 2 * size - stats.chi2.ppf(0.95, 1) * share * (1 - share)

    return optimize.brentq(miss, 0, value), optimize.brentq(miss, value, 1)


def bound_student(value: float, left_out: np.ndarray, units: int, weight: float = 2 / 3) -> tuple[float, float]:
    return stats.t.interval(0.95, count_freedom(left_out, units, weight), value, find_error(left_out))
