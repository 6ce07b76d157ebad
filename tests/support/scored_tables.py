"""Tables of predictions."""

import pandas as pd

from core.models import package


def scored(found):
    return pd.read_parquet(found.file(package.PREDICTIONS_FILE))
