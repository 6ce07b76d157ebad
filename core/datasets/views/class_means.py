"""The average image of each class, and whether the difference between classes is more than chance would bring about."""

import dataclasses
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.base import files, paths, progress
from core.datasets.index import index, leftovers, pixels
from core.datasets.views import histograms, permutation

VERSION = 1
SIZE_PX = pixels.INDEX_PX
NULLS = 20
MOST_COMPARED = 12  # classes, each against the rest; beyond that the positive class alone, so that memory is bounded
ALIKE = 1e-6  # relative; differences under shuffles are kept in float32
CHUNK_IMAGES = 1024  # a sum over a chunk stays under 2^24, so that a product in float32 is exact

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClassImages:
    """What the images of each class have in common, in grey levels (0 to 255).

    counts : int64 (K,), usable images. mean, deviation, median : float64 (K, H, W, 3), RGB; the population standard
        deviation; all NaN for a class without usable images. values : int64 (K, 256), how often each value occurs.
    compared : the labels that were compared with the rest of the images.
    null_rms : float64 (C, nulls). null_differences : float32 (C, nulls, H, W, 3), the difference under each shuffle.
    rule : how labels were shuffled.
    """

    counts: NDArray[np.int64]
    mean: Floats
    deviation: Floats
    median: Floats
    values: NDArray[np.int64]
    compared: tuple[int, ...]
    null_rms: Floats
    null_differences: NDArray[np.float32]
    rule: permutation.Rule

    def difference(self, label: int) -> Floats:
        """Mean of a class minus the mean of all other images, (H, W, 3), grey levels; positive = brighter in it."""
        others = np.arange(len(self.counts)) != label
        sums = np.where(self.counts[:, None, None, None] > 0, self.mean, 0) * self.counts[:, None, None, None]
        difference: Floats = self.mean[label] - sums[others].sum(axis=0) / self.counts[others].sum()
        return difference


@dataclass(frozen=True)
class Chance:
    """A difference of means beside what chance brings about; root mean squares over pixels and colours, grey levels.

    p : (1 + shuffles with a difference at least as large) / (1 + shuffles), in (0, 1]; small = more than chance.
    """

    rms: float
    null_rms: tuple[float, ...]
    at_least_as_large: int
    p: float


def compare_with_chance(found: ClassImages, label: int, *, pattern: bool = False) -> Chance:
    """The difference of a class from the rest against its shuffles. Raises ValueError if it was not compared.

    pattern : what is left without the mean of each colour. Where images differ much in brightness, chance differs in it
        too, and the size of the whole difference cannot tell a pattern that is there.
    A shuffle that is the data set itself differs in the last bits only, and counts as at least as large.
    """
    place, difference = found.compared.index(label), found.difference(label)
    rms, nulls = _root_mean_square(difference), found.null_rms[place]
    if pattern:
        rms = _root_mean_square(_without_means(difference))
        nulls = np.array([_root_mean_square(_without_means(one)) for one in found.null_differences[place]])
    reached = int((nulls >= rms * (1 - ALIKE)).sum())
    return Chance(rms, tuple(nulls.tolist()), reached, (1 + reached) / (1 + len(nulls)))


def prepare_class_images(data: index.Index, *, report: progress.Report = progress.say_nothing) -> ClassImages:
    """The kept class images of a data set, else they are built from its pixels and kept."""
    kept = read_class_images(data)
    if kept is not None:
        return kept
    found = build_class_images(data, pixels.open_pixels(data, SIZE_PX, SIZE_PX, report=report), report=report)
    write_class_images(data, found)
    return found


def build_class_images(
    data: index.Index,
    images_rgb: NDArray[np.uint8],
    *,
    nulls: int = NULLS,
    seed: int = 0,
    report: progress.Report = progress.say_nothing,
) -> ClassImages:
    """Mean, deviation, median of each class, and differences under shuffled labels, in one pass over the pixels.

    images_rgb : uint8 (rows of data.table, H, W, 3), a memory map as a rule; only usable rows are read, each once.
    Means and medians are exact but for the last rounding, since whole numbers are summed and counted. Besides the
    index, memory grows by `nulls` bytes an image, and the classes compared.
    """
    labels, rows = data.usable["label"].to_numpy(), data.usable.index.to_numpy()
    shape = images_rgb.shape[1:]
    dealt, rule = permutation.shuffle_labels(labels, data.usable["group"].to_numpy(), shuffles=nulls, seed=seed)
    counts = np.bincount(labels, minlength=len(data.class_names)).astype(np.int64)
    compared = _choose_compared(counts, data)
    null_sums = np.zeros((len(compared) * nulls, int(np.prod(shape))))
    parts, values, total, done = [], [], np.zeros(int(np.prod(shape))), 0
    for label in range(len(counts)):
        histogram = np.zeros((len(total), histograms.LEVELS), np.int64)
        mine = np.flatnonzero(labels == label)
        for start in range(0, len(mine), CHUNK_IMAGES):
            places = mine[start : start + CHUNK_IMAGES]
            chunk = histograms.read_rows(images_rgb, rows[places]).reshape(len(places), -1)  # (n, H * W * 3)
            chosen = _choose_images(dealt[:, places], compared)
            for block, seen in histograms.iterate_blocks(chunk):  # seen: (few places, n)
                histogram[block] += histograms.count_values(seen)
                null_sums[:, block] += chosen @ seen.T.astype(np.float32)
            done += len(places)
            report(done, len(rows), "Averaging images")
        parts.append(histograms.summarise(histogram, int(counts[label])))
        values.append(histogram.sum(axis=0))
        total += histogram @ np.arange(histograms.LEVELS)
    differences, null_rms = _finish_nulls(null_sums, dealt, compared, total)
    mean, deviation, median = (np.stack(part).reshape(-1, *shape) for part in zip(*parts, strict=True))
    null_differences = differences.reshape(len(compared), nulls, *shape)
    return ClassImages(counts, mean, deviation, median, np.stack(values), compared, null_rms, null_differences, rule)


def means_path(data: index.Index) -> Path:
    """Where the class images of a data set are kept; safe to delete."""
    return paths.cache_folder() / f"{data.content}-means-{SIZE_PX}x{SIZE_PX}-{data.fingerprint[:16]}.npz"


def write_class_images(data: index.Index, found: ClassImages) -> None:
    """Keep the class images, whole or not at all."""
    said = {**_describe(data), "compared": found.compared, "rule": dataclasses.asdict(found.rule)}
    arrays = {name: getattr(found, name) for name in _ARRAYS}

    def write(aside: Path) -> None:
        np.savez(aside, said=np.array(json.dumps(said)), **arrays)

    files.write_whole(means_path(data), write)
    leftovers.remove_outdated(data, means_path(data))


def read_class_images(data: index.Index) -> ClassImages | None:
    """The kept class images, or None where there are none, or none of these classes and patients, or torn ones."""
    try:
        with np.load(means_path(data), allow_pickle=False) as stored:
            said = json.loads(str(stored["said"]))
            if any(said[field] != value for field, value in _describe(data).items()):
                return None
            arrays = {name: stored[name] for name in _ARRAYS}
            return ClassImages(**arrays, compared=tuple(said["compared"]), rule=permutation.Rule(**said["rule"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


_ARRAYS = ("counts", "mean", "deviation", "median", "values", "null_rms", "null_differences")


def _describe(data: index.Index) -> dict[str, Any]:
    """What class images depend on besides the fingerprint: which classes are compared, and who is a patient."""
    return {
        "version": VERSION,
        "class_names": list(data.class_names),
        "positive_class": data.positive_class,
        "group_rule": data.group_rule,
    }


def _choose_compared(counts: NDArray[np.int64], data: index.Index) -> tuple[int, ...]:
    """The classes to compare with the rest: of two, the positive one, since the other is its mirror image."""
    positive = data.class_names.index(data.positive_class)
    wanted = range(len(counts)) if 2 < len(counts) <= MOST_COMPARED else [positive]
    return tuple(label for label in wanted if 0 < counts[label] < counts.sum())


def _choose_images(dealt: NDArray[Any], compared: tuple[int, ...]) -> NDArray[np.float32]:
    """1 where a shuffle deals an image to a class, else 0: (classes * nulls, n)."""
    chosen = dealt[None] == np.asarray(compared, dealt.dtype)[:, None, None]
    weights: NDArray[np.float32] = chosen.reshape(-1, dealt.shape[1]).astype(np.float32)
    return weights


def _finish_nulls(
    sums: Floats, dealt: NDArray[Any], compared: tuple[int, ...], total: Floats
) -> tuple[NDArray[np.float32], Floats]:
    """The difference of each shuffle, float32 (classes * nulls, places), and its root mean square (classes, nulls)."""
    n = np.array([np.count_nonzero(dealt == label, axis=1) for label in compared]).reshape(-1, 1)
    rest = dealt.shape[1] - n
    rms = np.array([_root_mean_square(s / a - (total - s) / b) for s, a, b in zip(sums, n, rest, strict=True)])
    differences = np.empty(sums.shape, np.float32)
    for row, s, a, b in zip(differences, sums, n, rest, strict=True):
        row[:] = s / a - (total - s) / b
    return differences, rms.reshape(len(compared), -1) if compared else np.zeros((0, len(dealt)))


def _root_mean_square(values: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _without_means(difference: NDArray[Any]) -> Floats:
    """(H, W, 3) less the mean of each colour."""
    values = np.asarray(difference, np.float64)
    pattern: Floats = values - values.mean(axis=(0, 1))
    return pattern
