"""Six typical test images of a model, three hits and three misses, each beside its heatmap.

Typical: nearest to the median confidence of its kind, so that neither the best nor the worst are shown. What heatmaps
are made with is opened once for all six, and they are kept: a second report of the same model needs no TensorFlow.
"""

import hashlib
import itertools
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import errors, files, paths
from core.datasets.index import index
from core.explanation import heatmaps, methods, overlay
from core.models import package
from core.prediction import evidence, examples
from core.results import cross_evaluation, disagreement
from core.runtimes import base, opening
from core.statistics import decision_rule, tasks

A_SIDE = 3
SHOWN_PX = 240
OPACITY = 0.85  # of a small picture; on a page, where it can be changed, it begins lower
HOW = (
    "Typical: of each kind those nearest to its median confidence, two of a kind of two patients where there are two. "
    "Beside each image, where the evidence for its answer lies: where the network looks, not whether it is right."
)
NOT_HERE = "The test images are not on this machine, so that no typical hits and misses are shown."
SOME_NOT_HERE = "of these images are not on this machine, or have changed since."


@dataclass(frozen=True)
class Case:
    """A test image and its answer. label, answer : places of classes. probability : of the answer, as it is shown.
    group : its patient, "" = not known."""

    image_id: str
    group: str
    label: int
    answer: int
    probability: float

    @property
    def is_right(self) -> bool:
        """Whether the answer is the label."""
        return self.answer == self.label


@dataclass(frozen=True)
class Picture:
    """A case with its image and the evidence for its answer over it, both uint8 (H, W, 3) of at most SHOWN_PX; None
    where there is no heatmap. name : of its file. strength : of the heatmap, see `heatmaps.Strength`."""

    case: Case
    name: str
    image_rgb: NDArray[np.uint8]
    overlay_rgb: NDArray[np.uint8] | None
    strength: str


@dataclass(frozen=True)
class Drawn:
    """The pictures, as far as there are any, and why some or all of them, or their heatmaps, are missing."""

    pictures: tuple[Picture, ...]
    missing: str = ""


def choose(found: package.Package, task: tasks.Task, tested: pd.DataFrame) -> list[Case]:
    """Three images that it answers rightly, then three that it does not; fewer where there are not so many.

    task : the rows of `tested` (image_id, group) as it answers now. Of two classes two of each three are of the
    positive one, where there are two: found and missed; the third is cleared, or a false alarm. Of more, one a class,
    the most frequent first.
    """
    sure = decision_rule.compute_confidence(task.probabilities, task.positive, found.threshold)
    shown = task.probabilities
    if found.temperature is not None:
        shown = decision_rule.apply_temperature(shown, found.temperature)
    ids, groups = (tested[name].fillna("").to_numpy(dtype=str) for name in ("image_id", "group"))
    right = task.answers == task.labels
    return [
        Case(
            str(ids[at]),
            str(groups[at]),
            int(task.labels[at]),
            int(task.answers[at]),
            float(shown[at, task.answers[at]]),
        )
        for side in (right, ~right)
        for at in _choose_side(task, side, sure, ids, groups)
    ]


def _choose_side(
    task: tasks.Task,
    side: NDArray[np.bool_],
    sure: NDArray[np.float64],
    ids: NDArray[np.str_],
    groups: NDArray[np.str_],
) -> list[int]:
    """Places of the images of one side, hits or misses."""
    waiting: dict[int, list[int]] = {}
    for label in range(task.class_count):
        places = np.flatnonzero(side & (task.labels == label))
        middle = np.median(sure[places]) if len(places) else 0.0
        nearest = np.lexsort((ids[places], np.abs(sure[places] - middle)))
        waiting[label] = [int(at) for at in places[nearest]]
    chosen: list[int] = []
    for label in itertools.chain(_list_turns(task), itertools.cycle(waiting)):
        if len(chosen) == A_SIDE or not any(waiting.values()):
            return sorted(chosen, key=lambda at: task.labels[at] != task.positive)
        if waiting[label]:
            known = {groups[at] for at in chosen if task.labels[at] == label} - {""}
            at = next((at for at in waiting[label] if groups[at] not in known), waiting[label][0])
            waiting[label].remove(at)
            chosen.append(at)
    raise AssertionError("unreachable: turns do not end")


def _list_turns(task: tasks.Task) -> list[int]:
    """The classes of the first three, in turn."""
    if task.class_count == 2:
        return [task.positive, task.positive, 1 - task.positive]
    counts = np.bincount(task.labels, minlength=task.class_count)
    return [int(label) for label in np.argsort(-counts, kind="stable")[:A_SIDE]]


def draw(found: package.Package, cases: Sequence[Case]) -> Drawn:
    """The cases as pictures, as far as their images are on this machine. Raises what reading an index raises."""
    name = cross_evaluation.find_dataset(found) if cases else None
    if name is None:
        return Drawn((), NOT_HERE if cases else "")
    data = index.read_index(name)
    known = _read_images(data, cases)
    if not known:
        return Drawn((), NOT_HERE)
    gone = f"{len(cases) - len(known):,} {SOME_NOT_HERE} " if len(known) < len(cases) else ""
    method = methods.find_default(found.manifest.architecture)
    maps, why = _find_maps(found, data, method, known)
    pictures = []
    for place, (case, example) in enumerate(known):
        image_rgb = overlay.fit(example.image_rgb, SHOWN_PX)
        if maps is None:
            pictures.append(Picture(case, example.name, image_rgb, None, ""))
            continue
        values, peak = maps[place]
        strength = heatmaps.describe_strength(peak, evidence.find_usual_peak(found, method.key))
        share = 1.0 if strength.share is None else strength.share
        over = overlay.draw_overlay(image_rgb, values / np.float32(255), opacity=OPACITY, strength_share=share)
        pictures.append(Picture(case, example.name, image_rgb, over, strength.words))
    return Drawn(tuple(pictures), (gone + why).strip())


def _read_images(data: index.Index, cases: Sequence[Case]) -> list[tuple[Case, examples.Example]]:
    """Those whose files are here and as they were."""
    rows, read = disagreement.find_rows(data, [case.image_id for case in cases]), []
    for case in cases:
        try:
            if case.image_id in rows:
                read.append((case, examples.from_dataset(data, rows[case.image_id])))
        except (errors.DatasetChanged, errors.UnreadableImage):
            continue  # said by how many there are fewer
    return read


Maps = list[tuple[NDArray[np.uint8], float]]  # heat (H, W) in 255ths of the largest, and the peak in logit units


def _find_maps(
    found: package.Package, data: index.Index, method: methods.Method, known: list[tuple[Case, examples.Example]]
) -> tuple[Maps | None, str]:
    """The heatmaps as they were kept, or made now and kept; None with the reason where the model has none."""
    said = [found.manifest.files[package.MODEL_FILE].sha256, method.key, str(SHOWN_PX)]
    said += [f"{example.sha256} {case.answer}" for case, example in known]
    name = hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]
    path = paths.cache_folder() / f"{data.content}-typical-{found.id}-{name}.npz"
    kept = _read_maps(path, len(known))
    if kept is not None:
        return kept, ""
    try:
        source = method.find_source(opening.open_runtime(found))
        if isinstance(source, base.Lacking):
            return None, source.why
        maps = [_explain(found, source, case, example) for case, example in known]
    except (errors.ModelBroken, errors.AnswerNotFinite) as error:
        return None, f"No heatmaps: {error}"
    _keep_maps(path, maps)
    return maps, ""


def _explain(
    found: package.Package, source: heatmaps.Source, case: Case, example: examples.Example
) -> tuple[NDArray[np.uint8], float]:
    shown = overlay.fit(example.image_rgb, SHOWN_PX).shape
    heat = evidence.explain(found, source, example.image_rgb, case.answer, shown_size_px=(shown[0], shown[1]))
    return np.rint(255 * heat.values).astype(np.uint8), heat.peak


def _keep_maps(path: Path, maps: Maps) -> None:
    def write(aside: Path) -> None:
        heat = {f"heat_{place}": values for place, (values, _) in enumerate(maps)}
        np.savez_compressed(aside, allow_pickle=False, peaks=np.array([peak for _, peak in maps]), **heat)

    files.write_whole(path, write, durable=False)


def _read_maps(path: Path, count: int) -> Maps | None:
    """What `_keep_maps` kept; None where nobody has, or its file is torn."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return [(stored[f"heat_{place}"], float(stored["peaks"][place])) for place in range(count)]
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
        return None
