"""One answer as it is taken away: what the terminal prints and what the Predict page gives as a file, said once.

It names all that the answer hangs on: image and model by their content, and what people decided about the model.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import core
from core.explanation import heatmaps, methods
from core.gate import gate
from core.models import backend, package
from core.prediction import decision, evidence, verdicts

NOTE = "Second Look assists a person. This is not a diagnosis."


@dataclass(frozen=True)
class Answered:
    """One image that a model was asked about. judged : None of a model without a gate. anyway : whether an answer was
    wanted also of an image that the gate refuses."""

    found: package.Package
    decided: decision.Decision
    judged: gate.Verdict | None
    anyway: bool = False

    @property
    def verdict(self) -> str:
        """As `verdicts.find` says it."""
        return verdicts.find(self.decided, self.judged)

    @property
    def is_given(self) -> bool:
        """Whether class and probabilities are said."""
        return self.anyway or self.verdict != verdicts.UNKNOWN


def begin(image: str) -> dict[str, Any]:
    """An entry about an image, by its name or path, of which nothing is known yet."""
    names = ("verdict", "class_name", "refer", "probabilities", "gate")
    later = ("heatmap", "map", "method", "no_heatmap", "error", "sha256", "model", "decided_with", "evidence")
    return {"image": image, **dict.fromkeys(names), "answered_anyway": False, **dict.fromkeys(later)}


def compose(answered: Answered) -> dict[str, Any]:
    """What an entry says of the answer, and of what it hangs on.

    decided_with : `threshold` for the probability of the positive class, from which on it is answered, `temperature`
    and `referral_limit` (log odds), each None where nobody chose one, and the answer's own `confidence` (log odds).
    """
    found, decided, judged = answered.found, answered.decided, answered.judged
    entry: dict[str, Any] = {
        "verdict": answered.verdict,
        "gate": judged and judged.to_json(),
        "model": describe_model(found),
    }
    if not answered.is_given:
        return entry
    return entry | {
        "answered_anyway": answered.verdict == verdicts.UNKNOWN,
        "class_name": decided.class_name,
        "refer": decided.refers,
        "probabilities": decided.probabilities,
        "decided_with": {
            "positive_class": found.positive_class,
            "threshold": decided.threshold,
            "temperature": decided.temperature,
            "referral_limit": decided.limit,
            "confidence": decided.confidence,
        },
    }


def describe_model(found: package.Package) -> dict[str, str]:
    """Which model it was, by its content too: sha256 of its network, and the fingerprint of what it learnt from."""
    return {
        "id": found.id,
        "created": found.manifest.created,
        "sha256": found.manifest.files[package.MODEL_FILE].sha256,
        "dataset_fingerprint": found.manifest.dataset.fingerprint,
    }


def describe_evidence(
    found: package.Package, method: str, class_name: str, heatmap: heatmaps.Heatmap, *, layer_name: str | None = None
) -> dict[str, Any]:
    """What an entry says of a heatmap for a class: by which method of `methods.METHODS`, at which layer, and how strong
    it is. layer_name : one that was asked for, None = the method's own."""
    strength = evidence.describe_strength(found, method, heatmap, layer_name=layer_name)
    return {
        "class_name": class_name,
        "method": methods.find_method(method).key,
        "layer": heatmap.layer_name,
        "strength": strength.words,
        "peak": heatmap.peak,
        "share_of_usual_peak": strength.share,
    }


def take_away(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry as a file that stands alone: with the time, the versions, and what it is not."""
    asked = {"second_look": core.__version__, "onnxruntime": metadata.version("onnxruntime")}
    versions = asked | backend.describe_versions()
    return {**entry, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "versions": versions, "note": NOTE}
