"""Indexes of data sets that have no files."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.datasets.index import index

CLASSES = ("Parasitized", "Uninfected")


def make_index(
    labels: Sequence[int],
    groups: Sequence[str],
    *,
    given: Sequence[str] | None = None,
    contents: Sequence[int] | None = None,
    problems: Sequence[str] | None = None,
) -> index.Index:
    count = len(labels)
    table = pd.DataFrame(
        {
            "image_id": [f"{number:016x}" for number in range(count)],
            "path": [f"{number:06d}.png" for number in range(count)],
            "label": np.asarray(labels, np.int16),
            "split": list(given or [""] * count),
            "group": list(groups),
            "sha256": [f"{content:064x}" for content in (contents or range(count))],
            "problem": list(problems or [""] * count),
        }
    )
    return index.Index("cells", "0" * 64, CLASSES, "Parasitized", "malaria", table, {})


def make_malaria_index(seed: int) -> index.Index:
    """160 patients, 120 with both classes, of uneven sizes, as the public set has them."""
    rng = np.random.default_rng(seed)
    labels, groups = [], []
    for patient in range(160):
        size = int(rng.integers(10, 60))
        infected_share = rng.beta(4, 3) if patient < 120 else 0.0
        labels += [int(rng.random() > infected_share) for _ in range(size)]
        groups += [f"C{patient}"] * size
    return make_index(labels, groups)
