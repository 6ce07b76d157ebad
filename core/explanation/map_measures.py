"""What two heatmaps of one image share, and how much of one lies where it can mean something. Pure numpy."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CELLS = 8  # a side, at which two methods are compared: as coarse as the coarsest of ours
HIGHEST = 0.1  # of the pixels

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]


def correlate_ranks(one: Map, other: Map) -> float | None:
    """Spearman's rank correlation of two maps (H, W) on a grid of CELLS x CELLS; None where one of them is even."""
    ranks = [_rank(cv2.resize(values, (CELLS, CELLS), interpolation=cv2.INTER_AREA)) for values in (one, other)]
    if min(values.std() for values in ranks) == 0:
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def measure_overlap(one: Map, other: Map) -> float | None:
    """Which share (0 to 1) of the highest tenth of one map is in that of the other; a tenth is what chance gives.

    None where one of the maps (H, W) is empty.
    """
    if min(one.max(), other.max()) <= 0:
        return None
    count = max(1, round(HIGHEST * one.size))
    tops = [set(np.argsort(-values.ravel(), kind="stable")[:count].tolist()) for values in (one, other)]
    return len(tops[0] & tops[1]) / count


def measure_inside(values: Map, body: Mask) -> float | None:
    """Which share (0 to 1) of a map's mass, (H, W) >= 0, lies inside a body (H, W); None of an empty map."""
    total = float(values.sum(dtype=np.float64))
    return float(values[body].sum(dtype=np.float64)) / total if total > 0 else None


def _rank(values: NDArray[Any]) -> NDArray[np.float64]:
    """Ranks (N,) of a grid, of equal values their mean (not by scipy.stats, which takes two seconds to import)."""
    _, places, counts = np.unique(np.asarray(values).ravel(), return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks
