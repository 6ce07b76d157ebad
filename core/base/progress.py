"""How far a long piece of work is, said to whoever listens: a terminal, a file that a page reads, or nobody."""

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

Report = Callable[[int, int, str], None]
"""`report(done, total, what)`: `done` of `total` (0 = not known) while doing `what`. May raise `Cancelled`."""


class Cancelled(Exception):
    """Raised by a report when the person asked to stop; the work cleans up after itself and lets it pass."""


def say_nothing(done: int, total: int, what: str) -> None:
    """The report that nobody listens to."""


def estimate_seconds_left(done: int, total: int, seconds: float) -> float | None:
    """Seconds left at the pace so far; None before the first unit is done or where the total is unknown."""
    return seconds / done * (total - done) if 0 < done <= total else None


def describe_seconds(seconds: float | None) -> str:
    """A duration as a person says it: 40 s, 3 min, 2 h 10 min; a dash where it is not known."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def describe(row: Mapping[str, Any]) -> str:
    """`Reading images: 300 of 2,000, 12 s left`, of what a `Throttled` report has written."""
    left = f", {describe_seconds(row['seconds_left'])} left" if row["seconds_left"] else ""
    share = f": {row['done']:,} of {row['total']:,}{left}" if row["total"] else " …"
    return f"{row['what']}{share}"


class Throttled:
    """Passes reports on at most every `every_seconds`, and always the last one of a piece of work."""

    def __init__(self, write: Callable[[dict[str, Any]], None], every_seconds: float = 0.2) -> None:
        self._write, self._every = write, every_seconds
        self._last, self._started, self._first, self._done = 0.0, time.monotonic(), 0, 0
        self._piece = ("", 0)

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if (what, total) != self._piece or done < self._done:  # another piece of work, though it may be called the same
            self._piece, self._started, self._last, self._first = (what, total), now, 0.0, done
        self._done = done
        if done < total and now - self._last < self._every:
            return
        self._last = now
        # Work that is resumed begins half way: the pace is that of what was done since.
        left = estimate_seconds_left(done - self._first, total - self._first, now - self._started)
        self._write({"done": done, "total": total, "what": what, "seconds_left": left})


def to_terminal(stream: TextIO | None = None) -> Throttled:
    """A report that draws one line on stderr: rewritten in place on a terminal, one line a step elsewhere."""
    out = stream or sys.stderr
    live = out.isatty()

    def write(row: dict[str, Any]) -> None:
        share = f"{row['done']:,} of {row['total']:,}" if row["total"] else f"{row['done']:,}"
        ended = row["done"] >= row["total"] > 0
        left = "" if ended else f", {describe_seconds(row['seconds_left'])} left"
        line = f"{row['what']}: {share}{left}"
        out.write(f"\r\x1b[2K{line}" + ("\n" if ended else "") if live else f"{line}\n")
        out.flush()

    return Throttled(write, every_seconds=0.2 if live else 5.0)
