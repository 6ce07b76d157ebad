"""Where two models answer the same images otherwise: which is right, how sure each was, and what changes in sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.index import index
from core.models import package, tables
from core.statistics import decision_rule, metrics

Kind = Literal["only_a", "only_b", "both_wrong", "both_right"]
KINDS: tuple[Kind, ...] = ("only_a", "only_b", "both_wrong", "both_right")

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Judge:
    """How a model comes from probabilities to its answer.

    positive : place of its positive class among the classes that both are compared in. threshold : for the model's own
    probability of it, None = the most probable class is answered. temperature : only changes the probability shown.
    """

    positive: int
    threshold: float | None = None
    temperature: float | None = None


def make_judge(found: package.Package, class_names: Sequence[str]) -> Judge:
    """The judge of a model as its manifest has it. class_names : the classes in the order of the compared tables."""
    return Judge(list(class_names).index(found.positive_class), found.threshold, found.temperature)


def find_cases(
    first: pd.DataFrame, second: pd.DataFrame, class_names: Sequence[str], *, judges: tuple[Judge, Judge]
) -> pd.DataFrame:
    """Each image that both models were asked about, with both answers and how sure the wrong one was.

    first, second : the predictions of models A and B, row for row the same images: image_id, group, label (int), and
        one `p_<class>` a class of `class_names`.

    Returns one row an image: image_id, group, label, answer_a, answer_b (int64), probability_a, probability_b (of the
    answer, as it is shown), sureness (log odds >= 0, see `deciding.compute_confidence`) and kind: "only_a" right,
    "only_b" right, "both_wrong", "both_right". The sureness is that of the wrong model; where both are wrong or both
    right, of the less sure one. Most confident first, the first of equals.
    Raises ValueError where the tables are not of the same images.
    """
    if first["image_id"].tolist() != second["image_id"].tolist():
        raise ValueError("expected the same images in the same order in both tables")
    columns = [f"p_{name}" for name in class_names]
    labels = first["label"].to_numpy(dtype=np.int64)
    pairs = zip((first, second), judges, strict=True)
    given = [_answer(table[columns].to_numpy(np.float64), judge) for table, judge in pairs]
    answers, shown, sure = zip(*given, strict=True)
    right = [answer == labels for answer in answers]
    kind = np.select(
        [right[0] & ~right[1], right[1] & ~right[0], ~right[0] & ~right[1]], list(KINDS[:3]), default=KINDS[3]
    )
    sureness = np.select([kind == "only_a", kind == "only_b"], [sure[1], sure[0]], default=np.minimum(*sure))
    table = pd.DataFrame(
        {
            "image_id": first["image_id"].to_numpy(),
            "group": first["group"].fillna("").astype(str).to_numpy(),
            "label": labels,
            "answer_a": answers[0],
            "answer_b": answers[1],
            "probability_a": shown[0],
            "probability_b": shown[1],
            "sureness": sureness,
            "kind": kind,
        }
    )
    return table.sort_values("sureness", ascending=False, kind="stable").reset_index(drop=True)


def _answer(
    probabilities: NDArray[np.float64], judge: Judge
) -> tuple[Counts, NDArray[np.float64], NDArray[np.float64]]:
    """The answers, the probability of each as it is shown, and its distance from another answer; all (N,)."""
    answers = decision_rule.decide(probabilities, judge.positive, judge.threshold)
    sure = decision_rule.compute_confidence(probabilities, judge.positive, judge.threshold)
    if judge.temperature is not None:
        probabilities = decision_rule.apply_temperature(probabilities, judge.temperature)
    return answers, probabilities[np.arange(len(answers)), answers], sure


def count_kinds(cases: pd.DataFrame) -> dict[Kind, int]:
    """How many images are of each kind; the four numbers add up to the images."""
    return {kind: int((cases["kind"] == kind).sum()) for kind in KINDS}


def compute_confusions(cases: pd.DataFrame, class_count: int) -> tuple[Counts, Counts]:
    """The confusion matrices of A and of B on the same images: int64 (K, K) each, row = truth, column = answer."""
    made = [
        metrics.confusion_matrix(cases["label"], cases[column], class_count).astype(np.int64)
        for column in ("answer_a", "answer_b")
    ]
    return made[0], made[1]


def find_rows(data: index.Index, image_ids: Sequence[str]) -> dict[str, int]:
    """image_id -> its row in a data set, of those that it has and that can be read."""
    readable = data.table[data.table["problem"] == ""]
    places = dict(zip(tables.shorten(readable["image_id"]), readable.index, strict=True))
    places |= dict(zip(readable["image_id"], readable.index, strict=True))
    found = {image_id: places.get(image_id, places.get(image_id[: tables.ID_LENGTH])) for image_id in image_ids}
    return {image_id: int(row) for image_id, row in found.items() if row is not None}
