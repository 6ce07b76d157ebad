"""Images set aside for a person to look at. Rows are only ever appended, so nothing that was asked for is lost.

One line of JSON a row in `data/review/requests.jsonl`; the last row about an image and a model counts.
"""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import files, paths, progress

ADDED, WITHDRAWN = "added", "withdrawn"
WAITING = "Waiting for another request for review"
WHY_LENGTH = 500  # a row stays far below what a system appends in one piece


@dataclass(frozen=True)
class Request:
    """One image that waits for review: which, about which model's answer, why, who asked ("" = not said) and when."""

    dataset: str
    image_id: str
    model_id: str
    why: str
    by: str
    at: str


def add(dataset: str, image_id: str, model_id: str, why: str, *, by: str = "") -> None:
    """Set an image of a data set aside because of a model's answer. Asked for again, the newer reason counts.

    Raises DiskFull; ValueError where one of the three names is empty.
    """
    _append(ADDED, dataset, image_id, model_id, why=why[:WHY_LENGTH], by=by)


def withdraw(dataset: str, image_id: str, model_id: str, *, by: str = "") -> None:
    """Take a request back; absent is fine. The rows that asked for it stay in the file."""
    _append(WITHDRAWN, dataset, image_id, model_id, why="", by=by)


def list_requests(*, model_id: str | None = None, dataset: str | None = None) -> list[Request]:
    """The images that wait, oldest request first, of one model or one data set where that is given.

    A line that is torn or is no request is left out.
    """
    waiting: dict[tuple[str, str, str], Request] = {}
    for row in files.read_lines(requests_path()):
        if not _is_whole(row):
            continue
        key = (row["dataset"], row["image_id"], row["model_id"])
        before = waiting.pop(key, None)
        if row["action"] == ADDED:
            waiting[key] = Request(*key, why=row["why"], by=row["by"], at=before.at if before else row["at"])
    return sorted(
        (one for one in waiting.values() if model_id in (None, one.model_id) and dataset in (None, one.dataset)),
        key=lambda one: (one.at, one.image_id),
    )


def requests_path() -> Path:
    """`data/review/requests.jsonl`."""
    return paths.review_folder() / "requests.jsonl"


def read_stamp() -> tuple[int, int]:
    """What changes with the file, for caches: (nanoseconds, bytes), zeros where there is none."""
    with contextlib.suppress(FileNotFoundError):
        facts = requests_path().stat()
        return facts.st_mtime_ns, facts.st_size
    return 0, 0


def _append(action: str, dataset: str, image_id: str, model_id: str, *, why: str, by: str) -> None:
    if not (dataset and image_id and model_id):
        raise ValueError(f"expected a data set, an image and a model, found {(dataset, image_id, model_id)}")
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    names = {"dataset": dataset, "image_id": image_id, "model_id": model_id}
    row = {"action": action, **names, "why": why, "by": by[:WHY_LENGTH], "at": now}
    path = requests_path()
    # Appending is one write, which some systems let another one cut in two: the lock is for those.
    with files.wait_for_lock(path.with_suffix(".lock"), progress.say_nothing, WAITING):
        files.append_lines(path, [row])


def _is_whole(row: dict[str, Any]) -> bool:
    wanted = ("action", "dataset", "image_id", "model_id", "why", "by", "at")
    return all(isinstance(row.get(name), str) for name in wanted) and row["action"] in (ADDED, WITHDRAWN)
