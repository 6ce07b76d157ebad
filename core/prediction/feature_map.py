"""The map of a data set by what a trained model sees in it.

Stands above data sets, models and runtimes: it brings the features to `core.datasets.views.embedding`.
"""

import numpy as np
from numpy.typing import NDArray

from core.base import errors, progress
from core.datasets.index import index, pixels
from core.datasets.views import embedding
from core.models import package
from core.runtimes import base, opening


def build(
    name: str, method: embedding.Method, features: str, report: progress.Report = progress.say_nothing
) -> embedding.Embedding:
    """Make and keep the map of a data set: what the job verb "map" does.

    features : "pixels", or the id of a model, whose activations before the logits are computed for at most 5,000
        images (3,000 for t-SNE).
    Raises MapNotPossible, ModelNotFound, ModelBroken, AnswerNotFinite, and what `embedding.build_embedding` raises.
    """
    data = index.read_index(name)
    if features == embedding.PIXELS:
        return embedding.build_embedding(data, method=method, report=report)
    rows = embedding.choose_rows(data, method, with_features=True)
    values = compute_features(data, features, rows, report)
    brought = embedding.Features(name_features(features), rows, values)
    return embedding.build_embedding(data, brought, method=method, report=report)


def name_features(model_id: str) -> str:
    """The name under which a map by this model is kept: its id and its network's hash, for ids can be used again."""
    found = package.find_package(model_id)
    return f"{model_id}-{found.manifest.files[package.MODEL_FILE].sha256[:8]}"


def compute_features(
    data: index.Index,
    model_id: str,
    rows: NDArray[np.int64],
    report: progress.Report = progress.say_nothing,
) -> NDArray[np.float32]:
    """What the model makes its logits from, for each of these rows: float32 (M, D).

    Raises ModelNotFound, ModelBroken, AnswerNotFinite, and MapNotPossible where its runtime gives no features.
    """
    report(0, 0, "Loading the model")
    found = package.find_package(model_id)
    asked = opening.open_runtime(found)
    features = asked.find_features()
    if isinstance(features, base.Lacking):
        raise errors.MapNotPossible(
            expected="a model that gives features of images",
            found=features.why,
            where=f"trained_models/{model_id}",
            todo="Choose another model, or the pixels.",
        )
    images = pixels.open_pixels(data, *asked.input_size_px, change=found.form.change, report=report)
    return features.compute(images, rows, report=report)
