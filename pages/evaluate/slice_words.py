"""What the view of slices says, and the tables that can be taken away."""

from typing import Any

import pandas as pd

from core.results import slice_tests
from core.statistics import estimate

HELP = (
    "All are shares of wrong answers, so that smaller is better: missed is 100 % less the sensitivity, flagged by "
    "mistake is 100 % less the specificity."
)
HOW_JUDGED = (
    "Numbers are cut into quarters of these test images, equal ones together; size is height times width. A part and "
    "the rest need 20 images, and 3 patients where these are known, to be judged. Where patients are known, the test "
    "keeps their images together (it changes the sign of what each patient adds); else it is Fisher's. p is corrected "
    "for the number of parts judged (Holm)."
)
TOO_FEW_PATIENTS = (
    "There are too few test patients for any part to stand out after the correction, however wrong the model were in "
    "it: that none does says little here."
)


def name_measures(positive_class: str) -> dict[str, str]:
    """The measures as the page calls them."""
    return {
        slice_tests.ERROR: "Wrong, of all images",
        slice_tests.MISSED: f"Missed, of {positive_class}",
        slice_tests.FLAGGED: "Flagged by mistake, of the others",
    }


def say_headline(measured: dict[str, Any], outcome: slice_tests.Outcome) -> str:
    """The answer in a line: how many patients are clearly worse; where none can be judged, how many images are wrong.

    measured : of `patient_errors.measure`.
    """
    judged = [row for row in measured["patients"] if row["judged"]]
    above = sum(row["above"] for row in judged)
    if not judged:
        whose = "no patient has 20 images" if measured["patients"] else "no patient is known"
        return f"Wrong on {outcome.wrong.sum():,} of {outcome.counted.sum():,} test images; {whose}"
    of = f"{len(judged):,} patient{'s' if len(judged) != 1 else ''}"
    if not above:
        return f"None of {of} is clearly worse than all together"
    return f"{above:,} of {of} {'are' if above != 1 else 'is'} clearly worse than all together"


def say_worst(measured: dict[str, Any]) -> str:
    """The patient with the largest share of wrong answers among those who can be judged; empty where none can."""
    worst = next((row for row in measured["patients"] if row["judged"]), None)
    if worst is None:
        return ""
    share = worst["share"]
    return f"Worst: {worst['patient']}, {share.say(estimate.PER_CENT)} wrong, n = {share.n:,}."


def say_failing(measured: dict[str, Any]) -> str:
    """How many patients are clearly worse than all images together, and how many would be by chance."""
    judged = [row for row in measured["patients"] if row["judged"]]
    if not judged:
        return "No patient has 20 images, so none is judged alone."
    above = [row for row in judged if row["above"]]
    of = f"{len(judged):,} patient{'s' if len(judged) != 1 else ''} with at least 20 images"
    by_chance = f"about {max(1, round(0.025 * len(judged))):,} would be by chance alone"
    if not above:
        return f"None of {of} has an interval wholly above the share of all images."
    return (
        f"{len(above):,} of {of} {'have' if len(above) != 1 else 'has'} an interval wholly above the share of all "
        f"images ({by_chance})."
    )


def say_verdict(rows: list[dict[str, Any]]) -> str:
    """Of how many parts looked at how many stand out, and the worst, with its size."""
    judged = [row for row in rows if row["judged"]]
    if not judged:
        return "No part of the images is large enough to be judged."
    out = [row for row in judged if row["stands_out"]]
    worse = sum(row["difference"].value > 0 for row in out)
    worst = judged[0]
    rest = estimate.PER_CENT.say(worst["rest"].value)
    told = f"Of {len(judged):,} part{'s' if len(judged) != 1 else ''} looked at, {_say_out(worse, len(out) - worse)}."
    chance = "" if worst["stands_out"] else ", which may be chance"
    return (
        f"{told} Worst: {worst['kind'].lower()} {worst['name']}, {worst['rate'].say(estimate.PER_CENT)} wrong "
        f"(n = {worst['n']:,}{_say_patients(worst)}), against {rest} of the rest{chance}."
    )


def _say_out(worse: int, better: int) -> str:
    if not worse + better:
        return "none stands out from the rest"
    parts = [(worse, "worse"), (better, "better")]
    said = [f"{_count(count)} stand{'s' if count == 1 else ''} out as {how}" for count, how in parts if count]
    return f"{' and '.join(said)} than the rest"


def _count(number: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(number, f"{number:,}")


def _say_patients(row: dict[str, Any]) -> str:
    patients = row["patients"]
    return "" if patients is None else f" of {patients:,} patient{'s' if patients != 1 else ''}"


def say_slice(row: dict[str, Any]) -> str:
    """A slice in a list of choices."""
    return f"{row['kind']} {row['name']}: {estimate.PER_CENT.say(row['rate'].value)} of {row['n']:,} wrong"


def tabulate_shown(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The slices as the page shows them, in their order."""
    return pd.DataFrame(
        [
            {
                "Fact": row["kind"],
                "Part": row["name"],
                "n images": row["n"],
                "Patients": row["patients"],
                "Wrong (95 % interval)": row["rate"].say(estimate.PER_CENT),
                "Against the rest, points": row["difference"].say(estimate.POINTS),
                "p, corrected": _say_chance(row),
            }
            for row in rows
        ]
    )


def _say_chance(row: dict[str, Any]) -> str:
    if not row["judged"]:
        return "too few to judge"
    said = "< 0.001" if row["p_corrected"] < 0.001 else f"{row['p_corrected']:.3f}"
    return f"{said}, stands out" if row["stands_out"] else said


def tabulate_slices(rows: list[dict[str, Any]], what: str) -> pd.DataFrame:
    """The slices as a person takes them away: shares in [0, 1], a column each."""
    taken = []
    for row in rows:
        numbers = {f"rate_{key}": getattr(row["rate"], key) for key in ("value", "low", "high")}
        numbers |= {"rest_value": row["rest"].value, "rest_n": row["rest"].n}
        numbers |= {f"difference_{key}": getattr(row["difference"], key) for key in ("value", "low", "high")}
        kept = {key: row[key] for key in ("kind", "name", "n", "patients")}
        judged = {key: row[key] for key in ("judged", "p", "p_corrected", "stands_out")}
        taken.append({"measure": what, **kept, **numbers, **judged})
    return pd.DataFrame(taken)


def tabulate_patients(measured: dict[str, Any]) -> pd.DataFrame:
    """The patients as a person takes them away, the worst first."""
    return pd.DataFrame(
        [
            {
                **{key: row[key] for key in ("patient", "wrong")},
                "share_wrong": row["share"].value,
                "low": row["share"].low,
                "high": row["share"].high,
                "n": row["share"].n,
                **{key: row[key] for key in ("judged", "above", "below")},
            }
            for row in measured["patients"]
        ]
    )
