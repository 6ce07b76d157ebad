"""Decision curves in sentences and in a short table: what flagging is worth, of 1,000 images."""

from typing import Any

import pandas as pd

from core.statistics import decision_curve

SHOWN = 1000


def say_preference(alarms: float) -> str:
    """`9 false alarms for 1 found`; below one, `1 false alarm for 4 found`."""
    if alarms >= 1 - decision_curve.SAME:
        many = _say_count(alarms)
        return f"{many} false alarm{'' if many == '1' else 's'} for 1 found"
    return f"1 false alarm for {_say_count(1 / alarms)} found"


def say_worth(row: dict[str, Any], positive: str) -> tuple[str, str]:
    """What flagging by the model is worth at a point of the curve, and how that compares with all and none.

    positive : the name of the positive class, as it may be shown.
    """
    worth = (
        f"Of 1,000 images, flagging those from a probability of {100 * row['probability']:.3g} % on is worth "
        f"{_say_found(row, 'model')} {positive} found without any false alarm."
    )
    of_all = f"Flagging every image would be worth {_say_per_thousand(row['all'])}, flagging none 0."
    other = "every image" if row["over"] == "all" else "none"
    gain = f"{_say_found(row, 'gain', signed=True)} against flagging {other}"
    if row["gain_low"] is None or row["gain_low"] <= 0 <= row["gain_high"]:
        return worth, f"{of_all} The model cannot be told from flagging {other}: {gain}."
    if row["gain_high"] < 0:
        return worth, f"{of_all} The model is worth less than flagging {other}: {gain}."
    if row["over"] == "none":
        return worth, f"{of_all} The model is worth more than either."
    fewer = f"{round(SHOWN * row['gain'] * row['alarms']):,} fewer false alarms without one more missed"
    return (
        worth,
        f"{of_all} The model: {gain}, as if so many more were found without any more false alarms, or {fewer}.",
    )


def say_answers(row: dict[str, Any], *, kept: bool) -> str:
    """What the answers as they are now are worth at a point of the curve. kept : whether an operating point is."""
    by = "at the operating point that is kept" if kept else "the most probable class"
    return f"Its answers as they are now ({by}) are worth {_say_found(row, 'answers')} there."


def say_shift(curve: decision_curve.Curve, row: dict[str, Any]) -> str:
    """What became of the probabilities where the prevalence is another than the sample's; empty where it is not."""
    if curve.prevalence is None or curve.sample_prevalence is None or curve.prevalence == curve.sample_prevalence:
        return ""
    seen = float(decision_curve.shift(row["probability"], curve.prevalence, curve.sample_prevalence))
    return (
        f"Where {100 * curve.prevalence:.3g} % are of the class instead of {100 * curve.sample_prevalence:.0f} %, a "
        "probability means less or more. It is moved by Bayes' rule, as far as the images are of the same kind: "
        f"{100 * row['probability']:.3g} % there is {100 * seen:.3g} % as the model shows it."
    )


def say_better(curve: decision_curve.Curve) -> str:
    """For which preferences the model is worth more than flagging all or none, by the 95 % intervals: the longest
    stretch of them."""
    stretches = decision_curve.find_better(curve)
    if not stretches:
        return "Nowhere here is it, by 95 % intervals, worth more than flagging all or none."
    start, stop = max(stretches, key=lambda ends: ends[0] / ends[1])
    where = (
        f"from {say_preference(start)} to {say_preference(stop)}" if start != stop else f"at {say_preference(start)}"
    )
    return f"By 95 % intervals it is worth more than flagging all or none {where}."


def tabulate_preferences(curve: decision_curve.Curve) -> pd.DataFrame:
    """A short table to read: each of `decision_curve.PREFERENCES`, and each way's worth of 1,000 images."""
    rows = [decision_curve.find_row(curve, alarms) for alarms in decision_curve.PREFERENCES]
    return pd.DataFrame(
        [
            (
                say_preference(row["alarms"]),
                f"{100 * row['probability']:.3g} %",
                _say_found(row, "model"),
                _say_found(row, "answers"),
                _say_per_thousand(row["all"]),
            )
            for row in rows
            if row is not None
        ],
        columns=["you accept", "flag from", "by its probability", "its answers as they are now", "every image"],
    )


def say_probabilities(temperature: float | None) -> str:
    """Whether the probabilities behind a curve are calibrated, and why that matters."""
    needs = "Net benefit needs probabilities that can be taken at their word (calibrated ones)"
    if temperature is None:
        return f"{needs}. No temperature is kept for this model: these are the network's own, perhaps too sure."
    return f"{needs}: these are after the temperature {temperature:.2f} that is kept."


def _say_found(row: dict[str, Any], name: str, *, signed: bool = False) -> str:
    """`412 (390 to 430)` of a share, as images in a thousand."""
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    said = _say_per_thousand(value, signed=signed)
    return said if low is None else f"{said} ({_say_per_thousand(low)} to {_say_per_thousand(high)})"


def _say_per_thousand(value: float, *, signed: bool = False) -> str:
    number = round(SHOWN * value)
    return (f"{number:+,}" if signed and number else f"{number:,}").replace("-", "\N{MINUS SIGN}")


def _say_count(number: float) -> str:
    return f"{number:.0f}" if number >= 10 or abs(number - round(number)) < 0.05 else f"{number:.1f}"
