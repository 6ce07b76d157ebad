"""What was found of a model where it is used, as its manifest keeps it: it travels with the model."""

from collections.abc import Mapping

from core.base import records
from core.statistics import estimate


class ChosenAt(records.Record, frozen=True, kw_only=True):
    """Where images were read that chose a threshold or a temperature, instead of the validation images; how many."""

    name: records.Text
    n: records.Count


def say_images(site: ChosenAt | None, validation: str = "validation images") -> str:
    """Which images chose a threshold or a temperature: `validation`, or `100 images read at Microscope 2`."""
    return validation if site is None else f"{site.n:,} images read at {site.name}"


class SiteCheck(records.Signed, frozen=True, kw_only=True, omit_defaults=True):
    """What people who read images of one place found of the model there, see `review.site_result`.

    by, at : who kept it, and when. name : of the place. created, network, gate, threshold : of the model as it was
    asked; network and gate are sha256 of its files. verdict : of `statistics.site_verdict`, with margin and floor.
    asked, read : images drawn, and read; n : those of them that the model answers and whose class was told.
    cannot_tell, not_such, disputed : the others of these. changed : answers that were others once the model's was
    seen; the rates are of those before. home : "sensitivity" and "specificity" of its own test then; least, most : the
    same here if all that nobody could tell were wrong, or right. pool : part -> images there. left_out : why -> images.
    refused : "pool", "read" and "such" of what the gate refused.
    """

    name: records.Name
    review: records.Text
    review_id: records.Count
    created: records.Text
    network: records.Text
    gate: records.Text = ""
    threshold: records.Number | None = None
    temperature: records.Number | None = None
    verdict: records.Text
    margin: records.Number
    floor: records.Number
    readers: tuple[records.Text, ...] = ()
    asked: records.Count
    read: records.Count
    n: records.Count
    patients: records.Count
    cannot_tell: records.Count
    not_such: records.Count
    disputed: records.Count
    changed: records.Count
    sensitivity: estimate.Estimate
    specificity: estimate.Estimate
    ppv: estimate.Estimate
    npv: estimate.Estimate
    accuracy: estimate.Estimate
    prevalence: estimate.Estimate
    home: Mapping[str, estimate.Estimate]
    least: Mapping[str, estimate.Estimate] = {}
    most: Mapping[str, estimate.Estimate] = {}
    pool: Mapping[str, records.Count] = {}
    left_out: Mapping[str, records.Count] = {}
    refused: Mapping[str, records.Count] = {}
    seed: records.Count = 0


class SiteChecks(records.Record, frozen=True, kw_only=True):
    """All that were kept, the oldest first."""

    checks: tuple[SiteCheck, ...] = ()
