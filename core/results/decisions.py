"""What people decide about a model: threshold, temperature, share to refer; the same for the pages and the terminal.

Each is chosen on validation images alone, scored once on the test images, and written into the manifest with who
decided and when; how often each was chosen is counted (`amending`). See docs/decisions/0014.
"""

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from core.base import errors
from core.models import amending, package, tables
from core.statistics import aims, calibration, operating_point, referral, reliability, tasks, temperature

SECTIONS = (package.OPERATING_POINT, package.CALIBRATION, package.REFERRAL)
SIDES = ("validation", "test")


def keep_operating_point(found: package.Package, aim: aims.Aim, *, by: str, why: str = "") -> package.Package:
    """Let the model answer from the threshold on that serves the aim best; a limit for another threshold goes with it.

    by : who decides. why : in their words, "" = not said. Returns the package as it is then. Raises AimNotReachable,
    SettingNotUsable without a name, PredictionsNotUsable, and as `amending.amend` does.
    """
    signed = sign(by, why)
    table = tables.read_predictions(found)
    choice = operating_point.choose(_select(found, table, "validation", None), aim)
    section = {
        "threshold": choice.threshold,
        "positive_class": found.positive_class,
        "aim": aim.as_dict(),
        **score_point(found, table, choice.threshold),
        "warnings": choice.warnings,
        **signed,
    }
    return amending.amend(found, {package.OPERATING_POINT: section, package.REFERRAL: None})


def keep_temperature(found: package.Package, *, by: str, why: str = "") -> package.Package:
    """Let the shown probabilities go through the temperature that fits the validation images; no answer changes.

    Raises ValidationNotEnough, and as `keep_operating_point` does.
    """
    signed = sign(by, why)
    table = tables.read_predictions(found)
    fit = temperature.fit_temperature(_select(found, table, "validation", found.threshold))
    section = {
        "temperature": fit.temperature,
        "threshold": found.threshold,
        "n": fit.n,
        "groups": fit.groups,
        "validation": fit.describe(),
        "test": score_temperature(found, table, fit.temperature, found.threshold),
        **signed,
    }
    return amending.amend(found, {package.CALIBRATION: section})


def keep_referral(found: package.Package, share: float, *, by: str, why: str = "") -> package.Package:
    """Send cases to a person below the limit that refers `share` (0 to 1) of the validation images.

    Raises ValidationNotEnough, SettingNotUsable for another share or where the operating point has changed meanwhile,
    and as `keep_operating_point` does.
    """
    signed = sign(by, why)
    if not 0 < share < 1:
        raise _refuse("a share of cases between 0 and 1", f"{share:g}", "Write 0.1 for one case in ten.")
    table = tables.read_predictions(found)
    limit = referral.choose_limit(_select(found, table, "validation", found.threshold), found.threshold, share)
    section = {"limit": limit, "share": share, **score_limit(found, table, limit), **signed}
    return amending.amend(found, {package.REFERRAL: section})


def withdraw(found: package.Package, section: str) -> package.Package:
    """Take a decision back, one of SECTIONS; with an operating point goes the limit that was chosen for it.

    Where there is none, nothing is written.
    """
    if section not in SECTIONS:
        raise ValueError(f"expected one of {SECTIONS}, found {section!r}")
    if getattr(found.manifest, section) is None:
        return found
    ending = [section, package.REFERRAL] if section == package.OPERATING_POINT else [section]
    return amending.amend(found, dict.fromkeys(ending))


def score_point(found: package.Package, predictions: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """What the threshold does on validation and on test images, as a manifest has it."""
    return {
        side: operating_point.apply(
            predictions[predictions["split"] == side], found.class_names, found.positive_class, threshold
        )
        for side in SIDES
    }


def score_temperature(
    found: package.Package, predictions: pd.DataFrame, value: float, threshold: float | None
) -> dict[str, Any]:
    """What a temperature does to the probabilities of the answers to test images that this threshold gives."""
    test = _select(found, predictions, "test", threshold)
    return calibration.compare(test, temperature.soften(test, value), subject="answer", rule="mass")


def score_limit(found: package.Package, predictions: pd.DataFrame, limit: float) -> dict[str, Any]:
    """What a limit does on validation and on test images, at the operating point that is kept."""
    return {
        side: referral.measure(_select(found, predictions, side, found.threshold), found.threshold, limit)
        for side in SIDES
    }


def sign(by: str, why: str) -> dict[str, str]:
    """Who decides, when and why, as it stands in each section. Raises SettingNotUsable without a name."""
    name = " ".join(by.split())
    if not name:
        raise _refuse(
            "the name of who decides", "none", "Give a name: it is kept with the decision, and shown with it."
        )
    signed = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "by": name}
    return {**signed, "why": " ".join(why.split())} if why.strip() else signed


def _select(found: package.Package, predictions: pd.DataFrame, side: str, threshold: float | None) -> tasks.Task:
    return reliability.select_task(predictions, side, found.class_names, found.positive_class, threshold=threshold)


def _refuse(expected: str, found: str, todo: str) -> errors.SettingNotUsable:
    return errors.SettingNotUsable(expected=expected, found=found, where="a decision about a model", todo=todo)
