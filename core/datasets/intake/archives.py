"""Images out of a zip archive that nobody vouches for."""

import itertools
import lzma
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.base import errors, files, progress
from core.datasets.index import listing

MAX_MEMBERS = 2_000_000
MAX_RATIO, RATIO_MATTERS_ABOVE_BYTES = 200, 1_000_000_000
MAX_PART_BYTES, MAX_NAME_BYTES = 255, 2000  # what file systems hold
LOCAL_HEADER_BYTES = 30
PIECE_BYTES = 1_000_000
ZIP_INSIDE = "zip inside the archive"
# Not a zip, torn, or packed by a method that Python does not have.
READ_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    OverflowError,
)


@dataclass(frozen=True)
class Contents:
    """The members of a safe archive that are images, by path, and how many others there are of which kind."""

    images: dict[str, zipfile.ZipInfo]
    ignored: Counter[str]


def read_contents(archive: zipfile.ZipFile, where: Path) -> Contents:
    """What is in an archive, from its directory alone.

    Raises UnsafeArchive for names that lead out of a folder, links, devices, encryption, members that overlap or come
    twice, and for what would unpack to far more than it holds.
    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise _unsafe(f"at most {MAX_MEMBERS:,} files", f"{len(members):,}", where)
    for member in members:
        problem = _find_problem(member)
        if problem:
            raise _unsafe("plain files in plain folders", f"{member.orig_filename[:120]!r}, {problem}", where)
    plain = [member for member in members if not member.is_dir()]
    names = [posixpath.normpath(member.filename) for member in plain]
    _require_apart(plain, archive, where)
    _require_distinct(names, where)
    _require_no_bomb(plain, where)
    reasons = {name: listing.why_ignored(name) for name in names}
    ignored = Counter(ZIP_INSIDE if reason == ".zip" else reason for reason in reasons.values() if reason)
    return Contents({name: member for name, member in zip(names, plain, strict=True) if not reasons[name]}, ignored)


def extract(
    archive: zipfile.ZipFile, images: Mapping[str, zipfile.ZipInfo], folder: Path, where: Path, report: progress.Report
) -> None:
    """Write these members below `folder`, under their own paths. Raises BrokenArchive, DiskFull."""
    files.require_free(folder, sum(member.file_size for member in images.values()))
    made: set[Path] = set()
    with files.disk_full_as_message(folder):
        for done, (path, member) in enumerate(images.items(), start=1):
            target = folder / path
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            with target.open("xb") as file:
                for piece in _pieces(archive, member, where):
                    file.write(piece)
            report(done, len(images), "Unpacking")


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: Path) -> bytes:
    """One member of `read_contents`. Raises BrokenArchive."""
    return b"".join(_pieces(archive, member, where))


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, open for reading; raises BrokenArchive if it is none."""
    with _damage_as_message(path):
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive


def _find_problem(member: zipfile.ZipInfo) -> str:
    """Why one member must not be unpacked, "" if it may. Names are judged as stored, before Python tidies them."""
    name = member.orig_filename
    kind = stat.S_IFMT(member.external_attr >> 16)
    parts = [part.encode("utf-8", "surrogatepass") for part in name.split("/")]
    problems = {
        "which leads out of its folder": ".." in name.split("/"),
        "an absolute name": name.startswith("/") or re.match(r"[A-Za-z]:", name) is not None,
        "a name with a backslash": "\\" in name,
        "a name with a zero byte": "\0" in name,
        "an empty name": not name,
        "a name that is too long": max(map(len, parts)) > MAX_PART_BYTES or len(name) > MAX_NAME_BYTES,
        "in too many folders": len(parts) > listing.MAX_DEPTH + 2,
        "a symbolic link": kind == stat.S_IFLNK,
        "neither a file nor a folder": kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK),
        "which is encrypted": bool(member.flag_bits & 0x1),
    }
    return next((words for words, found in problems.items() if found), "")


def _require_apart(members: list[zipfile.ZipInfo], archive: zipfile.ZipFile, where: Path) -> None:
    """Members that share bytes are how a small archive unpacks to petabytes."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    starts = [*(member.header_offset for member in ordered), archive.start_dir]
    for member, (start, next_start) in zip(ordered, itertools.pairwise(starts), strict=True):
        if start + LOCAL_HEADER_BYTES + member.compress_size > next_start:
            raise _unsafe("members one after the other", f"{member.filename[:120]!r}, which overlaps another", where)


def _require_distinct(names: list[str], where: Path) -> None:
    """No name twice, and none that is a file here and a folder there."""
    seen = Counter(names)
    folders = {name.rsplit("/", depth)[0] for name in seen for depth in range(1, name.count("/") + 1)}
    twice = sorted(name for name, count in seen.items() if count > 1 or name in folders)
    if twice:
        raise _unsafe("each name once", f"{twice[0][:120]!r} more than once", where)


def _require_no_bomb(members: list[zipfile.ZipInfo], where: Path) -> None:
    total, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    if total > RATIO_MATTERS_ABOVE_BYTES and total > MAX_RATIO * packed:
        found = f"{files.describe_bytes(total)} packed into {files.describe_bytes(packed)}"
        raise _unsafe(f"contents at most {MAX_RATIO} times as large as the archive", found, where)


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: Path) -> Iterator[bytes]:
    """The bytes of a member, checked against the length and checksum that the archive states.

    Python stops reading at the stated length, so a member that holds more ends in a checksum that does not fit.
    """
    with _damage_as_message(where), archive.open(member) as source:
        left = member.file_size
        while piece := source.read(PIECE_BYTES):
            left -= len(piece)
            yield piece
        if left:
            raise EOFError(f"{member.filename} is {left} bytes short")


@contextmanager
def _damage_as_message(where: Path) -> Iterator[None]:
    try:
        yield
    except READ_ERRORS as error:
        raise errors.BrokenArchive(
            expected="a whole .zip archive",
            found=str(error) or type(error).__name__,
            where=str(where),
            todo="Download or pack it again. Other kinds of archives must be unpacked first, and the folder imported.",
        ) from error


def _unsafe(expected: str, found: str, where: Path) -> errors.UnsafeArchive:
    todo = "Nothing was unpacked. If you trust it, unpack it with another program and import the folder."
    return errors.UnsafeArchive(expected=expected, found=found, where=str(where), todo=todo)
