"""Pictures that a data set holds more than once: byte for byte, nearly, and under two classes."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from core.datasets.index import index
from core.datasets.quality import findings

Groups = pd.DataFrame  # columns row, group_number, score, detail; the first row of a group is the one to keep


def find_copies(data: index.Index, pairs: pd.DataFrame | None) -> list[findings.Finding]:
    """Exact copies; near-copies where `pairs` is given; and those of either that lie in two classes, as a kind of
    their own. Each image is reported under one kind.

    pairs : columns row_a, row_b (of data.table), similarity (0 to 1), how; None = not looked for.
    """
    exact = _find_exact(data)
    near = _find_near(data, pairs, exact)
    contradicting = [_choose_groups(data, groups, two_classes=True) for groups in (exact, near)]
    said = [
        _describe_contradictions(data, contradicting),
        _describe(data, "duplicate", _choose_groups(data, exact, two_classes=False)),
        _describe(data, "near_duplicate", _choose_groups(data, near, two_classes=False)),
    ]
    return [finding for finding in said if len(finding.rows)]


def _find_exact(data: index.Index) -> Groups:
    usable = data.usable[["sha256"]].assign(row=data.usable.index)
    copies = usable[usable.duplicated("sha256", keep=False)]
    return pd.DataFrame(
        {
            "row": copies["row"].to_numpy(np.int64),
            "group_number": pd.factorize(copies["sha256"])[0].astype(np.int64),
            "score": np.ones(len(copies)),
            "detail": ["same file"] * len(copies),
        }
    )


def _find_near(data: index.Index, pairs: pd.DataFrame | None, exact: Groups) -> Groups:
    """Images connected by near-identical pairs; of exact copies, only the first takes part."""
    if pairs is None or not len(pairs):
        return exact.iloc[:0]
    usable = np.zeros(len(data.table), dtype=bool)
    usable[data.usable.index] = True
    usable[exact.loc[exact.duplicated("group_number"), "row"]] = False
    hashes = data.table["sha256"].to_numpy()
    # Pairs name the first of identical files only; where that one is excluded, the first that is left stands for it.
    first = data.usable.reset_index().drop_duplicates("sha256").set_index("sha256")["index"]
    stands = pd.Series(hashes).map(first).fillna(-1).to_numpy(np.int64)  # -1: no usable file of these contents
    ends_of = [stands[pairs[end].to_numpy(np.int64)] for end in ("row_a", "row_b")]
    here = (ends_of[0] >= 0) & (ends_of[1] >= 0)
    pairs, (a, b) = pairs[here], (end[here] for end in ends_of)
    kept = usable[a] & usable[b] & (hashes[a] != hashes[b])
    ends = pd.concat(
        [pairs[kept].assign(row=a[kept]), pairs[kept].assign(row=b[kept])],
    ).sort_values(["row", "similarity"], ascending=[True, False], kind="stable")
    nearest = ends.drop_duplicates("row")
    rows = nearest["row"].to_numpy(np.int64)
    details = [
        f"{how}, {similarity:.2f} alike" for how, similarity in zip(nearest["how"], nearest["similarity"], strict=True)
    ]
    return pd.DataFrame(
        {
            "row": rows,
            "group_number": _connect(rows, a[kept], b[kept]),
            "score": nearest["similarity"].to_numpy(np.float64),
            "detail": pd.Series(details, dtype=object),
        }
    )


def _connect(rows: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the connected group of each of the sorted `rows`, under the pairs (a, b) of them."""
    place_a, place_b = np.searchsorted(rows, a), np.searchsorted(rows, b)
    links = sparse.coo_array((np.ones(len(a)), (place_a, place_b)), shape=(len(rows), len(rows)))
    return np.asarray(sparse.csgraph.connected_components(links, directed=False)[1], dtype=np.int64)


def _choose_groups(data: index.Index, groups: Groups, *, two_classes: bool) -> Groups:
    """The groups whose images lie in several classes, or those that do not; images as worth keeping, largest first."""
    if not len(groups):
        return groups
    table = data.table.loc[groups["row"]]
    groups = groups.assign(
        label=table["label"].to_numpy(),
        area_px=table["height_px"].to_numpy(np.int64) * table["width_px"].to_numpy(np.int64),
    )
    mixed = groups.groupby("group_number")["label"].transform("nunique") > 1
    return groups[mixed == two_classes].sort_values(
        ["group_number", "area_px", "row"], ascending=[True, False, True], kind="stable"
    )


def _order(groups: Groups) -> pd.DataFrame:
    """Rows of a finding, groups of most images and then of most alike ones first, numbered from 1."""
    if not len(groups):
        return findings.make_rows([], [], [])
    by_group = groups.groupby("group_number")
    ranked = groups.assign(
        size=by_group["row"].transform("size"), alike=by_group["score"].transform("max")
    ).sort_values(["size", "alike", "group_number"], ascending=[False, False, True], kind="stable")
    numbers = pd.factorize(ranked["group_number"])[0] + 1
    return findings.make_rows(
        ranked["row"].to_numpy(),
        ranked["score"].to_numpy(),
        ranked["detail"].tolist(),
        group_numbers=numbers,
    )


def _describe_contradictions(data: index.Index, groups: list[Groups]) -> findings.Finding:
    exact, near = groups
    offset = int(exact["group_number"].max()) + 1 if len(exact) else 0
    parts = [exact, near.assign(group_number=near["group_number"] + offset)]
    return _describe(
        data, "contradiction", pd.concat([p for p in parts if len(p)]) if len(exact) or len(near) else exact
    )


def _describe(data: index.Index, kind: str, groups: Groups) -> findings.Finding:
    rows = _order(groups)
    return findings.Finding(kind, len(rows), len(data.usable), rows=rows)
