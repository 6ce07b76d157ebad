"""Does the shipped X-ray network answer by letters in the corners? Its test images again, with parts painted grey."""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.index import index, pixels
from core.jobs.publishing import predict_table
from core.models import package
from core.results import predictions_file
from core.runtimes import opening
from core.statistics import summary
from tests.benchmarks import common

MODEL = "chest-smear-cnn"
ARCHIVE = common.PROJECT.parent / "shared" / "datasets" / "chest_xray.zip"
CORNER, BORDER = 1 / 4, 1 / 6  # of the side
LOWEST = 0.98


def measure() -> list[dict[str, Any]]:
    """AUC on the model's test images as they are (plain) and with the corners grey (ours); none without the images."""
    if not ARCHIVE.exists():
        return []
    with tempfile.TemporaryDirectory(prefix="second-look-corners-") as temporary:
        common.run_child(Path(temporary), "-m", "core", "import", str(ARCHIVE), "--name", "chest-xray")
        os.environ["SECOND_LOOK_HOME"] = temporary
        found = package.find_package(MODEL)
        asked = opening.open_runtime(found)
        data = index.read_index("chest-xray")
        images, table = _read_test_images(found, data)
        said = {}
        for name, shown in _paint(images).items():
            answers = predict_table(asked, shown, table, found.class_names)
            said[name] = summary.summarise(answers, found.class_names, found.positive_class)["auc"]
    plain, ours = said["as it is"], said["corners grey"]
    return [
        common.row(
            f"(q) AUC of `{MODEL}` with the corners of each test image painted grey, n = {ours.n}",
            ours=ours.say(),
            plain=plain.say(),
            ratio=ours.value / plain.value,
            goal=f"at least {LOWEST}",
            holds=ours.value >= LOWEST,
            note="; ".join(f"{name} {value.say()}" for name, value in said.items()),
        )
    ]


def _read_test_images(found: package.Package, data: index.Index) -> tuple[NDArray[np.uint8], Any]:
    """The test images (N, H, W, 3) and their rows, numbered from 0, as `predict_table` wants them."""
    table = predictions_file.read(found.file(package.PREDICTIONS_FILE))
    table = table.loc[table["split"] == "test", ["image_id", "split", "group", "label"]].reset_index(drop=True)
    places = {image_id: place for place, image_id in enumerate(data.table["image_id"])}
    cache = pixels.open_pixels(data, *found.input_size_px)
    images = np.stack([cache[places[image_id]] for image_id in table["image_id"]])
    return images, table.assign(row=np.arange(len(table)))


def _paint(images: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """Each variant of the images; grey is their mean."""
    grey, side = np.uint8(images.mean()), images.shape[1]
    corner, border = round(side * CORNER), round(side * BORDER)
    corners, edge = images.copy(), images.copy()
    for rows in (slice(0, corner), slice(-corner, None)):
        for columns in (slice(0, corner), slice(-corner, None)):
            corners[:, rows, columns] = grey
    edge[:, border:-border, border:-border] = grey
    inner = np.full_like(images, grey)
    inner[:, border:-border, border:-border] = images[:, border:-border, border:-border]
    return {"as it is": images, "corners grey": corners, "without the border": inner, "the border alone": edge}


if __name__ == "__main__":
    for result in measure():
        print(result)
