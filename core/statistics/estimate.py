"""A number with its uncertainty: the one form in which results are handed on, written to files and put in words.

Imports no layer, so that whatever holds a result may use it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import msgspec

from core.base import records

SURE, ABOUT = "95 %", "about 90 %"  # how often such intervals hold the truth


@dataclass(frozen=True)
class Form:
    """How a value is written: `scale` times it with so many digits, a sign where it is a difference, and its unit."""

    scale: float = 1.0
    digits: int = 3
    unit: str = ""
    signed: bool = False
    minus: str = "-"

    def write(self, value: float) -> str:
        """One value, without its unit."""
        return f"{self.scale * value:{'+' if self.signed else ''}.{self.digits}f}".replace("-", self.minus)

    def say(self, value: float) -> str:
        """One value with its unit."""
        return f"{self.write(value)}{self.unit}"

    def say_distance(self, distance: float) -> str:
        """A distance between two values: of percentages in points, which are not per cent of anything."""
        return DISTANCE.say(distance) if self.unit == PER_CENT.unit else self.say(distance)

    def as_printf(self) -> str:
        """The same for a table that writes its numbers itself, of values times `scale`."""
        return f"%.{self.digits}f{self.unit.replace('%', '%%')}"


PER_CENT, NUMBER = Form(100, 1, " %"), Form()
DIFFERENCE = Form(signed=True)
DISTANCE = Form(100, 1, " points")  # between two percentages
POINTS = Form(100, 1, signed=True, minus="\N{MINUS SIGN}")
SMALL_CHANGE = Form(1, 4, signed=True, minus="\N{MINUS SIGN}")


class Estimate(records.Record, frozen=True, omit_defaults=True):
    """What a sample says a number is, and where it may lie; in files {"value", "low", "high", "n"}.

    value : None where it is undefined. low, high : low <= value <= high, both None where nothing can be said.
    n : images in its denominator. level : how often such intervals hold the truth, in words; in files only where it is
    not 95 %.
    """

    value: records.Number | None
    low: records.Number | None
    high: records.Number | None
    n: records.Count
    level: records.Text = SURE

    @property
    def ends(self) -> tuple[float, float] | None:
        """Both ends of the interval, None where it is not known."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def reverse(self) -> Self:
        """The same of what is left of a share: missed instead of found."""
        value, low, high = (None if end is None else 1 - end for end in (self.value, self.high, self.low))
        return msgspec.structs.replace(self, value=value, low=low, high=high)

    def say(self, form: Form = NUMBER) -> str:
        """`94.1 % (92.0 to 95.8)`; the level where it is not 95 %; `not defined` where nothing is to divide by."""
        if self.value is None:
            return "not defined"
        interval = self.say_ends(form)
        return form.say(self.value) + (f" ({interval})" if interval else "")

    def say_ends(self, form: Form = NUMBER) -> str:
        """`92.0 to 95.8`, and the level where it is not 95 %; empty where the interval is not known."""
        if self.low is None or self.high is None:
            return ""
        level = "" if self.level == SURE else f", {self.level}"
        return f"{form.write(self.low)} to {form.write(self.high)}{level}"


NOT_MEASURED = Estimate(None, None, None, 0)


def find(result: Mapping[str, Any], key: str) -> Estimate:
    """A metric of a result; of one that was written before there was this metric, `NOT_MEASURED`."""
    found = result.get(key, NOT_MEASURED)
    if not isinstance(found, Estimate):
        raise TypeError(f"expected an estimate as {key!r}, found {type(found).__name__}")
    return found
