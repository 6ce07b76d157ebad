"""Reviews in which everything is settled, and a champion of real splits, for tests of what follows from them."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.base import paths
from core.datasets.index import index
from core.models import package
from core.review import cases, queueing, readings, review_record, reviews
from tests.support import made_models

NAMES = made_models.NAMES


def write_champion(
    data: index.Index, model_id: str = "champion", *, skill: float = 3.0, **changes: Any
) -> package.Package:
    """A model of a data set whose patients are dealt in order: a third test, a sixth validation, the rest train."""
    patients = sorted(data.table["group"].unique())
    third, half = len(patients) // 3, len(patients) // 2
    return write_divided(data, patients[:third], patients[third:half], model_id, skill=skill, **changes)


def write_divided(
    data: index.Index,
    tested: Sequence[str],
    validated: Sequence[str],
    model_id: str,
    *,
    skill: float = 3.0,
    seed: int = 0,
    **changes: Any,
) -> package.Package:
    """A model that was tested on some patients of a data set, validated on others, and trained on the rest."""
    table = data.usable
    side = np.where(
        table["group"].isin(list(tested)), "test", np.where(table["group"].isin(list(validated)), "validation", "train")
    )
    return write_sides(
        data, dict(zip(table["image_id"], side, strict=True)), model_id, skill=skill, seed=seed, **changes
    )


def write_sides(
    data: index.Index, sides: Mapping[str, str], model_id: str, *, skill: float = 3.0, seed: int = 0, **changes: Any
) -> package.Package:
    """A model with these images on these sides."""
    table = data.usable.assign(side=[sides[image_id] for image_id in data.usable["image_id"]])
    scored = table[table["side"] != "train"]
    answers = made_models.make_answers(
        scored["label"].to_numpy(),
        groups=scored["group"].to_numpy(),
        split=scored["side"].to_numpy(),
        skill=skill,
        seed=seed,
    ).assign(image_id=scored["image_id"].to_numpy())
    known = table[table["side"] == "train"]
    made_of = {"name": data.name, "fingerprint": data.content, "content": data.content, "group_rule": data.group_rule}
    options = {"dataset": made_of, "trained": tuple(known["image_id"]), "trained_groups": known["group"].to_numpy()}
    return made_models.write_model(answers, model_id, **{**options, **changes})


def encode(seed: int, size_px: int = 24) -> bytes:
    """A PNG that looks like none of another seed."""
    file = io.BytesIO()
    pixels = np.random.default_rng(1000 + seed).integers(0, 256, (size_px, size_px, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def read_file(data: index.Index, row: int) -> bytes:
    """The file of a row."""
    return Path(paths.datasets_folder() / data.name / str(data.table.at[row, "path"])).read_bytes()


def settle(
    said: Sequence[tuple[bytes, str, str]],
    *,
    name: str = "First",
    by: str = "Ada",
    audit: float = 0.0,
    dataset: str = "",
    **enrolled: Any,
) -> review_record.Review:
    """A review in which one reader settled these: (file, patient, answer). enrolled : of an `Enrolment`."""
    review = reviews.begin(name, review_record.Settings(NAMES, audit_share=audit, dataset=dataset), by=by)
    for number, (content, patient, answer) in enumerate(said):
        case = cases.send(content, f"{name}-{number}.png", by=by, patient=patient)
        reviews.enrol(review.id, [review_record.Enrolment(case.id, **enrolled)])
        claim = queueing.claim(review.id, by)
        assert claim is not None and claim.entry.case_id == case.id
        readings.submit(claim.entry.id, by, review_record.BLIND, answer)
        readings.submit(claim.entry.id, by, review_record.FINAL, answer)
    return review
