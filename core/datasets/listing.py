"""Which files of a folder are images of a data set, and why the others are not."""

import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from core.datasets import decoding

SYSTEM_NAMES = {"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information"}
_HIDDEN = re.compile(r"(?:^|/)(?:\.|(?:" + "|".join(map(re.escape, sorted(SYSTEM_NAMES))) + r")(?:/|$))")
HIDDEN, LINK, UNREADABLE, ODD_NAME = "hidden or system", "link", "no permission to read", "name not in UTF-8"
DEVICE = "device"


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
        status = entry.stat()
        listing.images.append(Found(path, status.st_size, status.st_mtime_ns))
    listing.images.sort()
    return listing


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
            with os.scandir(inside) as entries:
                found = list(entries)
        except PermissionError:
            listing.ignored[UNREADABLE] += 1
            continue
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                yield entry, prefix + entry.name


def _why_not_taken(entry: os.DirEntry[str], path: str, root: Path) -> str:
    if entry.is_symlink():
        target = Path(entry.path).resolve()
        if not (target.is_relative_to(root) and target.is_file()):
            return LINK
    elif not entry.is_file():
        return DEVICE
    if not path.isascii() and any("\ud800" <= character <= "\udfff" for character in path):
        return ODD_NAME
    return why_ignored(path)
