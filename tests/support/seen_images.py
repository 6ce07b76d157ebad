"""Models of chosen images, and images that come again in another file."""

from pathlib import Path

import numpy as np
from PIL import Image

from core.base import paths
from core.datasets.index import index
from core.models import package, remembering
from tests.support import made_models


def save_anew(data: index.Index, name: str, rows: list[int], rename) -> index.Index:
    """Images of a data set as JPEG files under other names, as a data set of their own."""
    for number, row in enumerate(rows):
        source = Path(data.table.at[row, "path"])
        with Image.open(paths.datasets_folder() / data.name / source) as image:
            target = paths.datasets_folder() / name / source.parent / f"{rename(number, source.stem)}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            image.resize((64, 64), Image.Resampling.BILINEAR).save(target, quality=95)
    return index.build_index(name)


def number_only(number: int, stem: str) -> str:
    return f"img_{number:04}"


def train(
    data: index.Index, trained, *, validated=(), tested=(), model_id="m", keep=True, **changes
) -> package.Package:
    """A model of some rows of a data set; with `keep` its folder says how they look."""
    rows = [*validated, *tested]
    table = data.table.loc[rows]
    labels = table["label"].to_numpy() if rows else np.array([0, 1])
    answers = made_models.make_answers(labels, groups=table["group"].to_numpy() if rows else "")
    if rows:
        answers["image_id"], answers["split"] = table["image_id"].to_numpy(), "test"
        answers.loc[: len(validated) - 1, "split"] = "validation"
    known = data.table.loc[list(trained)]
    made_of = {"name": data.name, "fingerprint": data.content, "group_rule": data.group_rule}
    found = made_models.write_model(
        answers,
        model_id,
        trained=tuple(known["image_id"]),
        trained_groups=known["group"].to_numpy(),
        **{"dataset": made_of, **changes},
    )
    return remembering.remember(found) if keep else found


def rows_of(data: index.Index, *patients: str) -> list[int]:
    return [int(row) for row in data.table.index[data.table["group"].isin(patients)]]
