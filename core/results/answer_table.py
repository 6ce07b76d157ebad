"""The answers to many images as a person goes through them: counted, chosen, named, and as a table to take away.

Rows are those of `marks.mark`. No TensorFlow.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from core.prediction import many, marks, verdicts

WAITING, ANSWERED = "waiting", "answered"
WHY = {
    "unreadable": "cannot be read",
    "not known": "not an image that the model knows",
    "referred": "too close to call",
    "caution": "not like the images it was tested on",
    "": "the least sure of the others",
}
HEADLINES = {
    many.UNREADABLE: "Cannot be read",
    verdicts.UNKNOWN: "Not known",
    verdicts.REFER: "A person should look",
}


def count_kinds(rows: pd.DataFrame) -> dict[str, int]:
    """How many images there are of each kind that `select` knows: "" = all, WAITING = those that need a person, each of
    `marks.NEEDS`, and ANSWERED and a class, for each class that was answered; none that are not there."""
    counts = {"": len(rows), WAITING: int((rows["needs"] != "").sum())}
    counts |= {why: int((rows["needs"] == why).sum()) for why in marks.NEEDS if why}
    answered = rows.loc[rows["verdict"] == verdicts.ANSWER, "class_name"].value_counts().sort_index()
    counts |= {f"{ANSWERED} {name}": int(n) for name, n in answered.items()}
    return {kind: n for kind, n in counts.items() if n or not kind}


def select(rows: pd.DataFrame, kind: str = "", smear: str | None = None) -> pd.DataFrame:
    """The rows of a kind of `count_kinds`, of one smear where one is named; what needs a person first on top."""
    chosen = rows if smear is None else rows[rows["smear"] == smear]
    if kind == WAITING:
        chosen = chosen[chosen["needs"] != ""]
    elif kind.startswith(f"{ANSWERED} "):
        name = kind.removeprefix(f"{ANSWERED} ")
        chosen = chosen[(chosen["verdict"] == verdicts.ANSWER) & (chosen["class_name"] == name)]
    elif kind:
        chosen = chosen[chosen["needs"] == kind]
    return chosen.sort_values("turn")


def say_kind(kind: str) -> str:
    """A kind of `count_kinds` in a word or two."""
    if kind.startswith(f"{ANSWERED} "):
        return kind.removeprefix(f"{ANSWERED} ")
    return {"": "All", WAITING: "Need a person", "caution": "With caution"}.get(kind, kind.capitalize())


def say_answer(row: "pd.Series[Any]") -> str:
    """What is told of one image: a class, with caution where that is so, or why there is none."""
    headline = HEADLINES.get(row["verdict"])
    return headline or f"{row['class_name']}{', with caution' * bool(row['caution'])}"


def say_why(row: "pd.Series[Any]") -> str:
    """Why a person should look, and what reader or gate say of it."""
    said = " ".join(str(row["error"] or row["reasons"] or "").split())
    return f"{WHY[row['needs']]}: {said}" if said else WHY[row["needs"]]


def find_probability(row: "pd.Series[Any]") -> float | None:
    """Of the class that the model answers or leans to, 0 to 1; None where it answers nothing."""
    return float(row[f"p_{row['class_name']}"]) if isinstance(row["class_name"], str) else None


def say_seen(rows: pd.DataFrame) -> str:
    """How many of them the model learnt from, or from others of their patients; "" where it is none."""
    itself = rows["seen"].isin(marks.LEARNT_FROM)
    more = int((rows["seen_patient"].isin(marks.LEARNT_FROM) & ~itself).sum())
    parts = [f"{int(itself.sum()):,} of these {len(rows):,} images"] if itself.any() else []
    parts += [f"other images of the patients of {more:,}"] if more else []
    return f"The model learnt from {' and '.join(parts)}: it errs less on them than on new ones." if parts else ""


def tabulate(rows: pd.DataFrame, class_names: Sequence[str]) -> pd.DataFrame:
    """The table to take away, a row an image, what needs a person first on top."""
    chances = [f"p_{name}" for name in class_names]
    columns = ["path", "smear", "verdict", "class_name", *chances, "refer", "needs", "caution"]
    columns += ["distance", "limit"]
    table = rows.sort_values("turn")[[*columns, "reasons", "seen", "seen_patient", "copy_of", "image_id", "error"]]
    said = table["reasons"].fillna("").str.replace("\n", " ")
    return table.assign(reasons=said).rename(columns={"path": "image"})
