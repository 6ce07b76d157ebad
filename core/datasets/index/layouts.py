"""What a folder's structure says: class, split and copies of each image, from the relative paths alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


class Place(NamedTuple):
    """What the path of one image says; an empty text where it says nothing."""

    path: str
    class_name: str
    split: str
    folder: str  # the first folder below the class
    copy_of: str  # the path of its twin outside a nested copy: the same file where the contents are equal too


@dataclass(frozen=True)
class Layout:
    """The places of all images in path order, and the masks beside them, which are no images of the data set."""

    places: tuple[Place, ...]
    masks: tuple[str, ...]


def find_layout(paths: Iterable[str]) -> Layout:
    """Class, split and copies of images from their paths, relative to the data set's folder, with `/`.

    The first of `KINDS` that knows the structure is believed; the last one takes whatever there is.
    """
    ordered = sorted(paths)
    return next(found for kind in KINDS if (found := kind.read(ordered)) is not None)


@dataclass(frozen=True)
class Kind:
    """One way to arrange images in folders.

    read : from sorted paths to the layout; None where the structure is not of this kind, so that the next is asked.
    """

    name: str
    read: Callable[[list[str]], Layout | None]


def read_class_folders(paths: list[str]) -> Layout:
    """A folder a class, however deep.

    CLASS/..., SPLIT/CLASS/..., CLASS/SPLIT/..., each inside any number of wrapping folders; a whole nested copy of all
    that under one more folder (both public archives of malaria cells and of chest X-rays have one); `masks` beside
    `images`.
    """
    parts = [path.rpartition("/")[::2] for path in paths]
    images = Counter(folder for folder, _ in parts)
    folders = _Folders({folder: tuple(folder.split("/")) if folder else () for folder in images}, images)
    folders.peel()
    twins = folders.find_twins()
    folders.take_splits()
    said = {folder: folders.describe(folder) for folder in folders.rests}
    files = {part for part in parts if part[0] in twins.values()}
    places, masks = [], []
    for folder, name in parts:
        path = f"{folder}/{name}" if folder else name
        if folder in folders.masks:
            masks.append(path)
            continue
        twin = twins.get(folder)
        copy_of = "/".join(filter(None, (twin, name))) if twin is not None and (twin, name) in files else ""
        places.append(Place(path, *said[folder], copy_of))
    return Layout(tuple(places), tuple(masks))


def split_of(folder_name: str) -> str:
    """The split that a folder's name says, "" where it is none: `val` -> validation, `Training_set` -> train."""
    return SPLIT_NAMES.get(folder_name.lower().removesuffix("_set"), "")


@dataclass
class _Folders:
    """The folders that hold images, and what has been understood of their paths so far."""

    rests: dict[str, tuple[str, ...]]  # for each folder the components of its path that are still to be understood
    images: Counter[str]  # how many images lie directly in each
    splits: dict[str, str] = field(default_factory=dict)
    masks: set[str] = field(default_factory=set)
    nested: set[str] = field(default_factory=set)

    def peel(self) -> None:
        """Take masks, nested copies and wrapping folders off until classes or splits are on top."""
        while self._drop_masks() or self._unnest() or self._unwrap():
            pass

    def find_twins(self) -> dict[str, str]:
        """For each folder in a nested copy the one that it seems to repeat."""
        originals = {rest: folder for folder, rest in self.rests.items() if folder not in self.nested}
        pairs = ((folder, originals.get(self.rests[folder])) for folder in self.nested & self.rests.keys())
        return {folder: twin for folder, twin in pairs if twin is not None}

    def take_splits(self) -> None:
        """Note the split of each folder, and take it off its path."""
        tops = {top: below for top, below in self._tops().items() if split_of(top)}
        # A class may be called `train`: a split is a folder of folders. A `test` of loose images beside one is one too.
        if not any(self._holds_folders(below) for below in tops.values()):
            self._take_splits_in_classes()
            return
        inside = {folder: _without_repeats(top, self.rests.pop(folder)[1:]) for top in tops for folder in tops[top]}
        self.splits = {folder: split_of(top) for top in tops for folder in tops[top]}
        below = _Folders(inside, self.images)
        below.peel()
        self.masks |= below.masks
        self.rests |= below.rests

    def describe(self, folder: str) -> tuple[str, str, str]:
        """Class, split and first folder below the class."""
        class_name, below, *_ = (*self.rests[folder], "", "")
        return class_name, self.splits.get(folder, ""), below

    def _take_splits_in_classes(self) -> None:
        deeper = {folder: rest for folder, rest in self.rests.items() if len(rest) > 1}
        if all(split_of(rest[1]) for rest in deeper.values()):
            self.splits = {folder: split_of(rest[1]) for folder, rest in deeper.items()}
            self.rests |= {folder: (rest[0], *rest[2:]) for folder, rest in deeper.items()}

    def _tops(self) -> dict[str, list[str]]:
        """The first components, each with the folders below; images beside them are in none."""
        tops: dict[str, list[str]] = defaultdict(list)
        for folder, rest in self.rests.items():
            if rest:
                tops[rest[0]].append(folder)
        return tops

    def _drop_masks(self) -> bool:
        tops = self._tops()
        if "images" not in {top.lower() for top in tops}:
            return False
        found = {folder for top, below in tops.items() if top.lower() == "masks" for folder in below}
        self.masks |= found
        for folder in found:
            del self.rests[folder]
        return bool(found)

    def _unnest(self) -> bool:
        """Move what lies in nested copies beside its originals."""
        tops = self._tops()
        subs = {top: {(*self.rests[folder], "")[1] for folder in below} for top, below in tops.items()}
        suspects = {top for top in tops if _mirrors(top, subs[top], tops.keys())}
        copies = [top for top in suspects if subs[top] - {top} <= tops.keys() - suspects]
        for folder in [folder for top in copies for folder in tops[top]]:
            self.rests[folder] = self.rests[folder][1:]
            self.nested.add(folder)
        return bool(copies)

    def _unwrap(self) -> bool:
        """Take off the one folder that holds everything, unless it is a split or the only class."""
        tops = self._tops()
        if len(tops) != 1:
            return False
        (top, below), *_ = tops.items()
        if split_of(top) or not self._holds_folders(below) or self._is_class_of_splits(below):
            return False
        for folder in below:
            self.rests[folder] = self.rests[folder][1:]
        return True

    def _count(self, folders: Iterable[str], depth: int) -> int:
        """Images that lie so many components deep, or deeper."""
        return sum(self.images[folder] for folder in folders if len(self.rests[folder]) >= depth)

    def _holds_folders(self, below: Collection[str]) -> bool:
        """Whether more of these images lie in sub-folders than directly in their top folder."""
        return 2 * self._count(below, 2) > self._count(below, 1)

    def _is_class_of_splits(self, below: Collection[str]) -> bool:
        """Whether their top folder is one class that is divided as CLASS/train/1.png."""
        seconds = {self.rests[folder][1] for folder in below if len(self.rests[folder]) > 1}
        return all(split_of(second) for second in seconds) and 2 * self._count(below, 3) < self._count(below, 2)


def _mirrors(top: str, subs: set[str], tops: Collection[str]) -> bool:
    """Whether all sub-folders of `top` are names of its siblings, enough of them that it is no coincidence."""
    others = subs - {top}
    return subs <= set(tops) and (len(others) > 1 or any(split_of(sub) for sub in others))


def _without_repeats(top: str, rest: tuple[str, ...]) -> tuple[str, ...]:
    """Without the split's own name again, as in training_set/training_set/cats."""
    while rest and rest[0].lower() == top.lower():
        rest = rest[1:]
    return rest


KINDS = (Kind("a folder a class", read_class_folders),)
