"""A model on a whole data set: does it generalise?"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import errors, progress
from core.datasets.index import index, pixels
from core.gate import gate, gate_file, row_looks
from core.models import package, provenance, seen, tables
from core.results import gate_shares
from core.runtimes import base, opening
from core.statistics import decision_rule, summary


def evaluate(
    model_id: str, dataset: str | None = None, *, report: progress.Report = progress.say_nothing
) -> dict[str, Any]:
    """The model's result on its own test images (read from its package), or on all usable images of another data set.

    Images that the model has seen (`provenance`) are left out and counted in `excluded`, with the rules by which they
    are known ("by", "patients") and what is said of them ("said"); on the data set that it was trained on, its test
    images are the answer. Where an operating point was kept, the same at that point is under `operating_point`, with
    its threshold.
    """
    found = package.find_package(model_id)
    if dataset is None:
        return _read_own(found)
    data = index.read_index(dataset)
    if data.content == found.dataset_content:
        return _read_own(found)
    table, looked = look(found, data, report=report)
    unseen = _leave_out_seen(table, looked, data)
    excluded = {"training_images": int(looked.known.sum()), **looked.describe()}
    asked = opening.open_runtime(found)
    answers = predict_rows(found, data, unseen, asked, report=report)
    table = unseen.assign(**{f"p_{name}": answers[:, i] for i, name in enumerate(found.class_names)})
    result = summary.summarise(table, found.class_names, found.positive_class)
    guarded = _measure_gate(found, table, find_states(found, data, unseen, asked, report=report))
    result |= {**guarded, "excluded": excluded}
    if found.threshold is None:
        return result
    decided = decision_rule.decide(answers, found.class_names.index(found.positive_class), found.threshold)
    at_point = summary.summarise(table, found.class_names, found.positive_class, answers=decided)
    return {**result, "operating_point": {"threshold": found.threshold, **at_point}}


def _read_own(found: package.Package) -> dict[str, Any]:
    """The result in the manifest, and that at the operating point where there is one."""
    result = dict(found.manifest.test)
    if found.has(package.GATE_FILE):
        predictions = tables.read_predictions(found)
        tested = predictions[predictions["split"] == "test"]
        result |= _measure_gate(found, tested, gate_shares.find_own(found, predictions))
    if found.threshold is None:
        return result
    return {**result, "operating_point": {"threshold": found.threshold, **found.test_now}}


def _measure_gate(found: package.Package, table: pd.DataFrame, states: NDArray[np.uint8] | None) -> dict[str, Any]:
    """What `evaluate` says of the gate, at the operating point where there is one; nothing of a model without."""
    if states is None or table.empty:
        return {}
    return gate_shares.to_json(gate_shares.measure_decided(found, table, states))


def find_states(
    found: package.Package,
    data: index.Index,
    table: pd.DataFrame,
    asked: base.Runtime,
    *,
    report: progress.Report = progress.say_nothing,
) -> NDArray[np.uint8] | None:
    """What the gate makes of the images in `table` (column row: of the index); None of a model without a gate.

    Raises ModelBroken, DatasetChanged, DiskFull.
    """
    kept = gate_file.read(found)
    if kept is None:
        return None
    statistics = gate.find_statistics(found.id, asked)
    rows = table["row"].to_numpy(np.int64)
    seen = row_looks.look_at_rows(found.form, statistics, found.input_size_px, data, rows, report)
    return np.array([verdict.state for verdict in kept.judge(seen)], np.uint8)


def build_table(found: package.Package, data: index.Index) -> pd.DataFrame:
    """The data set's usable images: row, image_id, split ("test"), group, label in the model's class order.

    Raises ClassesDiffer where the data set has a class that the model lacks.
    """
    missing = [name for name in data.class_names if name not in found.class_names]
    if missing:
        raise errors.ClassesDiffer(
            expected="the classes of the model: " + ", ".join(found.class_names),
            found="also " + ", ".join(missing),
            where=data.name,
            todo="Choose a data set whose class folders have the model's class names.",
        )
    usable = data.usable
    to_model = np.array([found.class_names.index(name) for name in data.class_names])
    return pd.DataFrame(
        {
            "row": usable.index.to_numpy(np.int64),
            "image_id": usable["image_id"].to_numpy(),
            "split": "test",
            "group": usable["group"].to_numpy(),
            "label": to_model[usable["label"].to_numpy(np.int64)],
        }
    )


def look(
    found: package.Package, data: index.Index, *, report: progress.Report = progress.say_nothing
) -> tuple[pd.DataFrame, seen.Seen]:
    """The table of `build_table`, and what the model has seen of each image in it. Raises as both do."""
    table = build_table(found, data)
    of_all = provenance.look(found, provenance.of_dataset(data, report))
    return table, of_all.take(table["row"].to_numpy(np.int64))


def _leave_out_seen(table: pd.DataFrame, looked: seen.Seen, data: index.Index) -> pd.DataFrame:
    """The images that the model has not seen."""
    unseen = table[~looked.known].reset_index(drop=True)
    if unseen.empty:
        raise errors.DatasetHasNoImages(
            expected="images that the model has not seen",
            found=" ".join([f"{len(table):,} images, none of them unseen.", *looked.say()]),
            where=data.name,
            todo="Choose another data set.",
        )
    return unseen


def predict_rows(
    found: package.Package,
    data: index.Index,
    table: pd.DataFrame,
    asked: base.Runtime,
    *,
    report: progress.Report = progress.say_nothing,
) -> NDArray[np.float32]:
    """Probabilities (N, K) of the images in `table` (column row: of the index), as the model sees them."""
    height_px, width_px = found.input_size_px
    images = pixels.open_pixels(data, height_px, width_px, change=found.form.change, report=report)
    return asked.predict(images, table["row"].to_numpy(np.int64), report=report)
