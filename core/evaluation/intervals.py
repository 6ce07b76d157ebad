"""95 % intervals: Wilson for proportions of independent images, a bootstrap over whole groups (patients) otherwise.

Images of one patient resemble each other, so that a thousand of them say less than a thousand patients would. The
bootstrap draws patients, not images, and its interval speaks about patients that the model has not met.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special  # not scipy.stats: it takes two seconds to import, and pages must open at once

LEVEL = 0.95
FEW_UNITS = 10  # below this the spread between patients is itself barely known
ROUNDING = 1e-9  # draws nearer than this differ by floating point alone
CHUNK_CELLS = 400_000  # resamples x images held at once: about 20 MB, and nearer to the processor than more
KEPT_BYTES = 30_000_000  # below the 32 MB up to which glibc learns

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Interval:
    """Where the value may lie: low <= value <= high in [0, 1], or both None where nothing can be said."""

    low: float | None
    high: float | None


NOT_KNOWN = Interval(None, None)


def compute_wilson(successes: float, trials: float, *, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927).

    successes in [0, trials]; both may be fractional, since an effective sample size is. For whole numbers it is
    `scipy.stats.binomtest(successes, trials).proportion_ci(level, method="wilson")`, which accepts only those.
    """
    return Interval(*_wilson_bounds(successes / trials, trials, level)) if trials > 0 else NOT_KNOWN


def _wilson_bounds(share: float, trials: float, level: float) -> tuple[float, float]:
    """Both ends of Wilson's interval of a share in [0, 1] that was seen in `trials` > 0 images."""
    z = float(special.ndtri(0.5 + level / 2))
    centre = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * math.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    # At 0 and 1 the formula touches the edge exactly, its floating-point value only nearly.
    return 0.0 if share <= 0 else max(0.0, centre - half), 1.0 if share >= 1 else min(1.0, centre + half)


def bootstrap(statistic: Statistic, unit_count: int, row_count: int, *, resamples: int = 2000, seed: int = 0) -> Floats:
    """Draw `unit_count` units with replacement, `resamples` times, and compute the statistics of each draw.

    statistic : takes weights float64 of shape (unit_count, B), how often each unit was drawn in each of B resamples
        (every column sums to unit_count), and returns shape (S, B).
    row_count : images behind the units; it only sets how many resamples are held in memory at once.
    Returns float64 of shape (S, resamples); the same seed gives the same draws.
    """
    if unit_count < 1 or resamples < 1:
        raise ValueError(f"expected at least one unit and one resample, found {unit_count} and {resamples}")
    _keep_memory()
    random = np.random.default_rng(seed)
    chunk = max(1, CHUNK_CELLS // max(unit_count, row_count))
    sizes = [min(chunk, resamples - start) for start in range(0, resamples, chunk)]
    return np.concatenate([statistic(_draw_weights(unit_count, size, random)) for size in sizes], axis=1)


def _keep_memory() -> None:
    """Let memory that is freed here be used again here.

    glibc hands large arrays back to the system as soon as they are freed, and the next one is cleared page by page
    anew: a third of the time of a bootstrap. Once it has seen a larger one freed, it keeps what is smaller (mallopt(3),
    M_MMAP_THRESHOLD). The array is never touched, so that it costs no memory.
    """
    np.empty(KEPT_BYTES, np.uint8)


def _draw_weights(unit_count: int, resamples: int, random: np.random.Generator) -> Floats:
    """How often each unit comes up in each resample: multinomial counts, shape (unit_count, resamples)."""
    # Drawing units and counting them is much faster than Generator.multinomial, which draws one binomial a unit.
    drawn = random.integers(0, unit_count, size=(resamples, unit_count), dtype=np.int32)
    places = drawn + (np.arange(resamples) * unit_count)[:, None]  # each resample counts in places of its own
    counts = np.bincount(places.ravel(), minlength=resamples * unit_count)
    return counts.reshape(resamples, unit_count).T.astype(np.float64, order="C")  # images are picked by row


def compute_percentile(value: float, draws: Floats, *, units: int, images: int, level: float = LEVEL) -> Interval:
    """Percentile interval (Efron 1979) of a bootstrapped metric, never narrower than the data deserve.

    value : the metric of the whole sample, in [0, 1]; NaN gives no interval.
    draws : its value in each resample, shape (B,). Undefined ones (NaN) are left out; more than half: no interval.
    units, images : groups (images, where groups are not known) and images that the metric rests on; for an AUC the
        smaller of the positive and the negative ones.

    Two cases in which the bare percentiles would claim too much:

    - All draws are equal, as after no error at all. The resamples then hold no trace of how errors cluster: they may
      come one image at a time or a whole patient at a time. The honest n is the number of *units*, not of images: 30
      patients without an error are 30 observations, and the interval is at least Wilson's with n = 30.
    - Fewer than 10 units. The spread between so few is badly known and the bootstrap covers too rarely. The interval is
      at least Wilson's with the effective sample size that the draws show, cut down for its few degrees of freedom
      (Korn and Graubard 1998): between n = units (patients all right or all wrong) and n = images (images independent).

    Wilson's form also bounds an AUC, whose variance is at most AUC (1 - AUC) / the smaller class (Birnbaum and Klose
    1957), and a macro average over classes, each resting on at least `units`.
    """
    defined = draws[~np.isnan(draws)]
    if math.isnan(value) or len(draws) == 0 or 2 * len(defined) < len(draws):
        return NOT_KNOWN
    low, high = (float(edge) for edge in np.quantile(defined, [0.5 - level / 2, 0.5 + level / 2]))
    all_equal = high - low < ROUNDING
    if all_equal or units < FEW_UNITS:
        lone = all_equal or units < 2
        trials = max(units, 1) if lone else _effective_size(value, defined, units=units, images=images, level=level)
        least_low, least_high = _wilson_bounds(value, trials, level)
        low, high = min(low, least_low), max(high, least_high)
    # A skewed handful of draws can lie on one side of the value: an interval without its own value helps nobody.
    return Interval(min(low, value), max(high, value))


def _effective_size(value: float, draws: Floats, *, units: int, images: int, level: float) -> float:
    """How many independent images would be as uncertain as these unequal draws: from `units` (>= 2) to `images`."""
    # The bootstrap variance is too small by (units - 1) / units, and its quantile is Student's rather than normal.
    size = value * (1 - value) / (float(np.var(draws)) * units / (units - 1))
    ratio = float(special.ndtri(0.5 + level / 2)) / float(special.stdtrit(units - 1, 0.5 + level / 2))
    return float(np.clip(size * ratio**2, units, max(images, units)))
