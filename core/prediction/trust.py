"""How far to trust one answer. Pure arithmetic.

It is lowered by what was measured to go with wrong answers on validation images: a case for a person, training images
most like it that are labelled otherwise; and by an image unlike those that the model knows. What is known of the
heatmap did not tell right from wrong answers and lowers nothing here, see `map_trust`. Measured: docs/decisions/0033.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.gate import gate
from core.models import package
from core.prediction import decision, similar
from core.statistics import estimate, referral, tasks

HOLDS, UNTOLD, MIXED, WEAK = LEVELS = range(4)
HEADLINES = {
    HOLDS: "No sign against this answer",
    UNTOLD: "Not all was looked at",
    MIXED: "Some signs against this answer",
    WEAK: "Strong signs against this answer",
}
NO_TELLING = "no data set here has all images of its training"


@dataclass(frozen=True)
class Reason:
    """One thing that was looked at: one of LEVELS, and a sentence."""

    level: int
    words: str


@dataclass(frozen=True)
class Trust:
    """The verdict on one answer. reasons : what was looked at, and UNTOLD what could not be; the worst first."""

    reasons: tuple[Reason, ...]

    @property
    def level(self) -> int:
        """That of the worst reason."""
        return max(one.level for one in self.reasons)

    @property
    def headline(self) -> str:
        """The verdict in words."""
        return HEADLINES[self.level]


def judge(
    answered: decision.Decision, judged: gate.Verdict | None, alike: similar.Similar | None, *, trained: bool = False
) -> Trust:
    """The verdict on an answer. judged : None of a model without a gate. alike : None where nobody could look.

    trained : whether the model was trained on this very image or a copy of it: then nothing that speaks for the answer
    says anything about new ones.
    """
    reasons = [judge_similar(alike, answered.class_name), _judge_gate(judged)]
    if answered.limit is not None:
        reasons.append(_judge_referral(answered))
    if trained:
        reasons.append(Reason(MIXED, "The model was trained on this image: that its answer fits says little."))
    return Trust(tuple(sorted(reasons, key=lambda one: -one.level)))


def judge_similar(alike: similar.Similar | None, class_name: str) -> Reason:
    """What the most similar training images say of an answer: nothing certain where but some hundred were searched.

    alike : None where nobody could look.
    """
    if alike is None or not alike.neighbours:
        return Reason(UNTOLD, f"Similar cases could not be looked for: {NO_TELLING}.")
    others, of = alike.count_other(class_name), len(alike.neighbours)
    nearest, end = f"{of} most similar training images", "."
    if not alike.whole:
        nearest, end = f"{of} most similar of {alike.among:,} training images", "; the others were not searched."
    said = f"{others} of the {nearest} are labelled otherwise" if others else f"All {nearest} are labelled {class_name}"
    return Reason(find_level(others, of) if alike.whole else UNTOLD, said + end)


def find_level(others: int, of: int) -> int:
    """The level of so many neighbours that are labelled otherwise: WEAK from more than half on."""
    return HOLDS if not others else WEAK if 2 * others > of else MIXED


def measure_worth(
    found: package.Package, kept: similar.Kept, predictions: pd.DataFrame
) -> dict[int, estimate.Estimate]:
    """How many answers to validation images are right, by the level of their similar cases: level -> share.

    Under the model's operating point as it is now; 95 % intervals over patients where these are known. A level that no
    image has is not measured (`estimate.NOT_MEASURED`).
    """
    table = predictions.set_index("image_id").loc[kept.checked_ids.tolist()].reset_index()
    answers = decision.decide_all(found, table[[f"p_{name}" for name in found.class_names]].to_numpy(float)).classes
    others = (kept.near_labels != answers[:, None]).sum(axis=1)
    levels = np.array([find_level(int(count), kept.near_labels.shape[1]) for count in others])
    task = tasks.build_task(table, found.class_names, found.positive_class, answers=answers)
    right = task.answers == task.labels
    shares = referral.measure_shares(task, {str(level): (right, levels == level) for level in LEVELS})
    return {level: shares[str(level)] for level in LEVELS}


def _judge_gate(judged: gate.Verdict | None) -> Reason:
    if judged is None:
        return Reason(UNTOLD, "The model has no gate: whether it knows such images is not known.")
    if judged.refused:
        return Reason(WEAK, "This is not an image that the model knows.")
    if judged.away:
        return Reason(MIXED, "The image is unlike those on which the model was tested.")
    return Reason(HOLDS, "The image is like those on which the model was tested.")


def _judge_referral(answered: decision.Decision) -> Reason:
    if answered.refers:
        return Reason(MIXED, "The model is not sure enough: a person should look.")
    return Reason(HOLDS, "The model is surer than the limit for asking a person.")
