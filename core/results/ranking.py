"""All models of one data set by merit: how good, how large, how fast; and which of them cannot be told apart."""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.base import errors
from core.datasets.splits import split_words
from core.models import package, tables
from core.statistics import decision_rule, estimate, measures, metrics_table, paired_comparison, paired_metrics, tasks

SMALLEST = 1e-7  # Keras' own, so that a loss here is the loss of the training curves


@dataclass(frozen=True)
class Tested:
    """A model's own test images, sorted by id, and what it answers to them at its operating point."""

    found: package.Package
    task: tasks.Task
    same_images: str


def rank(packages: Sequence[package.Package], *, metric: str = "accuracy") -> list[dict[str, Any]]:
    """One row a model, by merit; all of one data set. Each is scored on its own test images.

    Keys: id, architecture, n, patients, over ("patients" or "images"); each metric of `metrics_table.list_summary`
    (an Estimate, at the operating point where one was kept: "threshold"); errors, false_positives,
    false_negatives (of the positive class against the rest), loss (mean cross-entropy, lower is better); parameters,
    file_bytes, seconds_per_epoch, milliseconds_per_image (None: not measured) and processor; split, leaky; problem (why
    a model's predictions cannot be read, else ""); same_images (equal for models of equal test images); place, shared.

    place : 1 + how many of at least two honest models with the same test images are better beyond chance, as
    `pairing.compare` would say of each two (Goldstein and Spiegelhalter 1996 rank with their uncertainty for the same
    reason); equal values have one place, the best of theirs. None for a leaky model and for one that is alone with its
    images. shared : whether another has the same place. Nothing is corrected for how many are compared.

    Order: honest models, those of one set of test images together (the largest number of models first), by `metric`
    from the best down; then leaky ones, then what cannot be read. Equal ones stay in the order given.
    """
    chosen = metrics_table.find(metric)
    tested: dict[str, Tested] = {}
    rows = []
    for found in packages:
        row = _describe(found)
        try:
            tested[found.id] = _read(found)
        except (errors.ModelBroken, errors.PredictionsNotUsable) as error:
            rows.append(row | {"problem": str(error)})
            continue
        rows.append(row | _measure(tested[found.id], row))
    for alike in _group(tested):
        _place(alike, {row["id"]: row for row in rows}, chosen)
    return _sort(rows, chosen)


def say_best(rows: Sequence[dict[str, Any]]) -> str:
    """Which model is best and how sure that is, in one line without a full stop. rows : of `rank`, by accuracy."""
    placed = [row for row in rows if row["place"] is not None]
    alike = [row for row in placed if row["same_images"] == placed[0]["same_images"]]
    if len(rows) == 1:
        return f"{rows[0]['id']} is the only model of these images"
    if not alike:
        return "Which model is best cannot be told: no two honest ones have the same test images"
    best, second, *_ = alike
    others = sum(row["place"] == best["place"] for row in alike) - 1
    if not others:
        return f"{best['id']} is best, and better than {second['id']} beyond chance"
    if best["accuracy"].value == second["accuracy"].value:
        return f"{best['id']}, {second['id']}{_say_more(others - 1)} share the first place"
    return f"{best['id']} is best; the difference from {second['id']}{_say_more(others - 1)} is not sure"


def _say_more(count: int) -> str:
    return f" and {count:,} other{'s' * (count > 1)}" if count else ""


def hash_images(image_ids: Sequence[str]) -> str:
    """One short key for a set of images, whatever their order."""
    return hashlib.sha256("\n".join(sorted(image_ids)).encode()).hexdigest()[:16]


def _describe(found: package.Package) -> dict[str, Any]:
    """What the manifest says; the test result is that at the operating point, where one was kept."""
    manifest = found.manifest
    shown, training, speed = found.test_now, manifest.training, manifest.milliseconds_per_image
    return {
        "id": found.id,
        "architecture": manifest.architecture,
        "n": shown.n,
        "patients": shown.groups,
        "over": shown.interval,
        **{one.key: estimate.find(shown, one.key) for one in metrics_table.list_summary()},
        "threshold": found.threshold,
        "errors": None,
        "false_positives": None,
        "false_negatives": None,
        "loss": None,
        "parameters": manifest.parameters,
        "file_bytes": manifest.files[package.MODEL_FILE].bytes,
        "seconds_per_epoch": training.seconds / training.epochs if training.epochs else None,
        "milliseconds_per_image": speed.value if speed else None,
        "processor": speed.processor if speed else None,
        "split": split_words.say_kind(manifest.split),
        "leaky": found.is_leaky,
        "problem": "",
        "same_images": "",
        "place": None,
        "shared": False,
    }


def _read(found: package.Package) -> Tested:
    """Raises ModelBroken, PredictionsNotUsable."""
    scored = tables.read_predictions(found)
    table = scored[scored["split"] == "test"].sort_values("image_id", ignore_index=True)
    task = tasks.build_task(table, found.class_names, found.positive_class)
    decided = decision_rule.decide(task.probabilities, task.positive, found.threshold)
    return Tested(found, replace(task, answers=decided), hash_images(table["image_id"].tolist()))


def _measure(tested: Tested, row: dict[str, Any]) -> dict[str, Any]:
    """Counts, loss and the metrics that its manifest is older than, from the predictions."""
    task = tested.task
    newer = [one for one in metrics_table.list_summary() if row[one.key] == estimate.NOT_MEASURED]
    flagged, positive = task.answers == task.positive, task.is_positive
    right = np.clip(task.probabilities[np.arange(task.n), task.labels], SMALLEST, 1.0)
    return {
        **measures.compute(task, newer),
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


def _read_merit(row: dict[str, Any], metric: metrics_table.Metric) -> float | None:
    """The larger the better."""
    value: float | None = row[metric.key].value
    return value if value is None or metric.larger_is_better else -value


def _place(alike: list[Tested], rows: dict[str, dict[str, Any]], metric: metrics_table.Metric) -> None:
    """Write their places into the rows of models with the same test images."""
    merits = [(_read_merit(rows[one.found.id], metric), one) for one in alike]
    ordered = sorted(((merit, one) for merit, one in merits if merit is not None), key=lambda pair: -pair[0])
    values, known = [value for value, _ in ordered], [one for _, one in ordered]
    ahead = [
        sum(
            _is_better(one, worse, metric)
            for one, better in zip(known[:number], values, strict=False)
            if better > value
        )
        for number, (worse, value) in enumerate(zip(known, values, strict=True))
    ]
    places = [1 + min(count for count, other in zip(ahead, values, strict=True) if other == value) for value in values]
    for one, place in zip(known, places, strict=True):
        rows[one.found.id] |= {"place": place, "shared": places.count(place) > 1}


def _is_better(one: Tested, other: Tested, metric: metrics_table.Metric) -> bool:
    """Whether the paired interval of the difference is all on the side of the first."""
    difference = paired_metrics.measure_one(paired_metrics.Pair(one.task, other.task), metric).difference
    return paired_comparison.judge(difference.ends, larger_is_better=metric.larger_is_better) == "a"


def _sort(rows: list[dict[str, Any]], metric: metrics_table.Metric) -> list[dict[str, Any]]:
    """By merit, as `rank` says."""
    sets = Counter(row["same_images"] for row in rows if row["place"] is not None)

    def read(row: dict[str, Any]) -> float:
        merit = _read_merit(row, metric)
        return -math.inf if merit is None else merit

    best = {key: max(read(row) for row in rows if row["same_images"] == key and not row["leaky"]) for key in sets}
    order = sorted(sets, key=lambda key: (-sets[key], -best[key]))

    def judge(row: dict[str, Any]) -> tuple[bool, bool, int, float]:
        placed = order.index(row["same_images"]) if row["place"] is not None else len(order)
        return bool(row["problem"]), row["leaky"], placed, -read(row)

    return sorted(rows, key=judge)
