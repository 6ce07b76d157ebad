"""A model under stress: how right it is, and what its gate refuses, when its unseen images are changed step by step.

`data/evaluations/<model>--stress.json` says for which state of the model it was measured. Needs TensorFlow (inside
`measure`); reading what was measured does not.
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import files, paths, progress, records
from core.datasets.index import index, originals
from core.gate import changes, gate, gate_file
from core.models import normalisation, package, tables
from core.results import cross_evaluation
from core.runtimes import base, opening
from core.statistics import decision_rule, estimate, referral, tasks

IMAGES = 400  # at most, of the test images: intervals of a few points
CHUNK = 16
LARGEST_PX = 512  # longer sides are reduced first: no network here sees more
AS_THEY_CAME = ""


class Row(records.Record, frozen=True, kw_only=True):
    """One step of one change; `change` "" and step 0: the images as they came. answered : right among the answered."""

    change: records.Text
    step: records.Number
    accuracy: estimate.Estimate
    answered: estimate.Estimate
    refused: estimate.Estimate | None = None
    away: estimate.Estimate | None = None


class Measured(records.Record, frozen=True, kw_only=True):
    """What was measured, and of which state of the model."""

    model: records.Text
    created: records.Text
    gate: records.Text
    threshold: records.Number | None
    dataset: records.Text
    images: records.Count
    patients: records.Count
    interval: records.Text
    rows: tuple[Row, ...]


def stress_path(found: package.Package) -> Path:
    """Where it is kept."""
    return paths.evaluations_folder() / f"{found.id}--stress.json"


def read(found: package.Package) -> Measured | None:
    """What was measured of this model as it is now; None where nobody has, or the model is another one since."""
    said: Measured | None = files.read_json_or_none(stress_path(found), Measured)
    return said if said is not None and found.state == (said.created, said.gate, said.threshold) else None


def measure(model_id: str, report: progress.Report = progress.say_nothing) -> Measured:
    """Change up to IMAGES test images in every way, ask model and gate, and keep what came of it.

    Raises ModelNotFound, ModelBroken, DatasetNotFound where its test images are not here, DatasetChanged, DiskFull;
    Cancelled leaves nothing.
    """
    found = package.find_package(model_id)
    data = index.read_index(cross_evaluation.require_dataset(found))
    table = _choose_images(found, data)
    report(0, 0, "Loading the model")
    kept, asked = gate_file.read(found), opening.open_runtime(found)
    steps = [(AS_THEY_CAME, 0.0), *((one.key, step) for one in changes.ALL for step in one.steps)]
    answers = np.zeros((len(steps), len(table), len(found.class_names)), np.float32)
    states = np.zeros((len(steps), len(table)), np.uint8)
    for start in range(0, len(table), CHUNK):
        report(start, len(table), "Changing images and asking the model")
        part = slice(start, start + CHUNK)
        came = [originals.read_image(data, int(row), longest_px=LARGEST_PX) for row in table["row"][part]]
        for place, (key, step) in enumerate(steps):
            images = [_change(image, key, step) for image in came]
            answers[place, part] = _answer(found, asked, images)
            if kept:
                seen = gate.look_at_images(found, asked, images)
                states[place, part] = [verdict.state for verdict in kept.judge(seen)]
    report(len(table), len(table), "Changing images and asking the model")
    rows = [
        _summarise(found, table, key, step, answers[place], states[place] if kept else None)
        for place, (key, step) in enumerate(steps)
    ]
    created, gate_sha256, threshold = found.state
    groups = set(table["group"]) - {""}
    measured = Measured(
        model=found.id,
        created=created,
        gate=gate_sha256,
        threshold=threshold,
        dataset=data.name,
        images=len(table),
        patients=len(groups),
        interval="patients" if len(groups) > 1 else "images",
        rows=tuple(rows),
    )
    files.write_json(stress_path(found), measured.to_json())
    return measured


def tabulate(measured: Measured) -> pd.DataFrame:
    """A row a step: change, step, accuracy, low, high, n, refused, with_caution, right_of_answered."""
    titles = {one.key: one for one in changes.ALL}

    def say(row: Row) -> dict[str, Any]:
        one = titles.get(row.change)
        return {
            "change": one.title if one else "As they came",
            "step": one.say(row.step) if one else "",
            "accuracy": row.accuracy.value,
            "low": row.accuracy.low,
            "high": row.accuracy.high,
            "n": row.accuracy.n,
            "refused": row.refused.value if row.refused else None,
            "with_caution": row.away.value if row.away else None,
            "right_of_answered": row.answered.value,
        }

    return pd.DataFrame([say(row) for row in measured.rows])


def _choose_images(found: package.Package, data: index.Index) -> pd.DataFrame:
    """Test images of the model that are in the data set, at random but always the same."""
    predictions = tables.read_predictions(found)
    test = predictions[predictions["split"] == "test"].reset_index(drop=True)
    rows = pd.Series(data.table.index, index=data.table["image_id"])
    here = test[test["image_id"].isin(rows.index)]
    chosen = here.iloc[np.sort(np.random.default_rng(0).permutation(len(here))[:IMAGES])]
    return chosen.assign(row=rows[chosen["image_id"]].to_numpy(np.int64)).reset_index(drop=True)


def _change(image_rgb: NDArray[np.uint8], key: str, step: float) -> NDArray[np.uint8]:
    one = next((one for one in changes.ALL if one.key == key), None)
    return one.apply(image_rgb, step) if one else image_rgb


def _answer(found: package.Package, asked: base.Runtime, images: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    seen = [normalisation.bring(image, found.form, *found.input_size_px).image_rgb for image in images]
    return asked.predict(np.stack(seen))


def _summarise(
    found: package.Package,
    table: pd.DataFrame,
    key: str,
    step: float,
    answers: NDArray[np.float32],
    states: NDArray[np.uint8] | None,
) -> Row:
    positive = found.class_names.index(found.positive_class)
    columns = {f"p_{name}": answers[:, place] for place, name in enumerate(found.class_names)}
    decided = decision_rule.decide(answers, positive, found.threshold)
    task = tasks.build_task(table.assign(**columns), found.class_names, found.positive_class, answers=decided)
    right, everything = task.answers == task.labels, np.ones(task.n, bool)
    refused = np.zeros(task.n, bool) if states is None else states == gate.REFUSED
    away = np.zeros(task.n, bool) if states is None else states == gate.AWAY
    shares = referral.measure_shares(
        task,
        {
            "accuracy": (right, everything),
            "answered": (right, ~refused),
            "refused": (refused, everything),
            "away": (away, everything),
        },
    )
    row = Row(change=key, step=step, accuracy=shares["accuracy"], answered=shares["answered"])
    return row if states is None else msgspec.structs.replace(row, refused=shares["refused"], away=shares["away"])
