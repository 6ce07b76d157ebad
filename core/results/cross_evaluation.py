"""One model's answers to another one's test images, kept beside the models. Needs TensorFlow (inside `cross`).

`data/evaluations/<B>--on--<A>.parquet` has the columns of `predictions.parquet`, all of split "test", and says in its
metadata which two models (by the time of their making) it is about: when either is another one now, it is stale.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from core.base import errors, files, paths, progress, records
from core.datasets.index import index
from core.models import package, tables
from core.results import on_dataset, predictions_file
from core.runtimes import opening

METADATA_KEY, METADATA_VERSION = b"second_look", 1


def crossed_path(found: package.Package, on: package.Package) -> Path:
    """Where the answers of `found` to the test images of `on` are kept."""
    return paths.evaluations_folder() / f"{found.id}--on--{on.id}.parquet"


def read_crossed(found: package.Package, on: package.Package) -> pd.DataFrame | None:
    """The answers of `found` to the test images of `on`; None where nobody has made them, or they are stale.

    Columns as `predictions_file.read` gives them, labels and `p_<class>` in the order of `found`'s classes.
    """
    said = describe_crossed(found, on)
    return None if said is None else predictions_file.read(crossed_path(found, on))


def describe_crossed(found: package.Package, on: package.Package) -> dict[str, Any] | None:
    """What was noted when the answers were made: "dataset", "images", "left_out" (known to `found`), "missing"."""
    try:
        if files.find_kind(crossed_path(found, on)) != "file":
            return None
        stored = parquet.read_schema(crossed_path(found, on)).metadata or {}
        said: Any = records.parse(stored[METADATA_KEY])
    except (OSError, ValueError, KeyError):
        return None
    return said if isinstance(said, dict) and said.items() >= _identify(found, on).items() else None


def find_dataset(on: package.Package) -> str | None:
    """The data set on this machine that holds the test images of a model: the same content, else the same name."""
    ready = [row for row in index.list_datasets() if row["status"] == "ready"]
    same = [row["name"] for row in ready if row["content"] == on.dataset_content]
    named = [row["name"] for row in ready if row["name"] == on.manifest.dataset.name]
    return next((str(name) for name in same + named), None)


def cross(model_id: str, on_id: str, *, report: progress.Report = progress.say_nothing) -> dict[str, Any]:
    """Let a model answer the test images of another one, keep the answers, and say what `describe_crossed` says.

    Images that it has seen (`provenance`) are left out. Classes are matched by name, images come from `find_dataset`.
    Raises ModelNotFound, ModelBroken, DatasetNotFound, ClassesDiffer, DatasetHasNoImages, DiskFull; Cancelled leaves
    nothing.
    """
    found, on = package.find_package(model_id), package.find_package(on_id)
    require_same_classes(found, on)
    data = index.read_index(require_dataset(on))
    answered, said = _choose_images(found, on, data, report)
    answers = on_dataset.predict_rows(found, data, answered, opening.open_runtime(found), report=report)
    columns = {f"p_{name}": answers[:, place] for place, name in enumerate(found.class_names)}
    table = answered.drop(columns="row").astype({"label": "int16"}).assign(**columns)
    described = {**_identify(found, on), "at": datetime.now(UTC).isoformat(timespec="seconds"), **said}
    _write(crossed_path(found, on), table, described)
    return described


def _choose_images(
    found: package.Package, on: package.Package, data: index.Index, report: progress.Report
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The test images of `on` that `found` does not know, with their rows in the data set; and what was left out."""
    scored = tables.read_predictions(on)
    wanted = set(scored.loc[scored["split"] == "test", "image_id"])
    whole, looked = on_dataset.look(found, data, report=report)
    tested = whole["image_id"].isin(wanted)
    unseen = tested & ~looked.known
    if not unseen.any():
        here = int(tested.sum())
        raise errors.DatasetHasNoImages(
            expected=f"test images of {on.id} that {found.id} was not trained on",
            found=" ".join(
                [
                    f"{here:,} of its {len(wanted):,} test images in this data set, none of them unseen.",
                    *looked.take(tested.to_numpy()).say(),
                ]
            ),
            where=data.name,
            todo="Choose another pair of models.",
        )
    said = {
        "dataset": data.name,
        "images": int(unseen.sum()),
        "left_out": int((tested & ~unseen).sum()),
        "missing": len(wanted) - int(tested.sum()),
    }
    return whole[unseen].reset_index(drop=True), said


def require_same_classes(found: package.Package, on: package.Package) -> None:
    """Raise ClassesDiffer unless both models know the same classes, in whatever order."""
    if set(found.class_names) != set(on.class_names):
        raise errors.ClassesDiffer(
            expected=f"two models of the same classes: {', '.join(on.class_names)} ({on.id})",
            found=f"{', '.join(found.class_names)} ({found.id})",
            where="the classes of the models",
            todo="Choose models that were trained on the same classes.",
        )


def require_dataset(on: package.Package) -> str:
    """`find_dataset`. Raises DatasetNotFound where there is none."""
    name = find_dataset(on)
    if name is None:
        raise errors.DatasetNotFound(
            expected=f"the data set that {on.id} was trained on: {on.manifest.dataset.name}",
            found="none with its images or its name",
            where=str(paths.datasets_folder()),
            todo="Import it again on the Datasets page.",
        )
    return name


def _identify(found: package.Package, on: package.Package) -> dict[str, Any]:
    """The two models as they are now, and the version of the format."""
    both = {"model": found.id, "model_created": found.manifest.created}
    return {"version": METADATA_VERSION, **both, "on": on.id, "on_created": on.manifest.created}


def _write(path: Path, table: pd.DataFrame, described: dict[str, Any]) -> None:
    stored = pa.Table.from_pandas(table, preserve_index=False)
    metadata = {**(stored.schema.metadata or {}), METADATA_KEY: json.dumps(described).encode()}
    files.write_whole(path, lambda aside: parquet.write_table(stored.replace_schema_metadata(metadata), aside))
