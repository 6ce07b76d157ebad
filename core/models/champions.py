"""Which model is the champion for a data set, since when, by whom and why: `data/champions/<line>.jsonl`.

A line a decision, only ever appended to: who takes a promotion back adds another one. A champion is that of all
versions of a data set (`versions.find_line`). Each look at the frozen test images is written down too, with the margin
that was stated before it: the more looks, the less those images say.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypedDict

import filelock

from core.base import errors, files, paths, records
from core.datasets.index import names
from core.datasets.intake import versions

LOCK_SECONDS = 10.0
LONGEST_NAME, LONGEST_WHY = 80, 500
PROMOTED: Literal["promoted"] = "promoted"
ROLLED_BACK: Literal["rolled back"] = "rolled back"
LOOKED: Literal["looked"] = "looked"


class Entry(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """One decision, or one look.

    model, created : the champion from then on; of a look the challenger. previous, previous_created : the champion
    until then; of a look the one that is challenged. margin : the share that was stated before the look, 0 = there was
    nothing to compare. evidence : sha256 of the answers that it rests on. numbers : what came of them, to be read.
    """

    kind: Literal["promoted", "rolled back", "looked"]
    at: records.Text = ""
    by: records.Text
    why: records.Text = ""
    model: records.Text
    created: records.Text
    previous: records.Text = ""
    previous_created: records.Text = ""
    margin: records.Number = 0.0
    evidence: records.Text = ""
    numbers: Mapping[str, records.Number | records.Text | bool | None] = {}


class Signature(TypedDict):
    """Who decides, and why."""

    by: str
    why: str


class Pair(TypedDict):
    """Two models as an `Entry` names them: the challenger, and the one that is challenged."""

    model: str
    created: str
    previous: str
    previous_created: str


@dataclass(frozen=True)
class Champion:
    """A model that somebody made the champion, by its id and when it was made. since : the decision, None of one that
    answered before anybody decided."""

    model: str
    created: str
    since: Entry | None = None


def read_entries(dataset: str) -> list[Entry]:
    """All decisions and looks about a data set and its versions, in order. Raises IndexBroken where it is damaged.

    A torn last line (a writer killed half way) is none.
    """
    return _read(_path(versions.find_line(dataset)))


def find_champion(entries: Sequence[Entry]) -> Champion | None:
    """The champion by these decisions; None before the first."""
    return next(iter(list_standing(entries)[::-1]), None)


def list_standing(entries: Sequence[Entry]) -> list[Champion]:
    """Champions that a rollback leads back to, the one of now last."""
    found: list[Champion] = []
    for one in entries:
        if one.kind == PROMOTED:
            if not found and one.previous:
                found.append(Champion(one.previous, one.previous_created))
            found.append(Champion(one.model, one.created, one))
        elif one.kind == ROLLED_BACK and found:
            found.pop()
    return found


def list_champions() -> dict[str, Champion]:
    """Name of a line of versions -> its champion; a damaged file, which is told where it is read, has none here."""
    found = {}
    for path in sorted(paths.champions_folder().glob("*.jsonl")):
        try:
            champion = find_champion(_read(path)) if names.is_usable(path.stem) else None
        except errors.IndexBroken:
            continue
        if champion is not None:
            found[path.stem] = champion
    return found


def add(dataset: str, decide: Callable[[Sequence[Entry]], Entry]) -> Entry:
    """Append what `decide` makes of all that stands there, while nobody else writes; it gets its time here.

    Raises what `decide` raises, IndexBroken, DatasetChanged where another window does not come to an end, DiskFull.
    """
    path = _path(versions.find_line(dataset))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(path.with_suffix(".lock"), timeout=LOCK_SECONDS):
            return _append(path, decide(_read(path)))
    except filelock.Timeout as error:
        raise errors.DatasetChanged(
            expected="to write this decision down",
            found="another window that has been writing for 10 seconds",
            where=str(path),
            todo="Wait a moment and do it again.",
        ) from error


def sign(by: str, why: str) -> Signature:
    """Who decides and why, tidied. Raises SettingNotUsable without a name."""
    name = " ".join(by.split())[:LONGEST_NAME]
    if not name:
        raise errors.SettingNotUsable(
            expected="the name of who decides",
            found="none",
            where="a decision about a champion",
            todo="Give a name: it is kept with the decision.",
        )
    return {"by": name, "why": " ".join(why.split())[:LONGEST_WHY]}


def _append(path: Path, decided: Entry) -> Entry:
    row = {**decided.to_json(), "at": datetime.now(UTC).isoformat(timespec="microseconds")}
    with files.disk_full_as_message(path), path.open("ab+") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)  # a torn last line was never a decision
        file.write(json.dumps(row, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return records.convert(row, Entry)


def _read(path: Path) -> list[Entry]:
    try:
        lines = files.read_bounded(path, files.LARGEST_JSON_BYTES).split(b"\n")
    except FileNotFoundError:
        return []
    try:
        return [records.parse(line, Entry) for line in lines[:-1]]
    except records.Fault as error:
        raise errors.IndexBroken(
            expected="decisions about a champion, a line each",
            found=str(error)[:200],
            where=str(path),
            todo="Put back a copy of this file, or take away the line that is damaged.",
        ) from error


def _path(line: str) -> Path:
    return paths.champions_folder() / f"{names.require_name(line)}.jsonl"
