"""How far people who read the same cases blind agree, beyond chance and as it is.

Cohen's kappa of two readers (Cohen 1960, Educ Psychol Meas 20:37-46), Fleiss' of any number (Fleiss 1971, Psychol Bull
76:378-382). Always with the raw agreement and the agreement on each answer (Cicchetti and Feinstein 1990, J Clin
Epidemiol 43:551-558): a raw 0.85 may be a kappa of 0.70 or of 0.32. Give first, blind readings only.

Intervals leave out patients in turn. Resampling them was tried and is worse: docs/decisions/0036.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.statistics import estimate, intervals, unit_shares

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """Of cases that were all read equally often, each number with a 95 % interval over patients.

    kappa : in [-1, 1], 1 = always, 0 = as often as chance; not measured where every reading is of one class: chance
    alone then agrees always. Where a class was said of fewer than ten patients its interval holds the truth less often,
    and says so. raw : share of pairs of readings of a case that agree. on : class name -> of the readings
    that say so, the share that another reading of the case says too. n : cases. readings : of each case.
    """

    kappa: estimate.Estimate
    raw: estimate.Estimate
    on: dict[str, estimate.Estimate]
    n: int
    readings: int


def compare_two(first: Ints, second: Ints, units: Ints, class_names: Sequence[str]) -> Agreement:
    """Cohen's kappa: of two readers who both read every case, or of one who read each twice.

    first, second : (N,), each in 0..K-1. units : (N,), patients as any numbers. Raises ValueError where these differ in
    length or a reading is of no class.
    """
    readings = _require_readings(np.column_stack([first, second]), units, class_names)
    told = np.eye(len(class_names))[readings]  # (N, 2, K)
    return _measure(told, (told[:, 0], told[:, 1]), units, class_names)


def compare_several(readings: Ints, units: Ints, class_names: Sequence[str]) -> Agreement:
    """Fleiss' kappa: of cases that were read equally often, by whichever readers.

    readings : (N, R), R >= 2, each in 0..K-1; the order within a case means nothing. units : (N,), patients as any
    numbers. Of two readings it is Scott's pi, which is near Cohen's kappa where readers use the classes alike. Raises
    ValueError where these do not fit together.
    """
    told = np.eye(len(class_names))[_require_readings(readings, units, class_names)]  # (N, R, K)
    all_told = told.sum(1)
    return _measure(told, (all_told, all_told), units, class_names)


def _require_readings(readings: Ints, units: Ints, class_names: Sequence[str]) -> Ints:
    if readings.ndim != 2 or readings.shape[1] < 2 or len(readings) != len(units):
        raise ValueError(f"expected two or more readings of each of {len(units)} cases, found {readings.shape}")
    if len(readings) and not (readings.min() >= 0 and readings.max() < len(class_names)):
        raise ValueError(f"expected readings from 0 to {len(class_names) - 1}")
    return np.asarray(readings, dtype=np.int64)


def _measure(told: Floats, by: tuple[Floats, Floats], units: Ints, class_names: Sequence[str]) -> Agreement:
    """told : (N, R, K), 1 where a reading says a class. by : what chance is drawn from, (N, K) each: two readers, or
    twice all of them."""
    n, readings, _ = told.shape
    if not n:
        nothing = dict.fromkeys(class_names, estimate.NOT_MEASURED)
        return Agreement(estimate.NOT_MEASURED, estimate.NOT_MEASURED, nothing, 0, readings)
    said = told.sum(1)  # (N, K)
    numbers, count = unit_shares.number_units(units)
    terms = np.hstack([said * (said - 1) / (readings - 1), said, *by])
    sums = np.stack([np.bincount(numbers, column, count) for column in terms.T], axis=1)  # (U, 4 K)
    figures = intervals.jackknife(lambda weights: _compute(sums.T @ weights), intervals.deal(count), n)
    kappa = intervals.compute_correlation(figures[0], units=count, n=n)
    raw = intervals.compute_share(figures[1], units=count, images=n)
    on = {
        name: _describe_class(figures[2 + label], numbers[said[:, label] > 0]) for label, name in enumerate(class_names)
    }
    rarest = min(len(np.unique(numbers[said[:, label] > 0])) for label in np.flatnonzero(said.sum(0)))
    if kappa.value is None:
        kappa = estimate.NOT_MEASURED
    elif rarest < intervals.FEW_UNITS:
        kappa = intervals.weaken(kappa)
    return Agreement(kappa, raw, on, n, readings)


def _compute(totals: Floats) -> Floats:
    """Kappa, raw agreement and that on each class, (2 + K, B), from sums over cases (4 K, B); NaN where undefined."""
    paired, said, first, second = np.split(totals, 4)
    raw = _divide(paired.sum(0), said.sum(0))
    by_chance = np.asarray(_divide(first, first.sum(0)) * _divide(second, second.sum(0))).sum(0)
    return np.vstack([_divide(raw - by_chance, 1 - by_chance), raw, _divide(paired, said)])


def _describe_class(figure: intervals.Figure, units: Ints) -> estimate.Estimate:
    """The agreement on a class. units : of each case in which somebody said it."""
    if not len(units):
        return estimate.NOT_MEASURED
    return intervals.compute_bounded(figure, units=len(np.unique(units)), n=len(units))


def _divide(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where the whole is (next to) nothing."""
    bottom = np.broadcast_to(whole, np.shape(part))
    return np.asarray(np.divide(part, bottom, out=np.full(bottom.shape, np.nan), where=bottom > intervals.ROUNDING))
