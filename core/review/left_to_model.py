"""How much may be left to the model: on audit cases alone, which were drawn at random and hold for all that came in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import sqlalchemy as sa

from core.review import database, review_record
from core.review.schema import CaseRow, EntryRow
from core.statistics import aims, estimate, risk_coverage, tasks, unit_shares

ERROR = 0.02  # that is stated where nobody states another one


@dataclass(frozen=True, eq=False)
class Left:
    """What audit cases say.

    agreement : how often the model's answer is the settled one. over_time : a row a month: month, n, agreed, agreement,
    low, high, of all audit cases up to its end. needs_person : the share of all audit cases that must go to a person if
    at most `error` of the others may be wrong, with the upper end of the interval; None where no limit shows it. needed
    : the fewest cases that could show it. coverage : the risk-coverage curve, columns as `risk_coverage.Curve.table`.
    n : settled audit cases that the model answered. refused : of settled audit cases those that it did not answer.
    undecided : those of which nobody could tell the class. of_one : whether all are of one patient, which says nothing
    of others.
    """

    agreement: estimate.Estimate
    over_time: pd.DataFrame
    needs_person: float | None
    error: float
    needed: int
    coverage: pd.DataFrame
    n: int
    refused: int
    undecided: int
    of_one: bool = False

    @property
    def is_enough(self) -> bool:
        """Whether there are cases enough to say anything of such an error."""
        return self.n >= self.needed and not self.of_one


def read_audit(chosen: Sequence[review_record.Review], model_id: str, created: str) -> pd.DataFrame:
    """The settled audit cases of these reviews that were asked of this model, in the order in which they were settled:
    case, group, settled, settled_at, answer ("" = it gave none) and probabilities (dict or None).

    Raises what `database.reading` raises.
    """
    columns = ["case", "group", "settled", "settled_at", "answer", "probabilities"]
    if not chosen or not database.exists():
        return pd.DataFrame(columns=columns)
    with database.reading() as session:
        rows = sa.select(
            EntryRow.case_id,
            CaseRow.patient,
            EntryRow.settled,
            EntryRow.settled_at,
            EntryRow.class_name,
            EntryRow.probabilities,
        ).join(CaseRow, CaseRow.id == EntryRow.case_id)
        rows = rows.where(EntryRow.review_id.in_([one.id for one in chosen]), EntryRow.audit.is_(True))
        rows = rows.where(EntryRow.model_id == model_id, EntryRow.model_created == created)
        rows = rows.where(EntryRow.state == review_record.SETTLED, EntryRow.gold == "").order_by(EntryRow.settled_at)
        table = pd.DataFrame([tuple(row) for row in session.execute(rows)], columns=columns)
    return table.drop_duplicates("case", keep="last", ignore_index=True).fillna({"answer": ""})


def measure(table: pd.DataFrame, class_names: Sequence[str], positive_class: str, *, error: float = ERROR) -> Left:
    """What `read_audit` comes to. error : in (0, 1), the share of wrong answers that is allowed where no person looks.

    A case settled as no such image that the model answered all the same is a wrong answer. Raises ValueError for
    another error.
    """
    if not 0 < error < 1:
        raise ValueError(f"expected an error between 0 and 1, found {error}")
    decided = table[table["settled"] != review_record.CANNOT_TELL]
    given = decided[decided["answer"].isin(list(class_names))].reset_index(drop=True)
    task = _build_task(given, class_names, positive_class)
    agreed = given["answer"].to_numpy() == given["settled"].to_numpy()
    units = task.units if task.by_patient else None
    curve = risk_coverage.compute_curve(task, None).table
    of_one = len(given) > 0 and given["group"].nunique() == 1 and bool(given["group"].iloc[0])
    safe = curve[curve["high"].astype(float) <= error] if not of_one else curve[:0]
    answered = float(safe["n"].max()) if len(safe) else None
    return Left(
        agreement=unit_shares.measure(agreed, units),
        over_time=_follow(given["settled_at"], agreed, task.units if task.by_patient else None),
        needs_person=None if answered is None else 1 - answered / len(decided),
        error=error,
        needed=aims.count_needed(1 - error),
        coverage=curve,
        n=len(given),
        refused=len(decided) - len(given),
        undecided=len(table) - len(decided),
        of_one=of_one,
    )


def _build_task(given: pd.DataFrame, class_names: Sequence[str], positive_class: str) -> tasks.Task:
    """Their answers as a task; where no class is right, the label is the class that the model holds least likely."""
    names = list(class_names)
    said = [one or {} for one in given["probabilities"]]
    chances = np.array([[float(row.get(name, 0.0)) for name in names] for row in said]).reshape(len(given), len(names))
    answers = np.array([names.index(one) for one in given["answer"]], np.int64)
    whole = chances.sum(1)
    chances[whole <= 0, :] = 1.0  # older answers came without: as unsure as can be
    chances /= chances.sum(1, keepdims=True)
    known = [names.index(one) if one in names else -1 for one in given["settled"]]
    least = np.where(chances.argmin(1) == answers, (answers + 1) % len(names), chances.argmin(1))
    labels = np.where(np.array(known, np.int64) < 0, least, known)
    columns = {f"p_{name}": chances[:, place] for place, name in enumerate(names)}
    table = pd.DataFrame({"group": given["group"].fillna("").astype(str), "label": labels.astype(np.int64), **columns})
    return tasks.build_task(table, names, positive_class, answers=answers)


def _follow(at: pd.Series, agreed: np.ndarray, units: np.ndarray | None) -> pd.DataFrame:
    """The agreement of all cases up to the end of each month."""
    months = at.astype(str).str[:7].to_numpy()
    rows = []
    for month in np.unique(months):
        before = months <= month
        found = unit_shares.measure(agreed[before], None if units is None else units[before])
        rows.append((month, int(before.sum()), int(agreed[before].sum()), found.value, found.low, found.high))
    return pd.DataFrame(rows, columns=["month", "n", "agreed", "agreement", "low", "high"])
