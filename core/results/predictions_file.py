"""Tables of predictions in files that belong to no model's folder."""

from pathlib import Path

import pandas as pd

from core.models import tables
from core.statistics import tasks


def read(path: Path) -> pd.DataFrame:
    """Read a table of predictions: columns image_id, split, group ("" = none), label (int), one `p_<class>` a class.

    For one that belongs to no model's folder; a model's own are read by `tables.read_predictions`.
    Raises PredictionsNotUsable if the file is absent or damaged, lacks a column, or holds impossible values.
    """
    try:
        return tables.open_predictions(path)
    except tables.NotUsableError as error:
        raise tasks.not_usable(error.expected, error.found, str(path)) from error
