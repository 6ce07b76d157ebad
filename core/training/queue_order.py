"""Who waits to train, and in which order; see queue.py, which takes the slots.

Who waits is decided anew at each look from the run folders: those whose workers are alive and wait, or were just asked
for. `queue.json` holds nothing but their order, which people may change; without it the order is that of asking.

The clock decides nothing but the order of runs that were asked for between two looks (half a second): once a run has
its place, it keeps it whatever the clock does.
"""

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import filelock

from core.base import background, files, paths, records

ORDER = "queue.json"
WAITING = "waiting"

LARGEST_BYTES = 4_000_000

Entry = tuple[str, float]  # a run's folder name and when this attempt was asked for, which tells attempts apart


class Order(records.Record, frozen=True, kw_only=True):
    """What queue.json holds."""

    order: tuple[Entry, ...]


_ended: dict[str, tuple[int, int]] = {}  # folders whose status said an end, by inode and time of that status


def is_waiting(details: background.Status | None, *, alive: bool, stop_requested: bool, now: float) -> bool:
    """Whether a run with this status.json counts as waiting.

    A run that was just asked for keeps its place before its worker lives, for as long as a worker takes to start. That
    is counted both ways, so that a clock which was set back cannot keep a place for a worker that never came.
    """
    if details is None:
        return False
    if alive:
        return details.phase in (background.QUEUED, WAITING) and not stop_requested
    return details.phase == background.QUEUED and abs(now - (details.queued_at or 0.0)) < background.START_SECONDS


def sort_waiting(asked: Mapping[str, float], order: Sequence[Entry]) -> list[str]:
    """Names of the runs that wait, first come first. asked : name -> when it was asked for (seconds); order : as kept.

    Runs that are in the kept order keep their places; the others follow by time of asking, then by name. An entry that
    was made for an earlier attempt of a run does not count.
    """
    known = [name for name, when in dict.fromkeys(order) if asked.get(name) == when]
    new = sorted((when, name) for name, when in asked.items() if name not in known)
    return known + [name for _, name in new]


def settle_order() -> list[Entry]:
    """The order of all who have asked, which is written down where it is new. Only for the holder of `queue.lock`."""
    asked, kept = read_asked(), read_order()
    settled = [(name, asked[name]) for name in sort_waiting(asked, kept)]
    if settled != kept:
        write_order(settled)
    return settled


def read_order() -> list[Entry]:
    """The kept order; none where the file is absent or damaged: it is then that of asking."""
    kept: Order | None = files.read_json_or_none(paths.runs_folder() / ORDER, Order, limit_bytes=LARGEST_BYTES)
    return list(kept.order) if kept else []


def write_order(order: Sequence[Entry]) -> None:
    """Keep this order, in one step. Only for the holder of `queue.lock`."""
    files.write_json(paths.runs_folder() / ORDER, {"order": [list(entry) for entry in order]}, durable=False)


def read_asked() -> dict[str, float]:
    """Name -> time of asking (seconds) of the runs that have asked and not begun, their workers alive or not.

    A worker that is slow to start, and counts as dead meanwhile, so finds its place again.
    """
    try:
        with os.scandir(paths.runs_folder()) as entries:  # pathlib would take five times as long, at every look
            found = {entry.name: _read_unended(entry.path) for entry in entries if entry.is_dir()}
    except FileNotFoundError:
        return {}
    return {
        name: details.queued_at or 0.0
        for name, details in found.items()
        if details is not None and details.phase in (background.QUEUED, WAITING)
    }


def waits(folder: Path) -> bool:
    """Whether the run in `folder` counts as waiting now."""
    # Before the status, as in `background.read_state`. Asked once only, and not thrice as there: with twenty who wait
    # that would be a third of a second, and to take a run for waiting that is not does no more than delay a look.
    alive = is_held(folder / background.LOCK)
    details, stop = background.read_details(folder), background.stop_requested(folder)
    return is_waiting(details, alive=alive, stop_requested=stop, now=time.time())


def _read_unended(folder: str) -> background.Status | None:
    """The status of a run; None where it has ended. Ended ones, the most by far, are read once and then recognised."""
    status = os.path.join(folder, background.STATUS)  # noqa: PTH118  (see above)
    try:
        facts = os.stat(status)  # noqa: PTH116
    except OSError:
        return None
    stamp = (facts.st_ino, facts.st_mtime_ns)
    if _ended.get(folder) == stamp:
        return None
    details = background.read_details(Path(folder))
    if details is not None and details.phase in background.ENDED:
        _ended[folder] = stamp
        return None
    return details


def try_lock(path: Path) -> filelock.BaseFileLock | None:
    """The lock, taken; None where it is held, be it for a moment by somebody who looks: the next look tells."""
    lock = filelock.FileLock(path, timeout=0)
    with contextlib.suppress(filelock.Timeout):
        lock.acquire()
    return lock if lock.is_locked else None


def is_held(path: Path) -> bool:
    """Whether somebody holds this lock file."""
    lock = try_lock(path) if path.exists() else None
    if lock is not None:
        lock.release()
    return lock is None and path.exists()
