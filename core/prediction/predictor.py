"""What one finished model answers about one image."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


def predict_image(found: package.Package, asked: base.Runtime, image_rgb: NDArray[np.uint8]) -> Prediction:
    """The answer of a model about one image, uint8 (H, W, 3), RGB, of any size, in the form in which it learnt.

    Raises `AnswerNotFinite`.
    """
    seen = normalisation.bring(image_rgb, found.form, *asked.input_size_px).image_rgb  # (h, w, 3)
    row = asked.predict(seen[np.newaxis])[0]  # (K,)
    return Prediction(hash_image(image_rgb), found.id, dict(zip(found.class_names, row.tolist(), strict=True)))


def hash_image(image_rgb: NDArray[np.uint8]) -> str:
    """Hex sha256 over the shape and the pixels, so that the same image has one identity whatever file held it."""
    shape = "x".join(str(side) for side in image_rgb.shape)
    digest = hashlib.sha256(shape.encode() + b":")
    digest.update(np.ascontiguousarray(image_rgb).data)
    return digest.hexdigest()
