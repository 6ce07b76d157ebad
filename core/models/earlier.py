"""Results of before: their intervals were percentiles of resampled patients, which held the truth less often."""

from typing import Any

from core.evaluation import estimate

PLACES = (("validation",), ("test",), ("operating_point", "validation"), ("operating_point", "test"))


def is_earlier(result: dict[str, Any]) -> bool:
    """Whether a result's intervals count patients and are of before; a result of now names its method."""
    return "method" not in result and result.get("interval") == "patients"


def mark(manifest: dict[str, Any]) -> dict[str, Any]:
    """The same manifest, in which each interval of before says what it is worth ("level"); not written anywhere.

    `python -m core rejudge` computes them anew.
    """
    marked = dict(manifest)
    for section, *inner in PLACES:
        if isinstance(marked.get(section), dict):
            marked[section] = _mark_in(marked[section], inner)
    return marked


def _mark_in(section: dict[str, Any], inner: list[str]) -> dict[str, Any]:
    if inner:
        found = section.get(inner[0])
        return {**section, inner[0]: _mark_in(found, [])} if isinstance(found, dict) else section
    if not is_earlier(section):
        return section
    return {
        name: {**metric, "level": estimate.ABOUT}
        if isinstance(metric, dict) and metric.get("low") is not None
        else metric
        for name, metric in section.items()
    }
