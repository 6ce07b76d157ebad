"""What was worked out for exclusions that nobody has any more: it is removed when the new result is there."""

import contextlib
import glob
from pathlib import Path

from core.datasets.index import index

MARK_LENGTH = 16  # at the end of the name of a result that depends on exclusions: of a fingerprint, or of an identity


def remove_outdated(data: index.Index, kept: Path) -> None:
    """Remove results like `kept` of the same images under earlier exclusions; `kept` itself stays.

    kept : a file whose name ends in the first 16 characters of the fingerprint or of the identity of `data`. Another
    data set may hold the same images with other exclusions: what is of any data set as it is now stays too.
    """
    beginning = kept.stem[:-MARK_LENGTH]
    in_use = {mark[:MARK_LENGTH] for one in _list_twins(data) for mark in (one.fingerprint, one.identity)}
    for other in kept.parent.glob(glob.escape(beginning) + "[0-9a-f]" * MARK_LENGTH + kept.suffix):
        if other != kept and other.stem[-MARK_LENGTH:] not in in_use:
            with contextlib.suppress(PermissionError):  # Windows keeps what somebody has open; it is only a cache
                other.unlink(missing_ok=True)


def _list_twins(data: index.Index) -> list[index.Index]:
    """The data sets that hold the same images."""
    ready = [row for row in index.list_datasets() if row["status"] == "ready" and row["content"] == data.content]
    return [index.read_index(row["name"]) for row in ready]
