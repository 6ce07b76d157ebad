"""Results of before: their intervals were percentiles of resampled patients, which held the truth less often."""

from typing import TypeVar

import msgspec

from core.models import manifests
from core.statistics import estimate

Result = TypeVar("Result", bound=manifests.Result)


def is_earlier(result: manifests.Result) -> bool:
    """Whether a result's intervals count patients and are of before; a result of now names its method."""
    return result.method is None and result.interval == "patients"


def mark(manifest: manifests.Manifest) -> manifests.Manifest:
    """The same manifest, in which each interval of before says what it is worth (`level`); not written anywhere.

    `python -m core rejudge` computes them anew.
    """
    point = manifest.operating_point
    if point is not None:
        point = msgspec.structs.replace(point, validation=_mark(point.validation), test=_mark(point.test))
    validation = _mark(manifest.validation)
    return msgspec.structs.replace(manifest, validation=validation, test=_mark(manifest.test), operating_point=point)


def _mark(result: Result | None) -> Result | None:
    if result is None or not is_earlier(result):
        return result
    marked = {
        name: msgspec.structs.replace(one, level=estimate.ABOUT)
        for name, one in result.items()
        if isinstance(one, estimate.Estimate) and one.low is not None
    }
    return type(result)({**result, **marked})
