"""Sizes of images and images of patients, counted: what pictures and tables of them are made of."""

import numpy as np
import pandas as pd

from core.datasets.index import index

MOST_SIZES = 2000
BINS_PX = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def count_sizes(data: index.Index, *, most: int = MOST_SIZES) -> tuple[pd.DataFrame, int]:
    """How many usable images have each size, and to how many pixels the sizes were rounded for it.

    Returns a table of label, height_px, width_px, images, the commonest sizes first; and the rounding, 1 = none: the
    smallest of BINS_PX that leaves at most `most` rows.
    """
    sizes = data.usable[["label", "height_px", "width_px"]].astype(np.int64)
    for bin_px in BINS_PX:
        rounded = sizes.assign(
            height_px=_round_to(sizes["height_px"], bin_px), width_px=_round_to(sizes["width_px"], bin_px)
        )
        counted = rounded.value_counts().rename("images").reset_index()
        if len(counted) <= most:
            break
    return counted, bin_px


def count_patients(data: index.Index) -> pd.DataFrame:
    """Usable images of each known group: a row a group, a column a class (int64), most images first, ties by name."""
    usable = data.usable[data.usable["group"] != ""]
    codes, groups = pd.factorize(usable["group"], sort=True)
    classes = len(data.class_names)
    flat = np.bincount(codes * classes + usable["label"].to_numpy(), minlength=len(groups) * classes)
    table = pd.DataFrame(flat.reshape(-1, classes), index=pd.Index(groups, name="group"), columns=data.class_names)
    return table.iloc[np.argsort(-table.sum(axis=1).to_numpy(), kind="stable")]


def _round_to(values: pd.Series, bin_px: int) -> pd.Series:
    return (values / bin_px).round().astype(np.int64) * bin_px
