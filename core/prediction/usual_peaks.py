"""How strong a model's heatmaps usually are: the median peak over validation images, by Grad-CAM and by the default.

A heatmap is stretched, so that a faint hint glows like clear evidence; beside what is usual can be said which it is.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import errors, progress, records
from core.datasets.index import originals
from core.explanation import gradcam, heatmaps, methods
from core.models import amending, manifests, normalisation, package, remembering, tables
from core.prediction import evidence
from core.runtimes import base, opening

IMAGES = 200


def choose(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Some of the validation images, evenly spread over their order: at most `IMAGES`."""
    return places[:: max(1, len(places) // IMAGES)][:IMAGES]


def describe(
    architecture: str, asked: base.Runtime, images: NDArray[np.uint8], answers: NDArray[np.integer]
) -> manifests.Heatmap | None:
    """What a manifest says of validation images, uint8 (N, H, W, 3), at the input size and in the model's form.

    answers : the class index that each is taken for, (N,). None of a network without Grad-CAM.
    """
    gradients, chosen = gradcam.find_gradients(asked), methods.find_default(architecture)
    if isinstance(gradients, base.Lacking):
        return None
    described, source = heatmaps.compute_reference(gradients, images, answers), chosen.find(asked)
    if chosen.key != methods.GRAD_CAM and not isinstance(source, base.Lacking):
        described["peaks"] = {chosen.key: heatmaps.compute_reference(source, images, answers)["reference_peak"]}
    return records.convert(described, manifests.Heatmap)


def is_measured(found: package.Package) -> bool:
    """Whether it is known how strong its heatmaps by the default method usually are."""
    return evidence.find_usual_peak(found, methods.find_default(found.manifest.architecture).key) is not None


def add(found: package.Package, report: progress.Report = progress.say_nothing) -> package.Package:
    """Measure it for an older model, whose images must be here; what its manifest says already stays.

    Raises ModelBroken, DatasetNotFound where no data set here has its images, DatasetChanged, DiskFull;
    HeatmapNotPossible of a network without heatmaps.
    """
    data = remembering.require_source(found)
    table = tables.read_predictions(found)
    table = table.iloc[choose(np.flatnonzero((table["split"] == "validation").to_numpy()))]
    rows = pd.Series(data.table.index, index=data.table["image_id"])[table["image_id"]]
    images = []
    for place, row in enumerate(rows):
        report(place, len(rows), "Reading validation images")
        images.append(
            normalisation.bring(originals.read_image(data, int(row)), found.form, *found.input_size_px).image_rgb
        )
    report(0, 0, "Measuring the heatmaps")
    answers = table.filter(like="p_").to_numpy().argmax(axis=1)
    batch = np.array(images, np.uint8).reshape(-1, *found.input_size_px, 3)
    described = describe(found.manifest.architecture, opening.open_runtime(found), batch, answers)
    if described is None:
        raise errors.HeatmapNotPossible(
            expected="a network with a convolution",
            found="one without",
            where=found.id,
            todo="Nothing need be done: such a model answers, without heatmaps.",
        )

    def write(now: package.Package) -> dict[str, Any]:
        known = now.manifest.heatmap
        return {"heatmap": {"peaks": {**known.peaks, **described.peaks}} if known else described.to_json()}

    return amending.restate(found, write)
