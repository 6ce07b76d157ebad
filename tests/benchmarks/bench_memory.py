"""Memory of a server over 1,000 answers, some with heatmaps, each to another image: what is kept is bounded."""

import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks import common

MODEL = "malaria-smear-cnn-micro"
WARM_UP, ANSWERS, MOST_MB = 300, 1_000, 25


def measure() -> list[dict[str, Any]]:
    """Megabytes before and after, in a process of its own; what is kept is full by then."""
    with tempfile.TemporaryDirectory(prefix="second-look-memory-") as home:
        said = common.run_child(Path(home), "-m", "tests.benchmarks.child_memory", MODEL, str(WARM_UP), str(ANSWERS))
    before, after = (float(part) for part in said.split())
    return [
        common.row(
            f"memory over {ANSWERS:,} answers with gate, some with heatmaps",
            ours=f"{before:.0f} to {after:.0f} MB",
            plain="–",
            ratio=0.0,
            goal=f"at most {MOST_MB} MB more",
            holds=after - before <= MOST_MB,
            note=f"{MODEL} a heatmap by occlusion each fourth time, after {WARM_UP} answers that fill what is kept.",
        )
    ]
