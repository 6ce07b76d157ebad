"""What people decided about single images, kept: one line an act, in a file for each data set, only ever appended to.

Who takes an act back writes another line, so that who decided what and when is never lost. What the acts come to for
training and counting is `curation`'s. A file is the store for now; nobody else knows that it is one.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import filelock
from pyarrow import parquet

from core.base import errors, files, paths, records
from core.datasets.index import acts, earlier_decisions, names

LOCK_SECONDS = 10.0
LONGEST_WHY, LONGEST_NAME = 500, 80


def record(decided: Sequence[acts.Act]) -> None:
    """Write down what one person decided about images of one data set.

    The time, and path and sha256 of each image as it is indexed now, are filled in. Decided anew, the newer act counts.
    Raises IndexBroken, DatasetChanged where another window does not come to an end, DiskFull, NameNotUsable; ValueError
    for an act without author or image, or a class that is none.
    """
    if not decided:
        return
    name = _require_one_dataset(decided)
    rows = _read_rows(name)
    known = [
        replace(act, path=path, sha256=sha256)
        for act in decided
        for path, sha256 in [rows.get(act.image_id, (act.path, act.sha256))]
    ]
    _append(name, known)


def withdraw(standing: Sequence[acts.Act], *, by: str, why: str = "") -> None:
    """Take acts of one data set back, as `list_acts` or an index gives them; one that stands no more is fine.

    Raises as `record` does.
    """
    if standing:
        name = _require_one_dataset(standing)
        _append(name, [replace(act, by=by, why=why, withdrawn=True) for act in standing])


def list_acts(
    *,
    dataset: str | None = None,
    image_id: str | None = None,
    model_id: str | None = None,
    kind: acts.Kind | None = None,
    by: str | None = None,
) -> list[acts.Act]:
    """The acts that stand, of one data set or of all by name, the first decided first; None = any.

    image_id is as it was when it was decided; `Index.decided` has the acts under today's ids. Raises IndexBroken.
    """
    wanted = {"image_id": image_id, "model_id": model_id, "kind": kind, "by": by}
    return [
        act
        for name in ([dataset] if dataset is not None else list_names())
        for act in acts.find_standing(read_acts(name))
        if all(value is None or getattr(act, field) == value for field, value in wanted.items())
    ]


def read_acts(name: str) -> list[acts.Act]:
    """Every act about a data set in the order in which they were decided, those that were taken back among them.

    A torn last line (a writer killed half way) is none. Raises IndexBroken for any other damage.
    """
    path = ledger_path(name)
    found = earlier_decisions.read_acts(name)
    try:
        lines = files.read_bounded(path, files.LARGEST_JSON_BYTES).split(b"\n")[:-1]
    except FileNotFoundError:
        return found
    except (OSError, ValueError) as error:
        raise earlier_decisions.broken(path, type(error).__name__) from error
    for number, line in enumerate(lines, 1):
        try:
            found.append(acts.read_row(records.parse(line)))
        except ValueError as error:
            raise earlier_decisions.broken(path, f"line {number:,} of it") from error
    return found


def read_stamp(name: str) -> tuple[int, int, int]:
    """What changes with the decisions about a data set, for caches; zeros where nobody has decided anything."""
    now, before = _find_facts(ledger_path(name)), _find_facts(earlier_decisions.curation_path(name))
    return (now.st_mtime_ns, now.st_size, 0) if now else (0, 0, before.st_mtime_ns if before else 0)


def remove(name: str) -> None:
    """Remove all decisions about a data set; absent is fine."""
    for path in (ledger_path(name), earlier_decisions.curation_path(name)):
        path.unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)


def ledger_path(name: str) -> Path:
    """`data/ledger/<name>.jsonl`."""
    return paths.ledger_folder() / f"{names.require_name(name)}.jsonl"


def list_names() -> list[str]:
    """The data sets about whose images anybody has decided anything, sorted."""
    written = {path.stem for path in paths.ledger_folder().glob("*.jsonl")}
    return sorted(name for name in written | earlier_decisions.list_names() if names.is_usable(name))


def _find_facts(path: Path) -> os.stat_result | None:
    with contextlib.suppress(FileNotFoundError):
        return path.stat()
    return None


def _require_one_dataset(decided: Sequence[acts.Act]) -> str:
    names_found = {act.dataset for act in decided}
    if len(names_found) != 1:
        raise ValueError(f"expected acts about one data set, found {sorted(names_found)}")
    return names_found.pop()


def _append(name: str, decided: Sequence[acts.Act]) -> None:
    """Append under a lock, so that two windows lose nothing of each other's; on the disk itself when it returns."""
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    rows = [acts.as_row(_tidy(act, at)) for act in decided]
    text = "".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows)
    path = ledger_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    read_acts(name)  # a damaged file is said, and not added to
    with _locked(path), files.disk_full_as_message(path), path.open("ab+") as file:
        file.seek(0)
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)  # a torn last line was never an act
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _tidy(act: acts.Act, at: str) -> acts.Act:
    tidied = replace(
        act, by=" ".join(act.by.split())[:LONGEST_NAME], why=" ".join(act.why.split())[:LONGEST_WHY], at=at
    )
    if not (tidied.by and tidied.image_id) or (tidied.kind == acts.RELABEL and not tidied.about):
        raise ValueError(f"expected an author, an image and, of a proposal, a class, found {tidied}")
    return tidied


def _read_rows(name: str) -> dict[str, tuple[str, str]]:
    """image_id -> path and sha256 of the data set as it is indexed now; empty where it is not."""
    path = paths.index_folder() / f"{names.require_name(name)}.parquet"
    try:
        table = parquet.read_table(path, columns=["image_id", "path", "sha256"])
    except (OSError, ValueError, KeyError) as error:
        if path.exists():
            raise earlier_decisions.broken(path, type(error).__name__) from error
        return {}
    columns = (table[column].to_pylist() for column in ("image_id", "path", "sha256"))
    return {image_id: (place, sha256) for image_id, place, sha256 in zip(*columns, strict=True)}


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        with filelock.FileLock(path.with_suffix(".lock"), timeout=LOCK_SECONDS):
            yield
    except filelock.Timeout as error:
        raise errors.DatasetChanged(
            expected="to write this decision down",
            found="another window that has been writing for 10 seconds",
            where=str(path),
            todo="Wait a moment and do it again.",
        ) from error
