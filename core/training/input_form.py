"""The form that a run's images are brought to: measured on its training images before the first epoch, and kept."""

import numpy as np

from core.base import files, progress
from core.datasets.index import index, pixels
from core.models import manifests, normalisation
from core.training import run

MEASURED_IMAGES = 1000  # more move the median by less than it is rounded to


def prepare(found: run.Run, data: index.Index, report: progress.Report = progress.say_nothing) -> normalisation.Form:
    """The form of a run, measured first where that has not been done: the colour of its training images.

    The same split gives the same form. Raises DatasetChanged, DiskFull, RunNotUsable where the split is damaged.
    """
    kind = found.recipe.normalisation
    if kind == normalisation.NONE:
        return normalisation.AS_IT_CAME
    path = found.folder / run.NORMALISATION
    kept: manifests.Normalisation | None = files.read_json_or_none(path, manifests.Normalisation)
    if kept is not None and kept.kind == kind:
        return kept.form
    form = _measure(found, data, kind, report)
    files.write_json(path, manifests.Normalisation.describe(form).to_json(), make_folder=False)
    return form


def _measure(
    found: run.Run, data: index.Index, kind: normalisation.Kind, report: progress.Report
) -> normalisation.Form:
    report(0, 0, "Measuring the training images' colour")
    table = found.read_split()
    rows = table.loc[table["split"] == "train", "row"].to_numpy(np.int64)
    chosen = np.sort(np.random.default_rng(0).permutation(rows)[:MEASURED_IMAGES])
    images = pixels.open_pixels(data, pixels.INDEX_PX, pixels.INDEX_PX, report=report)
    return normalisation.measure_form(np.asarray(images[chosen]), kind)
