"""What seeing the model's answer did to readers' minds: whether they follow it where it is wrong, or not where right.

A reader answers blind, then once more; before the second look the model's answer is shown, but not for a tenth drawn by
lot. What changes there changes by itself; the difference is what the model did. Over-reliance is automation bias
(Goddard, Roudsari and Wyatt 2012, J Am Med Inform Assoc 19:121-127). It is 1 less "relative self-reliance", and
under-reliance 1 less "relative AI reliance" (Schemmer et al. 2023, "Appropriate Reliance on AI Advice", IUI).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.statistics import differences, estimate, unit_shares

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Changes:
    """What a second look changed, each share with a 95 % interval and its own n; not measured where n would be 0.

    n : readings. to_right, to_wrong : how many became right or wrong; their shares are of all n. over_reliance : of
    those that were right where the model was wrong, the share that ended wrong. under_reliance : of those that were
    wrong where the model was right, the share that ended wrong all the same.
    """

    n: int
    to_right: int
    to_wrong: int
    to_right_share: estimate.Estimate
    to_wrong_share: estimate.Estimate
    over_reliance: estimate.Estimate
    under_reliance: estimate.Estimate


@dataclass(frozen=True)
class Bias:
    """Readings after which the model's answer was shown, and those after which it was not.

    more_to_right, more_to_wrong, more_over_reliance, more_under_reliance : shown less not shown, in [-1, 1]; the
    intervals are Newcombe's. Without an interval, or not defined, where one side has no such reading.
    """

    shown: Changes
    hidden: Changes
    more_to_right: estimate.Estimate
    more_to_wrong: estimate.Estimate
    more_over_reliance: estimate.Estimate
    more_under_reliance: estimate.Estimate


@dataclass(frozen=True, eq=False)
class Readings:
    """Settled cases read twice, all (N,): a case that two people read stands here twice.

    blind, final, model, truth : classes as numbers. shown : whether the model's answer was seen before the final one.
    units : patients as any numbers; None = each reading counts as independent.
    """

    blind: Ints
    final: Ints
    model: Ints
    truth: Ints
    shown: Bools
    units: Ints | None = None

    def __post_init__(self) -> None:
        columns = (self.blind, self.final, self.model, self.truth, self.shown)
        lengths = {len(column) for column in (*columns, *(() if self.units is None else (self.units,)))}
        if len(lengths) != 1:
            raise ValueError(f"expected columns of the same length, found {sorted(lengths)}")


def measure(readings: Readings) -> Bias:
    """Over-reliance, under-reliance and changes of mind, with the model's answer shown and without.

    One reader's readings resemble each other too, which no interval here knows: of few readers it is about these.
    """
    shown, hidden = _count(readings, readings.shown), _count(readings, ~readings.shown)
    return Bias(
        shown,
        hidden,
        more_to_right=differences.compute_apart(hidden.to_right_share, shown.to_right_share),
        more_to_wrong=differences.compute_apart(hidden.to_wrong_share, shown.to_wrong_share),
        more_over_reliance=differences.compute_apart(hidden.over_reliance, shown.over_reliance),
        more_under_reliance=differences.compute_apart(hidden.under_reliance, shown.under_reliance),
    )


def _count(readings: Readings, chosen: Bools) -> Changes:
    before, after = readings.blind == readings.truth, readings.final == readings.truth
    model = readings.model == readings.truth

    def find_share(which: Bools, among: Bools) -> estimate.Estimate:
        units = None if readings.units is None else readings.units[among]
        return unit_shares.measure(which[among], units)

    to_right, to_wrong = ~before & after, before & ~after
    return Changes(
        n=int(chosen.sum()),
        to_right=int((to_right & chosen).sum()),
        to_wrong=int((to_wrong & chosen).sum()),
        to_right_share=find_share(to_right, chosen),
        to_wrong_share=find_share(to_wrong, chosen),
        over_reliance=find_share(~after, chosen & before & ~model),
        under_reliance=find_share(~after, chosen & ~before & model),
    )
