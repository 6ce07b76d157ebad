"""New images dealt out to the sides of the next version: deterministic, by patient, one unit in six into the test."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.base import progress
from core.datasets.duplicates import pictures
from core.datasets.index import decoding, index
from core.datasets.intake import versions
from core.datasets.splits import splits
from core.models import package, provenance, seen, tables
from core.review import case_images, reviews, settled_cases

TEST_SHARE = 1 / 6  # of the new units: 5 to 1
SIDES = {seen.TRAINING: "train", seen.VALIDATION: "validation", seen.TEST: "test"}


def deal(
    champion: package.Package, data: index.Index, new: Sequence[settled_cases.Settled], report: progress.Report
) -> tuple[list[versions.Change], dict[str, str], int]:
    """A side for each new image: patients, and near-identical images, stay together, and where the champion has them.

    new : settled with a class, and no image of `data`, on which the champion was trained. Returns a change an image,
    sha256 -> its patient, and how many were left out since they are tied to two sides, and would leak on either.
    Raises CaseBroken, UnreadableImage, and what `provenance.look` raises.
    """
    if not new:
        return [], {}, 0
    patients = [settled_cases.find_patient(one, data) for one in new]
    looks = _describe_looks(new, report)
    table = pd.DataFrame(
        {
            "image_id": [one.sha256[: tables.ID_LENGTH] for one in new],
            "group": patients,
            "sha256": [one.sha256 for one in new],
            "path": "",
        }
    )
    near = pictures.Sought(looks).find_near(looks)
    together = pd.DataFrame({"row_a": near[0], "row_b": near[1]})
    units = splits.find_units(table, together)
    asked = provenance.Asked(table, champion.manifest.dataset.group_rule, _give(looks), data.name, data.content)
    looked = provenance.look(champion, asked)
    changes, torn = [], 0
    for unit in np.unique(units):
        members = np.flatnonzero(units == unit).tolist()
        levels = {int(level) for rule in looked.levels.values() for level in rule[members]} - {seen.NOT}
        if len(levels) > 1:
            torn += len(members)
            continue
        key = min(patients[place] or new[place].sha256 for place in members)
        drawn = "test" if reviews.draw(0, "next version", key) < TEST_SHARE else "train"
        side = SIDES[levels.pop()] if levels else drawn
        changes += [_describe_new(new[place], side) for place in members]
    return changes, dict(zip(table["sha256"], patients, strict=True)), torn


def _describe_new(one: settled_cases.Settled, side: str) -> versions.Change:
    return versions.Change(
        kind="new",
        image_id=one.sha256[: tables.ID_LENGTH],
        sha256=one.sha256,
        now=one.answer,
        side=side,
        review=one.review,
        case=one.case,
        by=one.by,
        at=one.at,
        audit=one.audit,
        weight=one.weight,
    )


def _describe_looks(new: Sequence[settled_cases.Settled], report: progress.Report) -> pictures.Pictures:
    """How the new images look, int8 (N, BYTES)."""
    side = pictures.SIZE_PX
    pixels = np.zeros((len(new), side, side, 3), np.uint8)
    for done, one in enumerate(new):
        image_rgb = decoding.decode_image(case_images.read(one.sha256), where=one.name)
        pixels[done] = decoding.resize_image(image_rgb, side, side)
        report(done + 1, len(new), "Looking at new images")
    return pictures.describe(pixels)


def _give(looks: pictures.Pictures) -> Callable[[provenance.Places], pictures.Pictures | None]:
    return lambda places: looks[places]
