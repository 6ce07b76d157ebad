"""How long an epoch takes on this machine, from the trainings that ran here."""

import collections
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from core.base import errors, progress
from core.datasets.index import index
from core.datasets.splits import saved_splits
from core.models import registry
from core.training import history, recipe, run
from core.training.fit import backbone_features

NEWEST = 5  # runs that are asked; older ones may have run on another version


class Parts(NamedTuple):
    """Images of the parts of a split."""

    training: int
    validation: int
    test: int


@dataclass(frozen=True)
class Pace:
    """Seconds an epoch takes (the median), over how many epochs and runs that was measured."""

    seconds_per_epoch: float
    epochs: int
    runs: int


def find_pace(wanted: recipe.Recipe, runs: Iterable[run.Run]) -> Pace | None:
    """The pace of the newest `runs` (newest first) that do the same work an epoch; None where there is none.

    The same work: data set, architecture, input size, and whether the backbone is run in each epoch. Batch size,
    precision and what else the machine did are not looked at: it is a measure of what to expect, no benchmark.
    """
    seconds: list[float] = []
    used = 0
    for found in runs:
        if used == NEWEST:
            break
        if _work_of(found.recipe) != _work_of(wanted):
            continue
        try:
            rows = history.read_history(found.folder)["epochs"]
        except errors.RunBroken:
            continue  # it is named where it is shown
        epochs = [float(row["seconds"]) for row in rows if row.get("seconds")]
        # The first epoch also builds the network's programme; it counts only where there is no other.
        seconds += epochs[1:] or epochs
        used += bool(epochs)
    return Pace(statistics.median(seconds), len(seconds), used) if seconds else None


def _work_of(wanted: recipe.Recipe) -> tuple[str, str, int, bool, bool]:
    return wanted.dataset, wanted.architecture, wanted.size_px, wanted.extracts_features, wanted.fine_tunes


def estimate_parts(wanted: recipe.Recipe, data: index.Index) -> Parts:
    """About how many images each part will have: as a kept split or the folders say, else by the recipe's shares.

    Raises what `saved_splits.read_split` raises.
    """
    usable = len(data.usable)
    if wanted.saved_split:
        counts = saved_splits.read_split(data.name, wanted.saved_split).counts
        return Parts(counts["train"], counts["validation"], counts["test"])
    given = collections.Counter(data.usable["split"] if wanted.split == "given" else ())
    test = given["test"] or round(usable * wanted.test_fraction)
    validation = given["validation"] or round(usable * wanted.validation_fraction)
    return Parts(usable - validation - test, validation, test)


def describe_backbone(wanted: recipe.Recipe, data: index.Index) -> str:
    """What running a frozen backbone costs here, in words; empty for any other training, whose parts nobody reads.

    An estimate from the backbone's known speed. Raises as `estimate_parts`.
    """
    network = registry.find_architecture(wanted.architecture)
    if not network.backbone or wanted.fine_tunes:
        return ""
    return backbone_features.describe_cost(
        *estimate_parts(wanted, data),
        copies=wanted.feature_copies,
        epochs=wanted.epochs,
        images_per_second=backbone_features.estimate_images_per_second(network.backbone, wanted.size_px),
        augmented=not wanted.augmentation.is_none,
    )


def describe_backbone_of_series(wanted: recipe.Recipe, data: index.Index, count: int, *, folds: bool) -> str:
    """What `count` trainings of this recipe spend on running their frozen backbone once; empty where none does.

    folds : whether each tests one of `count` parts of the images. Raises as `estimate_parts`.
    """
    network = registry.find_architecture(wanted.architecture)
    if not network.backbone or not wanted.extracts_features:
        return ""
    fold = len(data.usable) // count
    parts = Parts(len(data.usable) - 2 * fold, fold, fold) if folds else estimate_parts(wanted, data)
    augmented = not wanted.augmentation.is_none
    passes = backbone_features.count_passes(*parts, copies=wanted.feature_copies, augmented=augmented)
    times = count if augmented else 1  # plain features are shared: each fold and seed has the same images
    seconds = passes * times / backbone_features.estimate_images_per_second(network.backbone, wanted.size_px)
    which = "for each of them" if augmented else "for all of them together"
    return f"Before that the backbone runs once {which}: about {progress.describe_seconds(seconds)} in all."


def say_whole(measured: Pace | None, epochs: int) -> str:
    """How long `epochs` epochs take at most, as the line beside the button that starts them."""
    if measured is None:
        return "How long it takes is known after its first epoch: none like it has run here yet."
    return f"At most {progress.describe_seconds(measured.seconds_per_epoch * epochs)} here, for {epochs:,} epochs."


def describe(measured: Pace, epochs: int) -> str:
    """What `epochs` epochs may take, in words, with what that was measured on."""
    whole = progress.describe_seconds(measured.seconds_per_epoch * epochs)
    quick = measured.seconds_per_epoch < 1
    one = "Less than 1 s" if quick else f"About {progress.describe_seconds(measured.seconds_per_epoch)}"
    n, runs = measured.epochs, measured.runs
    return (
        f"{one} an epoch here, so {whole} at most: the median of {n:,} epoch{'s' if n != 1 else ''} of "
        f"{runs} earlier training{'s' if runs != 1 else ''} of this architecture on this data set."
    )
