"""Who trains next: as many trainings at a time as the settings allow, in the order in which they were asked for.

A training holds a slot (`training.lock`, `training-2.lock`, ...: operating-system locks, free again however their
holder dies). Who waits, and in which order, is said by places.py. Slots are taken and the order is written by the
holder of `queue.lock` alone, so that several apps and workers on one folder never exceed the slots or undo each
other's moves.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import filelock

from core.base import background, errors, paths, progress, settings
from core.training import queue_order

MUTEX = "queue.lock"
SLOTS = "training*.lock"
WAIT_SECONDS = 0.5
MOVE_SECONDS = 5.0
LOOKS_BETWEEN = 4  # while every slot is held, only each fourth look reads all run folders
WAITING = queue_order.WAITING


@dataclass(frozen=True)
class Slot:
    """The right to train. `threads`: how many TensorFlow may use, None = all processors of the machine."""

    number: int
    threads: int | None


def count_to_end(place: int, held: int, slots: int) -> int:
    """How many trainings must end before one with `place` others waiting before it begins, `held` slots being taken."""
    return max(0, place + held - slots + 1)


def share_threads(slots: int, processors: int) -> int | None:
    """Threads of each of `slots` trainings at once; None = no limit, where it has the machine to itself."""
    return None if slots == 1 else max(1, processors // slots)


def list_waiting() -> list[Path]:
    """Folders of the runs that wait, first come first."""
    order = queue_order.sort_waiting(queue_order.read_asked(), queue_order.read_order())
    return [folder for folder in (paths.runs_folder() / name for name in order) if queue_order.waits(folder)]


def count_before(folder: Path) -> int:
    """How many waiting runs are before the one in `folder`; all of them where it has not asked itself."""
    return _count_before(folder, queue_order.sort_waiting(queue_order.read_asked(), queue_order.read_order()))


def _count_before(folder: Path, order: Sequence[str]) -> int:
    before = order[: order.index(folder.name)] if folder.name in order else order
    return sum(queue_order.waits(paths.runs_folder() / name) for name in before)


def count_ahead(folder: Path) -> int:
    """How many trainings must end before this one begins."""
    return count_to_end(count_before(folder), len(_find_held()), count_slots())


def count_slots() -> int:
    """How many trainings may run at once. One, the careful choice, while the settings cannot be read.

    A waiting training must not fail because somebody is editing the file; where it is shown, `settings.read` complains.
    """
    try:
        return settings.read().trainings_at_once
    except errors.SettingNotUsable:
        return 1


def move(folder: Path, up: bool) -> None:
    """Let a waiting run change places with the one before (up) or behind it; at the end of the queue nothing happens.

    Only `queue.json` is written, in one step and by the holder of `queue.lock`; workers write their status elsewhere.
    Raises RunNotUsable where the run does not wait (any more).
    """
    with _alone(MOVE_SECONDS) as mine:
        order = queue_order.settle_order() if mine else []
        waiting = [entry for entry in order if queue_order.waits(paths.runs_folder() / entry[0])]
        names = [name for name, _ in waiting]
        if folder.name not in names:
            raise errors.RunNotUsable(
                expected="a run that waits",
                found="one that does not wait" if mine else "a queue that another process has been busy with for long",
                where=folder.name,
                todo="Look at the Train page: it may have begun by now.",
            )
        here = names.index(folder.name)
        there = here - 1 if up else here + 1
        if 0 <= there < len(waiting):
            one, other = (order.index(waiting[place]) for place in (here, there))
            order[one], order[other] = order[other], order[one]
            queue_order.write_order(order)


@contextlib.contextmanager
def take_slot(folder: Path, say_waiting: Callable[[int], None]) -> Iterator[Slot]:
    """Wait for a training slot and hold it.

    `say_waiting(ahead)` is called as it begins to wait and whenever the number of trainings that must end before has
    changed. The count of slots is read anew at each look: more of them take effect at once, fewer as trainings end.
    Raises `progress.Cancelled` if a stop is asked for.
    """
    paths.runs_folder().mkdir(parents=True, exist_ok=True)
    said: int | None = None
    looks = 0
    while True:
        if background.stop_requested(folder):
            raise progress.Cancelled
        if not folder.is_dir():  # the locks would make the folders anew, in the place of what was moved away
            raise errors.RunNotFound(
                expected="the folder of the run that waits",
                found="none: it was moved or removed, or its drive is gone",
                where=str(folder),
                todo="Put it back; the run can be resumed then.",
            )
        lock, slot, ahead = _look(folder, thorough=looks % LOOKS_BETWEEN == 0)
        if lock is not None and slot is not None:
            break
        if ahead is not None and ahead != said:
            say_waiting(ahead)
            said = ahead
        looks += 1
        time.sleep(WAIT_SECONDS)
    try:
        yield slot
    finally:
        lock.release()


def _look(folder: Path, *, thorough: bool) -> tuple[filelock.BaseFileLock | None, Slot | None, int | None]:
    """One look at the queue: the slot where it is this run's turn, else how many must end (None = not looked)."""
    slots = count_slots()
    with _alone(WAIT_SECONDS) as mine:
        if not mine:
            return None, None, None
        held = _find_held()
        if len(held) >= slots and not thorough:
            return None, None, None
        before = _count_before(folder, [name for name, _ in queue_order.settle_order()])
        ahead = count_to_end(before, len(held), slots)
        # Those before it find a free slot too: it need not wait until each has been seen to take its own.
        for number in range(1, slots + 1) if not ahead else ():
            lock = queue_order.try_lock(_slot_path(number))
            if lock is not None:
                return lock, Slot(number, share_threads(slots, settings.count_processors())), 0
    return None, None, max(ahead, 1)


@contextlib.contextmanager
def _alone(seconds: float) -> Iterator[bool]:
    """Hold `queue.lock`; False where another process has it for all these seconds."""
    paths.runs_folder().mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(paths.runs_folder() / MUTEX, timeout=seconds)
    with contextlib.suppress(filelock.Timeout):
        lock.acquire()
    try:
        yield lock.is_locked
    finally:
        lock.release()


def _slot_path(number: int) -> Path:
    return paths.runs_folder() / ("training.lock" if number == 1 else f"training-{number}.lock")


def _find_held() -> list[Path]:
    """The slots that are taken, also those beyond the number that is allowed by now."""
    return [path for path in paths.runs_folder().glob(SLOTS) if queue_order.is_held(path)]
