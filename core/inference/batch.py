"""A model on a whole data set: does it generalise?"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core import errors, progress
from core.datasets import index, pixels
from core.evaluation import deciding, summary
from core.models import package, tables
from core.runtimes import opening

ID_LENGTH = 16  # of an image id the part that is its content's; what follows numbers images of equal content


def evaluate(
    model_id: str, dataset: str | None = None, *, report: progress.Report = progress.say_nothing
) -> dict[str, Any]:
    """The model's result on its own test images (read from its package), or on all usable images of another data set.

    On a data set that holds images of the model's training, those are left out and counted in `excluded`; on the data
    set that it was trained on, its test images are the answer. Where an operating point was kept, the same at that
    point is under `operating_point`, with its threshold.
    """
    found = package.find_package(model_id)
    if dataset is None:
        return _read_own(found)
    data = index.read_index(dataset)
    if data.content == found.dataset_content:
        return _read_own(found)
    unseen, excluded = _leave_out_training(found, data)
    answers = predict_rows(found, data, unseen, report=report)
    table = unseen.assign(**{f"p_{name}": answers[:, i] for i, name in enumerate(found.class_names)})
    result = summary.summarise(table, found.class_names, found.positive_class)
    if found.threshold is None:
        return {**result, "excluded": excluded}
    decided = deciding.decide(answers, found.class_names.index(found.positive_class), found.threshold)
    at_point = summary.summarise(table, found.class_names, found.positive_class, answers=decided)
    return {**result, "operating_point": {"threshold": found.threshold, **at_point}, "excluded": excluded}


def _read_own(found: package.Package) -> dict[str, Any]:
    """The result in the manifest, and that at the operating point where there is one."""
    result = dict(found.manifest.test)
    if found.threshold is None:
        return result
    return {**result, "operating_point": {"threshold": found.threshold, **found.test_now}}


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


def find_known(found: package.Package, data: index.Index, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Which images of a whole data set's table the model knows, (N,): those of training and validation, and patients'.

    An image is known by its content. So is every image of a group that holds a known one, whatever the data set calls
    the group; and every image of a group that the model was trained on by name, where it is the same data set.
    """
    trained, scored = tables.read_training_images(found), tables.read_predictions(found)
    trained = pd.concat([trained, scored.loc[scored["split"] == "validation", ["image_id", "group"]]])
    known_images = table["image_id"].str.slice(0, ID_LENGTH).isin(trained["image_id"].str.slice(0, ID_LENGTH))
    groups = set(table.loc[known_images, "group"])
    if found.dataset_content == data.content or found.manifest.dataset.name == data.name:
        groups |= set(trained["group"])
    return np.asarray(known_images | table["group"].isin(groups - {""}), dtype=bool)


def _leave_out_training(found: package.Package, data: index.Index) -> tuple[pd.DataFrame, dict[str, int]]:
    """The data set's images without those that the model knows, and how many these are."""
    table = build_table(found, data)
    known = find_known(found, data, table)
    unseen = table[~known].reset_index(drop=True)
    if unseen.empty:
        raise errors.DatasetHasNoImages(
            expected="images that the model was not trained on",
            found=f"{len(table)} images, all of its training",
            where=data.name,
            todo="Choose another data set.",
        )
    return unseen, {"training_images": int(known.sum())}


def predict_rows(
    found: package.Package, data: index.Index, table: pd.DataFrame, *, report: progress.Report = progress.say_nothing
) -> NDArray[np.float32]:
    """Probabilities (N, K) of the images in `table` (column row: of the index), at the model's input size."""
    height_px, width_px = found.input_size_px
    images = pixels.open_pixels(data, height_px, width_px, report=report)
    return opening.open_runtime(found).predict(images, table["row"].to_numpy(np.int64), report=report)
