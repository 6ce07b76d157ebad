"""Judging: each statistic with its intervals, and the Compare page with 20 models."""

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks import common

GOAL_SECONDS = 1.0


def measure(home: Path, what: str) -> list[dict[str, Any]]:
    """Seconds on this machine, on invented answers in a home of their own (`home` and `what` are about images)."""
    with tempfile.TemporaryDirectory(prefix="second-look-bench-") as temporary:
        spent = json.loads(common.run_child(Path(temporary), "-m", "tests.benchmarks.child_judging", "statistics"))
        opened = json.loads(common.run_child(Path(temporary), "-m", "tests.benchmarks.child_judging", "compare"))
    rows = []
    for units, seconds in spent.items():
        slowest = max(seconds, key=seconds.__getitem__)
        rows.append(
            _row(
                f"(o) intervals of 6,647 predictions by {units}, the slowest of {len(seconds)} statistics",
                seconds[slowest],
                f"{slowest} {seconds[slowest]:.2f} s",
                ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items()),
            )
        )
    rows.append(
        _row(
            "(p) Compare with 20 models of 6,647 predictions, server time with empty caches",
            opened["empty"],
            f"{opened['empty']:.2f} s",
            f"the first page of the process {opened['first']:.2f} s, again {opened['again']:.2f} s",
        )
    )
    return rows


def _row(name: str, seconds: float, ours: str, note: str) -> dict[str, Any]:
    return common.row(
        name,
        ours=ours,
        plain="–",
        ratio=seconds / GOAL_SECONDS,
        goal=f"under {GOAL_SECONDS:.0f} s",
        holds=seconds < GOAL_SECONDS,
        note=note,
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="second-look-judging-") as temporary:
        for result in measure(Path(temporary), "invented answers"):
            print(result)
