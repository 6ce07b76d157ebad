"""The results in a model's manifest computed anew from its predictions, where their intervals are of before."""

from typing import Any

import pandas as pd

from core.evaluation import (
    calibration,
    measures,
    metrics_table,
    referral,
    reliability,
    summary,
    temperature,
    thresholds,
)
from core.models import amending, package


def rejudge(found: package.Package) -> package.Package:
    """Write the results of now into the manifest: of validation and test, and of what people decided.

    Threshold, temperature and limit stay, and so do values; intervals change. A model that came with the program is
    copied to the user's models first. Raises ModelBroken, PredictionsNotUsable, DiskFull.
    """
    table = summary.read_predictions(package.read_file(found, package.PREDICTIONS_FILE))
    return amending.restate(found, lambda now: _compute(now, table))


def is_current(found: package.Package) -> bool:
    """Whether its results are of the present method, and hold every metric that is kept now."""
    test = found.manifest["test"]
    return bool(test.get("method") == measures.METHOD) and all(one.key in test for one in metrics_table.list_summary())


def _compute(found: package.Package, table: pd.DataFrame) -> dict[str, Any]:
    names, positive = found.class_names, found.positive_class
    sides = {side: table[table["split"] == side] for side in ("validation", "test")}
    sections: dict[str, Any] = {side: summary.summarise(rows, names, positive) for side, rows in sides.items()}
    kept = found.manifest
    if point := kept.get(package.OPERATING_POINT):
        scored = {side: thresholds.apply(rows, names, positive, point["threshold"]) for side, rows in sides.items()}
        sections[package.OPERATING_POINT] = {**point, **scored}
    if fitted := kept.get(package.CALIBRATION):
        sections[package.CALIBRATION] = {**fitted, **_calibrate(found, table, fitted)}
    if limit := kept.get(package.REFERRAL):
        tasks = {
            side: reliability.select_task(table, side, names, positive, threshold=found.threshold) for side in sides
        }
        seen = {side: referral.measure(task, found.threshold, limit["limit"]) for side, task in tasks.items()}
        sections[package.REFERRAL] = {**limit, **seen}
    return sections


def _calibrate(found: package.Package, table: pd.DataFrame, fitted: dict[str, Any]) -> dict[str, Any]:
    """The interval of the kept temperature, and what it does on the test images."""
    validation, test = (
        reliability.select_task(table, side, found.class_names, found.positive_class, threshold=fitted.get("threshold"))
        for side in ("validation", "test")
    )
    scores = calibration.compare(test, temperature.soften(test, fitted["temperature"]))
    return {"validation": temperature.fit_temperature(validation).describe(), "test": scores}
