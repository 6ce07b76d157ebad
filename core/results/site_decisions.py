"""Threshold and temperature that images of a place asked for, kept as `decisions` keeps its own: by a person, in the
manifest, counted, and taken back by `decisions.withdraw`."""

from typing import Any

from core.base import errors
from core.models import amending, package, site_record, tables
from core.results import decisions
from core.statistics import aims, recalibration

CHOSEN_THERE = "Chosen by {n:,} images that were read at {name}: other images from there must show what it does."


def keep_threshold(
    found: package.Package, offer: recalibration.Offer, aim: aims.Aim, site: site_record.ChosenAt, *, by: str
) -> package.Package:
    """Let the model answer from the offered threshold on; scored on its own validation and test images, as any other.

    site : where the images were read that ask for it. A limit for referral goes with the threshold it was chosen for.
    Raises SettingNotUsable without a name or where nothing is offered, and as `amending.amend` does.
    """
    threshold = _require_offer(offer)
    predictions = tables.read_predictions(found)
    section: dict[str, Any] = {
        "threshold": threshold,
        "positive_class": found.positive_class,
        "aim": aim.as_dict(),
        **decisions.score_point(found, predictions, threshold),
        "warnings": [CHOSEN_THERE.format(n=site.n, name=site.name)],
        "site": site.to_json(),
        **decisions.sign(by, ""),
    }
    return amending.amend(found, {package.OPERATING_POINT: section, package.REFERRAL: None})


def keep_temperature(
    found: package.Package, offer: recalibration.Offer, site: site_record.ChosenAt, *, by: str
) -> package.Package:
    """Let the shown probabilities go through the offered temperature; no answer changes. Raises as `keep_threshold`."""
    value = _require_offer(offer)
    section: dict[str, Any] = {
        "temperature": value,
        "threshold": found.threshold,
        "n": site.n,
        "groups": 0,
        "validation": {"low": offer.low, "high": offer.high},
        "test": decisions.score_temperature(found, tables.read_predictions(found), value, found.threshold),
        "site": site.to_json(),
        **decisions.sign(by, ""),
    }
    return amending.amend(found, {package.CALIBRATION: section})


def _require_offer(offer: recalibration.Offer) -> float:
    if offer.here is None:
        raise errors.SettingNotUsable(
            expected="a value that is offered", found="none", where="a site check", todo="Read more images there."
        )
    return offer.here
