"""Images that somebody wants looked at, not imported: from folders, archives and single files, in one list."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.base import asides, errors, files, paths, progress
from core.datasets.index import listing
from core.datasets.intake import archives, importing


@dataclass(frozen=True)
class Batch:
    """Image files below one folder. names : relative to it, with `/`. shown : what each is called in a result."""

    folder: Path
    names: Sequence[str]
    shown: Sequence[str]


@dataclass
class Gathered:
    """All of them, in the order in which they were named, and how many other files there are of which kind."""

    batches: list[Batch] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many images."""
        return sum(len(batch.names) for batch in self.batches)


@contextlib.contextmanager
def gather(sources: Sequence[Path], report: progress.Report = progress.say_nothing) -> Iterator[Gathered]:
    """The images of these folders (with all below), .zip archives (unpacked aside, gone afterwards) and files.

    A file that is named itself is taken whatever its name says, and one that is not there too: its reader says what is
    wrong with it. Of several folders or archives each image's name begins with that of its own.
    Raises SourceNotFound, SourceNotUsable, BrokenArchive, UnsafeArchive, DiskFull, and DatasetHasNoImages where there
    is not one image.
    """
    found = Gathered()
    with contextlib.ExitStack() as stack:
        for source in sources:
            prefix = f"{source.resolve().name}/" if len(sources) > 1 else ""
            if source.is_dir():
                _require(source)
                _add_folder(found, source, prefix)
            elif source.suffix.lower() == ".zip" and source.exists():
                _require(source)
                _add_folder(found, stack.enter_context(_unpack(source, found.ignored, report)), prefix)
            else:
                _add_file(found, source)
        if not found.count:
            raise errors.DatasetHasNoImages(
                expected="at least one image: PNG, JPEG, BMP, TIFF or WebP",
                found=listing.describe_ignored(found.ignored),
                where=", ".join(str(source) for source in sources)[:300],
                todo="Check the path. Archives of other kinds must be unpacked first.",
            )
        yield found


def read_again(sources: Sequence[Path], shown: str) -> Iterator[bytes]:
    """What lies now where `gather` found an image that it showed under this name, read without the others.

    More than one where two sources have one name; nothing where nothing is left. Raises UnsafeArchive, BrokenArchive.
    """
    for source in sources:
        prefix = f"{source.resolve().name}/" if len(sources) > 1 else ""
        name = shown.removeprefix(prefix)
        if source.is_dir() and shown.startswith(prefix):
            path = source / name
            if path.resolve().is_relative_to(source.resolve()) and path.is_file():
                yield path.read_bytes()
        elif source.suffix.lower() == ".zip" and source.is_file() and shown.startswith(prefix):
            with archives.open_archive(source) as archive:
                member = archives.read_contents(archive, source).images.get(name)
                if member is not None:
                    yield archives.read_member(archive, member, source)
        elif shown == str(source) and source.is_file():
            yield source.read_bytes()


def find_source(words: str) -> Path:
    """The folder or archive that a person means: a path, which may begin with ~. Raises SourceNotFound."""
    try:
        source = Path(words).expanduser()
    except RuntimeError as error:  # ~nobody
        raise errors.SourceNotFound(
            expected="a folder or a .zip archive", found=str(error), where=words, todo="Write the whole path."
        ) from error
    _require(source)
    return source


def _require(source: Path) -> None:
    unfit = importing.find_unfit(source)
    if unfit:
        todo = "Check the path. Archives of other kinds must be unpacked first."
        raise errors.SourceNotFound(expected="a folder or a .zip archive", found=unfit, where=str(source), todo=todo)


def _add_folder(found: Gathered, folder: Path, prefix: str) -> None:
    listed = listing.list_images(folder)
    names = [image.path for image in listed.images]
    found.ignored += listed.ignored
    found.batches.append(Batch(folder, names, [f"{prefix}{name}" for name in names]))


def _add_file(found: Gathered, path: Path) -> None:
    """One file; those that stand side by side are read together."""
    if files.find_kind(path) == "pipe or device":
        raise errors.SourceNotUsable(
            expected="an image file", found="a pipe or a device", where=str(path), todo="Choose a file."
        )
    folder, last = path.absolute().parent, found.batches[-1] if found.batches else None
    if last is not None and last.folder == folder and isinstance(last.names, list) and isinstance(last.shown, list):
        last.names.append(path.name)
        last.shown.append(str(path))
    else:
        found.batches.append(Batch(folder, [path.name], [str(path)]))


@contextlib.contextmanager
def _unpack(source: Path, ignored: Counter[str], report: progress.Report) -> Iterator[Path]:
    parent = paths.cache_folder()
    parent.mkdir(parents=True, exist_ok=True)
    with asides.make_folder(parent, "unpacked") as aside:
        with archives.open_archive(source) as archive:
            contents = archives.read_contents(archive, source)
            ignored.update(contents.ignored)
            archives.extract(archive, contents.images, aside, source, report)
        yield aside
