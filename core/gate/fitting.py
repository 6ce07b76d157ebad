"""Fits a model's gate: on training images where known ones lie, on validation images how far off is still known."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import errors, progress
from core.datasets.index import index
from core.gate import fact_limits, gate, gate_file, known_images, row_looks, worth
from core.models import amending, normalisation, package, remembering, tables
from core.runtimes import base, opening

TRAINING_IMAGES = 3000  # at most: more move the distances by less than a hundredth
FEWEST = 20  # images on either side; below these no limit means anything


def fit(
    asked: base.Runtime,
    form: normalisation.Form,
    data: index.Index,
    table: pd.DataFrame,
    report: progress.Report = progress.say_nothing,
) -> gate.Gate | None:
    """The gate of a network from its split, columns row, image_id, label and split (train, validation, test).

    Test images are only measured, in the order of the rows of validation and test. None where the network has no maps
    or there are too few images. Raises DatasetChanged, DiskFull.
    """
    statistics = asked.find_block_statistics()
    train = table[table["split"] == "train"]
    scored = table[table["split"] != "train"]
    held_out = (scored["split"] == "validation").to_numpy()
    if isinstance(statistics, base.Lacking) or min(len(train), held_out.sum()) < FEWEST:
        return None
    places = np.sort(np.random.default_rng(0).permutation(len(train))[:TRAINING_IMAGES])
    chosen = train.iloc[places]

    def look(rows: pd.DataFrame) -> gate.Seen:
        return row_looks.look_at_rows(form, statistics, asked.input_size_px, data, _rows(rows), report)

    learnt, later = look(chosen), look(scored)
    strict = known_images.fit(learnt.strict, later.strict[held_out])
    wide = None
    if learnt.wide is not None and later.wide is not None:
        wide = known_images.fit(learnt.wide, later.wide[held_out])
    near = slice(None, None, max(1, len(chosen) // gate.NEAR_IMAGES))
    statistics_of = learnt.strict if learnt.wide is None else learnt.wide
    made = gate.Gate(
        strict,
        wide,
        worth.measure(asked, form, data, scored, fact_limits.Limits(fact_limits.find_ranges(learnt.facts)), report),
        chosen["image_id"].to_numpy(str)[near],
        gate.locate(wide or strict, statistics_of[near]),
        np.array([], np.uint8),
    )
    return replace(made, states=np.array([verdict.state for verdict in made.judge(later)], np.uint8))


def add(found: package.Package, report: progress.Report = progress.say_nothing) -> package.Package:
    """Give an older model its gate; one that has one stays as it is. Needs the images that it was trained on.

    Raises ModelBroken, DatasetNotFound where no data set here has its images, GateNotPossible, DatasetChanged,
    DiskFull.
    """
    if found.has(package.GATE_FILE):
        return found
    data = remembering.require_source(found)
    rows = pd.Series(data.table.index, index=data.table["image_id"])
    train = tables.read_training_images(found).assign(split="train")
    split = pd.concat([train, tables.read_predictions(found)])[["image_id", "split", "label"]]
    table = split.assign(row=rows[split["image_id"]].to_numpy(np.int64))
    report(0, 0, "Loading the model")
    made = fit(opening.open_runtime(found), found.form, data, table, report)
    if made is None:
        raise errors.GateNotPossible(
            expected=f"a network with maps, and {FEWEST} training and validation images",
            found="another network, or fewer images",
            where=found.id,
            todo="Such a model answers without a gate, and says so.",
        )
    return amending.add_file(found, package.GATE_FILE, lambda path: gate_file.write(path, made))


def _rows(table: pd.DataFrame) -> NDArray[np.int64]:
    return table["row"].to_numpy(np.int64)
