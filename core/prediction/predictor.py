"""What one finished model answers about one image."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.datasets.index import decoding
from core.gate import gate, plain_facts
from core.models import normalisation, package
from core.runtimes import base


@dataclass(frozen=True)
class Prediction:
    """What one model answers about one image. `probabilities` are in class index order and sum to 1."""

    image_sha256: str
    model_id: str
    probabilities: dict[str, float]

    @property
    def class_name(self) -> str:
        """The most probable class; the first of equals."""
        return max(self.probabilities, key=self.probabilities.__getitem__)


def ask_about(
    found: package.Package, asked: base.Runtime, guard: gate.Gate | None, image_rgb: NDArray[np.uint8]
) -> tuple[Prediction, gate.Verdict | None]:
    """What `predict_image` answers and what the gate says of the image, None without one: brought to the model's form
    once, and asked of the network in one pass. Raises `AnswerNotFinite`, `ModelBroken`."""
    if guard is None:
        return predict_image(found, asked, image_rgb), None
    size, classes = found.input_size_px, len(found.class_names)
    came = decoding.resize_image(image_rgb, *size)
    formed = found.form != normalisation.AS_IT_CAME
    seen = [normalisation.bring(image_rgb, found.form, *size).image_rgb, came] if formed else [came]
    rows = gate.find_answers_with_statistics(found.id, asked).compute(np.stack(seen))  # (1 or 2, K + D)
    small = came if size == (plain_facts.SIDE_PX, plain_facts.SIDE_PX) else image_rgb
    statistics, facts = rows[:, classes:], plain_facts.measure(small, found.form)
    judged = guard.judge(gate.Seen(statistics[-1:], statistics[:1] if formed else None, facts[np.newaxis]))[0]
    return _compose(found, image_rgb, rows[0, :classes]), judged


def predict_image(found: package.Package, asked: base.Runtime, image_rgb: NDArray[np.uint8]) -> Prediction:
    """The answer of a model about one image, uint8 (H, W, 3), RGB, of any size, in the form in which it learnt.

    Raises `AnswerNotFinite`.
    """
    seen = normalisation.bring(image_rgb, found.form, *asked.input_size_px).image_rgb  # (h, w, 3)
    row = asked.predict(seen[np.newaxis])[0]  # (K,)
    return _compose(found, image_rgb, row)


def _compose(found: package.Package, image_rgb: NDArray[np.uint8], row: NDArray[np.float32]) -> Prediction:
    return Prediction(hash_image(image_rgb), found.id, dict(zip(found.class_names, row.tolist(), strict=True)))


def hash_image(image_rgb: NDArray[np.uint8]) -> str:
    """Hex sha256 over the shape and the pixels, so that the same image has one identity whatever file held it."""
    shape = "x".join(str(side) for side in image_rgb.shape)
    digest = hashlib.sha256(shape.encode() + b":")
    digest.update(np.ascontiguousarray(image_rgb).data)
    return digest.hexdigest()
