"""The gate beside other ways to tell foreign images, on sets of one's own:

    python -m tests.benchmarks.compare_gates MODEL NAME=ARCHIVE.zip[:PART] ...

Each way gets its limit from the model's own validation images (the 98th percentile), and is asked about its test images
and about up to 200 images of each archive, those with PART in their name. The others are asked about images in the form
in which the model answers.
Needs the data set that the model learnt from in SECOND_LOOK_HOME.
"""

import sys
import zipfile
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from core.datasets.index import decoding, index, originals
from core.gate import gate, gate_file, known_images
from core.models import normalisation, package, tables
from core.results import cross_evaluation
from core.runtimes import base, opening
from core.statistics import estimate, wilson

QUANTILE, NEIGHBOURS, EACH, LEARNT = 0.98, 10, 200, 2000
Images = list[NDArray[np.uint8]]


def main(model_id: str, archives: list[str]) -> None:
    """Print a table: a row a kind of image, a column a way, the share that it refuses with Wilson's interval."""
    found = package.find_package(model_id)
    asked, kept = opening.open_runtime(found), gate_file.read(found)
    if kept is None:
        raise SystemExit(f"{model_id} has no gate")
    own = _read_own(found)
    kinds = {"own, unseen": own["test"]} | {
        name: _read_archive(*path.partition(":")[::2]) for name, path in (one.split("=", 1) for one in archives)
    }
    ways = _measure_ways(found, asked, own["train"], own["validation"])
    limits = {name: np.quantile(way(own["validation"]), QUANTILE) for name, way in ways.items()}
    rows = []
    for kind, images in kinds.items():
        refused = {name: int((way(images) > limits[name]).sum()) for name, way in ways.items()}
        verdicts = kept.judge(gate.look_at_images(found, asked, images))
        refused["the gate"] = sum(verdict.refused for verdict in verdicts)
        said = {name: wilson.compute_wilson(n, len(images)).say(estimate.PER_CENT) for name, n in refused.items()}
        rows.append({"images": f"{kind} ({len(images)})", **said})
    print(pd.DataFrame(rows).to_string(index=False))


def _measure_ways(found: package.Package, asked: base.Runtime, train: Images, held_out: Images) -> dict[str, Any]:
    """Each other way as a function of images that gives a number an image; larger is stranger."""
    features = asked.find_features()
    if isinstance(features, base.Lacking):
        raise SystemExit(features.why)

    def see(images: Images) -> NDArray[np.uint8]:
        return np.stack([normalisation.bring(image, found.form, *found.input_size_px).image_rgb for image in images])

    def embed(images: Images) -> NDArray[np.float64]:
        values = features.compute(see(images)).astype(np.float64)
        return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9)

    learnt = embed(train)
    near = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(learnt)
    last = known_images.fit(*(features.compute(see(images)).astype(np.float64) for images in (train, held_out)))
    return {
        "confidence": lambda images: -asked.predict(see(images)).max(axis=1),
        f"{NEIGHBOURS} nearest neighbours": lambda images: near.kneighbors(embed(images))[0][:, -1],
        "Mahalanobis, last layer": lambda images: last.measure(features.compute(see(images)).astype(np.float64)),
    }


def _read_own(found: package.Package) -> dict[str, Images]:
    data = index.read_index(cross_evaluation.require_dataset(found))
    rows = pd.Series(data.table.index, index=data.table["image_id"])
    scored = tables.read_predictions(found)
    wanted = {side: scored.loc[scored["split"] == side, "image_id"] for side in ("validation", "test")}
    wanted["train"] = tables.read_training_images(found)["image_id"]
    most = {"train": LEARNT, "validation": 1000, "test": EACH}
    chosen = {side: _some(ids.to_numpy(), most[side]) for side, ids in wanted.items()}
    return {side: [originals.read_image(data, int(rows[one])) for one in ids] for side, ids in chosen.items()}


def _read_archive(path: str, part: str) -> Images:
    with zipfile.ZipFile(path) as archive:
        pictures = [name for name in archive.namelist() if name.lower().endswith((".png", ".jpg", ".jpeg"))]
        names = np.array([name for name in pictures if part in name])
        return [decoding.decode_image(archive.read(name), where=name) for name in _some(names, EACH)]


def _some(values: NDArray[Any], most: int) -> list[Any]:
    return [values[place] for place in np.sort(np.random.default_rng(0).permutation(len(values))[:most])]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
