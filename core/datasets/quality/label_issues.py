"""Labels that are probably wrong, told from what models answer to images that they have not seen."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ("position", "given", "suggested", "quality")


def find_suspects(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> pd.DataFrame:
    """Label issues by confident learning (Northcutt, Jiang and Chuang 2021), with cleanlab.

    labels : (N,) int, the given class of each image, 0 to K - 1.
    probabilities : (N, K), out-of-sample: from models that were not trained on the image; rows sum to 1.
    Confident learning estimates how often each class is given for each other one, from images whose probability is
    above the mean of its class, and reports about as many images as that says are wrong.

    Returns a table, most suspicious first: position int64 (0 to N - 1), given int64, suggested int64 (the class with
    the largest probability), quality float64 in [0, 1], the probability of the given class: lower = more likely wrong.
    Raises ValueError where shapes or values are not as above.
    """
    _require_usable(labels, probabilities)
    if len(np.unique(labels)) < 2:  # nothing to confuse it with
        return _make_table(labels, probabilities, np.zeros(len(labels), dtype=bool), np.zeros(len(labels)))
    from cleanlab import filter as cleanlab_filter  # noqa: PLC0415  (takes seconds, and most pages never come here)
    from cleanlab import rank  # noqa: PLC0415  (the same)

    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    given = labels.astype(np.int64)
    suspicious = np.asarray(cleanlab_filter.find_label_issues(given, exact, n_jobs=1), dtype=bool)
    quality = np.asarray(rank.get_label_quality_scores(given, exact), dtype=np.float64)
    return _make_table(given, exact, suspicious, quality)


def _make_table(
    labels: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    chosen: NDArray[np.bool_],
    quality: NDArray[np.float64],
) -> pd.DataFrame:
    suggested = probabilities.argmax(axis=1)
    positions = np.flatnonzero(chosen & (suggested != labels))
    positions = positions[np.argsort(quality[positions], kind="stable")]
    columns = (positions, labels[positions], suggested[positions], quality[positions])
    types = ("int64", "int64", "int64", "float64")
    values = zip(COLUMNS, columns, types, strict=True)
    return pd.DataFrame({name: np.asarray(column).astype(kind) for name, column, kind in values})


def _require_usable(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> None:
    if probabilities.ndim != 2 or probabilities.shape[1] < 2 or labels.shape != probabilities.shape[:1]:
        raise ValueError(
            f"expected labels (N,) and probabilities (N, K >= 2), found {labels.shape}, {probabilities.shape}"
        )
    if len(labels) and not (labels.min() >= 0 and labels.max() < probabilities.shape[1]):
        raise ValueError(
            f"expected labels from 0 to {probabilities.shape[1] - 1}, found {labels.min()} to {labels.max()}"
        )
    if not ((probabilities >= 0).all() and np.allclose(probabilities.sum(axis=1), 1, atol=0.01)):
        raise ValueError("expected probabilities of at least 0 that sum to 1 in each row")
