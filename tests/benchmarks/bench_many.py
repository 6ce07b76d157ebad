"""Many images answered at once against its parts alone, taking turns in one process; and the memory that it takes."""

import json
from pathlib import Path
from typing import Any

from tests.benchmarks import common

MODEL = "malaria-smear-cnn-micro-normalised"
GOAL, MOST_BYTES = 1.3, 2_000_000_000


def measure(home: Path, what: str) -> list[dict[str, Any]]:
    """Loading the model is in neither; files are warm in the cache."""
    folder = home / "data" / "datasets" / "bench"
    said = common.run_child(home, "-m", "tests.benchmarks.child_many", str(folder), MODEL)
    found = json.loads(said.splitlines()[-1])
    parts = found["decoding"] + found["form"] + found["network"]
    return [
        common.row(
            f"(t) answers to many images, {what}",
            ours=f"{found['ours']:.0f} s, {found['images'] / found['ours']:,.0f} a second",
            plain=f"{parts:.0f} s for its parts alone",
            ratio=found["ours"] / parts,
            goal=f"within {GOAL} x of decoding, form and network, each alone",
            holds=found["ours"] <= GOAL * parts,
            note=f"decoding {found['decoding']:.0f} s, form and plain facts {found['form']:.0f} s (on all cores), "
            f"network {found['network']:.0f} s, half of it for the gate",
        ),
        common.row(
            f"(t) memory of answering many images, {what}",
            ours=f"{found['peak'] / 1e9:.2f} GB",
            plain="–",
            ratio=found["peak"] / MOST_BYTES,
            goal=f"below {MOST_BYTES / 1e9:.0f} GB",
            holds=found["peak"] < MOST_BYTES,
            note="the process with the network; its readers have about 0.2 GB each beside it",
        ),
    ]
