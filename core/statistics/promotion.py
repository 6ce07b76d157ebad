"""Whether a challenger may take a champion's place: the rule is written down before anybody looks.

Both answer the same images: a frozen test set, and new cases that were drawn by lot and read by people (the audit).
The challenger may come in where it is not worse than the champion by more than a stated margin, on either: the lower
end of the 95 % interval of the gain is at or above minus the margin (non-inferiority: Piaggio et al. 2012, JAMA
308:2594-2604). It is better where one lower end is above 0. Each set has its own say; they are never poured together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.statistics import aims, estimate, intervals, unit_shares

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
FROZEN, NEW = "frozen test images", "new cases"


@dataclass(frozen=True, eq=False)
class Answers:
    """Both models on the same images, all (N,).

    champion, challenger : whether each is right. units : patients as any numbers; of an image whose patient is not
    known a number of its own. weights : for how many images each stands, where some were likelier to be drawn; None =
    all alike.
    """

    champion: Bools
    challenger: Bools
    units: Ints
    weights: Floats | None = None

    def __post_init__(self) -> None:
        columns = (self.champion, self.challenger, self.units, *(() if self.weights is None else (self.weights,)))
        lengths = {len(column) for column in columns}
        if len(lengths) != 1:
            raise ValueError(f"expected columns of the same length, found {sorted(lengths)}")


@dataclass(frozen=True)
class Difference:
    """The challenger less the champion on one set.

    gain : of the share that is right, in [-1, 1]. patients : units of the set. only_challenger, only_champion : images
    that one alone has right. needed : the fewest images that can show the margin; fewer bear no weight.
    """

    gain: estimate.Estimate
    patients: int
    only_challenger: int
    only_champion: int
    needed: int

    @property
    def is_enough(self) -> bool:
        """Whether there are images enough to show that nothing is lost beyond the margin."""
        return self.gain.n >= self.needed


@dataclass(frozen=True)
class Verdict:
    """What the rule says. better : never without `allowed`. reasons : in sentences, the frozen set first. frozen, new :
    None without an image; a set of too few is there, and its `is_enough` says so."""

    allowed: bool
    better: bool
    reasons: tuple[str, ...]
    frozen: Difference | None
    new: Difference | None


def judge(frozen: Answers, new: Answers, margin: float) -> Verdict:
    """The rule. margin : how much less often right the challenger might be and still come in, a share in (0, 1), stated
    before.

    The frozen set must be measured, on enough images, and its lower end be at or above -margin; so must that of the new
    cases, where these are enough. Of too few new cases it is said, and they keep out a challenger only that is surely
    worse there (upper end below 0).
    """
    if not 0 < margin < 1:
        raise ValueError(f"expected a margin between 0 and 1, found {margin}")
    first, second = _compare(frozen, margin), _compare(new, margin)
    holds = [_holds(first, margin, must=True), _holds(second, margin, must=False)]
    allowed = all(holds)
    above = [one is not None and one.is_enough and (one.gain.low or 0.0) > 0 for one in (first, second)]
    better = allowed and any(above)
    reasons = (*_explain(first, FROZEN, margin, must=True), *_explain(second, NEW, margin, must=False))
    return Verdict(allowed, better, reasons, first, second)


def _compare(answers: Answers, margin: float) -> Difference | None:
    """The difference on one set; None without an image."""
    before, after = answers.champion, answers.challenger
    if not len(before):
        return None
    gain = unit_shares.measure_gain(before, after, answers.units, answers.weights)
    alone = int((after & ~before).sum()), int((before & ~after).sum())
    return Difference(gain, len(np.unique(answers.units)), *alone, needed=aims.count_needed(1 - margin))


def _holds(found: Difference | None, margin: float, *, must: bool) -> bool:
    """Whether a set lets the challenger in. must : whether it has to be measured for that."""
    if found is None or found.gain.ends is None:
        return not must
    low, high = found.gain.ends
    return low >= -margin - intervals.ROUNDING if found.is_enough else not must and high >= 0


def _explain(found: Difference | None, images: str, margin: float, *, must: bool) -> list[str]:
    """What a set says, and what follows from it."""
    if found is None:
        follows = "nothing is promoted without them" if must else "how it does on what comes in now is not known"
        return [f"There are no {images} that both models answered: {follows}."]
    said = [_say_gain(found, images)]
    points = estimate.DISTANCE.say(margin)
    low, high = found.gain.ends or (-1.0, 1.0)
    if not found.is_enough:
        said.append(f"It takes at least {found.needed:,} {images} to show that no more than {points} are lost.")
        if high < 0:
            said.append(f"It is worse on these {images} beyond chance.")
    elif low < -margin - intervals.ROUNDING:
        said.append(f"It could be worse there by more than the {points} that were agreed on.")
    elif low > 0:
        said.append(f"It is better on the {images} beyond chance.")
    else:
        said.append(f"It is not worse there by more than the {points} that were agreed on.")
    return said


def _say_gain(found: Difference, images: str) -> str:
    """`The challenger is right on 1.2 points more (-0.4 to 2.8) of the 2,103 frozen test images of 24 patients.`"""
    gain, n = found.gain, found.gain.n
    value, (low, high) = gain.value or 0.0, gain.ends or (-1.0, 1.0)
    more = "more"
    if value < 0:
        value, low, high, more = -value, -high, -low, "fewer"
    form = estimate.PER_CENT
    of = f" of {found.patients:,} patient{'s' if found.patients != 1 else ''}" if found.patients < n else ""
    one = images if n != 1 else images.removesuffix("s")
    return (
        f"The challenger is right on {form.write(value)} points {more} ({form.write(low)} to {form.write(high)}) "
        f"of the {n:,} {one}{of}."
    )
