"""Data sets come and go: a folder or an archive becomes `data/datasets/<name>/`, whole or not at all."""

import os
import shutil
import stat
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.base import errors, files, paths, progress
from core.datasets.index import groups, index, layouts, listing, names, requirements
from core.datasets.intake import archives, staging_area
from core.datasets.splits import saved_splits

NO_SOURCES = (Path("/proc"), Path("/sys"))  # on Linux: files without end, and others at each look


def import_dataset(
    source: Path,
    name: str,
    *,
    group_rule: str = "auto",
    positive_class: str | None = None,
    facts: Mapping[str, Any] | None = None,
    report: progress.Report = progress.say_nothing,
) -> index.Index:
    """Copy the images of a folder or a .zip archive, as they are, into a new data set, and index it.

    facts : where it comes from, for its index, where more is known than the name of the file: source, source_page,
    licence, citation.
    Whatever goes wrong, and when it is cancelled, nothing is left behind.
    Raises NameNotUsable, NameTaken, SourceNotFound, SourceNotUsable, BrokenArchive, UnsafeArchive, DiskFull and what
    index.build_index raises.
    """
    groups.require_rule(group_rule)
    target = staging_area.require_free_name(name)
    require_source(source)
    with staging_area.stage() as staging:
        bring = _unpack if source.is_file() else _copy
        left_out = bring(source, staging, report)
        said = {"kind": "imported", "source": source.resolve().name, **(facts or {}), "left_out": dict(left_out)}
        return staging_area.settle(
            staging, target, facts=said, group_rule=group_rule, positive_class=positive_class, report=report
        )


def require_name(name: str) -> str:
    """`name` itself if it can name a data set; else NameNotUsable."""
    return names.require_name(name)


def suggest_name(source_name: str) -> str:
    """A usable name made of a file's or folder's: `Cell Images.zip` -> `cell-images`."""
    return names.suggest_name(source_name)


def remove_dataset(name: str) -> None:
    """Remove a data set: its images, its index, and its pixels unless another data set shows the same images."""
    folder = paths.datasets_folder() / names.require_name(name)
    if not folder.exists() and not index.index_path(name).exists():
        raise errors.DatasetNotFound(
            expected="the name of a data set on this machine",
            found=repr(name),
            where=str(paths.datasets_folder()),
            todo="List them: python -m core datasets",
        )
    files.remove_folder(folder)
    index.remove_index(name)
    saved_splits.remove_all(name)
    files.remove_folder(paths.muted_folder(name))


def find_source(text: str) -> Path:
    """The source that a person means: a path, which may begin with ~. Raises as `require_source` does."""
    try:
        return require_source(Path(text).expanduser())
    except RuntimeError as error:  # ~nobody
        raise errors.SourceNotFound(
            expected="a folder or a .zip archive", found=str(error), where=text, todo="Write the whole path."
        ) from error


def require_source(source: Path) -> Path:
    """`source` itself if it can be imported; else SourceNotFound or SourceNotUsable."""
    found = find_unfit(source)
    if found:
        todo = "Check the path. Archives of other kinds must be unpacked first."
        raise errors.SourceNotFound(expected="a folder or a .zip archive", found=found, where=str(source), todo=todo)
    here, kept = source.resolve(), paths.datasets_folder().resolve()
    if source.is_dir() and (here.is_relative_to(kept) or kept.is_relative_to(here)):
        raise errors.SourceNotUsable(
            expected="a folder apart from the imported data sets",
            found="one that is, holds or lies in their folder",
            where=str(source),
            todo="What is imported is already here; to read it again: python -m core index NAME",
        )
    return source


def find_unfit(source: Path) -> str:
    """Why this can be no source; "" if it can."""
    try:
        kind = source.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "nothing there"
    except (OSError, ValueError) as error:  # a name that is too long, a link to itself, a zero byte
        return getattr(error, "strerror", None) or str(error)
    if stat.S_ISREG(kind) and source.suffix.lower() != ".zip":
        return f"a file of another kind, {source.suffix or 'without a suffix'}"
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        return "neither a folder nor a file, but a device, a pipe or a socket"
    if any(source.resolve().is_relative_to(folder) for folder in NO_SOURCES):
        return "what the system says of itself, and no files on a disk"
    return "" if os.access(source, os.R_OK | (os.X_OK if stat.S_ISDIR(kind) else 0)) else "that it may not be read"


def _unpack(source: Path, staging: Path, report: progress.Report) -> Counter[str]:
    with archives.open_archive(source) as archive:
        contents = archives.read_contents(archive, source)
        requirements.require_classes(source, layouts.find_layout(contents.images).places, contents.ignored)
        archives.extract(archive, contents.images, staging, source, report)
    return contents.ignored


def _copy(source: Path, staging: Path, report: progress.Report) -> Counter[str]:
    listed = listing.list_images(source)
    found = [image.path for image in listed.images]
    requirements.require_classes(source, layouts.find_layout(found).places, listed.ignored)
    files.require_free(staging, sum(image.size_bytes for image in listed.images))
    with files.disk_full_as_message(staging):
        for done, path in enumerate(found, start=1):
            (staging / path).parent.mkdir(parents=True, exist_ok=True)
            try:
                with listing.gone_as_message(source, path):
                    shutil.copyfile(source / path, staging / path)
            except PermissionError:
                (staging / path).unlink(missing_ok=True)
                listed.ignored[listing.UNREADABLE] += 1
            report(done, len(found), "Copying")
    return listed.ignored
