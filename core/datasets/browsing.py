"""Which images to show: filters and a fixed random order, so that a page of a grid is a fair sample of the set."""

import numpy as np

from core.datasets import index


def select_rows(data: index.Index, *, class_name: str | None = None, split: str | None = None) -> list[int]:
    """Rows of readable images of a class and a given split (None = any), in a random order that never changes."""
    table = data.usable
    if class_name is not None:
        table = table[table["label"] == data.class_names.index(class_name)]
    if split is not None:
        table = table[table["split"] == split]
    return [int(row) for row in np.random.default_rng(0).permutation(table.index.to_numpy())]


def count_by_split(data: index.Index) -> dict[str, dict[str, int]]:
    """split -> class -> readable images; images that came without a split count under an empty name."""
    counts: dict[str, dict[str, int]] = {}
    names = [split for split in ("train", "validation", "test", "") if (data.usable["split"] == split).any()]
    for split in names:
        labels = data.usable.loc[data.usable["split"] == split, "label"].to_numpy()
        per_class = np.bincount(labels, minlength=len(data.class_names))
        counts[split] = {name: int(per_class[i]) for i, name in enumerate(data.class_names)}
    return counts
