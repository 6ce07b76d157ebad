"""Quality against reviewed cases: the models of all versions of a data set on the frozen test images of the first."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.base import errors
from core.datasets.intake import versions
from core.models import package, tables
from core.statistics import estimate, summary


@dataclass(frozen=True)
class Point:
    """One model: of which version it is, from how many settled cases that version has learnt, and its accuracy."""

    model: str
    version: int
    settled: int
    accuracy: estimate.Estimate


def trace(models: Sequence[package.Package]) -> list[Point]:
    """The honest models of one line of versions, on the test images that all versions share: the frozen ones of the
    first; by version, then the best first. Without a later version there is nothing to compare: empty.

    A model that was tested on other images is left out. Raises ModelBroken.
    """
    said = {found.id: _read(found) for found in models if not found.is_leaky}
    tested = {found.id: tables.read_predictions(found) for found in models if found.id in said}
    tested = {name: table[table["split"] == "test"] for name, table in tested.items()}
    numbers = {name: found.number if found else 1 for name, found in said.items()}
    later = [set(tested[name]["image_id"]) for name, number in numbers.items() if number > 1]
    first = [set(tested[name]["image_id"]) for name, number in numbers.items() if number == 1]
    if not later or not first:
        return []
    # All versions hold the frozen test of the model that the second one was made from, and models of the first version
    # may have been tested on others.
    frozen = max((one for one in first if all(one <= other for other in later)), key=len, default=set())
    points = []
    for found in models:
        if found.id in said and frozen and frozen <= set(tested[found.id]["image_id"]):
            rows = tested[found.id][tested[found.id]["image_id"].isin(frozen)]
            result = summary.summarise(rows, found.class_names, found.positive_class)
            made = said[found.id]
            points.append(
                Point(found.id, numbers[found.id], made.settled if made else 0, estimate.find(result, "accuracy"))
            )
    return sorted(points, key=lambda one: (one.version, -(one.accuracy.value or 0.0)))


def _read(found: package.Package) -> versions.Version | None:
    """What its data set says of itself; None of a first version, and of one that is not on this machine any more."""
    try:
        return versions.read_version(found.manifest.dataset.name)
    except (errors.NameNotUsable, errors.IndexBroken):
        return None
