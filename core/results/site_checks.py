"""Checks of a model where it is used: kept in its manifest, found again, and said in a line."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pandas as pd

from core.base import errors
from core.models import amending, package, site_record
from core.statistics import estimate, prevalence, reliability, site_verdict

NEVER = "Never checked where you are"
WHOLE = estimate.Form(100, 0, " %")
COLUMNS = [
    "Where",
    "When",
    "Verdict",
    "n",
    "Sensitivity",
    "Specificity",
    "PPV",
    "NPV",
    "Prevalence",
    "Threshold",
    "Who",
]


def keep(found: package.Package, check: site_record.SiteCheck, *, by: str, why: str = "") -> package.Package:
    """Add a check to a model; one of the same review takes the place of the earlier one.

    by : who keeps it. Raises SettingNotUsable without a name or where the network is another one by now, and as
    `amending.amend` does.
    """
    name = " ".join(by.split())
    if not name:
        raise _refuse("the name of who keeps it", "none", "Give a name: it is kept with the check, and shown with it.")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    signed = msgspec.structs.replace(check, by=name, at=at, why=" ".join(why.split()))

    def add(now: package.Package) -> dict[str, Any]:
        if find_network(now) != check.network:
            raise _refuse("the network that was checked", "another one", "Check this one.")
        others = [one for one in list_checks(now) if _identify(one) != _identify(signed)]
        return site_record.SiteChecks(checks=(*others, signed)).to_json()

    return amending.amend(found, {package.SITE_CHECKS: add})


def list_checks(found: package.Package) -> tuple[site_record.SiteCheck, ...]:
    """All that were kept with a model, the oldest first."""
    kept = found.manifest.site_checks
    return kept.checks if kept else ()


def find_latest(found: package.Package) -> site_record.SiteCheck | None:
    """The newest check of this very network; None where there is none."""
    checks = [one for one in list_checks(found) if one.network == find_network(found)]
    return max(checks, key=lambda one: one.at, default=None)


def is_same(found: package.Package, check: site_record.SiteCheck) -> bool:
    """Whether the model answers as it did when it was checked: network, gate and threshold."""
    _, gate, threshold = found.state
    return (find_network(found), gate, threshold) == (check.network, check.gate, check.threshold)


def find_network(found: package.Package) -> str:
    """By what a network is known: sha256 of its file."""
    return found.manifest.files[package.MODEL_FILE].sha256


def measure_home(found: package.Package, predictions: pd.DataFrame) -> dict[str, estimate.Estimate]:
    """Sensitivity and specificity of its own test images as it answers now, by `site_verdict.RATES`.

    predictions : of `tables.read_predictions`. Of more than two classes, of the positive one against all others.
    """
    task = reliability.select_task(
        predictions, "test", found.class_names, found.positive_class, threshold=found.threshold
    )
    if not task.n:
        return dict.fromkeys(site_verdict.RATES, estimate.NOT_MEASURED)
    rates = prevalence.measure_rates(task, found.threshold)
    return {site_verdict.SENSITIVITY: rates.sensitivity, site_verdict.SPECIFICITY: rates.specificity}


def say_verdict(check: site_record.SiteCheck) -> str:
    """`As at home`; of a kind that a later version has, as it says it."""
    return next((words for kind, words in site_verdict.WORDS.items() if kind == check.verdict), check.verdict)


def say_check(check: site_record.SiteCheck) -> str:
    """`Checked at Microscope 2 on 2026-11-20: as at home; sensitivity 91 % (83 to 96), specificity ..., n = 100`."""
    verdict = say_verdict(check)
    rates = f"sensitivity {check.sensitivity.say(WHOLE)}, specificity {check.specificity.say(WHOLE)}"
    return f"Checked at {check.name} on {check.at[:10]}: {verdict[:1].lower()}{verdict[1:]}; {rates}, n = {check.n:,}"


def say_mark(found: package.Package) -> str:
    """What stands beside a model in few words; NEVER where it was not checked."""
    latest = find_latest(found)
    if latest is None:
        return NEVER
    if not is_same(found, latest):
        return f"Checked at {latest.name}, with another threshold or gate"
    return f"Checked at {latest.name}: {say_verdict(latest)}"


def tabulate(checks: Sequence[site_record.SiteCheck]) -> pd.DataFrame:
    """A row a check, the newest first: COLUMNS."""
    rows = [
        (
            one.name,
            one.at[:10],
            say_verdict(one),
            one.n,
            *(rate.say(WHOLE) for rate in (one.sensitivity, one.specificity, one.ppv, one.npv, one.prevalence)),
            "" if one.threshold is None else f"{one.threshold:.4g}",
            one.by,
        )
        for one in sorted(checks, key=lambda one: one.at, reverse=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _identify(check: site_record.SiteCheck) -> tuple[int, str, str]:
    return check.review_id, check.review, check.name


def _refuse(expected: str, found: str, todo: str) -> errors.SettingNotUsable:
    return errors.SettingNotUsable(expected=expected, found=found, where="a site check", todo=todo)
