"""Whether what lies in a data set's folder can be worked with, and what has changed there since it was indexed."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from core.base import errors
from core.datasets.index import layouts, listing

LOOSE = "Put each class in its own sub-folder."


def require_classes(where: Path, places: Iterable[layouts.Place], ignored: Mapping[str, int]) -> None:
    """Raise unless files with names of images lie in at least two class folders. `where` is what the message names."""
    classes = [place.class_name for place in places]
    if not classes:
        raise errors.DatasetHasNoImages(
            expected="image files (.png, .jpg, .jpeg, .bmp, .tif, .tiff, .webp)",
            found=listing.describe_ignored(ignored),
            where=str(where),
            todo="Unpack the archives first, and import the folder." if _holds_archive(ignored) else LOOSE,
        )
    _require_two(where, sorted(set(classes) - {""}), f"{len(classes):,} images")


def require_readable(where: Path, class_names: tuple[str, ...], table: pd.DataFrame) -> None:
    """Raise unless images of at least two classes can be read."""
    readable = table["height_px"] > 0
    if not readable.any():
        raise errors.DatasetHasNoImages(
            expected="images that can be read",
            found=f"{len(table):,} files with names of images, none of which is one",
            where=f"{where}, such as {table['path'].iloc[0]}",
            todo=f"The first problem: {table['problem'].iloc[0]}.",
        )
    _require_two(where, list(class_names), f"{int(readable.sum()):,} images that can be read")


def find_changes(known: dict[str, listing.Found], there: dict[str, listing.Found]) -> str:
    """What differs between the files of an index and those on the disk, in words; "" if nothing does."""
    removed = len(known.keys() - there.keys())
    altered = sum(known[path] != there[path] for path in known.keys() & there.keys())
    added = len(_find_added(known, there)) if there.keys() - known.keys() else 0
    counts = {"added": added, "removed": removed, "altered": altered}
    return ", ".join(f"{count:,} {verb}" for verb, count in counts.items() if count)


def _find_added(known: dict[str, listing.Found], there: dict[str, listing.Found]) -> set[str]:
    """Files that are new: neither in the index, nor masks, nor copies of what is in it, which never are."""
    arranged = layouts.find_layout(there)
    copies = {
        place.path
        for place in arranged.places
        if place.copy_of and there[place.path].size_bytes == there[place.copy_of].size_bytes
    }
    return there.keys() - known.keys() - set(arranged.masks) - copies


def _require_two(where: Path, classes: list[str], images: str) -> None:
    if len(classes) > 1:
        return
    raise errors.DatasetHasOneClass(
        expected="at least 2 class folders",
        found=f"1: {classes[0]} ({images})" if classes else f"none ({images} in no class folder)",
        where=str(where),
        todo=LOOSE,
    )


def _holds_archive(ignored: Mapping[str, int]) -> bool:
    return any("zip" in reason for reason in ignored)
