"""A model on the images of another data set: what its gate lets through there, and how right each part is. Kept.

`data/evaluations/<model>--elsewhere--<data set>.json` says for which state of both it was measured. Needs TensorFlow
(inside `measure`); reading what was measured does not.
"""

from pathlib import Path
from typing import Any

from core.base import files, paths, progress, records
from core.datasets.index import index
from core.models import package
from core.results import on_dataset
from core.statistics import estimate

FIGURES = ("accuracy", "sensitivity", "specificity", "auc")
Parts = dict[str, estimate.Estimate]


class Measured(records.Record, frozen=True, kw_only=True):
    """What was measured, and of which state of model and data set.

    figures : of all images, answered or not, at the operating point where there is one; without those that cannot be
    had. share, accuracy : by "known", "away", "refused"; empty of a model without a gate. left_out : sentences about
    images that the model has seen.
    """

    model: records.Text
    created: records.Text
    gate: records.Text
    threshold: records.Number | None
    dataset: records.Text
    content: records.Text
    images: records.Count
    patients: records.Count
    interval: records.Text
    figures: Parts
    share: Parts
    accuracy: Parts
    left_out: tuple[records.Text, ...]


def list_candidates(found: package.Package) -> list[str]:
    """Data sets on this machine, by name, whose images the model can be asked about: its classes, other images."""
    return [
        str(row["name"])
        for row in index.list_datasets()
        if row["status"] == "ready"
        and row["content"] != found.dataset_content
        and set(row["classes"]) <= set(found.class_names)
    ]


def read(found: package.Package, dataset: str) -> Measured | None:
    """What was measured on that data set; None where nobody has, or either is another one since."""
    said: Measured | None = files.read_json_or_none(_path(found, dataset), Measured)
    if said is None or said.content != index.read_index(dataset).content:
        return None
    return said if found.state == (said.created, said.gate, said.threshold) else None


def measure(model_id: str, dataset: str, report: progress.Report = progress.say_nothing) -> Measured:
    """Let a model answer all images of a data set that it has not seen, and keep what came of it.

    Raises as `on_dataset.evaluate`; Cancelled leaves nothing.
    """
    found = package.find_package(model_id)
    content = index.read_index(dataset).content
    result = on_dataset.evaluate(model_id, dataset, report=report)
    at_point: dict[str, Any] = result.get("operating_point", result)
    created, gate_sha256, threshold = found.state
    parts: dict[str, Parts] = result.get("gate", {"share": {}, "accuracy": {}})
    measured = Measured(
        model=found.id,
        created=created,
        gate=gate_sha256,
        threshold=threshold,
        dataset=dataset,
        content=content,
        images=at_point["n"],
        patients=at_point["groups"] or 0,
        interval=at_point["interval"],
        figures={name: at_point[name] for name in FIGURES if at_point.get(name) is not None},
        share=parts["share"],
        accuracy=parts["accuracy"],
        left_out=tuple(result.get("excluded", {}).get("said", ())),
    )
    files.write_json(_path(found, dataset), measured.to_json())
    return measured


def _path(found: package.Package, dataset: str) -> Path:
    return paths.evaluations_folder() / f"{found.id}--elsewhere--{dataset}.json"
