"""Division of a data set into train, validation and test images.

Rule "patient" keeps groups whole, "given" keeps the folders' own division, "random" ignores groups to show what leaks.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, special

from core.base import errors
from core.datasets.index import index as dataset_index
from core.datasets.splits import allocation

Rule = Literal["patient", "random", "given"]
RULES: tuple[Rule, ...] = ("patient", "random", "given")
SPLITS = ("train", "validation", "test")
FOLDS = (3, 20)
LEAST_LOW_END = 0.95  # below it, not even a model without an error can be told from one that misses 5 of 100

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Which image is for what. `table`: a row a usable image; row int64 (of the index), image_id, split, group, label.

    `groups_shared` known groups have images in more than one of train, validation and test; `leaky` if there are any,
    and where nobody looked: a random division is leaky as long as it is not known who belongs to whom.
    """

    rule: str
    seed: int
    leaky: bool
    groups_shared: int
    table: pd.DataFrame


def make_split(
    index: dataset_index.Index,
    *,
    rule: Rule,
    seed: int,
    validation_fraction: float = 0.15,
    test_fraction: float = 0.15,
    remake_validation: bool = False,
    together: pd.DataFrame | None = None,
    fold: tuple[int, int] | None = None,
) -> Split:
    """Divide the usable images of `index`; the same arguments always give the same division.

    patient : whole groups on one side, classes in proportion as well as groups allow. An image without a group is a
        group of its own; images with identical content stay together.
    random : classes in proportion, groups ignored.
    given : as the folders say; where they have no validation images, or with `remake_validation`, `validation_fraction`
        of their train and validation images is taken, in whole groups. Test stays as it is.
    together : pairs of images (columns row_a, row_b, as `near_identical.read_pairs` has them) that stay together as
        well, by every rule; under "given" within what is divided.
    fold : (number from 0, of how many), for the rules patient and random: the images are dealt out in so many equal
        parts; that number is the test part, the next one validation, the others train. The fractions do not count then.
    Fractions are in (0, 0.5], together under 0.9. Raises SplitNotPossible, also where a split would lack a class.
    """
    _require_settings(rule, validation_fraction, test_fraction)
    _require_fold(rule, fold)
    usable = index.usable
    fractions = np.array([1 - validation_fraction - test_fraction, validation_fraction, test_fraction])
    if rule == "given":
        names = _keep_given(index, validation_fraction, seed, remake_validation=remake_validation, together=together)
    else:
        whole = rule == "patient" or together is not None
        units = find_units(usable, together, by_group=rule == "patient") if whole else np.arange(len(usable))
        labels = usable["label"].to_numpy()
        names = (
            _deal_folds(labels, units, seed, *fold)
            if fold
            else np.array(SPLITS)[allocation.divide(labels, units, fractions, seed)]
        )
    table = _make_table(usable, names)
    _require_classes_everywhere(index, table, rule)
    shared = count_groups_shared(table)
    return Split(rule=rule, seed=seed, leaky=rule == "random" or shared > 0, groups_shared=shared, table=table)


def count_groups_shared(table: pd.DataFrame) -> int:
    """Known groups with images in more than one split; `table` has the columns split and group ("" = not known)."""
    known = table[table["group"] != ""]
    return int((known.groupby("group")["split"].nunique() > 1).sum())


def find_units(usable: pd.DataFrame, together: pd.DataFrame | None = None, *, by_group: bool = True) -> IntArray:
    """A number for each image, the same for images that must stay together: of one group, or of identical content.

    All at once: where an image of patient A and one of patient B are the same file, all of A and B stay together.
    together : pairs of rows (row_a, row_b) that stay together too, also by way of rows that are not usable.
    by_group : False leaves groups out of it.
    """
    alone = pd.Series([f"\0{number}" for number in range(len(usable))], index=usable.index)
    known = usable["group"].where(usable["group"] != "", alone) if by_group else alone
    groups, group_names = pd.factorize(known)
    contents, content_names = pd.factorize(usable["sha256"])
    starts, ends = [groups], [contents + len(group_names)]
    size = len(group_names) + len(content_names)
    if together is not None and len(together):
        a, b = (together[column].to_numpy(np.int64) for column in ("row_a", "row_b"))
        rows = np.unique(np.concatenate([a, b]))
        here = np.isin(usable.index, rows)
        starts += [groups[here], size + np.searchsorted(rows, a)]
        ends += [size + np.searchsorted(rows, usable.index[here]), size + np.searchsorted(rows, b)]
        size += len(rows)
    start, end = np.concatenate(starts), np.concatenate(ends)
    links = sparse.coo_array((np.ones(len(start)), (start, end)), shape=(size, size))
    _, component = sparse.csgraph.connected_components(links, directed=False)
    return np.asarray(component[groups], np.int64)


def judge_validation(images: int) -> str | None:
    """What to say of a validation part that is too small to choose a model by, or None where it is large enough.

    Even where all of its images are answered rightly, the 95 % interval (Wilson 1927) of the true share begins at
    n / (n + 3.84). Under 95 %, from 72 images down, it cannot tell a very good model from one that misses one in 20.
    """
    z_squared = float(special.ndtri(0.975)) ** 2
    low = images / (images + z_squared)
    if low >= LEAST_LOW_END:
        return None
    enough = int(np.ceil(LEAST_LOW_END * z_squared / (1 - LEAST_LOW_END)))
    few = f"{images} image{'s' * (images != 1)}"
    return (
        f"The validation part has {few}. With {images} of {images} right, the true share may still be anything from "
        f"{100 * low:.0f} to 100 %: too few to tell a better epoch from a lucky one. It takes {enough} images or more."
    )


def _require_settings(rule: str, validation_fraction: float, test_fraction: float) -> None:
    if rule not in RULES:
        raise _not_possible(f"a rule: {', '.join(RULES)}", repr(rule), "Choose one of these.")
    for what, fraction in (("validation", validation_fraction), ("test", test_fraction)):
        if not 0 < fraction <= 0.5:
            todo = "Choose a larger or smaller share, such as 0.15."
            raise _not_possible(f"a {what} fraction above 0 and up to 0.5", f"{fraction:g}", todo)
    if not validation_fraction + test_fraction < 0.9:
        found = f"{validation_fraction:g} + {test_fraction:g}"
        raise _not_possible("validation and test fractions together under 0.9", found, "Leave more images to train on.")


def _require_fold(rule: str, fold: tuple[int, int] | None) -> None:
    if fold is None:
        return
    number, count = fold
    if rule == "given" or not FOLDS[0] <= count <= FOLDS[1] or not 0 <= number < count:
        expected = f"one of {FOLDS[0]} to {FOLDS[1]} folds, counted from 0, by patient or at random"
        raise _not_possible(expected, f"fold {number} of {count}, rule {rule}", "Choose another fold.")


def _deal_folds(labels: NDArray[np.int16], units: IntArray, seed: int, number: int, count: int) -> NDArray[np.str_]:
    """Equal parts of whole units, the same ones for every `number`; each is the test part of one fold."""
    parts = allocation.divide(labels, units, np.full(count, 1 / count), seed)
    return np.where(parts == number, "test", np.where(parts == (number + 1) % count, "validation", "train"))


def _not_possible(expected: str, found: str, todo: str, where: str = "the split") -> errors.SplitNotPossible:
    return errors.SplitNotPossible(expected=expected, found=found, where=where, todo=todo)


def _make_table(usable: pd.DataFrame, names: NDArray[np.str_]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": usable.index.to_numpy(np.int64),
            "image_id": usable["image_id"].to_numpy(),
            "split": names.astype(object),
            "group": usable["group"].to_numpy(),
            "label": usable["label"].to_numpy(),
        }
    )


def _require_classes_everywhere(index: dataset_index.Index, table: pd.DataFrame, rule: str) -> None:
    """Raise SplitNotPossible unless each class has images in each split."""
    counts = pd.crosstab(table["label"], table["split"]).reindex(
        index=range(len(index.class_names)), columns=list(SPLITS), fill_value=0
    )
    for label, class_name in enumerate(index.class_names):
        for split in SPLITS:
            if counts.loc[label, split] == 0:
                found = f"no {class_name} in {split}: " + _describe_class(table, label, class_name, rule)
                todo = "Add images of this class from others, or choose another way to split."
                raise _not_possible("every class in train, validation and test", found, todo, f"data set {index.name}")


def _describe_class(table: pd.DataFrame, label: int, class_name: str, rule: str) -> str:
    """What there is of a class: `2 patients with Parasitized`."""
    rows = table[table["label"] == label]
    groups = rows.loc[rows["group"] != "", "group"].nunique()
    if rule == "patient" and groups:
        return f"{groups} patient{'s' * (groups != 1)} with {class_name}"
    if rule == "given":
        counts = rows["split"].value_counts()
        return ", ".join(f"{counts.get(split, 0):,} {class_name} in {split}" for split in SPLITS)
    return f"{len(rows):,} image{'s' * (len(rows) != 1)} of {class_name}"


def _keep_given(
    index: dataset_index.Index,
    validation_fraction: float,
    seed: int,
    *,
    remake_validation: bool,
    together: pd.DataFrame | None,
) -> NDArray[np.str_]:
    """The folders' own splits; validation is carved from train in whole groups, where there is none or it is remade."""
    usable = index.usable
    names = usable["split"].to_numpy(dtype=str).astype("<U10")
    counts = {split: int((names == split).sum()) for split in SPLITS}
    outside = len(names) - sum(counts.values())
    if not counts["train"] or not counts["test"] or outside:
        found = ", ".join(f"{split} with {count:,}" for split, count in counts.items() if count) or "no such folders"
        found += f", and {outside:,} images outside them" if outside and outside < len(names) else ""
        todo = "Choose to split by patient or at random instead."
        raise _not_possible("folders train and test that hold all images", found, todo, f"data set {index.name}")
    if remake_validation:
        names[names == "validation"] = "train"
    if remake_validation or not counts["validation"]:
        train = names == "train"
        fractions = np.array([1 - validation_fraction, validation_fraction])
        units = find_units(usable[train], together)
        names[train] = np.array(SPLITS)[allocation.divide(usable["label"].to_numpy()[train], units, fractions, seed)]
    return names
