"""Which images to show: filters and a random order that a seed fixes, so that a page of a grid is a fair sample."""

import re
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.index import index

Status = Literal["usable", "excluded", "proposed", "unreadable"]
STATUSES: tuple[Status, ...] = ("usable", "excluded", "proposed", "unreadable")


def select_rows(
    data: index.Index,
    *,
    class_name: str | None = None,
    split: str | None = None,
    group: str | None = None,
    status: Status = "usable",
    seed: int = 0,
) -> NDArray[np.int64]:
    """Rows of a class, a given split and a group (None = any), in an order that depends on the seed alone.

    status : usable = readable and not left out; excluded = left out by a person; proposed = with a proposal for another
    class; unreadable = with a problem.
    """
    table = _with_status(data, status)
    keep = _passes(data, table, class_name=class_name, split=split, group=group)
    rows = table.index.to_numpy(np.int64)
    return np.random.default_rng(seed).permutation(np.array(rows if keep.all() else rows[keep]))


def filter_rows(
    data: index.Index,
    rows: NDArray[np.int64],
    *,
    class_name: str | None = None,
    split: str | None = None,
    group: str | None = None,
) -> NDArray[np.int64]:
    """Those of some rows that are of a class, a given split and a group (None = any), in the order given."""
    return rows[_passes(data, data.table.loc[rows], class_name=class_name, split=split, group=group)]


def _passes(
    data: index.Index, table: pd.DataFrame, *, class_name: str | None, split: str | None, group: str | None
) -> NDArray[np.bool_]:
    keep = np.ones(len(table), bool)
    if class_name is not None:
        keep &= table["label"].to_numpy() == data.class_names.index(class_name)
    if split is not None:
        keep &= (table["split"] == split).to_numpy()
    if group is not None:
        keep &= (table["group"] == group).to_numpy()
    return keep


def _with_status(data: index.Index, status: Status) -> pd.DataFrame:
    if status == "usable":
        return data.usable
    if status == "unreadable":
        return data.table[data.table["problem"] != ""]
    if status == "excluded":
        return data.table[data.table["excluded"]]
    return data.table[data.table["image_id"].isin(list(data.decided.proposals))]


def count_statuses(data: index.Index) -> dict[Status, int]:
    """How many rows each status has."""
    return {status: len(_with_status(data, status)) for status in STATUSES}


def find_row(data: index.Index, image_id: str) -> int | None:
    """The row of an image; None where the data set has no such image."""
    rows = np.flatnonzero((data.table["image_id"] == image_id).to_numpy())
    return int(rows[0]) if len(rows) else None


def list_groups(data: index.Index) -> list[str]:
    """Known groups of usable images, sorted, numbers in them by value: P2 before P10."""
    return sorted(set(data.usable["group"].unique()) - {""}, key=_by_number)


def _by_number(name: str) -> list[tuple[int, int, str]]:
    pieces = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(0, int(piece), "") if piece[0] in "0123456789" else (1, 0, piece) for piece in pieces]


def count_by_split(data: index.Index) -> dict[str, dict[str, int]]:
    """split -> class -> readable images; images that came without a split count under an empty name."""
    counts: dict[str, dict[str, int]] = {}
    names = [split for split in ("train", "validation", "test", "") if (data.usable["split"] == split).any()]
    for split in names:
        labels = data.usable.loc[data.usable["split"] == split, "label"].to_numpy()
        per_class = np.bincount(labels, minlength=len(data.class_names))
        counts[split] = {name: int(per_class[i]) for i, name in enumerate(data.class_names)}
    return counts


def describe_image(data: index.Index, row: int) -> dict[str, str]:
    """What is known of one image, in words, in the order in which a person wants it; what is not known is left out."""
    entry = data.table.loc[row].to_dict()
    label = int(entry["label"])
    facts = {
        "Class": data.class_names[label] if label >= 0 else "",
        "Patient": str(entry["group"]),
        "Split as it came": str(entry["split"]),
        "Size": f"{entry['width_px']} x {entry['height_px']} pixels" if entry["width_px"] else "",
        "File": str(entry["path"]),
        "Bytes": f"{entry['size_bytes']:,}",
        "Identity": str(entry["sha256"])[:16],
        "Problem": str(entry["problem"]),
    }
    return {name: value for name, value in facts.items() if value}
