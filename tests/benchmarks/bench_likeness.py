"""Near-identical images among a million: time and memory of the search for candidates, and whether it finds copies."""

import json
from pathlib import Path
from typing import Any

from tests.benchmarks import child_likeness, common

GOAL_HOURS, GOAL_BYTES = 2.0, 500e6


def measure(home: Path, what: str) -> list[dict[str, Any]]:
    """One line: the time for all images from that for some of them, the memory beside the hashes, the share found."""
    said = json.loads(common.run_child(home, "-m", "tests.benchmarks.child_likeness").splitlines()[-1])
    hours = (said["sorting"] + said["each"] * child_likeness.IMAGES) / 3600
    found = said["found"] / child_likeness.ASKED
    return [
        common.row(
            f"(n) near-identical images, candidates among {child_likeness.IMAGES:,} hashes",
            ours=f"{hours:.1f} h, {said['extra'] / 1e6:.0f} MB, {100 * found:.0f} % of the copies found",
            plain="–",
            ratio=hours / GOAL_HOURS,
            goal=f"under {GOAL_HOURS:.0f} h and {GOAL_BYTES / 1e6:.0f} MB, 99 % found",
            holds=hours < GOAL_HOURS and said["extra"] < GOAL_BYTES and found >= 0.99,
            note=f"from {child_likeness.ASKED} images, {1e3 * said['each']:.1f} ms each in all crops, any way up; "
            f"hashes and Python {said['held'] / 1e6:.0f} MB",
        )
    ]
