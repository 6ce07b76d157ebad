"""The runs of a series before anything is written: the recipe of each, its fold's split, and its model's id."""

import contextlib
from dataclasses import dataclass, replace

from core.base import errors, files
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.splits import leak_audit, saved_splits, splits
from core.models import package
from core.training import recipe, run

COUNTS: dict[str, tuple[int, int]] = {"folds": splits.FOLDS, "repeats": (2, 20)}
FOLD_NAME = "fold-"
LONGEST_MODEL_ID = 96


@dataclass(frozen=True, eq=False)
class Fold:
    """A division that will be kept under the name that its run's recipe gives as `saved_split`."""

    data: index.Index
    settings: saved_splits.Settings
    split: splits.Split
    audit: leak_audit.Audit

    def keep(self, name: str, undo: contextlib.ExitStack) -> None:
        """Save it as a split; `undo` puts back what had this name before."""
        before = files.read_json_or_none(saved_splits.split_path(self.data.name, name))
        if before is None:
            undo.callback(saved_splits.remove_split, self.data.name, name)
        else:
            undo.callback(files.write_json, saved_splits.split_path(self.data.name, name), before)
        saved_splits.write_split(name, self.data, self.settings, self.split, self.audit)


@dataclass(frozen=True, eq=False)
class Plan:
    """One run to be. `fold` is None where the recipe itself says how to divide the images."""

    recipe: recipe.Recipe
    save_as: str
    fold: Fold | None = None


def plan(wanted: recipe.Recipe, kind: str, count: int, save_as: str | None = None) -> list[Plan]:
    """All runs of a series, in order; see `series.create_series`.

    Raises RecipeNotUsable, SplitNotPossible, NameNotUsable.
    """
    _require_possible(wanted, kind, count)
    base = run.name_model(wanted) if save_as is None else package.require_id(save_as)
    return _plan_folds(wanted, count, base) if kind == "folds" else _plan_repeats(wanted, count, base)


def _require_possible(wanted: recipe.Recipe, kind: str, count: int) -> None:
    if kind not in COUNTS:
        raise _not_usable(f"kind: one of {', '.join(COUNTS)}", repr(kind))
    low, high = COUNTS[kind]
    if not isinstance(count, int) or isinstance(count, bool) or not low <= count <= high:
        raise _not_usable(f"{kind}: {low} to {high}", repr(count))
    if kind == "folds" and (wanted.saved_split or wanted.split == "given"):
        asked = f"the split {wanted.saved_split}" if wanted.saved_split else "the division of the folders"
        raise _not_usable("a recipe that divides by patient or at random, since each fold has its own split", asked)


def _plan_folds(wanted: recipe.Recipe, count: int, base: str) -> list[Plan]:
    data = index.read_index(wanted.dataset)
    pairs = near_identical.read_pairs(data)
    planned = []
    for number in range(count):
        settings = saved_splits.Settings(
            wanted.split, wanted.seed, fold=(number, count), keep_copies_together=pairs is not None
        )
        divided = saved_splits.make_split(data, settings, pairs)
        fold = Fold(data, settings, divided, leak_audit.audit_split(divided.table, data, pairs))
        words = f"{FOLD_NAME}{number + 1}-of-{count}"
        # Other divisions must not take the name: the recipe of a run says by it how the images were divided.
        name = words + ("-random" if wanted.split == "random" else "") + (f"-seed-{wanted.seed}" if wanted.seed else "")
        one = replace(wanted, seed=wanted.seed + number, saved_split=name)
        planned.append(Plan(one, _name_model(base, words), fold))
    return planned


def _plan_repeats(wanted: recipe.Recipe, count: int, base: str) -> list[Plan]:
    return [
        Plan(replace(wanted, seed=wanted.seed + number), _name_model(base, f"repeat-{number + 1}-of-{count}"))
        for number in range(count)
    ]


def _name_model(base: str, words: str) -> str:
    return f"{base[: LONGEST_MODEL_ID - len(words) - 1]}-{words}"


def _not_usable(expected: str, found: str) -> errors.RecipeNotUsable:
    return errors.RecipeNotUsable(expected=expected, found=found, where="the series", todo="Change this setting.")
