"""Names beside marks: each at a height of its own, so that none lies on another whatever the width of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

LINE_PX, LETTER_PX, BESIDE_PX, MARK_PX = 14, 6, 14, 12  # a line, a letter's width, from mark to name, a mark
LONGEST_LINE = 20  # letters, from which on a name breaks
WIDTHS_PX = (260, 600, 1000)  # of the plot, on a telephone, beside something else, alone
MARGINS_PX = (70, 24)  # left and right of the plot, where a name may still stand


@dataclass(frozen=True)
class Name:
    """A name as it is drawn: `text` with <br>, and from the mark to its edge: px to the right (< 0: left) and up."""

    text: str
    anchor: Literal["left", "right"]
    aside_px: float
    above_px: float


@dataclass(frozen=True)
class Names:
    """Names in the order of their marks, and how high the plot must be for them."""

    placed: list[Name]
    height_px: int


def place_names(names: Sequence[str], x: Sequence[float], y: Sequence[float], *, least_px: int) -> Names:
    """A place for each name beside its mark. x, y : of the marks, in [0, 1] of the plot, up and right positive.

    Heights are all apart, since the width of the picture is not known before it is drawn; the side of the mark is that
    on which the name covers fewer marks and is cut off less, at three usual widths.
    """
    texts = [_break(name) for name in names]
    gap = LINE_PX * max((_count_lines(text) for text in texts), default=1) + 2
    height_px = max(least_px, gap * len(names))
    heights = [height_px * share for share in y]
    places = spread(heights, gap=gap, ends=(gap / 2, height_px - gap / 2))
    placed = []
    for number, (text, place) in enumerate(zip(texts, places, strict=True)):
        tall = LINE_PX * _count_lines(text) / 2 + MARK_PX / 2
        near = [x[k] for k in range(len(x)) if k != number and abs(heights[k] - place) < tall]
        wide = LETTER_PX * max(map(len, text.split("<br>")))
        to_right = _count_faults(x[number], near, wide, 1) <= _count_faults(x[number], near, wide, -1)
        anchor: Literal["left", "right"] = "left" if to_right else "right"
        placed.append(Name(text, anchor, BESIDE_PX if to_right else -BESIDE_PX, place - heights[number]))
    return Names(placed, height_px)


def _count_faults(at: float, near: Sequence[float], wide: float, side: Literal[1, -1]) -> int:
    """Marks that a name would cover, and three for each time it would be cut off. near : x of marks of its height."""
    faults = 0
    for width in WIDTHS_PX:
        edges = sorted((at * width + side * BESIDE_PX, at * width + side * (BESIDE_PX + wide)))
        faults += 3 * (edges[0] < -MARGINS_PX[0] or edges[1] > width + MARGINS_PX[1])
        faults += sum(edges[0] - MARK_PX / 2 < other * width < edges[1] + MARK_PX / 2 for other in near)
    return faults


def _break(name: str) -> str:
    """A long name on two lines, at the hyphen or the space next to its middle, for narrow screens."""
    breaks = [place for place, letter in enumerate(name) if letter in "- " and 0 < place < len(name) - 1]
    if len(name) <= LONGEST_LINE or not breaks:
        return name
    at = min(breaks, key=lambda place: abs(place + 1 - len(name) / 2)) + 1
    return f"{name[:at]}<br>{name[at:]}"


def _count_lines(text: str) -> int:
    return text.count("<br>") + 1


def spread(wanted: Sequence[float], *, gap: float, ends: tuple[float, float]) -> list[float]:
    """Places as near as can be to the wanted ones (least squares), at least `gap` apart and within `ends`.

    The order of the wanted places is kept; of equal ones, the order given. Where all of them do not fit, the last ones
    stand beyond the upper end. Pool adjacent violators (Barlow et al. 1972) on the places less their share of the gaps.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    pools: list[tuple[float, int]] = []  # mean and size of runs that touch each other
    for number, place in enumerate(order):
        pool = (wanted[place] - number * gap, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, size = pools.pop()
            pool = ((mean * size + pool[0] * pool[1]) / (size + pool[1]), size + pool[1])
        pools.append(pool)
    low, high = ends[0], max(ends[0], ends[1] - (len(order) - 1) * gap)
    shifted = [min(max(mean, low), high) for mean, size in pools for _ in range(size)]
    found = [0.0] * len(order)
    for number, (place, at) in enumerate(zip(order, shifted, strict=True)):
        found[place] = at + number * gap
    return found
