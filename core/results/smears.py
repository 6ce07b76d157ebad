"""Answers to many images, put together by patient or smear: how much of each is infected, and what cannot be told.

The rates by which a share is corrected are those of the model's own test images, as it answers now: at the kept
threshold, without what its gate refuses and what goes to a person. No TensorFlow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.gate import gate
from core.models import choosing, package, tables
from core.prediction import many, marks, verdicts
from core.results import gate_shares
from core.statistics import corrected_share, decision_rule, estimate, tasks, unit_rates, wilson

ALL_TOGETHER = "all images"
TWO_CLASSES = "Shares are corrected for errors where a model has two classes; this one has {}."
NO_IMAGES = "The model's errors are not known: none of its answered test images is {}."
LEAKY = "Its test images share patients with its training images: it errs more often than this correction assumes."
NO_PATIENTS = (
    "The patients of its test images are not known: intervals take all smears to be alike, and are too narrow."
)
COLUMNS = (
    "smear", "images", "unreadable", "copies", "refused", "referred", "answered", "caution", "flagged",
    "apparent", "apparent_low", "apparent_high", "corrected", "corrected_low", "corrected_high",
    "detection_limit", "told", "verdict", "cautions",
)  # fmt: skip


@dataclass(frozen=True)
class Smear:
    """The images of one patient or smear.

    images : all files. unreadable, copies (of another image of it), refused (by the gate), referred (to a person) : of
    these, not answered; answered : the rest. caution : of the answered, those of another kind than the model was tested
    on. flagged : of the answered, those of the positive class. shares : class name -> share of the answered with
    Wilson's interval. corrected : None where a model's shares cannot be corrected. cautions : what weakens all this.
    """

    name: str
    images: int
    unreadable: int
    copies: int
    refused: int
    referred: int
    answered: int
    caution: int
    flagged: int
    shares: dict[str, estimate.Estimate]
    corrected: corrected_share.Corrected | None
    cautions: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Summary:
    """All smears, by name, and what holds for each of them.

    rates : by which shares are corrected; None where `fault` says why they are not. positive : the class that is
    counted. subject : what an image is of, `cells` or `images`. cautions : sentences.
    """

    smears: tuple[Smear, ...]
    rates: corrected_share.Rates | None
    fault: str
    positive: str
    subject: str
    cautions: tuple[str, ...]


def summarise(found: package.Package, rows: pd.DataFrame) -> Summary:
    """From the rows of `marks.mark`. Raises `ModelBroken`, PredictionsNotUsable."""
    rates, fault = find_rates(found)
    smears = [
        _summarise_one(found, str(name) or ALL_TOGETHER, part, rates) for name, part in rows.groupby("smear", sort=True)
    ]
    cautions = [LEAKY] if found.is_leaky else []
    if rates and not rates.alarms.by_unit:
        cautions.append(NO_PATIENTS)
    return Summary(tuple(smears), rates, fault, found.positive_class, choosing.name_subject(found), tuple(cautions))


def find_rates(found: package.Package) -> tuple[corrected_share.Rates | None, str]:
    """How often the model errs on answered test images, by patient; or None and why that is not known.

    Raises `ModelBroken`, PredictionsNotUsable.
    """
    if len(found.class_names) != 2:
        return None, TWO_CLASSES.format(len(found.class_names))
    predictions = tables.read_predictions(found)
    tested = predictions[predictions["split"] == "test"].reset_index(drop=True)
    if found.has(package.GATE_FILE):
        tested = tested[gate_shares.find_own(found, predictions) != gate.REFUSED].reset_index(drop=True)
    positive = found.class_names.index(found.positive_class)
    values = tested[[f"p_{name}" for name in found.class_names]].to_numpy(np.float64)
    if found.referral_limit is not None:
        sure = decision_rule.compute_confidence(values, positive, found.threshold) >= found.referral_limit
        tested, values = tested[sure].reset_index(drop=True), values[sure]
    decided = decision_rule.decide(values, positive, found.threshold)
    task = tasks.build_task(tested, found.class_names, found.positive_class, answers=decided)
    learnt = []
    for label, name in sorted(enumerate(found.class_names), key=lambda pair: pair[0] != positive):
        of_class = task.labels == label
        if not of_class.any():
            return None, NO_IMAGES.format(name)
        wrong, images = (
            np.bincount(task.units[chosen], minlength=task.unit_count)
            for chosen in (of_class & (task.answers != label), of_class)
        )
        learnt.append(unit_rates.learn(wrong, images, by_unit=task.by_patient))
    return corrected_share.Rates(*learnt), ""


def _summarise_one(found: package.Package, name: str, rows: pd.DataFrame, rates: corrected_share.Rates | None) -> Smear:
    unreadable = rows["verdict"] == many.UNREADABLE
    copies = (rows["image_id"] != "") & rows["image_id"].duplicated()
    refused, referred = ((rows["verdict"] == verdict) & ~copies for verdict in (verdicts.UNKNOWN, verdicts.REFER))
    counted = rows[(rows["verdict"] == verdicts.ANSWER) & ~copies]
    answered, flagged = len(counted), int((counted["class_name"] == found.positive_class).sum())
    corrected = corrected_share.correct(flagged, answered, rates) if rates else None
    left = int(refused.sum()), int(referred.sum()), int(unreadable.sum())
    return Smear(
        name=name,
        images=len(rows),
        unreadable=left[2],
        copies=int(copies.sum()),
        refused=left[0],
        referred=left[1],
        answered=answered,
        caution=int(counted["caution"].sum()),
        flagged=flagged,
        shares={
            of: wilson.compute_wilson(int((counted["class_name"] == of).sum()), answered) for of in found.class_names
        },
        corrected=corrected,
        cautions=tuple(_list_cautions(counted, answered, left, choosing.name_subject(found))),
    )


def _list_cautions(counted: pd.DataFrame, answered: int, left: tuple[int, int, int], subject: str) -> list[str]:
    """What weakens the share of one smear, a sentence each."""
    refused, referred, unreadable = left
    said, away = [], int(counted["caution"].sum())
    if away:
        said.append(
            f"{away:,} of {answered:,} {subject} are not like those on which the model was tested: how often it errs "
            "on them is not known, and the correction may not hold."
        )
    missing = [(refused, "refused"), (referred, "referred to a person"), (unreadable, "not readable")]
    parts = [f"{count:,} {what}" for count, what in missing if count]
    if parts:
        said.append(f"Not in the share: {', '.join(parts)}.")
    trained, people = (counted[name].isin(marks.LEARNT_FROM).sum() for name in ("seen", "seen_patient"))
    if trained:
        said.append(
            f"The model learnt from {int(trained):,} of these {subject}: it errs less on them than on new ones."
        )
    elif people:
        said.append("The model learnt from other images of this patient.")
    return said


def say_verdict(summary: Summary, smear: Smear) -> str:
    """What is told of a smear, in a sentence; of a share that is not corrected, what is flagged."""
    corrected, subject = smear.corrected, summary.subject
    if not smear.answered:
        return f"None of its {subject} was answered."
    if corrected is None or corrected.share is None:
        answered = ", ".join(f"{name} {found.say(estimate.PER_CENT)}" for name, found in smear.shares.items())
        return f"Of {smear.answered:,} answered {subject}: {answered}. Not corrected for errors of the model."
    low, high = corrected.share.ends or (0.0, 1.0)
    share = corrected.share.value or 0.0
    if corrected.told:
        return f"Of 100 {subject} looked at, about {_say(share)} are {summary.positive} ({_say(low)} to {_say(high)})."
    limit = "" if corrected.limit is None else f" ({100 * corrected.limit:.1f} of 100)"
    return (
        f"Below the detection limit{limit}: no more {subject} are flagged than false alarms explain; up to "
        f"{_say(high)} of 100 may be {summary.positive}."
    )


def say_headline(summary: Summary, groups: str) -> str:
    """All smears in a sentence; of one alone, its verdict. groups : what they are called."""
    if len(summary.smears) == 1:
        return say_verdict(summary, summary.smears[0])
    corrected = [one.corrected for one in summary.smears if one.corrected and one.corrected.share]
    if not corrected:
        flagged, answered = (sum(getattr(one, name) for one in summary.smears) for name in ("flagged", "answered"))
        return f"{flagged:,} of {answered:,} answered {summary.subject} are flagged as {summary.positive}."
    told = sum(one.told for one in corrected)
    return (
        f"{told:,} of {len(summary.smears):,} {groups} {'has' if told == 1 else 'have'} more {summary.positive} "
        f"{summary.subject} than false alarms explain."
    )


def say_limit(answered: int, corrected: corrected_share.Corrected, subject: str) -> str:
    """What the detection limit is: with so many answered images, below what share nothing can be told."""
    if corrected.limit is None:
        return f"From {answered:,} {subject} this model cannot tell infection from its own false alarms, however much."
    return (
        f"From {answered:,} {subject}: below {100 * corrected.limit:.1f} % this model cannot reliably tell infection "
        f"from its own false alarms; it takes {corrected.least_flagged:,} flagged ones."
    )


def say_rates(summary: Summary) -> list[str]:
    """By which rates shares are corrected, how far they differ between smears, and what weakens them."""
    rates = summary.rates
    if rates is None:
        return [summary.fault]
    missed, alarms = rates.missed, rates.alarms
    found = f"{100 * (1 - missed.high):.0f} to {100 * (1 - missed.low):.0f} in 95 of 100 smears"
    flagged = f"{100 * alarms.low:.1f} to {100 * alarms.high:.1f}"
    said = [
        f"In a new smear the model finds about {100 * rates.sensitivity:.1f} of 100 {summary.positive} "
        f"{summary.subject} ({found}; n = {missed.images:,}{_say_units(missed)}) and flags about "
        f"{100 * alarms.mean:.1f} of 100 others by mistake ({flagged}; n = {alarms.images:,}{_say_units(alarms)}), "
        "measured on its answered test images."
    ]
    return [*said, *([rates.fault] if rates.fault else []), *summary.cautions]


def tabulate(summary: Summary) -> pd.DataFrame:
    """A row a smear, the columns of COLUMNS; shares from 0 to 1, NaN where they are not known."""
    rows = [_as_row(summary, smear) for smear in summary.smears]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _as_row(summary: Summary, smear: Smear) -> dict[str, object]:
    corrected = smear.corrected
    apparent = smear.shares[summary.positive]
    share = corrected.share if corrected else None
    counts = {name: getattr(smear, name) for name in COLUMNS[1:9]}
    return {
        "smear": smear.name,
        **counts,
        "apparent": apparent.value,
        "apparent_low": apparent.low,
        "apparent_high": apparent.high,
        "corrected": share.value if share else None,
        "corrected_low": share.low if share else None,
        "corrected_high": share.high if share else None,
        "detection_limit": corrected.limit if corrected else None,
        "told": corrected.told if share and corrected else None,
        "verdict": say_verdict(summary, smear),
        "cautions": " ".join(smear.cautions),
    }


def sort_by_share(found: Sequence[Smear]) -> list[Smear]:
    """Those with the largest corrected share first; without one, by what is flagged."""
    return sorted(found, key=lambda one: (-_rank(one), one.name))


def _rank(smear: Smear) -> float:
    share = smear.corrected.share if smear.corrected else None
    return float(share.value or 0.0) if share else smear.flagged / max(smear.answered, 1)


def _say_units(rate: unit_rates.UnitRate) -> str:
    return f" of {rate.units:,} patients" if rate.by_unit else ""


def _say(share: float) -> str:
    """Of 100, with a digit below ten."""
    return f"{100 * share:.1f}" if share < 0.0995 else f"{100 * share:.0f}"
