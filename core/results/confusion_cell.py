"""The images behind one cell of a confusion matrix, the most confident first, and where they are on this machine."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.datasets.index import index
from core.models import package
from core.statistics import decision_rule

COLUMNS = ("image_id", "group", "truth", "answer", "probability", "confidence")


def list_cell(
    predictions: pd.DataFrame,
    class_names: Sequence[str],
    truth: int,
    answer: int,
    *,
    threshold: float | None,
    positive: int,
    temperature: float | None = None,
) -> pd.DataFrame:
    """The images of class `truth` that are answered `answer`, the most confident first; columns COLUMNS.

    predictions : one row an image (choose the split before): image_id, group, label, `p_<class>`. threshold : for the
    probability of class `positive`, the model's own; None = the most probable class is answered.
    probability : of the answered class, in [0, 1], after `temperature` where one is given. confidence : log odds to
    another answer, >= 0 (`deciding.compute_confidence`). truth and answer are class names. Equals go by image_id.
    """
    probabilities = predictions[[f"p_{name}" for name in class_names]].to_numpy(dtype=float)
    answers = decision_rule.decide(probabilities, positive, threshold)
    chosen = (predictions["label"].to_numpy() == truth) & (answers == answer)
    own = probabilities[chosen]
    shown = own if temperature is None else decision_rule.apply_temperature(own, temperature)
    table = pd.DataFrame(
        {
            "image_id": predictions["image_id"].to_numpy()[chosen],
            "group": predictions["group"].fillna("").to_numpy()[chosen],
            "truth": class_names[truth],
            "answer": class_names[answer],
            "probability": shown[:, answer],
            "confidence": decision_rule.compute_confidence(own, positive, threshold),
        }
    )
    ordered = table.sort_values(["confidence", "image_id"], ascending=[False, True], ignore_index=True)
    return ordered[list(COLUMNS)]


def find_dataset(found: package.Package, datasets: Sequence[dict[str, Any]]) -> str | None:
    """The data set on this machine that holds the very images of the model; None where none does.

    datasets : rows of `index.list_datasets`. Of several the one with the name that the model knows, else the first.
    """
    same = [row["name"] for row in datasets if row["status"] == "ready" and row["content"] == found.dataset_content]
    known = found.manifest.dataset.name
    return known if known in same else next(iter(same), None)


def find_rows(data: index.Index, image_ids: Sequence[str]) -> dict[str, int]:
    """image_id -> row of those that the data set has."""
    rows = np.flatnonzero(data.table["image_id"].isin(list(image_ids)).to_numpy())
    return dict(zip(data.table["image_id"].iloc[rows].tolist(), rows.tolist(), strict=True))
