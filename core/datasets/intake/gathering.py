"""Images that somebody wants looked at, not imported: from folders, archives and single files, in one list."""

import contextlib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.base import asides, errors, files, paths, progress
from core.datasets.index import listing
from core.datasets.intake import archives, importing

Reopened = tuple[zipfile.ZipFile, Mapping[str, zipfile.ZipInfo]]  # an archive and its images, by path


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


@contextlib.contextmanager
def reopen(sources: Sequence[Path]) -> Iterator[Callable[[str], Iterator[bytes]]]:
    """What reads again, image by image, where `gather` found what it showed under a name; each archive is opened once.

    It gives more than one where two sources have one name; nothing where nothing is left. It raises UnsafeArchive,
    BrokenArchive.
    """
    opened: dict[Path, Reopened | errors.SecondLookError] = {}
    with contextlib.ExitStack() as stack:

        def open_again(source: Path) -> Reopened:
            if source not in opened:
                try:
                    archive = stack.enter_context(archives.open_archive(source))
                    opened[source] = archive, archives.read_contents(archive, source).images
                except (errors.UnsafeArchive, errors.BrokenArchive) as error:
                    opened[source] = error  # for the next image of it as well
            found = opened[source]
            if isinstance(found, errors.SecondLookError):
                raise found
            return found

        several, facts = len(sources) > 1, [(source, source.resolve(), source.is_dir()) for source in sources]

        def read(shown: str) -> Iterator[bytes]:
            for source, real, is_folder in facts:
                prefix = f"{real.name}/" if several else ""
                name = shown.removeprefix(prefix)
                if is_folder and shown.startswith(prefix):
                    path = (real / name).resolve()
                    if path.is_relative_to(real) and path.is_file():
                        yield path.read_bytes()
                elif source.suffix.lower() == ".zip" and source.is_file() and shown.startswith(prefix):
                    archive, images = open_again(source)
                    if name in images:
                        yield archives.read_member(archive, images[name], source)
                elif shown == str(source) and source.is_file():
                    yield source.read_bytes()

        yield read


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
