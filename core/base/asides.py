"""What is made or taken away aside, and whose it is: a leftover goes when its process is dead, and never before.

Whatever is not yet whole, or no longer, stands beside its place under a hidden name that says which process made it:
`.WHAT-OWNER-NUMBER.suffix`. While that process lives it holds the operating-system lock `data/owners/OWNER.lock`,
which is released however it dies; so anybody can tell what was left behind from what somebody is still at.
"""

import atexit
import contextlib
import hashlib
import os
import re
import shutil
import threading
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import filelock

from core.base import paths

_NAME = re.compile(r"\..+-(?P<owner>[0-9a-f]{4}-[0-9a-f]{10})-[0-9a-f]{6}(?:\..*)?")
_GUARD = threading.Lock()
_OWN: dict[Path, filelock.FileLock] = {}  # the folder of the owners of a home -> the lock of this process there
_SWEPT: set[Path] = set()


def name(parent: Path, what: str, suffix: str = "") -> Path:
    """A path in `parent` that nobody else uses and nobody lists: `.what-OWNER-NUMBER.suffix`. It is not made.

    The first time that a process asks for one in a folder, what dead processes left there is removed.
    """
    owner = _own_name()
    if parent not in _SWEPT:
        _SWEPT.add(parent)
        sweep(parent)
    return parent / f".{what}-{owner}-{uuid.uuid4().hex[:6]}{suffix}"


@contextlib.contextmanager
def make_folder(parent: Path, what: str) -> Iterator[Path]:
    """A new folder aside in `parent`, which must exist; afterwards it is gone, unless it was renamed."""
    aside = name(parent, what)
    try:
        aside.mkdir()
        yield aside
    finally:
        remove(aside)


def remove(aside: Path) -> None:
    """Remove a file, a link or a folder; absent is fine, and so is one that somebody else is removing."""
    if aside.is_symlink() or aside.is_file():
        with contextlib.suppress(PermissionError):  # Windows, while somebody looks at it
            aside.unlink(missing_ok=True)
    else:
        shutil.rmtree(aside, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove from `folder` (not from what is below) whatever is aside there and belongs to a process that is dead."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(folder) as entries:
        _sweep(folder, [entry.name for entry in entries if entry.name.startswith(".")])


def sweep_home() -> None:
    """`sweep` every folder in which this program writes; the images of data sets are not looked through."""
    models = paths.user_models_folder()
    for folder in (models, *(models.iterdir() if models.is_dir() else ())):
        sweep(folder)
    for inside, folders, others in os.walk(paths.data_folder()):
        _sweep(Path(inside), [each for each in (*folders, *others) if each.startswith(".")])
        into = Path(inside) != paths.datasets_folder()
        folders[:] = [each for each in folders if into and not each.startswith(".")]
    _forget_dead_owners()


def _sweep(folder: Path, hidden: Sequence[str]) -> None:
    for each in hidden:
        found = _NAME.fullmatch(each)
        if found and _may_judge(found["owner"], folder) and _is_dead(found["owner"]):
            remove(folder / each)


def _may_judge(owner: str, folder: Path) -> bool:
    """Elsewhere than in this home there may be what belongs to another one, whose owners are not known here."""
    return folder.is_relative_to(paths.home_folder()) or owner.startswith(_tag())


def _tag() -> str:
    return hashlib.sha256(os.fsencode(paths.home_folder())).hexdigest()[:4]


def _lock_path(owner: str) -> Path:
    return paths.owners_folder() / f"{owner}.lock"


def _is_dead(owner: str) -> bool:
    """Whether nobody holds its lock. Another one who asks at that moment makes it look alive, which harms nothing."""
    path = _lock_path(owner)
    if not path.exists():
        return True
    if any(Path(lock.lock_file) == path for lock in _OWN.values()):
        return False
    with contextlib.suppress(filelock.Timeout), filelock.FileLock(path, timeout=0):
        return True
    return False


def _own_name() -> str:
    """The name of this process among the owners; its lock is taken at the first time, and held to the end."""
    folder = paths.owners_folder()
    with _GUARD:
        lock = _OWN.get(folder)
        while lock is None or not Path(lock.lock_file).exists():  # absent: somebody has cleared the folder meanwhile
            folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(_lock_path(f"{_tag()}-{uuid.uuid4().hex[:10]}"), thread_local=False)
            lock.acquire()
            _OWN[folder] = lock
        return Path(lock.lock_file).stem


def _forget_dead_owners() -> None:
    """Remove the lock files of the dead; without one they are dead just the same."""
    for path in paths.owners_folder().glob("*.lock"):
        if any(Path(lock.lock_file) == path for lock in _OWN.values()):
            continue
        with contextlib.suppress(filelock.Timeout, OSError), filelock.FileLock(path, timeout=0):
            path.unlink(missing_ok=True)


def leave() -> None:
    """At the end of the process, or of its use of a home: nothing of it stays, and it holds no lock any more."""
    for folder, lock in _OWN.items():
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release(force=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
    _OWN.clear()


atexit.register(leave)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_OWN.clear)  # a child is an owner of its own
