"""95 % intervals of a difference between two shares: of the same images answered twice, or of two samples apart.

A difference is the second less the first, in [-1, 1]; its ends are kept within that, and its value within them.
"""

import math
from collections.abc import Sequence

import msgspec

from core.statistics import estimate, intervals, wilson

AREA_SKEWED = 0.99


def compute_from_counts(gained: float, lost: float, trials: int) -> estimate.Estimate:
    """(gained - lost) / trials, where `gained` of the same `trials` images were right in the second only.

    Its interval comes from Wilson's of both shares, put together by the squares of their arms and the correlation that
    two cells of one table have: the method of variance estimates recovery (Zou and Donner 2008, Statistics in Medicine
    27:1693-1702; Newcombe 1998 for Wilson's limits). It stays honest where only a few images differ, or none: then
    leaving patients out shows no trace of how often they might. gained, lost >= 0, their sum <= trials; no trials: not
    known.
    """
    more, less = (wilson.compute_wilson(count, trials) for count in (gained, lost))
    if more.value is None or less.value is None:
        return more
    spread = (1 - more.value) * (1 - less.value)
    together = -math.sqrt(more.value * less.value / spread) if spread > 0 else 0.0
    return _subtract(more, less, together)


def compute_apart(first: estimate.Estimate, second: estimate.Estimate) -> estimate.Estimate:
    """second - first for two metrics of samples of their own.

    Its interval comes from the squares of the arms of theirs (Zou and Donner 2008), whatever these were made with.
    Where the samples share images it is too wide rather than too narrow. Not known where one of them has none.
    """
    return _subtract(second, first, 0.0)


def _subtract(more: estimate.Estimate, less: estimate.Estimate, together: float) -> estimate.Estimate:
    """more - less with an interval from that of each, and the correlation of the two."""
    n = min(more.n, less.n)
    if more.value is None or less.value is None:
        return estimate.Estimate(None, None, None, n)
    value = more.value - less.value
    if more.ends is None or less.ends is None:
        return estimate.Estimate(value, None, None, n)

    def reach(arm: float, other_arm: float) -> float:
        return math.sqrt(max(0.0, arm**2 + other_arm**2 - 2 * together * arm * other_arm))

    low = value - reach(more.value - more.ends[0], less.ends[1] - less.value)
    high = value + reach(more.ends[1] - more.value, less.value - less.ends[0])
    return estimate.Estimate(value, max(-1.0, low), min(1.0, high), n)


def compute_from_figure(figure: intervals.Figure, *, units: int, n: int, reach: float = 1.0) -> estimate.Estimate:
    """A difference of two figures of the same sample, with its interval by the jackknife.

    figure : the difference, in [-reach, reach]; NaN: undefined. units, n : patients (or images), and images, that it
    rests on. Where leaving out moves nothing, the interval is that of `units` observations (`compute_from_counts`).
    """
    found = intervals.compute_free(figure, units=units, n=n, weight=intervals.EVEN, bounds=(-reach, reach))
    return found if found.ends else assume_no_spread(found, units, reach=reach)


def compute_of_areas(
    figures: tuple[intervals.Figure, intervals.Figure], found: tuple[estimate.Estimate, estimate.Estimate], units: int
) -> estimate.Estimate:
    """second - first for two AUCs of the same images: the figure of each, and it with its own interval.

    Where one is close to 1, the jackknife of the difference is too narrow: the sample seldom holds the hard patients
    that move it most. It is then joined with the one that the arms of both intervals give, and their correlation.
    """
    first, second = figures
    moved = compute_from_figure(second - first, units=units, n=found[0].n)
    if max(first.value, second.value) <= AREA_SKEWED:
        return moved
    return join(moved, _subtract(found[1], found[0], second.correlate(first)))


def assume_no_spread(found: estimate.Estimate, units: int, *, reach: float = 1.0) -> estimate.Estimate:
    """The same with the interval of a difference of which nothing shows how it varies: so many `units`, all one way."""
    if found.value is None:
        return found
    share, trials = found.value / reach, max(units, 1)
    low, high = compute_from_counts(max(share, 0.0) * trials, max(-share, 0.0) * trials, trials).ends or (-1.0, 1.0)
    return msgspec.structs.replace(found, low=reach * low, high=reach * high)


def join(one: estimate.Estimate, other: estimate.Estimate) -> estimate.Estimate:
    """The first with the smallest interval that holds both of them; with that of one where the other's is not known."""
    if other.ends is None:
        return one
    low, high = one.ends or other.ends
    return msgspec.structs.replace(one, low=min(low, other.ends[0]), high=max(high, other.ends[1]))


def as_pair(found: estimate.Estimate) -> list[float] | None:
    """[low, high] for JSON, None where it is not known."""
    return None if found.ends is None else list(found.ends)


def find_needed(difference: float | None, interval: Sequence[float] | None) -> float | None:
    """The difference that these images could have told from none: how far the interval reaches towards zero.

    A difference that is at least this large would lie with its whole interval on one side of zero, as long as the
    models disagree as often as these do. Where none was seen it is the longer of the two arms. In (0, 2]; None where
    the interval is not known. It is about a difference that is seen: to find a *true* one in four of five such studies
    it has to be 1.43 times as large.
    """
    if difference is None or interval is None:
        return None
    down, up = difference - interval[0], interval[1] - difference
    if abs(difference) < intervals.ROUNDING:
        return max(down, up)
    return down if difference > 0 else up
