"""Which files of a folder are images of a data set, and why the others are not."""

import contextlib
import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from core.base import errors, files
from core.datasets.index import decoding

SYSTEM_NAMES = {"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information"}
_HIDDEN = re.compile(r"(?:^|/)(?:\.|(?:" + "|".join(map(re.escape, sorted(SYSTEM_NAMES))) + r")(?:/|$))")
HIDDEN, LINK, UNREADABLE, ODD_NAME = "hidden or system", "link", "no permission to read", "name not in UTF-8"
DEVICE, DEEP, LONG = "device", "in too many folders", "name too long"
MAX_DEPTH, MAX_PATH_BYTES = 64, 2000  # folders inside each other, and what is left of a system's 4096 beside our own


class Found(NamedTuple):
    """One image file: its path relative to the folder, with `/`, and what the folder itself says of it."""

    path: str
    size_bytes: int
    modified_ns: int


@dataclass
class Listing:
    """The images in a folder, in path order, and how many other files there are of which kind."""

    images: list[Found] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)


def why_ignored(path: str) -> str:
    """Why a file of this relative path is no image of a data set, "" if it is one by its name."""
    lower = path.lower()
    if path.count("/") > MAX_DEPTH:
        return DEEP
    if len(path) > MAX_PATH_BYTES // 4 and len(os.fsencode(path)) > MAX_PATH_BYTES:
        return LONG
    if _HIDDEN.search(lower):
        return HIDDEN
    name = lower[lower.rfind("/") + 1 :]
    stem, _, suffix = name.rpartition(".")
    if f".{suffix}" in decoding.IMAGE_SUFFIXES and stem:
        return ""
    return f".{suffix}" if stem and suffix else "no suffix"


def list_images(folder: Path) -> Listing:
    """All images below `folder`. Links to files inside it are followed; links out of it and to folders are not."""
    listing = Listing()
    root = folder.resolve()
    for entry, path in _walk(folder, listing):
        reason = _why_not_taken(entry, path, root)
        if reason:
            listing.ignored[reason] += 1
            continue
        status = _look_at(entry, folder, path)
        listing.images.append(Found(path, status.st_size, status.st_mtime_ns))
    listing.images.sort()
    return listing


def _look_at(entry: os.DirEntry[str], folder: Path, path: str) -> os.stat_result:
    try:
        return entry.stat()
    except OSError:
        with gone_as_message(folder, path):  # not around each of a million files: that alone would take seconds
            raise


@contextlib.contextmanager
def gone_as_message(folder: Path, path: str = "") -> Iterator[None]:
    """Turn what the system says of a file that went away, or changes, while it is read into SourceNotUsable.

    Not counted and passed over: a drive that was unplugged would otherwise end in a part of a data set.
    """
    try:
        yield
    except OSError as error:
        if error.errno in files.NO_SPACE or isinstance(error, PermissionError):
            raise
        raise errors.SourceNotUsable(
            expected="a folder that stays as it is while it is read",
            found=f"{path}: {error.strerror or error}" if path else error.strerror or str(error),
            where=str(folder),
            todo="Nothing was left behind. Look whether its drive is still connected, then try again.",
        ) from error


def has_at_least(folder: Path, files: int) -> bool:
    """Whether there are so many files below `folder`, of any kind; known at once, since no more are looked at."""
    return sum(1 for _ in itertools.islice(_walk(folder, Listing()), files)) == files


def describe_ignored(ignored: Mapping[str, int]) -> str:
    """What there was instead of images, the most frequent first: `12 x .txt, 3 x .zip`."""
    most = Counter(ignored).most_common(6)
    return ", ".join(f"{count:,} x {reason}" for reason, count in most) or "no files at all"


def _walk(folder: Path, listing: Listing) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Every file below `folder` with its relative path; a folder that may not be read counts as one ignored thing."""
    waiting = [(str(folder), "")]
    while waiting:
        inside, prefix = waiting.pop()
        try:
            with gone_as_message(folder, prefix), os.scandir(inside) as entries:
                found = list(entries)
        except PermissionError:
            listing.ignored[UNREADABLE] += 1
            continue
        deep = prefix.count("/") >= MAX_DEPTH or len(os.fsencode(prefix)) > MAX_PATH_BYTES
        for entry in found:
            if deep and entry.is_dir(follow_symlinks=False):
                listing.ignored[DEEP] += 1
            elif entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                yield entry, prefix + entry.name


def _why_not_taken(entry: os.DirEntry[str], path: str, root: Path) -> str:
    if entry.is_symlink():
        if not _leads_to_file_in(entry.path, root):
            return LINK
    elif not entry.is_file():
        return DEVICE
    if not path.isascii() and any("\ud800" <= character <= "\udfff" for character in path):
        return ODD_NAME
    return why_ignored(path)


def _leads_to_file_in(link: str, root: Path) -> bool:
    """Whether a link ends at a plain file below `root`; one that leads to itself ends nowhere."""
    try:
        target = Path(link).resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
        return False
    return target.is_relative_to(root) and target.is_file()
