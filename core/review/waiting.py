"""What waits for review: cases, and images of data sets that the ledger sends to a second look; the newest first.

No database is begun by who only looks.
"""

import contextlib
import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from core.base import errors, paths
from core.datasets.index import acts, browsing, index, ledger, thumbnails
from core.review import case_record, cases, database

COLUMNS = ["name", "source", "dataset", "image_id", "patient", "sha256", "sent_at", "sent_by", "why"]
COLUMNS += ["model", "verdict", "answered"]


@dataclass(frozen=True)
class Waiting:
    """An image that waits.

    at, by, why : of the last time that it was sent. case : of one outside data sets. asked : of one of a data set, the
    acts that ask for a second look, in their order.
    """

    name: str
    at: str
    by: str
    why: str
    model_id: str
    case: case_record.Case | None = None
    asked: tuple[acts.Act, ...] = ()

    @property
    def key(self) -> str:
        """What no other image has."""
        return self.case.sha256 if self.case is not None else f"{self.asked[-1].dataset}/{self.asked[-1].image_id}"


def count() -> int:
    """How many images wait. Raises IndexBroken, and what `cases.count_waiting` raises."""
    return len(_find_second_looks()) + (cases.count_waiting() if database.exists() else 0)


def list_newest(limit: int | None = None) -> list[Waiting]:
    """Those that were sent last, the newest first; None = all. Raises as `count` does."""
    found = [of_acts(asked) for asked in _find_second_looks()]
    if database.exists():
        found += [of_case(case) for case in cases.list_waiting(limit)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def list_contents() -> set[str]:
    """The sha256 of every case that waits. Raises what `cases.list_contents` raises."""
    return cases.list_contents() if database.exists() else set()


def find_content(sha256: str) -> Waiting | None:
    """The waiting case of this content. Raises what `cases.find_case` raises."""
    case = cases.find_case(sha256) if database.exists() else None
    return of_case(case) if case is not None and case.state == case_record.POOLED else None


def take_back(one: Waiting, *, by: str, why: str = "") -> None:
    """Have an image wait no more; that it was sent stays written down. Raises as `cases.withdraw` does."""
    if one.case is None:
        ledger.withdraw(one.asked, by=by, why=why)
    else:
        cases.withdraw(one.case.id, by=by, why=why)


def delete(one: Waiting) -> None:
    """Delete a case with its image for good. Raises as `cases.delete` does; ValueError for an image of a data set."""
    if one.case is None:
        raise ValueError("expected a case, found an image of a data set: that is its data set's to delete")
    cases.delete(one.case.id)


def read_thumbnail(one: Waiting) -> bytes:
    """A small picture, PNG or JPEG; b"" where its file is not there any more, or cannot be read."""
    with contextlib.suppress(
        errors.CaseBroken,
        errors.UnreadableImage,
        errors.DatasetNotFound,
        errors.DatasetNotIndexed,
        errors.DatasetChanged,
        errors.IndexBroken,
    ):
        if one.case is None:
            return _read_of_dataset(one.asked[-1])
        content = cases.read_image(one.case)
        return thumbnails.find_thumbnail(one.case.sha256, lambda: contextlib.nullcontext(content), where=one.name)
    return b""


def tabulate(listed: Sequence[Waiting]) -> pd.DataFrame:
    """A row an image, as a table to take away; p_<class> of every class that any model had answered for."""
    rows = [describe(one) for one in listed]
    chances = sorted({name for row in rows for name in row if name.startswith("p_")})
    return pd.DataFrame(rows, columns=[*COLUMNS, *chances])


def describe(one: Waiting) -> dict[str, Any]:
    """One that waits as a row: COLUMNS, and p_<class> of each class that the model had answered for."""
    row: dict[str, Any] = {**dict.fromkeys(COLUMNS, ""), "name": one.name, "sent_at": one.at, "sent_by": one.by}
    row |= {"why": one.why, "model": one.model_id}
    if one.case is None:
        act = one.asked[-1]
        of = {"source": case_record.DATASET, "dataset": act.dataset, "image_id": act.image_id, "sha256": act.sha256}
        return row | of
    answered = one.case.sent.answered
    row |= {name: getattr(one.case, name) for name in ("source", "dataset", "image_id", "patient", "sha256")}
    row |= {"verdict": answered.verdict, "answered": answered.class_name or ""}
    return row | {f"p_{name}": value for name, value in (answered.probabilities or {}).items()}


def of_case(case: case_record.Case) -> Waiting:
    """A case as it waits."""
    sent = case.sent
    return Waiting(case.name, sent.at, sent.by, sent.why, sent.answered.model_id, case)


def of_acts(asked: Sequence[acts.Act]) -> Waiting:
    """An image of a data set as it waits, by the acts that ask for a second look at it."""
    last = asked[-1]
    name = PurePosixPath(last.path).name or last.image_id
    return Waiting(name, last.at, last.by, last.why, last.model_id, asked=tuple(asked))


def _find_second_looks() -> tuple[tuple[acts.Act, ...], ...]:
    names = ledger.list_names()
    return _read_second_looks(str(paths.data_folder()), tuple((name, ledger.read_stamp(name)) for name in names))


@functools.lru_cache(maxsize=2)
def _read_second_looks(
    _home: str, stamps: tuple[tuple[str, tuple[int, int, int]], ...]
) -> tuple[tuple[acts.Act, ...], ...]:
    """The acts of each image that has any; read anew when anybody has decided anything."""
    found = defaultdict[tuple[str, str], list[acts.Act]](list)
    for name, _ in stamps:
        for act in ledger.list_acts(dataset=name, kind=acts.SECOND_LOOK):
            found[name, act.image_id].append(act)
    return tuple(tuple(sorted(asked, key=lambda act: act.at)) for asked in found.values())


def _read_of_dataset(act: acts.Act) -> bytes:
    data = index.read_index(act.dataset)
    row = browsing.find_row(data, act.image_id)
    return b"" if row is None else thumbnails.read_thumbnail(data, row)
