"""What came of the runs of a series, read from their status and their models; `series.summarise` brings it together."""

from typing import Any

import numpy as np

from core.base import errors
from core.models import package, tables
from core.statistics import pooling, summary
from core.training import run

METHODS = {
    True: "Corrected resampled t (Nadeau and Bengio 2003) over runs, each with test images of its own. Their training "
    "images overlap, which the plain t of cross-validation ignores: it would be too narrow.",
    False: "Student's t over runs on the very same images: it says what other seeds would give, not other patients.",
}
ENDED_EARLY = {"stopped": "It was stopped before its end.", "interrupted": "It was interrupted: its process has died."}


def describe_run(run_id: str, number: int) -> tuple[dict[str, Any], package.Package | None]:
    """A run's row of the summary, and its model; whatever keeps it from counting is said in words."""
    row: dict[str, Any] = {"number": number, "run_id": run_id, "model_id": None, "test": None, "counts": False}
    try:
        found = run.read_run(run_id)
        state = found.state
    except errors.SecondLookError:
        return row | {"status": "missing", "left_out": "Its run is no longer here, or of another version."}, None
    row |= {"status": state.name, "model_id": state.details.model_id}
    fault, model = "", None
    if row["model_id"]:
        try:
            model = _find_model(row["model_id"], run_id)
            row["test"] = model.manifest.test
        except errors.ModelNotFound:
            fault = "Its model is no longer here."
        except errors.ModelBroken as error:
            fault = f"Its model is damaged: {error}"
    if state.name == "finished":
        changed = sorted({name for segment in found.facts.segments for name in segment.changes})
        if changed:
            words = ", ".join(changed).replace("_", " ")
            fault = f"It went on with other settings ({words}), so that it is not like the others."
        return row | {"counts": model is not None and not changed, "left_out": fault}, model
    failed = f"It failed: {state.message}" if state.name == "failed" else "It has not finished yet."
    return row | {"left_out": ENDED_EARLY.get(state.name, failed)}, model


def _find_model(model_id: str, run_id: str) -> package.Package:
    """The run's model; one of another run that has got its name since is none."""
    found = package.find_package(model_id)
    if found.manifest.run_id != run_id:
        raise errors.ModelNotFound(
            expected=f"the model of run {run_id}", found="that of another run", where=model_id, todo="Train it again."
        )
    return found


def compute_ratio(models: list[package.Package]) -> float | None:
    """Test images / training images, on average over the models; None without any."""
    sides = [model.manifest.split.images for model in models]
    ratios = [side.test / side.train for side in sides if side.train]
    return float(np.mean(ratios)) if ratios else None


def pool_folds(models: list[package.Package], *, planned: int) -> tuple[dict[str, Any] | None, str]:
    """The test summary over every image's answer by the model of its fold, or None and why there is none."""
    if len(models) < planned:
        return None, f"{len(models)} of {planned} folds count so far; only all together have tested every image."
    try:
        parts = [tables.read_predictions(model) for model in models]
        joined = pooling.join_test_parts(parts)
    except (errors.ModelBroken, errors.PredictionsNotUsable) as error:
        return None, str(error)
    return summary.summarise(joined, models[0].class_names, models[0].positive_class), ""
