"""95 % intervals: Wilson for shares of independent images, else a jackknife over whole groups (patients).

Images of one patient resemble each other, so that a thousand of them say less than a thousand patients would. Each
patient is left out in turn; how far that moves a figure says how it would vary with other patients. How often these
intervals hold the truth was simulated: docs/decisions/0006.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import special  # not scipy.stats: it takes two seconds to import, and pages must open at once

from core.statistics import estimate, wilson

LEVEL = wilson.LEVEL
FEW_UNITS = 10  # below this the spread between patients is itself barely known
ROUNDING = 1e-9  # figures nearer than this differ by floating point alone
MOST_BLOCKS = 200  # of more units several are left out at once
BAND_BLOCKS = 15  # along a curve, which is rough: leaving few of many out hardly moves it
CHUNK_CELLS = 400_000  # columns x images held at once: about 20 MB, and nearer to the processor than more
KEPT_BYTES = 30_000_000  # below the 32 MB up to which glibc learns
# How much what the left-out figures show of their freedom weighs against the number of units, chosen by simulation. A
# single figure near its edge is skewed, and the sample seldom shows how much; a difference of two is nearly even.
SKEWED, EVEN = 2 / 3, 1 / 2
LEAST_FREEDOM = 2.0
# An area this near 1 from fewer units of a class: one patient of whom all goes wrong, and who was not met, moves it.
AREA_NEAR_ONE, AREA_UNITS = 0.998, 40

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Figure:
    """One figure of a whole sample, and of what is left of it without each of G blocks of units in turn.

    value : NaN where it is undefined. left_out : float64 (G,), NaN likewise.
    """

    value: float
    left_out: Floats

    def __sub__(self, other: "Figure") -> "Figure":
        """The difference of two figures of the same sample."""
        return Figure(self.value - other.value, self.left_out - other.left_out)

    @property
    def variance(self) -> float:
        """The jackknife's (Tukey 1958; Shao and Tu 1995); 0 where nothing moves it, NaN where one block is all."""
        if len(self.left_out) < 2 or np.isnan(self.left_out).any():
            return math.nan
        away = self._away
        return 0.0 if np.abs(away).max() < ROUNDING else float((away**2).sum()) * (1 - 1 / len(away))

    @property
    def _away(self) -> Floats:
        return np.asarray(self.left_out - self.left_out.mean())

    def count_freedom(self, units: int, weight: float = SKEWED) -> float:
        """Degrees of freedom of `variance`, from 2 to units - 1: few where few blocks make up most of it.

        The effective number of blocks is (sum e^2)^2 / sum e^4, with e the distances of the left-out figures from their
        mean (Satterthwaite 1946 for a sum of squares of unequal size). It is itself badly known, and so becomes the
        geometric mean of it and of units - 1, with this weight.
        """
        squares, most = self._away**2, min(units, len(self.left_out)) - 1
        shown = min(float(squares.sum()) ** 2 / float((squares**2).sum()), most)
        return max(LEAST_FREEDOM, float(shown**weight * max(most, 1) ** (1 - weight)))

    def correlate(self, other: "Figure") -> float:
        """How two figures of the same sample move together, -1 to 1; 0 where one of them does not move."""
        if not (self.variance > 0 and other.variance > 0):
            return 0.0
        both = float((self._away * other._away).sum()) * (1 - 1 / len(self.left_out))
        return float(np.clip(both / math.sqrt(self.variance * other.variance), -1.0, 1.0))


@dataclass(frozen=True)
class Jackknife:
    """S figures of one sample. values : float64 (S,). left_out : float64 (S, G). See `Figure`."""

    values: Floats
    left_out: Floats

    def __getitem__(self, row: int) -> Figure:
        return Figure(float(self.values[row]), self.left_out[row])


def _make(figure: Figure, ends: tuple[float, float] | None, n: int) -> estimate.Estimate:
    """The figure's value with its interval; None instead of NaN."""
    if math.isnan(figure.value):
        return estimate.Estimate(None, None, None, n)
    low, high = ends or (None, None)
    return estimate.Estimate(figure.value, low, high, n)


def jackknife(statistic: Statistic, blocks: NDArray[np.int64], row_count: int) -> Jackknife:
    """Compute statistics of the whole, and without each block of units in turn.

    statistic : takes weights float64 of shape (U, B), 1 for each unit that is there and 0 for those left out in each of
        B columns, and returns shape (S, B).
    blocks : the block of each unit, (U,), 0..G-1. row_count : images behind the units; it only sets how many columns
        are held in memory at once.
    """
    if not len(blocks):
        raise ValueError("expected at least one unit, found none")
    _keep_memory()
    count = int(blocks.max()) + 1
    chunk = max(1, CHUNK_CELLS // max(len(blocks), row_count))
    # The block -1 is nobody's: nothing is left out of the first column.
    parts = [np.arange(start, min(start + chunk, count)) for start in range(-1, count, chunk)]
    found = np.concatenate([statistic((blocks[:, None] != part).astype(np.float64)) for part in parts], axis=1)
    return Jackknife(found[:, 0], found[:, 1:])


def _keep_memory() -> None:
    """Let memory that is freed here be used again here.

    glibc hands large arrays back to the system as soon as they are freed, and the next one is cleared page by page
    anew: a third of the time. Once it has seen a larger one freed, it keeps what is smaller (mallopt(3),
    M_MMAP_THRESHOLD). The array is never touched, so that it costs no memory.
    """
    np.empty(KEPT_BYTES, np.uint8)


def deal(units: int, most: int = MOST_BLOCKS) -> NDArray[np.int64]:
    """The block of each of `units` units, (units,): one each, or, of more than `most`, at random into equal parts.

    The delete-a-group jackknife (Kott 2001, Journal of Official Statistics 17:521-526). Always dealt alike.
    """
    if units <= most:
        return np.arange(units)
    count = math.ceil(units / math.ceil(units / most))
    blocks = np.empty(units, dtype=np.int64)
    blocks[np.random.default_rng(0).permutation(units)] = np.arange(units) % count
    return blocks


def compute_proportion(figure: Figure, *, units: int, images: int, by_patient: bool) -> estimate.Estimate:
    """A share of images: `compute_share` where they belong to patients, else with Wilson's interval."""
    if by_patient:
        return compute_share(figure, units=units, images=images)
    if math.isnan(figure.value):
        return _make(figure, None, images)
    return msgspec.structs.replace(wilson.compute_wilson(figure.value * images, images), value=figure.value)


def compute_share(figure: Figure, *, units: int, images: int) -> estimate.Estimate:
    """A share of images, some of which belong together.

    figure : the share, in [0, 1]; NaN: undefined. units, images : groups and images in its denominator.

    Its interval is Wilson's with the effective sample size p (1 - p) / variance, cut down for its few degrees of
    freedom (Korn and Graubard 1998, Survey Methodology 24:193-201): between n = units (patients all right or all wrong)
    and n = images (images independent). Where leaving out moves nothing, as after no error at all, there is no trace of
    how errors cluster; they may come a whole patient at a time, and n is the number of units: 30 patients without an
    error are 30 observations. Where one unit is all of the denominator, n is 1.
    """
    if math.isnan(figure.value):
        return _make(figure, None, images)
    trials = count_independent(figure, units=units, images=images)
    return _make(figure, _hold(figure.value, wilson.find_bounds(figure.value, trials)), images)


def count_independent(figure: Figure, *, units: int, images: int) -> float:
    """As how many independent images a share of `images` of `units` groups is as certain: see `compute_share`."""
    trials = _count_trials(figure, units)
    return min(max(trials, units), max(images, units)) if figure.variance > 0 else trials


def compute_bounded(figure: Figure, *, units: int, n: int) -> estimate.Estimate:
    """A figure in [0, 1] that is no share of images: an area, F1, a mean over classes, a Brier score.

    As `compute_share`, but nothing bounds how few or many shares would be as uncertain. n : images it is of.
    """
    if math.isnan(figure.value):
        return _make(figure, None, n)
    trials = _count_trials(figure, units)
    return _make(figure, _hold(figure.value, wilson.find_bounds(figure.value, trials)), n)


def compute_correlation(figure: Figure, *, units: int, n: int) -> estimate.Estimate:
    """A figure in [-1, 1], like MCC: `compute_bounded` of (figure + 1) / 2, and back.

    That is the accuracy where the classes are equally frequent and equally often mistaken.
    """
    moved = compute_bounded(Figure((figure.value + 1) / 2, (figure.left_out + 1) / 2), units=units, n=n)
    return _make(figure, moved.ends and (2 * moved.ends[0] - 1, 2 * moved.ends[1] - 1), n)


def compute_area(figure: Figure, *, units: int, n: int) -> estimate.Estimate:
    """An AUC, or an average precision. units : those of the class that fewer units have. n : images it is of.

    Close to 1 and from few units the interval held the truth in 81 to 97 of 100 simulated studies, and says so.
    """
    found = compute_bounded(figure, units=units, n=n)
    return weaken(found) if figure.value > AREA_NEAR_ONE and units < AREA_UNITS and figure.variance > 0 else found


def weaken(found: estimate.Estimate) -> estimate.Estimate:
    """The same with an interval that says that it holds the truth less often."""
    return msgspec.structs.replace(found, level=estimate.ABOUT)


def _count_trials(figure: Figure, units: int) -> float:
    """How many independent images would be as uncertain."""
    variance, spread = figure.variance, figure.value * (1 - figure.value)
    if math.isnan(variance):
        return 1.0
    if variance <= 0 or spread <= 0:
        return float(max(units, 1))
    ratio = float(special.ndtri(0.5 + LEVEL / 2)) / find_quantile(figure.count_freedom(units))
    return max(spread / variance * ratio**2, ROUNDING)  # an extreme value must not leave nothing at all


def _hold(value: float, ends: tuple[float, float]) -> tuple[float, float]:
    """An interval without its own value helps nobody; rounding alone could make one."""
    return min(ends[0], value), max(ends[1], value)


def compute_free(
    figure: Figure,
    *,
    units: int,
    n: int,
    weight: float = SKEWED,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> estimate.Estimate:
    """Any other figure: its interval is value -/+ Student's quantile x standard error, within `bounds`.

    Not known where leaving out moves nothing: then there is no trace of how uncertain it is. n : images it is of.
    """
    variance = figure.variance
    if math.isnan(figure.value) or not variance > 0:
        return _make(figure, None, n)
    half = find_quantile(figure.count_freedom(units, weight)) * math.sqrt(variance)
    return _make(figure, (max(bounds[0], figure.value - half), min(bounds[1], figure.value + half)), n)


def compute_positive(figure: Figure, *, units: int, n: int) -> estimate.Estimate:
    """A figure above 0, like a log loss: its interval is `compute_free` of its logarithm. n : images it is of."""
    if not figure.value > 0:
        return _make(figure, None, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = compute_free(Figure(math.log(figure.value), np.log(figure.left_out)), units=units, n=n)
    return _make(figure, logs.ends and (math.exp(logs.ends[0]), math.exp(logs.ends[1])), n)


def find_quantile(freedom: float) -> float:
    """Student's two-sided quantile; freedom may be fractional."""
    return float(special.stdtrit(freedom, 0.5 + LEVEL / 2))
