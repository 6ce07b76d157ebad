"""What a model's answer comes to: its class under the operating point that people chose, or a case for a person."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.base import records
from core.models import package
from core.statistics import decision_rule


@dataclass(frozen=True)
class Decision:
    """One answered image.

    class_name : the answer, also where `refers`: then it is what the model leans to. probabilities : as they are shown,
    after the temperature where one was kept; they sum to 1. confidence : log odds to another answer, >= 0.
    limit : below this confidence a case goes to a person; None = nobody chose one.
    threshold : for the probability of the positive class; None = the most probable class is answered. Of two classes
    it is on the scale of `probabilities`, of more it is about the model's own.
    """

    class_name: str
    refers: bool
    probabilities: dict[str, float]
    confidence: float
    limit: float | None
    threshold: float | None
    temperature: float | None


@dataclass(frozen=True, eq=False)
class Decisions:
    """The same of N images: classes int64 (N,), refers bool (N,), probabilities as shown and confidence float64."""

    classes: NDArray[np.int64]
    refers: NDArray[np.bool_]
    probabilities: NDArray[np.float64]
    confidence: NDArray[np.float64]


def decide(found: package.Package, probabilities: dict[str, float]) -> Decision:
    """The decision about the model's own probabilities of one image, in the terms of its manifest."""
    one = decide_all(found, np.array([[probabilities[name] for name in found.class_names]]))
    return Decision(
        class_name=found.class_names[int(one.classes[0])],
        refers=bool(one.refers[0]),
        probabilities=dict(zip(found.class_names, one.probabilities[0].tolist(), strict=True)),
        confidence=float(one.confidence[0]),
        limit=found.referral_limit,
        threshold=find_shown_threshold(found),
        temperature=found.temperature,
    )


def decide_all(found: package.Package, probabilities: NDArray[np.floating[Any]]) -> Decisions:
    """The decisions about the model's own probabilities (N, K) of images."""
    values = np.asarray(probabilities, np.float64)
    positive, limit, temperature = (
        found.class_names.index(found.positive_class),
        found.referral_limit,
        found.temperature,
    )
    confidence = decision_rule.compute_confidence(values, positive, found.threshold)
    return Decisions(
        classes=decision_rule.decide(values, positive, found.threshold),
        refers=np.zeros(len(values), bool) if limit is None else confidence < limit,
        probabilities=values if temperature is None else decision_rule.apply_temperature(values, temperature),
        confidence=confidence,
    )


def find_shown_threshold(found: package.Package) -> float | None:
    """The kept threshold on the scale on which probabilities are shown; of more than two classes the model's own."""
    if found.threshold is None or found.temperature is None or len(found.class_names) != 2:
        return found.threshold
    return decision_rule.convert_threshold(found.threshold, found.temperature)


def say_threshold(found: package.Package) -> str:
    """From which probability on the positive class is answered, as it is shown: `31.2 %`, `50 %` of two classes
    without a kept operating point; else `most probable class`."""
    shown = find_shown_threshold(found)
    if shown is not None:
        return f"{100 * shown:.3g} %"
    return "50 %" if len(found.class_names) == 2 else "most probable class"


def explain(found: package.Package, decided: Decision) -> list[str]:
    """What people decided about this model that the answer follows, each in one sentence; none where nobody did."""
    said = []
    if decided.threshold is not None:
        own = " (the model's own)" if decided.temperature is not None and len(found.class_names) > 2 else ""
        said.append(
            f"{found.positive_class} is answered from a probability{own} of {100 * decided.threshold:.1f} % on, "
            f"{_say_who(found.manifest.operating_point)}."
        )
    if decided.temperature is not None:
        said.append(
            f"Probabilities are calibrated with a temperature of {decided.temperature:.2f}, "
            f"{_say_who(found.manifest.calibration)}."
        )
    if decided.limit is not None:
        side = "closer to another answer than" if decided.refers else "farther from another answer than"
        said.append(f"This image is {side} the limit for asking a person, {_say_who(found.manifest.referral)}.")
    return said


def _say_who(kept: records.Signed | None) -> str:
    """Who decided and when, as far as the manifest says."""
    return f"decided by {kept.by} on {kept.at[:10]}" if kept and kept.by and kept.at else "as its manifest says"
