"""The map of a data set by what a trained model sees in it. Needs TensorFlow (inside) where a model is asked.

Stands above data sets, models and explanation: it brings the features to `core.datasets.embedding`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import errors, progress
from core.datasets import embedding, index, pixels
from core.explanation import recording
from core.models import loading, package, runtime

CHUNK_IMAGES = 256
LOGITS = "logits"


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
    """What the last layer before the logits gives for each of these rows: float32 (M, D)."""
    report(0, 0, "Loading the model")
    loaded = loading.load_model(model_id)
    height_px, width_px = loaded.package.input_size_px
    images = pixels.open_pixels(data, height_px, width_px, report=report)
    run = _compile(loaded.network, (height_px, width_px), model_id)
    found = []
    for start in range(0, len(rows), CHUNK_IMAGES):
        report(start, len(rows), "Asking the model")
        found.append(run(np.asarray(images[rows[start : start + CHUNK_IMAGES]], np.float32)))
    values = np.concatenate(found)
    if not np.isfinite(values).all():
        raise errors.AnswerNotFinite(
            expected="activations that are numbers",
            found="NaN or infinity",
            where=f"trained_models/{model_id}",
            todo="Its training diverged; train it again with a lower learning rate.",
        )
    return values


def _compile(network: Any, input_size_px: tuple[int, int], model_id: str) -> Any:
    """From (N, H, W, 3) float32 to what the layer called `logits` is given, flat: (N, D) float32."""
    tf = runtime.load_tensorflow()

    def answer(batch: Any) -> Any:
        steps = [step for step in recording.record_steps(network, batch) if step.name == LOGITS]
        if not steps:
            raise errors.MapNotPossible(
                expected=f"a model with a layer called {LOGITS}",
                found="none",
                where=f"trained_models/{model_id}",
                todo="Choose another model, or the pixels.",
            )
        given = tf.cast(steps[-1].given, tf.float32)
        return tf.reshape(given, (tf.shape(given)[0], -1))

    signature = [tf.TensorSpec((None, *input_size_px, 3), tf.float32)]
    compiled = tf.function(answer, input_signature=signature, autograph=False).get_concrete_function()
    return lambda batch: np.asarray(compiled(tf.convert_to_tensor(batch)))
