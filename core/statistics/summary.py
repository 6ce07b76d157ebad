"""One dictionary that says how good a model is on some images, from its predictions alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.statistics import measures, metrics_table, tasks


def summarise(
    predictions: pd.DataFrame,
    class_names: Sequence[str],
    positive_class: str,
    *,
    answers: NDArray[np.int64] | None = None,
) -> dict[str, Any]:
    """The metrics that are kept with a model, in the frame of `measures.frame`.

    predictions : one row an image (choose the split before): group ("" = not known), label (int), `p_<class>` a class.
    answers : (N,) labels, where something else decides; else the class with the largest probability, the first of
        equals.

    With at least 2 known groups intervals count groups; an image without one is a group of its own.
    Raises PredictionsNotUsable for missing columns, labels outside the classes, probabilities outside [0, 1].
    """
    task = tasks.build_task(predictions, class_names, positive_class, answers=answers)
    return measures.frame(task, measures.compute(task, metrics_table.list_summary()))
