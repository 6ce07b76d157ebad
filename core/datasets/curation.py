"""What people decided about single images: left out, probably another class, fine as it is. Kept beside the data set.

The images themselves are never edited, moved or removed; every decision can be taken back. Kept by `image_id`, which is
made of the contents, with the path: ids of identical files depend on which others there are, so that after the folder
is read again a decision must find its own file, and never another one of the same contents under another label.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock
from pyarrow import parquet

from core import errors, files, paths
from core.datasets import names

LOCK_SECONDS = 10.0
CONTENT_LENGTH = 16  # of an image_id, before what tells identical files apart


@dataclass(frozen=True)
class Proposal:
    """That an image may belong to another class; somebody must review it before anything is trained on it."""

    class_name: str
    reason: str


@dataclass(frozen=True)
class Curation:
    """All decisions about one data set. `excluded` image_id -> reason, `ignored` kind of finding -> image_ids."""

    excluded: Mapping[str, str] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    ignored: Mapping[str, frozenset[str]] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)  # image_id -> path, of the excluded and the proposed

    def match(self, image_ids: Sequence[str], image_paths: Sequence[str]) -> "Curation":
        """The same decisions under today's ids; one whose image is not there now is kept under an id that none has."""
        decided = {*self.excluded, *self.proposals}
        if not decided:
            return self
        by_path = dict(zip(image_paths, image_ids, strict=True))
        by_content: dict[str, list[str]] = {}
        for image_id in image_ids:
            by_content.setdefault(image_id[:CONTENT_LENGTH], []).append(image_id)
        now = {old: _find_now(old, self.places.get(old), by_path, by_content) for old in decided}
        return Curation(
            {now[old]: reason for old, reason in self.excluded.items()},
            {now[old]: one for old, one in self.proposals.items()},
            self.ignored,
            {now[old]: self.places[old] for old in decided if old in self.places},
        )


def _find_now(old: str, place: str | None, by_path: Mapping[str, str], by_content: Mapping[str, list[str]]) -> str:
    content = old[:CONTENT_LENGTH]
    here = by_path.get(place) if place is not None else None
    if here is not None and here.startswith(content):
        return here
    alike = by_content.get(content, [])
    if place is None and old in alike:  # written before places were
        return old
    if len(alike) == 1:
        return alike[0]  # moved or renamed, and no other file has these contents
    return f"{content}@{place}"


def read(name: str) -> Curation:
    """The decisions about a data set; none where nobody has made any. Raises `IndexBroken` for a damaged file."""
    path = curation_path(name)
    try:
        content = files.read_json(path)
    except FileNotFoundError:
        return Curation()
    except (OSError, ValueError) as error:
        raise _broken(path, error) from error
    try:
        return Curation(
            {str(key): str(reason) for key, reason in content["excluded"].items()},
            {
                str(key): Proposal(str(one["class_name"]), str(one["reason"]))
                for key, one in content["proposals"].items()
            },
            {str(kind): frozenset(map(str, chosen)) for kind, chosen in content["ignored"].items()},
            {str(key): str(place) for key, place in content["places"].items()},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _broken(path, error) from error


def exclude(name: str, image_ids: Sequence[str], reason: str) -> None:
    """Leave images out of everything that is trained, tested and shown, until they are included again."""

    def change(content: dict[str, Any]) -> None:
        content["excluded"].update(dict.fromkeys(image_ids, reason))

    _change(name, change)


def include(name: str, image_ids: Sequence[str]) -> None:
    """Take exclusions back; an image that was not excluded stays as it is."""

    def change(content: dict[str, Any]) -> None:
        for image_id in image_ids:
            content["excluded"].pop(image_id, None)

    _change(name, change)


def propose(name: str, image_id: str, class_name: str, reason: str) -> None:
    """Note that an image may belong to `class_name`. Its label stays what the folder says."""

    def change(content: dict[str, Any]) -> None:
        content["proposals"][image_id] = {"class_name": class_name, "reason": reason}

    _change(name, change)


def withdraw(name: str, image_id: str) -> None:
    """Take a proposal back; absent is fine."""
    _change(name, lambda content: content["proposals"].pop(image_id, None))


def ignore(name: str, kind: str, image_ids: Sequence[str]) -> None:
    """Do not report these images under this kind of finding again."""

    def change(content: dict[str, Any]) -> None:
        content["ignored"][kind] = sorted({*content["ignored"].get(kind, []), *image_ids})

    _change(name, change)


def forget_ignored(name: str, kind: str) -> None:
    """Report everything of this kind again."""
    _change(name, lambda content: content["ignored"].pop(kind, None))


def remove(name: str) -> None:
    """Remove all decisions about a data set; absent is fine."""
    path = curation_path(name)
    path.unlink(missing_ok=True)
    path.with_suffix(".lock").unlink(missing_ok=True)


def curation_path(name: str) -> Path:
    """`data/curation/<name>.json`."""
    return paths.curation_folder() / f"{names.require_name(name)}.json"


def read_stamp(name: str) -> int:
    """When the decisions were last changed, for caches: nanoseconds, 0 where there are none."""
    with contextlib.suppress(FileNotFoundError):
        return curation_path(name).stat().st_mtime_ns
    return 0


def compute_fingerprint(content: str, curation: Curation, image_ids: Collection[str]) -> str:
    """Identity of what is trained on: the images' (`content`, hex sha256), with exclusions and proposals about them.

    Without any it is `content` itself. Decisions about images that are not there do not count.
    """
    present = set(image_ids)
    excluded = sorted(present & curation.excluded.keys())
    proposals = sorted((key, one.class_name) for key, one in curation.proposals.items() if key in present)
    if not excluded and not proposals:
        return content
    return hashlib.sha256(json.dumps([content, excluded, proposals]).encode()).hexdigest()


def list_present(chosen: Iterable[str], image_ids: Collection[str]) -> list[str]:
    """Those of `chosen` that are images of the data set, sorted."""
    return sorted(set(chosen) & set(image_ids))


def _change(name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Read, change and write under a lock, so that two windows lose nothing of each other's."""
    path = curation_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        rows = _read_rows(name)
        now = read(name).match(list(rows), list(rows.values()))
        content: dict[str, Any] = {
            "excluded": dict(now.excluded),
            "proposals": {
                key: {"class_name": one.class_name, "reason": one.reason} for key, one in now.proposals.items()
            },
            "ignored": {kind: sorted(chosen) for kind, chosen in now.ignored.items()},
        }
        change(content)
        decided = {*content["excluded"], *content["proposals"]}
        content["places"] = {key: rows.get(key, now.places.get(key, "")) for key in sorted(decided)}
        files.write_json(path, {**content, "changed_at": datetime.now(UTC).isoformat(timespec="seconds")})


def _read_rows(name: str) -> dict[str, str]:
    """image_id -> path of the data set as it is indexed now; empty where it is not."""
    path = paths.index_folder() / f"{name}.parquet"
    try:
        table = parquet.read_table(path, columns=["image_id", "path"])
    except (OSError, ValueError, KeyError) as error:
        if path.exists():
            raise _broken(path, error) from error
        return {}
    return dict(zip(table["image_id"].to_pylist(), table["path"].to_pylist(), strict=True))


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


def _broken(path: Path, error: Exception) -> errors.IndexBroken:
    return errors.IndexBroken(
        expected="the exclusions and proposals of a data set",
        found=f"a file that cannot be read ({type(error).__name__})",
        where=str(path),
        todo="Put back a copy of it; or remove it, and the decisions about single images are gone.",
    )
