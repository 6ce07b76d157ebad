"""95 % intervals of a difference between two shares: of the same images answered twice, or of two samples apart.

A difference is the second less the first, in [-1, 1]; its ends are kept within that, and its value within them.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.evaluation import intervals

AREA_SKEWED = 0.99


def compute_from_counts(gained: float, lost: float, trials: float) -> intervals.Interval:
    """Interval of (gained - lost) / trials, where `gained` of the same `trials` images were right in the second only.

    From Wilson's intervals of both shares, put together by the squares of their arms and the correlation that two
    cells of one table have: the method of variance estimates recovery (Zou and Donner 2008, Statistics in Medicine
    27:1693-1702; Newcombe 1998 for Wilson's limits). It stays honest where only a few images differ, or none: then
    leaving patients out shows no trace of how often they might. gained, lost >= 0, their sum <= trials; no trials: not
    known.
    """
    if trials <= 0:
        return intervals.NOT_KNOWN
    more, less = gained / trials, lost / trials
    spread = (1 - more) * (1 - less)
    together = -math.sqrt(more * less / spread) if spread > 0 else 0.0
    wilson = [intervals.compute_wilson(count, trials) for count in (gained, lost)]
    return _join_arms((more, wilson[0]), (less, wilson[1]), together)


def compute_apart(first: Mapping[str, Any], second: Mapping[str, Any]) -> intervals.Interval:
    """Interval of second - first for two metrics of samples of their own, each a dict with value, low and high.

    By the squares of the arms of their two intervals (Zou and Donner 2008), whatever these were made with. Where the
    samples share images it is too wide rather than too narrow. Not known where one of the metrics has no interval.
    """
    if None in (first["value"], second["value"]):
        return intervals.NOT_KNOWN
    ends = [(one["value"], intervals.Interval(one["low"], one["high"])) for one in (second, first)]
    return _join_arms(ends[0], ends[1], 0.0)


def _join_arms(
    more: tuple[float, intervals.Interval], less: tuple[float, intervals.Interval], together: float
) -> intervals.Interval:
    """Interval of more - less from the interval of each, and the correlation of the two estimates."""
    (one, ends), (other, other_ends) = more, less
    if ends.low is None or ends.high is None or other_ends.low is None or other_ends.high is None:
        return intervals.NOT_KNOWN

    def reach(arm: float, other_arm: float) -> float:
        return math.sqrt(max(0.0, arm**2 + other_arm**2 - 2 * together * arm * other_arm))

    low = one - other - reach(one - ends.low, other_ends.high - other)
    high = one - other + reach(ends.high - one, other - other_ends.low)
    return intervals.Interval(max(-1.0, low), min(1.0, high))


def compute_from_figure(figure: intervals.Figure, *, units: int) -> intervals.Interval:
    """Interval of a difference of two figures of the same sample, by the jackknife.

    figure : the difference, in [-1, 1]; NaN: not known. units : patients (or images) that it rests on. Where leaving
    out moves nothing, the interval is that of `units` observations (`compute_from_counts`).
    """
    if math.isnan(figure.value):
        return intervals.NOT_KNOWN
    edges = intervals.compute_free(figure, units=units, weight=intervals.EVEN, bounds=(-1.0, 1.0))
    return compute_without_spread(figure.value, units) if edges.low is None else edges


def compute_of_areas(
    first: tuple[intervals.Figure, intervals.Interval], second: tuple[intervals.Figure, intervals.Interval], units: int
) -> intervals.Interval:
    """Interval of second - first for two AUCs of the same images, each with its own interval.

    Where one is close to 1, the jackknife of the difference is too narrow: the sample seldom holds the hard patients
    that move it most. It is then joined with the one that the arms of both intervals give, and their correlation.
    """
    (one, one_ends), (other, other_ends) = first, second
    edges = compute_from_figure(other - one, units=units)
    if max(one.value, other.value) <= AREA_SKEWED:
        return edges
    return join(edges, _join_arms((other.value, other_ends), (one.value, one_ends), other.correlate(one)))


def compute_without_spread(value: float, units: int) -> intervals.Interval:
    """Interval of a difference of which nothing shows how it varies: that of `units` images, all differing one way."""
    trials = max(units, 1)
    return compute_from_counts(max(value, 0.0) * trials, max(-value, 0.0) * trials, trials)


def join(one: intervals.Interval, other: intervals.Interval) -> intervals.Interval:
    """The smallest interval that holds both; that of one where the other is not known."""
    if one.low is None or one.high is None:
        return other
    if other.low is None or other.high is None:
        return one
    return intervals.Interval(min(one.low, other.low), max(one.high, other.high))


def as_pair(ends: intervals.Interval) -> list[float] | None:
    """[low, high] for JSON, None where it is not known."""
    return None if ends.low is None or ends.high is None else [ends.low, ends.high]


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
