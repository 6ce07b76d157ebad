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
from core.statistics import estimate, intervals

QUANTILES = (0.002, 0.998)
MARGIN = 0.1  # of the range of training images: so far beyond it an image still counts as within
FAR = 0.5  # of that range beyond it begins what is far
FEWEST = 20  # images beyond; fewer tell nothing of what answers are worth there
MANY_TIMES, MANY_MORE = 2.0, 0.1  # so many times the errors of home, and so much of all more, are too many
BELOW, ABOVE, NEAR, FAR_OUT = 0, 1, 0, 1

Counts = NDArray[np.int64]


def _no_counts() -> Counts:
    return np.zeros((len(plain_facts.FACTS), 2, 2), np.int64)


@dataclass(frozen=True, eq=False)
class Limits:
    """ranges : (F, 2), low and high, of the facts `names`. asked, right : (F, 2, 2) how many changed validation images
    lay beyond, by fact, side (below, above) and zone (near, far), and of how many of them the answer was right. home :
    the same two numbers of those images as they came. Of models whose gate was fitted before, nobody has asked."""

    ranges: NDArray[np.float64]
    names: tuple[str, ...] = plain_facts.NAMES
    asked: Counts = field(default_factory=_no_counts)
    right: Counts = field(default_factory=_no_counts)
    home: tuple[int, int] = (0, 0)

    def judge(self, facts: NDArray[np.float64]) -> tuple[list[str], bool]:
        """What is unusual about an image with these facts (F,), in sentences, and whether it is not to be answered."""
        said, refused = list[str](), False
        for place, name in enumerate(self.names):
            fact = plain_facts.FACTS[plain_facts.NAMES.index(name)]
            beyond = self._find_zone(place, facts[plain_facts.NAMES.index(name)])
            if beyond is None:
                continue
            side, zone = beyond
            words = (fact.below, fact.above)[side].words
            if words:
                said.append(words + self._say_worth(place, side, zone))
                refused |= self._refuses(fact, place, side, zone)
        return said, refused

    def _find_zone(self, place: int, value: float) -> tuple[int, int] | None:
        low, high = self.ranges[place]
        if low <= value <= high:
            return None
        return (BELOW if value < low else ABOVE), int(max(low - value, value - high) > FAR * (high - low))

    def _say_worth(self, place: int, side: int, zone: int) -> str:
        asked, right = int(self.asked[place, side, zone]), int(self.right[place, side, zone])
        if asked < FEWEST:
            return ""
        share = intervals.compute_wilson(right, asked).say(estimate.PER_CENT)
        return f" Of {asked:,} of its own validation images made so, it answered {share} right."

    def _refuses(self, fact: plain_facts.Fact, place: int, side: int, zone: int) -> bool:
        """Whether answers there are much worse than at home; what is too bad near is not better far out."""
        for nearer in range(zone, -1, -1):
            asked = int(self.asked[place, side, nearer])
            if asked >= FEWEST and self._is_worse(1 - int(self.right[place, side, nearer]) / asked):
                return True
        unknown = self.asked[place, side, zone] < FEWEST
        return bool(unknown and fact.refuses and zone == FAR_OUT)

    def _is_worse(self, errors: float) -> bool:
        right, asked = self.home
        return errors > MANY_TIMES * (1 - right / max(asked, 1)) + MANY_MORE

    def add(self, place: int, side: int, facts: NDArray[np.float64], answered_right: NDArray[np.bool_]) -> "Limits":
        """With images, brought to that side of a fact, counted: their values of it (N,) and whether they were answered
        right (N,). One that is still within the limits does not count."""
        asked, right = self.asked.copy(), self.right.copy()
        for value, is_right in zip(facts.tolist(), answered_right.tolist(), strict=True):
            beyond = self._find_zone(place, value)
            if beyond is not None and beyond[0] == side:
                asked[place, side, beyond[1]] += 1
                right[place, side, beyond[1]] += is_right
        return replace(self, asked=asked, right=right)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """As plain arrays, by name."""
        named = {"facts": np.array(self.names, "S"), "ranges": self.ranges}
        return {**named, "asked": self.asked, "right": self.right, "home": np.array(self.home, np.int64)}


def from_arrays(parts: Mapping[str, NDArray[Any]]) -> Limits:
    """The reverse of `to_arrays`; of files of before, without what answers are worth. Raises ValueError, KeyError."""
    names = tuple(name.decode() for name in parts["facts"].tolist())
    ranges = np.asarray(parts["ranges"], np.float64)
    fits = ranges.shape == (len(names), 2) and len(set(names)) == len(names) and np.isfinite(ranges).all()
    if not fits or not set(names) <= set(plain_facts.NAMES):
        raise ValueError("expected a range for each of the facts that this version knows, found others")
    shape, counts = (len(names), 2, 2), {}
    for part in ("asked", "right"):
        counts[part] = np.asarray(parts.get(part, np.zeros(shape)), np.int64)
    home = tuple(np.asarray(parts.get("home", (0, 0)), np.int64).tolist())
    if any(values.shape != shape for values in counts.values()) or len(home) != 2:
        raise ValueError("expected counts for each side of each fact, found others")
    if (counts["right"] > counts["asked"]).any() or (counts["right"] < 0).any() or not 0 <= home[0] <= home[1]:
        raise ValueError("expected at most as many right answers as images, found more")
    return Limits(ranges, names, counts["asked"], counts["right"], (home[0], home[1]))


def find_ranges(facts: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the facts (N, F) of training images the ranges (F, 2), low and high, that hold nearly all of them."""
    low, high = np.quantile(facts, QUANTILES, axis=0)
    margin = np.maximum(MARGIN * (high - low), [fact.least for fact in plain_facts.FACTS])
    return np.stack([low - margin, high + margin], axis=1)
