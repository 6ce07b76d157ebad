"""The tables of a finished model, read from end to end before anybody computes with them. Loads no TensorFlow.

A parquet file says in a few bytes that it has a thousand million rows, or one long word a million times: what it
declares is looked at first, and text stays a dictionary until its length is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, parquet

from core.base import files
from core.datasets.duplicates import pictures
from core.models import package

MOST_CELLS, LARGEST_BYTES = 20_000_000, 1_000_000_000
LONGEST = {"image_id": 64, "split": 16, "group": 255}  # characters
ID_LENGTH = 16  # of an image id the part that is its content's; what follows numbers images of equal content
SPLITS = ("train", "validation", "test")
SUM_TOLERANCE = 1e-3
ANSWER = "p_"  # before the name of a class: the column of its probabilities
_READ_ERRORS = (OSError, ValueError, TypeError, KeyError, NotImplementedError, MemoryError, pa.ArrowException)


class NotUsableError(Exception):
    """A table that cannot be used: what was expected of it, and what was found."""

    def __init__(self, expected: str, found: str) -> None:
        self.expected, self.found = expected, found
        super().__init__(f"expected {expected}, found {found}")


@dataclass(frozen=True, eq=False)
class Remembered:
    """How images look: image_ids str (N,), names uint32 (N,) (see `pictures.mark_names`), pictures int8 (N, BYTES)."""

    image_ids: NDArray[np.object_]
    names: NDArray[np.uint32]
    pictures: NDArray[np.int8]

    def take(self, places: NDArray[Any]) -> "Remembered":
        """Some of them, by their places or a mask."""
        return Remembered(self.image_ids[places], self.names[places], self.pictures[places])

    def select(self, contents: Sequence[str]) -> NDArray[np.int8]:
        """The pictures of images of these contents, in this order; empty ones where it has none."""
        places = dict(zip(shorten(pd.Series(self.image_ids)), range(len(self.image_ids)), strict=True))
        found = np.array([places.get(content, -1) for content in contents], np.int64)
        chosen: NDArray[np.int8] = np.where(found[:, None] < 0, np.int8(0), self.pictures[found])
        return chosen


def shorten(image_ids: pd.Series) -> list[str]:
    """Of each image id the part that is its content's."""
    return [str(image_id)[:ID_LENGTH] for image_id in image_ids.tolist()]


def read_predictions(found: package.Package) -> pd.DataFrame:
    """The answers to a model's validation and test images; see `open_predictions`. Raises `ModelBroken`."""
    path, wanted = package.read_file(found, package.PREDICTIONS_FILE), found.manifest.test.n
    try:
        table = open_predictions(path, found.class_names)
        tested = int((table["split"] == "test").sum())
        if tested != wanted:
            raise NotUsableError(f"{wanted:,} test images, as the manifest says", f"{tested:,}")
        return table
    except NotUsableError as error:
        raise package.tell_broken(found, package.PREDICTIONS_FILE, error.expected, error.found) from error


def read_training_images(found: package.Package) -> pd.DataFrame:
    """The images that a model was trained on: columns image_id, group ("" = none). Raises `ModelBroken`."""
    path = package.read_file(found, package.TRAINING_IMAGES_FILE)
    try:
        return _open(path, ("image_id", "group"), ())
    except NotUsableError as error:
        raise package.tell_broken(found, package.TRAINING_IMAGES_FILE, error.expected, error.found) from error


def read_pictures(found: package.Package) -> Remembered:
    """How the images of a model look, of a package that has that file. Raises `ModelBroken`."""
    path = package.read_file(found, package.PICTURES_FILE)
    try:
        table = _open(path, ("image_id",), ("name",))
        return Remembered(
            table["image_id"].to_numpy(object), table["name"].to_numpy().astype(np.uint32), _open_pictures(path)
        )
    except NotUsableError as error:
        raise package.tell_broken(found, package.PICTURES_FILE, error.expected, error.found) from error


def _open_pictures(path: Path) -> NDArray[np.int8]:
    """The column of pictures, each of the same number of bytes."""
    with _open_file(path) as file:
        kind = file.schema_arrow.field("picture").type if "picture" in file.schema_arrow.names else "no such column"
        if kind != pa.binary(pictures.BYTES):
            raise NotUsableError(f"pictures of {pictures.BYTES} bytes", str(kind)[:80])
        try:
            column = file.read(columns=["picture"])["picture"]
        except _READ_ERRORS as error:
            raise NotUsableError("a table in a parquet file", "a file that cannot be read") from error
    if column.null_count:
        raise NotUsableError("a picture in each row", "rows without")
    flat = b"".join(column.to_pylist())
    return np.frombuffer(flat, np.int8).reshape(-1, pictures.BYTES)


def open_predictions(path: Path, class_names: Sequence[str] | None = None) -> pd.DataFrame:
    """A table of predictions: image_id, split, group ("" = none), label (int, 0..K-1), one `p_<class>` (float) a class.

    class_names : K of them, whose columns are read; None = those that the file has. Each image is there once, and each
    row of probabilities sums to 1. Raises `NotUsableError`.
    """
    answers = [f"{ANSWER}{name}" for name in class_names] if class_names else _list_answers(path)
    table = _open(path, ("image_id", "split", "group"), ("label", *answers))
    _require_values(table, answers)
    return table


def _list_answers(path: Path) -> list[str]:
    with _open_file(path) as file:
        found = [name for name in file.schema_arrow.names if name.startswith(ANSWER)]
    return found if len(found) >= 2 else [f"{ANSWER}<class>, two or more"]


def _open_file(path: Path) -> Any:
    """A parquet file of a size that can be held."""
    if files.find_kind(path) == "nothing":
        raise NotUsableError("a table", "no such file")
    if files.find_kind(path) != "file":
        raise NotUsableError("a table", f"a {files.find_kind(path)}")
    try:
        file = parquet.ParquetFile(path)
    except _READ_ERRORS as error:
        raise NotUsableError("a table in a parquet file", "a file that cannot be read") from error
    said = file.metadata
    size_bytes = sum(said.row_group(number).total_byte_size for number in range(said.num_row_groups))
    if said.num_rows * said.num_columns > MOST_CELLS or size_bytes > LARGEST_BYTES:
        size = f"{said.num_rows:,} rows of {said.num_columns:,}, {files.describe_bytes(max(0, size_bytes))}"
        raise NotUsableError(f"at most {MOST_CELLS:,} values and {files.describe_bytes(LARGEST_BYTES)}", size)
    return file


def _open(path: Path, texts: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    """These columns and no others: text without gaps, and numbers without gaps."""
    with _open_file(path) as file:
        _require_columns(file.schema_arrow, texts, numbers)
    try:
        with parquet.ParquetFile(path, read_dictionary=list(texts)) as file:
            read = file.read(columns=[*texts, *numbers]).select([*texts, *numbers])
        read.validate(full=True)  # text that is no UTF-8, places in a dictionary that it lacks
        for name in texts:
            read = _unfold(read, name)
    except _READ_ERRORS as error:
        raise NotUsableError("a table in a parquet file", "a file that cannot be read") from error
    gaps = [name for name in read.column_names if read[name].null_count]
    if gaps:
        raise NotUsableError(f"a value of {gaps[0]} in each row", "rows without")
    table: pd.DataFrame = read.to_pandas(ignore_metadata=True)
    return table


def _require_columns(schema: Any, texts: tuple[str, ...], numbers: tuple[str, ...]) -> None:
    """The columns must be there once each, and of their kind."""
    names = list(schema.names)
    missing = [name for name in (*texts, *numbers) if names.count(name) != 1]
    if missing:
        present = ", ".join(names[:20])[:300] or "no column at all"
        expected = f"the columns {', '.join((*texts, *numbers)[:20])}"
        raise NotUsableError(expected, f"{present} (missing: {', '.join(missing[:20])})")
    for name in (*texts, *numbers):
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        # A column without a single value may have no kind.
        is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
        is_number = pa.types.is_integer(kind) or (name != "label" and pa.types.is_floating(kind))
        if not (is_text if name in texts else is_number):
            wanted = "text" if name in texts else "numbers as labels and probabilities"
            raise NotUsableError(f"{wanted} in the column {name}", str(kind)[:80])


def _unfold(read: Any, name: str) -> Any:
    """The table with a dictionary column as plain text, once no word of it is too long."""
    for chunk in [] if pa.types.is_null(read[name].type) else read[name].chunks:
        longest = compute.max(compute.utf8_length(chunk.dictionary)).as_py() or 0
        if longest > LONGEST[name]:
            raise NotUsableError(f"at most {LONGEST[name]} characters in the column {name}", f"{longest:,}")
    place = read.column_names.index(name)
    return read.set_column(place, name, read[name].cast(pa.large_string()))


def _require_values(table: pd.DataFrame, answers: list[str]) -> None:
    """Labels number the classes, probabilities are some, and no image is there twice."""
    labels = table["label"].to_numpy()
    if not ((labels >= 0) & (labels < len(answers))).all():
        raise NotUsableError(f"labels from 0 to {len(answers) - 1}", f"{labels.min()} to {labels.max()}")
    probabilities = table[answers].to_numpy(dtype=np.float64)  # (N, K)
    if not ((probabilities >= 0) & (probabilities <= 1 + 1e-6)).all():
        raise NotUsableError("probabilities from 0 to 1", "a value outside, or none")
    off = np.abs(probabilities.sum(1) - 1).max(initial=0.0)
    if off > SUM_TOLERANCE:
        raise NotUsableError("probabilities that sum to 1 for each image", f"some that are off by {off:.3g}")
    strange = set(table["split"].unique()) - set(SPLITS)
    if strange:
        raise NotUsableError(f"the splits {', '.join(SPLITS)}", repr(sorted(strange)[0]))
    twice = int(table["image_id"].duplicated().sum())
    if twice:
        raise NotUsableError("each image once", f"{twice:,} images again")
