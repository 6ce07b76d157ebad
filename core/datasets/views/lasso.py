"""What a lasso on the map of a data set holds: which images, of which classes, of which groups."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.index import index as dataset_index
from core.datasets.views import embedding


def list_points(data: dataset_index.Index, found: embedding.Embedding) -> pd.DataFrame:
    """A row a point of the map, in its order: x, y, label, group, brightness float in [0, 1], row of the index."""
    table = data.table.loc[found.rows, ["label", "group"]].reset_index(drop=True)
    return table.assign(x=found.xy[:, 0], y=found.xy[:, 1], brightness=found.brightness, row=found.rows)


def tabulate(
    data: dataset_index.Index, found: embedding.Embedding, positions: Sequence[int] | NDArray[np.int64]
) -> pd.DataFrame:
    """The points at these positions as a person takes them away: image_id, path, class, group, x, y, brightness."""
    points = list_points(data, found).iloc[np.asarray(positions, np.int64)]
    images = data.table.loc[points["row"], ["image_id", "path"]].reset_index(drop=True)
    names = np.asarray(data.class_names, object)[points["label"].to_numpy(np.int64)]
    rest = points[["group", "x", "y", "brightness"]].reset_index(drop=True)
    return pd.concat([images, pd.Series(names, name="class"), rest], axis=1)


def count_by(points: pd.DataFrame, column: str, positions: Sequence[int] | NDArray[np.int64]) -> pd.DataFrame:
    """How the caught points divide: a row a value of `column` among them, the most frequent first.

    Columns: `column`, caught int, share_of_caught in (0, 1], on_map int, share_on_map in (0, 1]. The two shares are
    equal where the lasso holds a fair sample. The value "" (not known) is a row of its own.
    """
    caught = points[column].iloc[np.asarray(positions, np.int64)].value_counts()
    whole = points[column].value_counts().loc[caught.index]
    counted = pd.DataFrame(
        {
            column: caught.index,
            "caught": caught.to_numpy(),
            "share_of_caught": caught.to_numpy() / max(1, len(positions)),
            "on_map": whole.to_numpy(),
            "share_on_map": whole.to_numpy() / max(1, len(points)),
        }
    )
    return counted.sort_values(["caught", column], ascending=[False, True], ignore_index=True)
