"""What a model has seen: the one rule for Evaluate on another data set, Compare, Predict and label suspects.

An image is seen where it was in the model's training, or in its validation, which decided when that ended. It is known
again by its content, by its picture, by the name of its file together with its picture, and by its patient; whatever
its data set is called. Reasons and measurements: docs/decisions/0021. Loads no TensorFlow.
"""

import functools
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import progress
from core.datasets.duplicates import near_identical, pictures
from core.datasets.index import groups, index
from core.models import choosing, package, remembering, seen, tables

NOTHING_KEPT = "Near-identical pictures could not be asked: an older model keeps none, and its images are not here."
NO_PICTURES = "Near-identical pictures could not be asked: these images are not here."
NO_PATIENTS = "Patients could not be asked by name: none are known of its training."
NO_NAMES = "Patients could not be asked by name: these names tell none by the rule of its training ({})."
MOST_OF_ONE_NAME = 5  # images of a model; a name that more of them have says nothing
TELLING_DIGITS = 6  # of a name: fewer may be the counter of any data set (`patient 12`)

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Asked:
    """Images that somebody asks about, (N,).

    table : a row each, with image_id, group and path ("" = not known). rule : by which the groups were told, see
    `groups.RULES`. read_pictures : gives those of some places, int8 (P, BYTES), see `pictures`, or None where they are
    not to be had.
    dataset, content : of the data set that they are of. pairs : row_a, row_b (places) of near-identical ones among
    them, where somebody has looked for such.
    """

    table: pd.DataFrame
    rule: str
    read_pictures: Callable[[Places], pictures.Pictures | None]
    dataset: str = ""
    content: str = ""
    pairs: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class _Known:
    """What a model's folder says: levels by content and by patient, and how its images look (None: not known)."""

    contents: dict[str, int]
    people: dict[str, int]
    kept: tables.Remembered | None
    kept_levels: seen.Levels

    @functools.cached_property
    def sought(self) -> pictures.Sought:
        """How its images look, in order."""
        return pictures.Sought(self.kept.pictures if self.kept else np.zeros((0, pictures.BYTES), np.int8))


def of_dataset(data: index.Index, report: progress.Report = progress.say_nothing) -> Asked:
    """All rows of a data set's table, in their order; their pictures are made where a model has some to compare."""

    made, looks = np.zeros(len(data.table), bool), np.zeros((len(data.table), pictures.BYTES), np.int8)

    def read(places: Places) -> pictures.Pictures | None:  # several models ask about the same images
        missing = places[~made[places]]
        try:
            looks[missing] = remembering.collect(data, missing, report).pictures
        except remembering.GONE:
            return None
        made[missing] = True
        return looks[places]

    table = data.table[["image_id", "group", "path"]].reset_index(drop=True)
    return Asked(table, data.group_rule, read, data.name, data.content, near_identical.read_pairs(data))


def of_package(found: package.Package, answered: pd.DataFrame) -> Asked:
    """Images of a model's own tables (image_id, group), as far as its folder knows them."""

    def read(places: Places) -> pictures.Pictures | None:
        kept = remembering.find(found)
        return None if kept is None else kept.select(tables.shorten(answered["image_id"].iloc[places]))

    table = answered[["image_id", "group"]].reset_index(drop=True).assign(path="")
    return Asked(table, _read_rule(found), read, found.manifest.dataset.name, found.dataset_content)


def look(found: package.Package, asked: Asked) -> seen.Seen:
    """What a model has seen of these images, by all rules that can be asked. Raises ModelBroken, DiskFull."""
    known = _read_known(found)
    levels = {rule: np.zeros(len(asked.table), np.int8) for rule in seen.RULES}
    levels[seen.CONTENT] = _look_up(known.contents, tables.shorten(asked.table["image_id"]))
    unasked = _compare_pictures(known, asked, levels)
    named = _read_names(found, asked)
    people = np.where(asked.table["group"] != "", asked.table["group"], named).astype(object)
    by_name = _ask_names(found, known, asked, levels, named)
    everyone = pd.Series(np.maximum(by_name, _join(levels))).groupby(people).transform("max").to_numpy()
    levels[seen.PATIENT] = np.where(people != "", everyone, seen.NOT).astype(np.int8)
    _follow_pairs(asked, levels, seen.PATIENT)
    if not known.people:
        unasked |= {seen.PATIENT: NO_PATIENTS}
    elif not (named != "").any():
        unasked |= {seen.PATIENT: NO_NAMES.format(_read_rule(found) or "not known")}
    return seen.Seen(levels, people, unasked)


def find_contents(found: package.Package, image_ids: pd.Series) -> seen.Levels:
    """The levels of images by their content alone, (N,). Raises ModelBroken."""
    return _look_up(_read_known(found).contents, tables.shorten(image_ids))


def list_copies(found: package.Package, asked: Asked) -> set[str]:
    """The contents of these images, and of all images of the model that look near-identical to one of them.

    Only the former where no pictures are to be had. Raises ModelBroken, DiskFull.
    """
    contents, known = set(tables.shorten(asked.table["image_id"])), _read_known(found)
    looks = None if known.kept is None else asked.read_pictures(np.arange(len(asked.table)))
    if known.kept is None or looks is None:
        return contents
    _, places = known.sought.find_near(looks)
    return contents | set(tables.shorten(pd.Series(known.kept.image_ids[places])))


def _look_up(levels: dict[str, int], keys: Collection[str]) -> seen.Levels:
    return np.fromiter((levels.get(key, seen.NOT) for key in keys), np.int8, len(keys))


def _compare_pictures(known: _Known, asked: Asked, levels: dict[str, seen.Levels]) -> dict[str, str]:
    """Fill in what pictures say, and names together with pictures; returns why they could not be asked."""
    rest = np.flatnonzero(levels[seen.CONTENT] < seen.VALIDATION)
    if not len(rest):
        return {}
    if known.kept is None:
        return {seen.PICTURE: NOTHING_KEPT}
    looks = asked.read_pictures(rest)
    if looks is None:
        return {seen.PICTURE: NO_PICTURES}
    a, b = known.sought.find_near(looks)
    np.maximum.at(levels[seen.PICTURE], rest[a], known.kept_levels[b])
    a, b = _pair_names(asked.table["path"].iloc[rest], known.kept.names)
    alike = pictures.correlate(looks[a], known.kept.pictures[b]) >= pictures.LEAST_ALIKE_OF_ONE_NAME
    np.maximum.at(levels[seen.NAME], rest[a[alike]], known.kept_levels[b[alike]])
    _follow_pairs(asked, levels, seen.PICTURE)
    return {}


def _pair_names(paths: pd.Series, names: NDArray[np.uint32]) -> tuple[Places, Places]:
    """The places of all pairs of equal file names, but for names that many images of the model have."""
    named = np.flatnonzero(paths.to_numpy(object) != "")
    asked = pd.DataFrame({"name": pictures.mark_names(paths.iloc[named].tolist()), "a": named})
    known = pd.DataFrame({"name": names, "b": np.arange(len(names))})
    met = asked.merge(known[known.groupby("name")["b"].transform("size") <= MOST_OF_ONE_NAME], on="name")
    return met["a"].to_numpy(np.int64), met["b"].to_numpy(np.int64)


def _follow_pairs(asked: Asked, levels: dict[str, seen.Levels], rule: str) -> None:
    """A near-identical copy of what is seen is seen, where somebody has looked for copies in the data set itself."""
    if asked.pairs is not None and len(asked.pairs):
        a, b = (asked.pairs[end].to_numpy(np.int64) for end in ("row_a", "row_b"))
        highest = _join(levels)
        for one, other in ((a, b), (b, a)):
            np.maximum.at(levels[rule], other, highest[one])


def _join(levels: dict[str, seen.Levels]) -> seen.Levels:
    highest: seen.Levels = np.max(np.stack(list(levels.values())), axis=0)
    return highest


def _read_names(found: package.Package, asked: Asked) -> NDArray[np.object_]:
    """The patient of each image under the rule that told the model's own, (N,); "" where it tells none."""
    rule = _read_rule(found)
    if asked.rule == rule or (not rule and _is_same_data(found, asked)):
        return asked.table["group"].to_numpy(object)
    if rule in groups.BY_NAME or rule.startswith(groups.REGEX):
        return np.array(groups.find_groups(asked.table["path"].tolist(), rule)[1], object)
    return np.full(len(asked.table), "", object)


def _ask_names(
    found: package.Package, known: _Known, asked: Asked, levels: dict[str, seen.Levels], named: NDArray[np.object_]
) -> seen.Levels:
    """What the names of patients say, (N,); those that any data set may have only where the two share an image."""
    by_name = _look_up(known.people, named.tolist())
    if not (_is_same_data(found, asked) or _join(levels).any()):
        by_name[[not _tells(found, name) for name in named]] = seen.NOT
    return by_name


def _is_same_data(found: package.Package, asked: Asked) -> bool:
    return found.dataset_content == asked.content or found.manifest.dataset.name == asked.dataset


def _tells(found: package.Package, patient: str) -> bool:
    """Whether a patient's name is one across data sets that share no image: another data set has a `12` too."""
    if _read_rule(found) in groups.BY_NAME and not choosing.is_drawn(found):
        return True
    return sum(len(number.lstrip("0")) for number in re.findall(r"\d+", patient)) >= TELLING_DIGITS


def _read_rule(found: package.Package) -> str:
    return found.manifest.dataset.group_rule


def _read_known(found: package.Package) -> _Known:
    """What the folder says, read once for each state of its files; how images look may come from data sets here."""
    state = [facts.sha256 for facts in found.manifest.files.values()]
    if not found.has(package.PICTURES_FILE):
        state += [other.id for other in remembering.list_holders()]
        state += [str(row.get("content", "")) for row in index.list_datasets()]
    return _load_known(found.id, tuple(state))


@functools.lru_cache(maxsize=32)  # as many as Home and the data doctor walk through in turn
def _load_known(model_id: str, state: tuple[str, ...]) -> _Known:
    found = package.find_package(model_id)
    trained, scored = tables.read_training_images(found), tables.read_predictions(found)
    made = pd.concat([trained.assign(split="train"), scored[["image_id", "group", "split"]]])
    made = made.assign(level=made["split"].map(seen.LEVELS)).sort_values("level", kind="stable")
    contents = dict(zip(tables.shorten(made["image_id"]), made["level"], strict=True))  # of equals the highest stays
    people = {str(group): level for group, level in zip(made["group"], made["level"], strict=True) if group}
    kept = remembering.find(found)
    levels = _look_up(contents, tables.shorten(pd.Series(kept.image_ids)) if kept else [])
    if kept is not None:
        kept, levels = kept.take(levels > seen.NOT), levels[levels > seen.NOT]
    return _Known(contents, people, kept, levels)
