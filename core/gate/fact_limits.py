"""Which plain facts are usual for a model, and what its answers are worth where an image is beyond them.

What is usual comes from training images; what an answer is worth, from validation images that are brought beyond it.
Where they are answered as well as at home the image is answered with a word of caution; where not, it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.gate import plain_facts
from core.statistics import estimate, wilson

QUANTILES = (0.002, 0.998)
MARGIN = 0.1  # of the range of training images: so far beyond it an image still counts as within
FAR = 0.5  # of that range beyond it, nobody knows what an answer is worth where nobody has measured it
FEWEST, STEPS = 25, 4  # images in a step; fewer tell nothing of what answers are worth there. Steps outwards, at most
# So many times the errors of home and a share of all images more are too many, and at any rate so many more.
MANY_TIMES, AND_MORE, MANY_MORE = 2.0, 0.1, 0.15
BELOW, ABOVE = 0, 1
NONE = (len(plain_facts.FACTS), 2, STEPS)

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Limits:
    """ranges : (F, 2), low and high, of the facts `names`. Beyond each side of each changed validation images were
    asked about, put together from near to far: begins (F, 2, STEPS) how far beyond a step begins, infinite of a step
    that there is not; asked, right (F, 2, STEPS) how many images are in it, and of how many the answer was right.
    home : the same two numbers of those images as they came, right first. Of models whose gate was fitted before,
    nobody has asked."""

    ranges: NDArray[np.float64]
    names: tuple[str, ...] = plain_facts.NAMES
    begins: NDArray[np.float64] = field(default_factory=lambda: np.full(NONE, np.inf))
    asked: Counts = field(default_factory=lambda: np.zeros(NONE, np.int64))
    right: Counts = field(default_factory=lambda: np.zeros(NONE, np.int64))
    home: tuple[int, int] = (0, 0)

    def judge(self, facts: NDArray[np.float64]) -> tuple[list[str], bool]:
        """What is unusual about an image with these facts (F,), in sentences, and whether it is not to be answered."""
        said, refused = list[str](), False
        for place, name in enumerate(self.names):
            fact = plain_facts.FACTS[plain_facts.NAMES.index(name)]
            beyond = self._measure_beyond(place, facts[plain_facts.NAMES.index(name)])
            if beyond is None:
                continue
            side, distance = beyond
            words = (fact.below, fact.above)[side].words
            if words:
                said.append(words + self._say_worth(fact, place, side, distance))
                refused |= self._refuses(fact, place, side, distance)
        return said, refused

    def _measure_beyond(self, place: int, value: float) -> tuple[int, float] | None:
        """The side, and how far beyond it; None within."""
        low, high = self.ranges[place]
        if low <= value <= high:
            return None
        return (BELOW, low - value) if value < low else (ABOVE, value - high)

    def _count_steps(self, place: int, side: int, distance: float) -> int:
        """How many steps begin nearer than that, the first at the limit itself; 0 where nobody has asked."""
        if not self.asked[place, side, 0]:
            return 0
        return max(1, int((self.begins[place, side] <= distance).sum()))

    def _say_worth(self, fact: plain_facts.Fact, place: int, side: int, distance: float) -> str:
        """How many were right, with Wilson's interval as if only one of the changes of an image counted: an image may
        be in a step several times, by as many steps of the change, and says little more then than once."""
        step = self._count_steps(place, side, distance) - 1
        if step < 0:
            return ""
        asked, right = int(self.asked[place, side, step]), int(self.right[place, side, step])
        made_by = (fact.below, fact.above)[side].made_by
        trials = asked / len(made_by[1] if made_by else (1,))
        share = estimate.Estimate(right / asked, *wilson.find_bounds(right / asked, trials), asked).say(
            estimate.PER_CENT
        )
        return f" Of {asked:,} pictures made so from its own validation images, it answered {share} right."

    def _refuses(self, fact: plain_facts.Fact, place: int, side: int, distance: float) -> bool:
        """Whether answers there are much worse than at home; what is too bad nearer is not better further out."""
        steps = self._count_steps(place, side, distance)
        if fact.warns_only:
            return False
        if not steps:
            low, high = self.ranges[place]
            return fact.refuses and distance > FAR * (high - low)
        asked, right = self.asked[place, side, :steps], self.right[place, side, :steps]
        return bool(self._are_too_many(1 - right / asked).any())

    def _are_too_many(self, errors: NDArray[np.float64]) -> NDArray[np.bool_]:
        right, asked = self.home
        at_home = 1 - right / max(asked, 1)
        return errors > min(MANY_TIMES * at_home + AND_MORE, at_home + MANY_MORE)

    def add(self, place: int, side: int, facts: NDArray[np.float64], answered_right: NDArray[np.bool_]) -> "Limits":
        """With images, brought to that side of a fact, counted: their values of it (N,) and whether they were answered
        right (N,). One that is still within the limits does not count, and few tell nothing."""
        beyond = [self._measure_beyond(place, value) for value in facts.tolist()]
        chosen = np.array([one is not None and one[0] == side for one in beyond], bool)
        distances = np.array([one[1] for one in beyond if one is not None and one[0] == side])
        order, is_right = np.argsort(distances, kind="stable"), answered_right[chosen]
        begins, asked, right = self.begins.copy(), self.asked.copy(), self.right.copy()
        steps = np.array_split(order, min(STEPS, len(order) // FEWEST)) if len(order) >= FEWEST else []
        for number, step in enumerate(steps):
            begins[place, side, number] = distances[step[0]]
            asked[place, side, number], right[place, side, number] = len(step), is_right[step].sum()
        return replace(self, begins=begins, asked=asked, right=right)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """As plain arrays, by name."""
        named = {"facts": np.array(self.names, "S"), "ranges": self.ranges}
        counts = {"begins": self.begins, "asked": self.asked, "right": self.right}
        return {**named, **counts, "home": np.array(self.home, np.int64)}


def from_arrays(parts: Mapping[str, NDArray[Any]]) -> Limits:
    """The reverse of `to_arrays`; of files of before, without what answers are worth. Raises ValueError, KeyError."""
    names = tuple(name.decode() for name in parts["facts"].tolist())
    ranges = np.asarray(parts["ranges"], np.float64)
    fits = ranges.shape == (len(names), 2) and len(set(names)) == len(names) and np.isfinite(ranges).all()
    if not fits or not set(names) <= set(plain_facts.NAMES):
        raise ValueError("expected a range for each of the facts that this version knows, found others")
    shape = (len(names), 2, STEPS)
    begins = np.asarray(parts.get("begins", np.full(shape, np.inf)), np.float64)
    asked, right = (np.asarray(parts.get(part, np.zeros(shape)), np.int64) for part in ("asked", "right"))
    home = tuple(np.asarray(parts.get("home", (0, 0)), np.int64).tolist())
    if {begins.shape, asked.shape, right.shape} != {shape} or np.isnan(begins).any() or len(home) != 2:
        raise ValueError("expected counts for each side of each fact, found others")
    if (
        (right > asked).any()
        or (right < 0).any()
        or not 0 <= home[0] <= home[1]
        or (asked[~np.isinf(begins)] < 1).any()
    ):
        raise ValueError("expected at most as many right answers as images, found more")
    return Limits(ranges, names, begins, asked, right, (home[0], home[1]))


def find_ranges(facts: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the facts (N, F) of training images the ranges (F, 2), low and high, that hold nearly all of them."""
    low, high = np.quantile(facts, QUANTILES, axis=0)
    margin = np.maximum(MARGIN * (high - low), [fact.least for fact in plain_facts.FACTS])
    return np.stack([low - margin, high + margin], axis=1)
