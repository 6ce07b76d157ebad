"""A model on a whole data set: does it generalise? Needs TensorFlow (inside)."""

from typing import Any

import numpy as np
import pandas as pd

from core import errors, progress
from core.datasets import index, pixels
from core.evaluation import summary
from core.inference import predictor
from core.models import loading, package


def evaluate(
    model_id: str, dataset: str | None = None, *, report: progress.Report = progress.say_nothing
) -> dict[str, Any]:
    """The model's result on its own test images (read from its package), or on all usable images of another data set.

    On a data set that holds images of the model's training, those are left out and counted in `excluded`; on the data
    set that it was trained on, its test images are the answer.
    """
    found = package.find_package(model_id)
    if dataset is None:
        return dict(found.manifest["test"])
    data = index.read_index(dataset)
    if data.content == found.dataset_content:
        return dict(found.manifest["test"])
    table = _table_for(found, data)
    unseen, excluded = _leave_out_training(found, data, table)
    height_px, width_px = found.input_size_px
    images = pixels.open_pixels(data, height_px, width_px, report=report)
    answers = _predict(model_id, images, unseen, report)
    columns = {f"p_{name}": answers[:, i] for i, name in enumerate(found.class_names)}
    result = summary.summarise(unseen.assign(**columns), found.class_names, found.positive_class)
    return {**result, "excluded": excluded}


def _table_for(found: package.Package, data: index.Index) -> pd.DataFrame:
    """The data set's usable images with labels in the model's class order; refuses classes that the model lacks."""
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


def _leave_out_training(
    found: package.Package, data: index.Index, table: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Images without those of training and validation, by content; by patient too where it is the same data set."""
    trained = pd.read_parquet(package.read_file(found, package.TRAINING_IMAGES_FILE))
    path = package.read_file(found, package.PREDICTIONS_FILE)
    scored = pd.read_parquet(path, columns=["image_id", "group", "split"])
    trained = pd.concat([trained, scored.loc[scored["split"] == "validation", ["image_id", "group"]]])
    known_images = table["image_id"].str.slice(0, 16).isin(trained["image_id"].str.slice(0, 16))
    known_groups = (table["group"] != "") & table["group"].isin(trained["group"])
    same_source = data.name == found.manifest["dataset"]["name"]
    seen = known_images | known_groups if same_source else known_images
    unseen = table[~seen].reset_index(drop=True)
    if unseen.empty:
        raise errors.DatasetHasNoImages(
            expected="images that the model was not trained on",
            found=f"{len(table)} images, all of its training",
            where=data.name,
            todo="Choose another data set.",
        )
    return unseen, {"training_images": int(seen.sum())}


def _predict(model_id: str, images: np.ndarray, table: pd.DataFrame, report: progress.Report) -> np.ndarray:
    asked = predictor.Predictor(loading.load_model(model_id))
    rows = table["row"].to_numpy(np.int64)
    answers = []
    for start in range(0, len(rows), 1024):
        report(start, len(rows), "Predicting")
        answers.append(asked.predict_batch(images[rows[start : start + 1024]]))
    report(len(rows), len(rows), "Predicting")
    return np.concatenate(answers)
