"""What a model answers to an image on its way into a review: read from its test predictions where they have the image,
else asked of its network, as Predict asks. Loads a runtime, and perhaps TensorFlow, only for the second.
"""

import functools
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from core.datasets.index import decoding
from core.gate import gate, gate_file
from core.models import package, tables
from core.prediction import answer_record, decision, predictor, verdicts
from core.results import gate_shares
from core.review import case_record, sending
from core.runtimes import base, opening


class Asker:
    """One model that is asked about many images."""

    def __init__(self, found: package.Package) -> None:
        self.found = found

    def knows(self, content: str) -> bool:
        """Whether its answer stands in its predictions. content : of `tables.ID_LENGTH`. Raises `ModelBroken`."""
        return content in self._known

    def ask(self, content: str, image: bytes, name: str) -> case_record.Answer:
        """What it answers to a file, after its threshold and temperature, and what its gate says.

        content : see `knows`. Of its own test images the gate's verdict has no distances: they are not kept.
        Raises UnreadableImage, ModelBroken, AnswerNotFinite, JobNotStarted.
        """
        known = self._known.get(content)
        if known is not None:
            return known
        asked, guard = self._network
        prediction, judged = predictor.ask_about(self.found, asked, guard, decoding.decode_image(image, where=name))
        decided = decision.decide(self.found, prediction.probabilities)
        return sending.describe_answer(answer_record.Answered(self.found, decided, judged))

    @functools.cached_property
    def _network(self) -> tuple[base.Runtime, gate.Gate | None]:
        return opening.open_runtime(self.found), gate_file.read(self.found)

    @functools.cached_property
    def _known(self) -> Mapping[str, case_record.Answer]:
        """content -> what was answered to it, of all test images."""
        found, predictions = self.found, tables.read_predictions(self.found)
        tested = predictions[predictions["split"] == "test"]
        decided = decision.decide_all(found, tested[[f"p_{name}" for name in found.class_names]].to_numpy(np.float64))
        states = gate_shares.find_own(found, predictions) if found.has(package.GATE_FILE) else None
        known = dict[str, case_record.Answer]()
        for place, content in enumerate(tables.shorten(tested["image_id"])):
            said = case_record.Answer(found.id, found.manifest.created, verdicts.ANSWER)
            if states is not None:
                of_gate = {"refused": bool(states[place] == gate.REFUSED), "away": bool(states[place] == gate.AWAY)}
                said = replace(said, gate=of_gate)
                if of_gate["refused"]:
                    known[content] = replace(said, verdict=verdicts.UNKNOWN)
                    continue
            known[content] = replace(
                said,
                verdict=verdicts.REFER if decided.refers[place] else verdicts.ANSWER,
                class_name=found.class_names[int(decided.classes[place])],
                probabilities=dict(zip(found.class_names, decided.probabilities[place].tolist(), strict=True)),
            )
        return known
