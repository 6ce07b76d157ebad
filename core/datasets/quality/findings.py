"""What the doctor reports: one finding a kind, with the images that it is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.checks import check_table

NO_GROUP = -1
COLUMNS = ("row", "score", "detail", "group_number", "suggested")
TITLES = {check.name: check.title for check in check_table.list_about("D")}
KINDS = tuple(TITLES)
IN_GROUPS = frozenset({"contradiction", "duplicate", "near_duplicate"})  # findings whose images belong together
KEEPS_FIRST = frozenset({"duplicate", "near_duplicate"})  # of each of these groups one image is worth keeping


def make_rows(
    rows: Sequence[int] | np.ndarray,
    scores: Sequence[float] | np.ndarray,
    details: Sequence[str],
    *,
    group_numbers: Sequence[int] | np.ndarray | None = None,
    suggested: Sequence[str] | None = None,
) -> pd.DataFrame:
    """The images of a finding, in the order given. Columns row int64 (of the index), score float64 (larger = worse),
    detail str, group_number int64 (-1 = none), suggested str (a class, "" = none)."""
    count = len(rows)
    return pd.DataFrame(
        {
            "row": np.asarray(rows, dtype=np.int64),
            "score": np.asarray(scores, dtype=np.float64),
            "detail": pd.Series(list(details), dtype=object),
            "group_number": np.full(count, NO_GROUP) if group_numbers is None else np.asarray(group_numbers, np.int64),
            "suggested": pd.Series([""] * count if suggested is None else list(suggested), dtype=object),
        }
    )


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that the doctor noticed.

    kind : one of KINDS. n, of : so many of so many, counted in `unit`. rows : see make_rows, worst first; an image of
    each for patients. measured : what was found, why it matters, what to do, where that has numbers of this data set.
    """

    kind: str
    n: int
    of: int
    unit: str = "images"
    rows: pd.DataFrame = field(default_factory=lambda: make_rows([], [], []))
    measured: str = ""

    @property
    def check(self) -> check_table.Check:
        """The check that reports it."""
        return check_table.find(self.kind)

    @property
    def title(self) -> str:
        """The finding in a few words."""
        return self.check.title

    @property
    def words(self) -> str:
        """What was found, why it matters, what to do."""
        return self.measured or self.check.help

    @property
    def count(self) -> str:
        """How many it is about, as a person reads it: 12 of 2,000 images in 5 sets."""
        sets = self.rows["group_number"].nunique() if self.kind in IN_GROUPS else 0
        return f"{self.n:,} of {self.of:,} {self.unit}" + (f" in {sets:,} set{'s' if sets > 1 else ''}" if sets else "")

    @property
    def can_be_decided(self) -> bool:
        """Whether its images can be excluded one by one: neither files that are left out anyway, nor whole patients."""
        return self.unit == "images" and self.kind != "unreadable" and len(self.rows) > 0


def sort_findings(found: list[Finding]) -> list[Finding]:
    """The findings in the order of KINDS."""
    return sorted(found, key=lambda finding: KINDS.index(finding.kind))
