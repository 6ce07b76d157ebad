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

from core.base import errors, files, paths, records

LOCK, STATUS, STOP, LOG = "worker.lock", "status.json", "stop", "log.txt"
QUEUED = "queued"
ENDED = ("finished", "stopped", "failed")
START_SECONDS = 60.0
LARGEST_STATUS_BYTES = 4_000_000
NICENESS = 15


class Step(records.Record, frozen=True, kw_only=True):
    """How far a long piece of work is, as a `progress.Throttled` report writes it."""

    done: records.Count = 0
    total: records.Count = 0
    what: str = "Starting"
    seconds_left: records.Number | None = None


class Status(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """What a worker writes of itself into status.json. Times are seconds since 1970; None is not known, or not said.

    epoch, epochs, step (of `steps` in the epoch), images_per_second, learning_rate, seconds_left : of a training.
    before : trainings that must end before. model_id : what has come of it. images : that a job was about.
    """

    phase: str = QUEUED
    queued_at: records.Number | None = None
    started_at: records.Number | None = None
    updated_at: records.Number | None = None
    what: str = ""
    message: str = ""
    trace: str = ""
    progress: Step | None = None
    before: records.Count = 1
    epoch: records.Count | None = None
    epochs: records.Count | None = None
    best_epoch: records.Count | None = None
    step: records.Count | None = None
    steps: records.Count | None = None
    images_per_second: records.Number | None = None
    learning_rate: records.Number | None = None
    seconds_left: records.Number | None = None
    threads: records.Count | None = None
    model_id: str | None = None
    images: records.Count | None = None


@dataclass(frozen=True)
class State:
    """What a piece of work is doing, decided from what is on disk.

    `name` is one of: starting, stopping, interrupted (its worker died, or its status was lost), finished, stopped,
    failed; or the phase that its living worker reports (waiting, preparing, training, ...).
    """

    name: str
    details: Status = field(default_factory=Status)

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
        return self.details.message


def decide(details: Status | None, *, alive: bool, stop_requested: bool, now: float) -> State:
    """The state from the facts: `details` of status.json (None = absent), the lock, the stop file, the time (seconds).

    Between `start` and the moment in which the worker takes its lock nobody holds it: that is `starting`, for at most
    `START_SECONDS`; after that the worker never came to life and the work counts as interrupted.
    """
    if details is None:
        return State("starting" if alive else "interrupted")
    if details.phase in ENDED:
        return State(details.phase, details)
    if alive:
        name = "stopping" if stop_requested else ("starting" if details.phase == QUEUED else details.phase)
        return State(name, details)
    # The clock may have jumped either way since: a time far in the future is as old as one far in the past.
    fresh = details.phase == QUEUED and abs(now - (details.queued_at or 0.0)) < START_SECONDS
    return State("starting" if fresh else "interrupted", details)


def read_state(folder: Path) -> State:
    """The state of the work in `folder`, now."""
    # The lock is asked first: a worker writes its last status before it lets go, so "not alive" is never newer than
    # the status that is read after it.
    alive = is_alive(folder)
    stop, now = stop_requested(folder), time.time()
    try:
        return decide(_read(folder), alive=alive, stop_requested=stop, now=now)
    except records.Fault as fault:
        lost = decide(None, alive=alive, stop_requested=stop, now=now)
        return State(lost.name, Status(message=f"Its {STATUS} cannot be read: {fault}"))


def read_details(folder: Path) -> Status | None:
    """What status.json holds; None where it is absent or is no status."""
    try:
        return _read(folder)
    except records.Fault:
        return None


def _read(folder: Path) -> Status | None:
    """The same; raises `records.Fault` where it is there and no status."""
    try:
        found: Status = files.read_json(folder / STATUS, Status, limit_bytes=LARGEST_STATUS_BYTES)
    except FileNotFoundError:
        return None
    return found


def describe_fault(path: Path, error: records.Fault | OSError) -> errors.RunBroken:
    """The message about one of the files of a run, a series or a job that nobody can rely on."""
    fault = (
        error if isinstance(error, records.Fault) else records.Fault("", "a plain file", error.strerror or str(error))
    )
    return errors.RunBroken(
        expected=f"{path.name} with {fault.describe()}",
        found=fault.found,
        where=f"data/{path.parent.parent.name}/{path.parent.name}",
        todo="Put the file back from a copy, or remove this folder; nothing else is affected.",
    )


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
    write_status(folder, Status(queued_at=time.time(), **details))


def write_status(folder: Path, said: Status, *, make_folder: bool = True) -> None:
    """Replace status.json, whole; an end is written to the disk itself before it counts."""
    content = {"phase": said.phase, **said.to_json()}
    files.write_json(folder / STATUS, content, durable=said.phase in (QUEUED, *ENDED), make_folder=make_folder)


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
