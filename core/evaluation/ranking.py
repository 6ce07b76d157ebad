"""All models of one data set in a table: how good, how large, how fast; and which the best cannot be told from."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core import errors
from core.evaluation import deciding, paired_metrics, pairing, summary, tasks
from core.models import package

SMALLEST = 1e-7  # Keras' own, so that a loss here is the loss of the training curves


@dataclass(frozen=True)
class Tested:
    """A model's own test images, sorted by id, and what it answers to them at its operating point."""

    found: package.Package
    task: tasks.Task
    same_images: str


def rank(packages: Sequence[package.Package], *, metric: str = "accuracy") -> list[dict[str, Any]]:
    """One row a model, in the order given; all of one data set. Each is scored on its own test images.

    Keys: id, architecture, n, patients, over ("patients" or "images"); accuracy, sensitivity, specificity, auc
    ({"value", "low", "high", "n"}, at the operating point where one was kept: "threshold"); errors, false_positives,
    false_negatives (of the positive class against the rest), loss (mean cross-entropy, lower is better); parameters,
    file_bytes, seconds_per_epoch, milliseconds_per_image (None: not measured) and processor; split, leaky; problem (why
    a model's predictions cannot be read, else ""); same_images (equal for models of equal test images); best, tied.

    best : the largest `metric` of at least two honest models with the same test images. tied : cannot be told from that
    best one, as `pairing.compare` would say; never the best one itself. Each set of test images has a best of its own,
    and models with other test images or a leaky split stand apart. Nothing is corrected for how many are compared: the
    best of many equal ones looks better than it is, so that some that are as good are not marked as tied.
    """
    if metric not in paired_metrics.METRICS:
        raise ValueError(f"expected one of {paired_metrics.METRICS}, found {metric!r}")
    tested: dict[str, Tested] = {}
    rows = []
    for found in packages:
        row = _describe(found)
        try:
            tested[found.id] = _read(found)
        except (errors.ModelBroken, errors.PredictionsNotUsable) as error:
            rows.append(row | {"problem": str(error)})
            continue
        rows.append(row | _measure(tested[found.id]))
    for alike in _group(tested):
        _mark(alike, {row["id"]: row for row in rows}, metric)
    return rows


def hash_images(image_ids: Sequence[str]) -> str:
    """One short key for a set of images, whatever their order."""
    return hashlib.sha256("\n".join(sorted(image_ids)).encode()).hexdigest()[:16]


def _describe(found: package.Package) -> dict[str, Any]:
    """What the manifest says; the test result is that at the operating point, where one was kept."""
    manifest = found.manifest
    shown = found.test_now
    training, speed = manifest["training"], manifest.get("milliseconds_per_image") or {}
    return {
        "id": found.id,
        "architecture": manifest["architecture"],
        "n": shown["n"],
        "patients": shown["groups"],
        "over": shown["interval"],
        **{name: shown[name] for name in paired_metrics.METRICS},
        "threshold": found.threshold,
        "errors": None,
        "false_positives": None,
        "false_negatives": None,
        "loss": None,
        "parameters": manifest["parameters"],
        "file_bytes": manifest["files"][package.MODEL_FILE]["bytes"],
        "seconds_per_epoch": training["seconds"] / training["epochs"] if training["epochs"] else None,
        "milliseconds_per_image": speed.get("value"),
        "processor": speed.get("processor"),
        "split": manifest["split"]["rule"],
        "leaky": found.is_leaky,
        "problem": "",
        "same_images": "",
        "best": False,
        "tied": False,
    }


def _read(found: package.Package) -> Tested:
    """Raises ModelBroken, PredictionsNotUsable."""
    scored = summary.read_predictions(package.read_file(found, package.PREDICTIONS_FILE))
    table = scored[scored["split"] == "test"].sort_values("image_id", ignore_index=True)
    task = tasks.build_task(table, found.class_names, found.positive_class)
    decided = deciding.decide(task.probabilities, task.positive, found.threshold)
    return Tested(found, replace(task, answers=decided), hash_images(table["image_id"].tolist()))


def _measure(tested: Tested) -> dict[str, Any]:
    """Counts and loss, from the predictions."""
    task = tested.task
    flagged, positive = task.answers == task.positive, task.is_positive
    right = np.clip(task.probabilities[np.arange(task.n), task.labels], SMALLEST, 1.0)
    return {
        "errors": int((task.answers != task.labels).sum()),
        "false_positives": int((flagged & ~positive).sum()),
        "false_negatives": int((~flagged & positive).sum()),
        "loss": float(-np.log(right).mean()) if task.n else None,
        "same_images": tested.same_images,
    }


def _group(tested: dict[str, Tested]) -> list[list[Tested]]:
    """The honest models, by what they were tested on: the same images with the same classes and patients."""
    groups: dict[Any, list[Tested]] = {}
    for one in tested.values():
        if not one.found.is_leaky and one.task.n:
            task = one.task
            frame = (one.same_images, task.class_names, task.positive, task.labels.tobytes(), task.units.tobytes())
            groups.setdefault(frame, []).append(one)
    return [group for group in groups.values() if len(group) > 1]


def _mark(alike: list[Tested], rows: dict[str, dict[str, Any]], metric: str) -> None:
    """Say in their rows which of the models of the same test images is the best, and which may be as good."""
    defined = [one for one in alike if rows[one.found.id][metric]["value"] is not None]
    if not defined:
        return
    best = max(defined, key=lambda one: rows[one.found.id][metric]["value"])
    rows[best.found.id]["best"] = True
    for one in defined:
        if one is not best:
            found = paired_metrics.measure_some(paired_metrics.Pair(best.task, one.task), [metric])
            rows[one.found.id]["tied"] = pairing.judge(found[metric]["interval"]) in ("tie", "b")
