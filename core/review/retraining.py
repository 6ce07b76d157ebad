"""Training on the next version as the champion was trained: its recipe, from scratch, on the split that was kept."""

from dataclasses import replace

from core.base import errors
from core.datasets.intake import versions
from core.models import package
from core.training import recipe, run, training_record


def make_recipe(champion: package.Package, dataset: str) -> recipe.Recipe:
    """The champion's recipe on a version of its data set, with that version's split.

    Raises RecipeNotUsable where this program does not know the champion's recipe any more.
    """
    known = training_record.read_recipe({"architecture": champion.manifest.architecture, **champion.manifest.recipe})
    if known is None:
        raise errors.RecipeNotUsable(
            expected=f"the recipe of {champion.id}",
            found="one of another version of this program",
            where="the recipe",
            todo="Choose the settings on the Train page.",
        )
    return replace(known, dataset=dataset, saved_split=versions.SPLIT, split="given")


def start(champion: package.Package, dataset: str) -> run.Run:
    """Begin a training in the background. Raises VersionNotPossible for a data set without the kept split of a version,
    and as `run.create_run` does."""
    if versions.read_version(dataset) is None:
        raise errors.VersionNotPossible(
            expected=f"a version that was made from the data set of {champion.id}",
            found=dataset,
            where="the next version",
            todo="Make the next version first.",
        )
    created = run.create_run(make_recipe(champion, dataset))
    run.start_run(created)
    return created
