"""The results in a model's manifest computed anew from its predictions, where their intervals are of before."""

from typing import Any

import pandas as pd

from core.models import amending, manifests, package
from core.results import decisions, predictions_file
from core.statistics import measures, metrics_table, reliability, summary, temperature


def rejudge(found: package.Package) -> package.Package:
    """Write the results of now into the manifest: of validation and test, and of what people decided.

    Threshold, temperature and limit stay, and so do values; intervals change. A model that came with the program is
    copied to the user's models first. Raises ModelBroken, PredictionsNotUsable, DiskFull.
    """
    table = predictions_file.read(package.read_file(found, package.PREDICTIONS_FILE))
    return amending.restate(found, lambda now: _compute(now, table))


def is_current(found: package.Package) -> bool:
    """Whether its results are of the present method, and hold every metric that is kept now."""
    test = found.manifest.test
    return test.method == measures.METHOD and all(one.key in test for one in metrics_table.list_summary())


def _compute(found: package.Package, table: pd.DataFrame) -> dict[str, Any]:
    names, positive = found.class_names, found.positive_class
    sides = {side: table[table["split"] == side] for side in ("validation", "test")}
    sections: dict[str, Any] = {side: summary.summarise(rows, names, positive) for side, rows in sides.items()}
    kept = found.manifest
    if point := kept.operating_point:
        sections[package.OPERATING_POINT] = decisions.score_point(found, table, point.threshold)
    if fitted := kept.calibration:
        sections[package.CALIBRATION] = _calibrate(found, table, fitted)
    if kept.referral:
        sections[package.REFERRAL] = decisions.score_limit(found, table, kept.referral.limit)
    return sections


def _calibrate(found: package.Package, table: pd.DataFrame, fitted: manifests.Calibration) -> dict[str, Any]:
    """The interval of the kept temperature, and what it does on the test images."""
    validation = reliability.select_task(
        table, "validation", found.class_names, found.positive_class, threshold=fitted.threshold
    )
    return {
        "validation": temperature.fit_temperature(validation).describe(),
        "test": decisions.score_temperature(found, table, fitted.temperature, fitted.threshold),
    }
