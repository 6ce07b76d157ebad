"""What is kept with the review of a site check: of what it was drawn, and the rule that was stated before."""

from collections.abc import Mapping

from core.base import errors, records
from core.review import review_record
from core.statistics import estimate


class Facts(records.Record, frozen=True, kw_only=True):
    """site : name of the place. answers : id of the kept answers that were drawn from, by rule whose each image is.
    network, gate, threshold, temperature : of the model as it was asked. wanted : images to read. pool, drawn : part ->
    images there, and drawn. patients : that are known there. left_out : why -> images. margin, floor : of
    `site_verdict.judge`. home : the rates of the model's own test, by `site_verdict.RATES`."""

    site: records.Name
    answers: records.Text
    rule: records.Text
    network: records.Text
    gate: records.Text
    threshold: records.Number | None
    temperature: records.Number | None
    wanted: records.Count
    pool: Mapping[str, records.Count]
    drawn: Mapping[str, records.Count]
    patients: records.Count
    left_out: Mapping[str, records.Count]
    margin: records.Number
    floor: records.Number
    home: Mapping[str, estimate.Estimate]


def read(review: review_record.Review) -> Facts:
    """The facts of a site check. Raises SettingNotUsable where it is none."""
    settings = review.settings
    fault = "a review for another purpose"
    if settings.purpose == review_record.SITE:
        try:
            return records.convert(dict(settings.facts), Facts)
        except records.Fault as error:
            fault = str(error)
    raise errors.SettingNotUsable(
        expected="a review that asks whether a model works somewhere",
        found=fault,
        where=review.name,
        todo="Choose another review.",
    )
