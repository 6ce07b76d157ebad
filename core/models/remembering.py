"""How the images of a model look, kept in its folder (`pictures.parquet`), so that a copy of one is known again.

How an image looks is the same for every model: any folder here that holds it will do for all.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from core.base import errors, progress
from core.datasets.duplicates import pictures
from core.datasets.index import index, pixels
from core.models import amending, package, tables

GONE = (errors.DatasetChanged, errors.DatasetNotFound)  # what `collect` raises where the files of images are gone


def collect(
    data: index.Index, rows: NDArray[np.int64], report: progress.Report = progress.say_nothing
) -> tables.Remembered:
    """What is kept of some rows of a data set's table. Raises DatasetChanged, DatasetNotFound, DiskFull."""
    size = pictures.SIZE_PX
    images = pixels.open_pixels(data, size, size, report=report)
    table = data.table.loc[rows]
    described = pictures.describe(images, rows, report)
    return tables.Remembered(table["image_id"].to_numpy(), pictures.mark_names(table["path"].tolist()), described)


def write(path: Path, kept: tables.Remembered) -> None:
    """The file `pictures.parquet`, in the order of the ids: models of the same images have the same file."""
    order = np.argsort(kept.image_ids.astype(str), kind="stable")
    flat = np.ascontiguousarray(kept.pictures[order]).tobytes()
    table = pa.table(
        {
            "image_id": kept.image_ids[order].tolist(),
            "name": kept.names[order],
            "picture": pa.Array.from_buffers(pa.binary(pictures.BYTES), len(order), [None, pa.py_buffer(flat)]),
        }
    )
    parquet.write_table(
        table, path, compression="zstd", use_dictionary=False, column_encoding={"picture": "BYTE_STREAM_SPLIT"}
    )


def find(found: package.Package) -> tables.Remembered | None:
    """How a model's images look: as its folder says, else that of another model or a data set here that has them all.

    None where nothing of this is to be had. Raises ModelBroken.
    """
    if found.has(package.PICTURES_FILE):
        return tables.read_pictures(found)
    held = _find_held(found)
    data = find_source(found) if held is None else None
    try:
        return held if data is None else _collect_images(found, data)
    except GONE:  # then nobody can say how they looked
        return None


def _find_held(found: package.Package) -> tables.Remembered | None:
    """How its images look as another model's folder says, of the same images."""
    wanted = set(tables.shorten(pd.Series(_list_images(found))))
    for other in list_holders():
        try:
            kept = tables.read_pictures(other)
        except errors.ModelBroken:  # which is said of that model, and no fault of this one
            continue
        if wanted <= set(tables.shorten(pd.Series(kept.image_ids))):
            return kept
    return None


def can_be_remembered(found: package.Package) -> bool:
    """Whether nothing says how its images look but a data set here, which may go."""
    return not found.has(package.PICTURES_FILE) and _find_held(found) is None and find_source(found) is not None


def list_holders() -> list[package.Package]:
    """The models here whose folders say how their images look."""
    return [found for found in package.list_packages() if found.has(package.PICTURES_FILE)]


def find_source(found: package.Package) -> index.Index | None:
    """A data set on this machine that has all images of a model, whatever it is called."""
    wanted = set(_list_images(found))
    ready = [row for row in index.list_datasets() if row["status"] == "ready"]
    for row in sorted(ready, key=lambda row: row["content"] != found.dataset_content):
        if row["images"] + row["excluded"] >= len(wanted):
            data = _read_or_none(row["name"])
            if data is not None and wanted <= set(data.table["image_id"]):
                return data
    return None


def require_source(found: package.Package) -> index.Index:
    """`find_source`. Raises DatasetNotFound where there is none."""
    data = find_source(found)
    if data is None:
        raise errors.DatasetNotFound(
            expected=f"a data set with all images of {found.id}: {found.manifest.dataset.name}",
            found="none",
            where="the data sets of this machine",
            todo="Import it, under whatever name, and try again.",
        )
    return data


def _read_or_none(name: str) -> index.Index | None:
    """A data set; None where it cannot be read, which is said where it is listed."""
    try:
        return index.read_index(name)
    except (errors.IndexBroken, errors.DatasetNotFound):
        return None


def remember(found: package.Package, report: progress.Report = progress.say_nothing) -> package.Package:
    """Write how its images look into an older model's folder; a model that has it already stays as it is.

    A model that came with the program is copied to the user's models first.
    Raises ModelBroken, DatasetNotFound where no data set here has its images, DatasetChanged, DiskFull.
    """
    if found.has(package.PICTURES_FILE):
        return found
    data = require_source(found)
    kept = _collect_images(found, data, report)
    return amending.add_file(found, package.PICTURES_FILE, lambda path: write(path, kept))


def _collect_images(
    found: package.Package, data: index.Index, report: progress.Report = progress.say_nothing
) -> tables.Remembered:
    rows = data.table.index[data.table["image_id"].isin(_list_images(found))]
    return collect(data, rows.to_numpy(np.int64), report)


def _list_images(found: package.Package) -> list[str]:
    """The ids of all images that a model was trained, validated and tested on."""
    parts = [tables.read_training_images(found)["image_id"], tables.read_predictions(found)["image_id"]]
    return [str(image_id) for image_id in pd.concat(parts)]
