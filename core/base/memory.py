"""How much memory reading images may take: a budget for all threads of this process, first come, first served.

Without one, fifty people who open a large picture at once end the server, and everybody's work with it. Imports stay
light: the children that read thousands of files use it too.
"""

import contextlib
import functools
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.base import errors, limits

PART = 0.25  # of the memory that this process may have
WAIT_SECONDS = 120.0
LARGE_LOCK_SECONDS = 600.0
UNCOUNTED_BYTES = 8_000_000  # a picture of a megapixel or less: counting would cost more than it saves
UNKNOWN_BYTES = 4_000_000_000  # taken for the machine's memory where the system does not say
_CGROUP_FILES = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class Budget:
    """So many bytes for all threads together. A thread takes a share, waiting until it is its turn and there is room.

    total_bytes : what all shares together may be. wait_seconds : how long one waits at most.
    """

    def __init__(self, total_bytes: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self.total_bytes, self._wait_seconds = total_bytes, wait_seconds
        self._taken_bytes = 0
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()

    @contextlib.contextmanager
    def hold(self, wanted_bytes: int, where: str) -> Iterator[None]:
        """Hold a share while the block runs. Who asks for more than all of it never waits: see `require_possible`.

        Raises UnreadableImage, and MemoryBusy where no room came in time.
        """
        if wanted_bytes <= UNCOUNTED_BYTES:
            yield
            return
        self.require_possible(wanted_bytes, where)
        self._take(wanted_bytes, where)
        try:
            yield
        finally:
            with self._changed:
                self._taken_bytes -= wanted_bytes
                self._changed.notify_all()

    def require_possible(self, wanted_bytes: int, where: str) -> None:
        """Raise UnreadableImage for what would not fit if it were alone."""
        if wanted_bytes > self.total_bytes:
            raise errors.UnreadableImage(
                expected=f"an image that takes at most {_describe(self.total_bytes)} of memory to read, as much as this"
                " machine has room for",
                found=f"one that takes {_describe(wanted_bytes)}",
                where=where,
                todo="Save a smaller version; networks look at a few hundred pixels a side.",
            )

    def _take(self, wanted_bytes: int, where: str) -> None:
        """Wait in line: one who needs little does not overtake one who needs much, or that one would wait for ever."""
        me, until = object(), time.monotonic() + self._wait_seconds
        with self._changed:
            self._waiting.append(me)
            try:
                while self._waiting[0] is not me or self._taken_bytes + wanted_bytes > self.total_bytes:
                    left = until - time.monotonic()
                    if left <= 0:
                        raise self._busy(where)
                    self._changed.wait(left)
                self._taken_bytes += wanted_bytes
            finally:
                self._waiting.remove(me)
                self._changed.notify_all()

    def _busy(self, where: str) -> errors.MemoryBusy:
        return errors.MemoryBusy(
            expected=f"a share of the {_describe(self.total_bytes)} of memory for reading images"
            f" within {self._wait_seconds:.0f} s",
            found="other large images that are being read",
            where=where,
            todo="Try again in a minute, or use a smaller version of the image.",
        )


class ChildBudget(Budget):
    """The budget of one of several child processes, each of which reads one image at a time.

    share_bytes : its part of the parent's budget. An image that needs more is read by one child of all at a time, which
    then may take as much as the parent could.
    """

    def __init__(self, share_bytes: int, total_bytes: int, lock: Path) -> None:
        super().__init__(total_bytes, LARGE_LOCK_SECONDS)
        self._share_bytes, self._lock = share_bytes, lock

    @contextlib.contextmanager
    def hold(self, wanted_bytes: int, where: str) -> Iterator[None]:
        """`Budget.hold` in a process with one thread."""
        if wanted_bytes <= max(self._share_bytes, UNCOUNTED_BYTES):
            yield
            return
        self.require_possible(wanted_bytes, where)
        import filelock  # noqa: PLC0415  (most children never need it, and would start a fifth slower with it)

        lock = filelock.FileLock(self._lock, timeout=LARGE_LOCK_SECONDS, is_singleton=True)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise self._busy(where) from error
        try:
            yield
        finally:
            lock.release()


_budgets: dict[str, Budget] = {}
_GUARD = threading.Lock()


def decoding() -> Budget:
    """The budget for turning files into pixels: a quarter of the memory that this process may have."""
    return _find("decoding", 1.0)


def reading() -> Budget:
    """The budget for the files themselves, half as much. Who holds a share of it may ask for one of `decoding`; nobody
    does the reverse, so nobody waits for somebody who waits for them."""
    return _find("reading", 0.5)


def share_out(children: int, lock: Path) -> dict[str, object]:
    """What each of so many child processes may take, for `adopt`: their parts together are the budget of this one."""
    total_bytes = decoding().total_bytes
    return {"share_bytes": total_bytes // children, "total_bytes": total_bytes, "lock": str(lock)}


def adopt(told: dict[str, Any]) -> None:
    """Be a child of a process that has shared out its budget."""
    use(ChildBudget(int(told["share_bytes"]), int(told["total_bytes"]), Path(told["lock"])))


def use(budget: Budget) -> None:
    """Let this process have another budget for both, as a child does."""
    with _GUARD:
        _budgets.update(decoding=budget, reading=budget)


def _describe(count: int) -> str:
    from core.base import files  # noqa: PLC0415  (see above)

    return files.describe_bytes(count)


def _find(name: str, part: float) -> Budget:
    with _GUARD:
        if name not in _budgets:
            _budgets[name] = Budget(int(part * PART * find_memory_bytes()))
        return _budgets[name]


@functools.cache
def find_memory_bytes() -> int:
    """The memory that this process may have: that of the machine, of its container, or what `ulimit` leaves it."""
    return max(0, min([_find_physical_bytes(), *_read_container_limits(), *_read_process_limits()]))


def _find_physical_bytes() -> int:
    if sys.platform == "win32":
        return _find_windows_bytes()
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return UNKNOWN_BYTES


def _find_windows_bytes() -> int:
    import ctypes  # noqa: PLC0415  (needed there alone)

    installed = ctypes.c_ulonglong(0)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  (absent elsewhere, where types are checked)
    return (
        installed.value * 1024 if kernel.GetPhysicallyInstalledSystemMemory(ctypes.byref(installed)) else UNKNOWN_BYTES
    )


def _read_container_limits() -> list[int]:
    found = []
    for name in _CGROUP_FILES:
        with contextlib.suppress(OSError, ValueError):  # absent, or "max"
            found.append(int(Path(name).read_text(encoding="ascii")))
    return [limit for limit in found if limit < limits.NO_LIMIT_FROM]


def _read_process_limits() -> list[int]:
    """What `ulimit -v` leaves above what the process has taken already."""
    left = limits.find_address_space_left()
    return [] if left is None else [left]
