"""Explore on a large set: server time of each view, and memory for paging through an index of a million rows."""

import json
import statistics
from pathlib import Path
from typing import Any

from tests.benchmarks import child_paging, common

GOAL_MS = 300
GOAL_FIRST_SECONDS = 3.0
GOAL_BYTES = 300e6


def measure(home: Path, what: str) -> list[dict[str, Any]]:
    """The slowest view's median rerun, the slowest first view, and the bytes that paging needs beside the index."""
    common.run_child(home, "-m", "core", "index", "bench")
    said = json.loads(common.run_child(home, "-m", "tests.benchmarks.child_views", "bench").splitlines()[-1])
    first = {view: times[0] for view, times in said.items()}
    again = {view: 1e3 * statistics.median(times[1:]) for view, times in said.items()}
    slowest, slowest_first = max(again, key=again.__getitem__), max(first, key=first.__getitem__)
    paging = json.loads(common.run_child(home, "-m", "tests.benchmarks.child_paging").splitlines()[-1])
    return [
        common.row(
            f"(g) Explore and Datasets, server time of a rerun, slowest of {len(again)} views, {what}",
            ours=f"{again[slowest]:.0f} ms ({slowest})",
            plain="–",
            ratio=again[slowest] / GOAL_MS,
            goal=f"under {GOAL_MS} ms",
            holds=again[slowest] < GOAL_MS,
            note=", ".join(f"{view} {value:.0f} ms" for view, value in again.items()),
        ),
        common.row(
            f"(g) Explore and Datasets, first view after the import, slowest of {len(first)} views, {what}",
            ours=f"{first[slowest_first]:.1f} s ({slowest_first})",
            plain="–",
            ratio=first[slowest_first] / GOAL_FIRST_SECONDS,
            goal=f"under {GOAL_FIRST_SECONDS:.0f} s",
            holds=first[slowest_first] < GOAL_FIRST_SECONDS,
            note=", ".join(f"{view} {value:.1f} s" for view, value in first.items()),
        ),
        common.row(
            f"(h) paging through the grid of an index of {child_paging.ROWS:,} rows, memory beside the index",
            ours=f"{paging['extra'] / 1e6:.0f} MB",
            plain="–",
            ratio=paging["extra"] / GOAL_BYTES,
            goal=f"under {GOAL_BYTES / 1e6:.0f} MB",
            holds=paging["extra"] < GOAL_BYTES,
            note=f"index and Python {paging['held'] / 1e6:.0f} MB; a filter and 20 pages {paging['seconds']:.2f} s",
        ),
    ]
