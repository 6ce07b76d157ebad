"""The images behind a confusion matrix, the most confident first, and where they are on this machine."""

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
    """The images of class `truth` that are answered `answer`, as `list_mistakes` has them.

    predictions, threshold, positive, temperature : as there. truth, answer : in index order.
    """
    chosen = _choose(predictions, class_names, threshold, positive)
    chosen = chosen[(chosen["label"] == truth) & (chosen["answered"] == answer)]
    return _list_images(chosen, class_names, threshold=threshold, positive=positive, temperature=temperature)


def list_mistakes(
    predictions: pd.DataFrame,
    class_names: Sequence[str],
    *,
    threshold: float | None,
    positive: int,
    temperature: float | None = None,
) -> pd.DataFrame:
    """All images that are answered with another class than theirs, the most confident first; columns COLUMNS.

    predictions : one row an image (choose the split before): image_id, group, label, `p_<class>`. threshold : for the
    probability of class `positive`, the model's own; None = the most probable class is answered.
    probability : of the answered class, in [0, 1], after `temperature` where one is given. confidence : log odds to
    another answer, >= 0 (`decision_rule.compute_confidence`). truth and answer are class names. Equals go by image_id.
    """
    chosen = _choose(predictions, class_names, threshold, positive)
    chosen = chosen[chosen["label"] != chosen["answered"]]
    return _list_images(chosen, class_names, threshold=threshold, positive=positive, temperature=temperature)


def _choose(
    predictions: pd.DataFrame, class_names: Sequence[str], threshold: float | None, positive: int
) -> pd.DataFrame:
    """The predictions with the class that is answered to each, in index order."""
    probabilities = predictions[[f"p_{name}" for name in class_names]].to_numpy(dtype=float)
    return predictions.assign(answered=decision_rule.decide(probabilities, positive, threshold))


def _list_images(
    chosen: pd.DataFrame,
    class_names: Sequence[str],
    *,
    threshold: float | None,
    positive: int,
    temperature: float | None,
) -> pd.DataFrame:
    """The chosen images, of which `answered` is known, as `list_mistakes` says."""
    own = chosen[[f"p_{name}" for name in class_names]].to_numpy(dtype=float)
    answers, names = chosen["answered"].to_numpy(dtype=int), np.array(class_names, dtype=object)
    shown = own if temperature is None else decision_rule.apply_temperature(own, temperature)
    table = pd.DataFrame(
        {
            "image_id": chosen["image_id"].to_numpy(),
            "group": chosen["group"].fillna("").to_numpy(),
            "truth": names[chosen["label"].to_numpy(dtype=int)],
            "answer": names[answers],
            "probability": shown[np.arange(len(shown)), answers],
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
