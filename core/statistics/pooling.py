"""Several trainings of one recipe summed up: mean, spread and interval over runs, and all folds' answers as one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special  # not scipy.stats: it takes two seconds to import, and pages must open at once

from core.base import errors
from core.statistics import intervals


@dataclass(frozen=True)
class Mean:
    """Mean of a metric over `n_runs` runs; `spread` is the standard deviation between them (ddof 1).

    low <= mean <= high: 95 % interval of the mean in [0, 1]. None where nothing can be said.
    """

    mean: float | None
    spread: float | None
    low: float | None
    high: float | None
    n_runs: int


def compute_mean(
    values: Sequence[float | None], *, test_train_ratio: float | None, level: float = intervals.LEVEL
) -> Mean:
    """Mean, spread and Student's interval of a metric in [0, 1] over runs; runs without a value (None) are left out.

    test_train_ratio : test images / training images, where each run has its own division of the same images. Their
        training sets overlap, so that the runs resemble each other more than independent ones would, and the plain
        interval of K folds is too narrow. The variance of the mean is then spread**2 * (1 / J + ratio) instead of
        spread**2 / J: the corrected resampled t of Nadeau and Bengio (2003), "Inference for the Generalization Error",
        Machine Learning 52:239-281. It is a good approximation and no proof: no unbiased estimate exists.
        None where all runs have the same division: the plain interval, which speaks of other seeds on these very
        images and not of other patients.

    The interval has J - 1 degrees of freedom, is cut to [0, 1], and is not given for fewer than two runs, nor where all
    are equal, since those hold no trace of how far another one would be.
    """
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    n = len(known)
    if n == 0:
        return Mean(None, None, None, None, 0)
    mean = float(known.mean())
    if n == 1:
        return Mean(mean, None, None, None, 1)
    spread = float(known.std(ddof=1))
    if spread < intervals.ROUNDING:
        return Mean(mean, 0.0, None, None, n)
    factor = math.sqrt(1 / n + (test_train_ratio or 0.0))
    half = float(special.stdtrit(n - 1, 0.5 + level / 2)) * spread * factor
    return Mean(mean, spread, max(0.0, mean - half), min(1.0, mean + half), n)


def join_test_parts(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The test images of several models' predictions as one table, each answered by the model that had not seen it.

    tables : as `tables.read_predictions` gives them. Raises PredictionsNotUsable where an image was tested twice, or
    the tables are of different classes.
    """
    parts = [table[table["split"] == "test"] for table in tables]
    if any(set(part.columns) != set(parts[0].columns) for part in parts):
        raise _not_usable("predictions of the same classes from each fold", "different columns")
    joined = pd.concat(parts, ignore_index=True)
    twice = int(joined["image_id"].duplicated().sum())
    if twice:
        raise _not_usable("every image in the test part of one fold only", f"{twice:,} images that were tested again")
    return joined


def _not_usable(expected: str, found: str) -> errors.PredictionsNotUsable:
    return errors.PredictionsNotUsable(
        expected=expected, found=found, where="the folds of a series", todo="Train the folds again."
    )
