"""Who trains next: one training at a time, in the order in which they were asked for.

The queue is the set of run folders whose workers are alive and wait; there is no other list that could be wrong.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock

from core import life, paths, progress

SLOT = "training.lock"
WAIT_SECONDS = 0.5
WAITING = "waiting"


def count_before(folder: Path) -> int:
    """How many waiting runs are ahead of the one in `folder`."""
    mine = _place(folder)
    return sum(1 for other in _waiting_folders() if other != folder and _place(other) < mine)


def count_ahead(folder: Path) -> int:
    """How many trainings must end before this one begins: those that wait before it, and the one that trains."""
    parent = paths.runs_folder()
    is_taken = (parent / SLOT).exists() and not _is_free(parent / SLOT)
    return count_before(folder) + int(is_taken)


def _is_free(path: Path) -> bool:
    with contextlib.suppress(filelock.Timeout), filelock.FileLock(path, timeout=0):
        return True
    return False


@contextlib.contextmanager
def take_slot(folder: Path, say_waiting: Callable[[int], None]) -> Iterator[None]:
    """Wait for the machine's one training slot and hold it.

    `say_waiting(before)` is called at each look while it waits. Raises `progress.Cancelled` if a stop is asked for.
    """
    parent = paths.runs_folder()
    parent.mkdir(parents=True, exist_ok=True)
    slot = filelock.FileLock(parent / SLOT, timeout=0)
    while True:
        if life.stop_requested(folder):
            raise progress.Cancelled
        before = count_before(folder)
        if before == 0:
            with contextlib.suppress(filelock.Timeout):
                slot.acquire()
                break
        say_waiting(before)
        time.sleep(WAIT_SECONDS)
    try:
        yield
    finally:
        slot.release()


def _waiting_folders() -> list[Path]:
    """Folders whose workers wait, or were just asked for and will: the order of asking must hold between those too."""
    parent = paths.runs_folder()
    found = [f for f in parent.iterdir() if f.is_dir()] if parent.is_dir() else []
    phases = {folder: (life.read_details(folder) or {}).get("phase") for folder in found}
    candidates = [folder for folder, phase in phases.items() if phase in (life.QUEUED, WAITING)]
    return [folder for folder in candidates if life.read_state(folder).name in ("starting", WAITING)]


def _place(folder: Path) -> tuple[float, str]:
    return float((life.read_details(folder) or {}).get("queued_at") or 0.0), folder.name
