"""The life of background work, the same for trainings, imports and drawings.

A piece of work is a folder. Its worker is alive exactly while it holds `worker.lock` there (an operating-system lock,
released however the process dies, so no process number is ever trusted); what it is doing stands in `status.json`; a
file called `stop` asks it to end. What all that means is decided by one pure function, `decide`.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock

from core import errors, files, paths

LOCK, STATUS, STOP, LOG = "worker.lock", "status.json", "stop", "log.txt"
QUEUED = "queued"
ENDED = ("finished", "stopped", "failed")
START_SECONDS = 60.0
NICENESS = 15


@dataclass(frozen=True)
class State:
    """What a piece of work is doing, decided from what is on disk.

    `name` is one of: starting, stopping, interrupted (its worker died, or its status was lost), finished, stopped,
    failed; or the phase that its living worker reports (waiting, preparing, training, ...).
    """

    name: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_active(self) -> bool:
        """Whether a worker is at it or about to be."""
        return self.name not in (*ENDED, "interrupted")

    @property
    def can_resume(self) -> bool:
        """Whether it ended before its end and may be started again."""
        return self.name in ("stopped", "interrupted", "failed")

    @property
    def message(self) -> str:
        """What went wrong, in words; empty where nothing did."""
        return str(self.details.get("message") or "")


def decide(details: dict[str, Any] | None, *, alive: bool, stop_requested: bool, now: float) -> State:
    """The state from the facts: `details` of status.json (None = absent), the lock, the stop file, the time (seconds).

    Between `start` and the moment in which the worker takes its lock nobody holds it: that is `starting`, for at most
    `START_SECONDS`; after that the worker never came to life and the work counts as interrupted.
    """
    if details is None:
        return State("starting" if alive else "interrupted")
    phase = str(details.get("phase", QUEUED))
    if phase in ENDED:
        return State(phase, details)
    if alive:
        name = "stopping" if stop_requested else ("starting" if phase == QUEUED else phase)
        return State(name, details)
    # The clock may have jumped either way since: a time far in the future is as old as one far in the past.
    fresh = phase == QUEUED and abs(now - float(details.get("queued_at") or 0.0)) < START_SECONDS
    return State("starting" if fresh else "interrupted", details)


def read_state(folder: Path) -> State:
    """The state of the work in `folder`, now."""
    # The lock is asked first: a worker writes its last status before it lets go, so "not alive" is never newer than
    # the status that is read after it.
    alive = is_alive(folder)
    return decide(read_details(folder), alive=alive, stop_requested=stop_requested(folder), now=time.time())


def read_details(folder: Path) -> dict[str, Any] | None:
    """What status.json holds; None where it is absent or is no status."""
    content = files.read_json_or_none(folder / STATUS)
    return content if isinstance(content, dict) else None


def is_alive(folder: Path) -> bool:
    """Whether a worker holds the folder's lock. Never blocks; tries again, since another asker may hold it a moment."""
    if not (folder / LOCK).exists():
        return False
    for attempt in range(4):
        with contextlib.suppress(filelock.Timeout), filelock.FileLock(folder / LOCK, timeout=0):
            return False
        time.sleep(0.003 * attempt)
    return True


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Be the folder's worker. Raises `RunNotUsable` where another one is."""
    try:
        with filelock.FileLock(folder / LOCK, timeout=2):
            yield
    except filelock.Timeout as error:
        raise errors.RunNotUsable(
            expected="no other worker", found="one that holds the lock", where=folder.name, todo="Wait until it ends."
        ) from error


def queue_work(folder: Path, **details: Any) -> None:
    """Write the first status of a piece of work (or of its next attempt) and take back any wish to stop."""
    (folder / STOP).unlink(missing_ok=True)
    files.write_json(folder / STATUS, {"phase": QUEUED, "queued_at": time.time(), **details})


def start(folder: Path, arguments: list[str]) -> None:
    """Start `python -m core ARGUMENTS` as the folder's worker, in a session of its own: it outlives this process."""
    command = [sys.executable, "-m", "core", *arguments]
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    try:
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=paths.PROJECT_FOLDER,
                env=paths.child_environment(),
                **detached,
            )
    except OSError as error:
        raise errors.JobNotStarted(
            expected="a background process",
            found=str(error),
            where=folder.name,
            todo="Close other programs, then try again.",
        ) from error
    # Waits for the child so that it does not stay behind as a zombie of this process; asks nothing of it.
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{folder.name}").start()


def be_nice() -> None:
    """Let interactive programs go first: a training must not make the pages slow."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)


def request_stop(folder: Path) -> None:
    """Ask the worker to end; asking twice is the same as once."""
    (folder / STOP).touch()


def stop_requested(folder: Path) -> bool:
    """Whether somebody asked the worker to end."""
    return (folder / STOP).exists()
