"""The flags of a recipe: one for each of its settings. A flag that is not given changes nothing."""

import argparse
from dataclasses import fields, replace
from typing import Any

from core import errors
from core.models import augmentation
from core.training import recipe

NAMING = ("dataset", "architecture")  # said in other words than the settings
ABOUT = {
    "epochs": "how often all training images are shown, at most",
    "batch_size": "images that one step learns from",
    "learning_rate": "how far one step goes",
    "patience": "epochs without a better validation loss before it ends",
    "seed": "of first weights, order, changes and split",
    "split": "what keeps training and test apart",
    "validation_fraction": "share of the images that decide when to stop",
    "test_fraction": "share of the images that the result is measured on",
    "precision": "of the arithmetic; auto takes the fastest of this machine",
    "augmentation": f"how training images are changed at random: {', '.join(augmentation.PRESETS)}, or JSON of the "
    "settings",
    "saved_split": "a split kept on the Datasets page, instead of --split and its fractions",
    "input_px": "height and width of the network's input; 0 is the architecture's own",
    "optimizer": "how a step follows from the slope",
    "schedule": "how the learning rate changes over the epochs",
    "warmup_epochs": "epochs in which the learning rate rises to its full value",
    "weight_decay": "how far each step pulls the weights towards zero",
    "label_smoothing": "share of the truth that is spread over all classes, in training only",
    "class_weights": "balanced lets each class count the same, however many images it has",
    "averaging": "decay a batch of the mean of weights that is validated and published; 0 takes the weights themselves",
    "head_epochs": "of a network with an ImageNet backbone: epochs in which only the head learns",
    "unfreeze_layers": "layers of the backbone that learn after that; -1 is all of them",
    "fine_tuning_rate": "the learning rate from then on",
    "feature_copies": "of a frozen backbone: augmented copies of each image that are run through it once; 0 runs it in "
    "each epoch",
}
METAVARS = {"augmentation": "PRESET|JSON", "saved_split": "NAME"}
GOING_ON = ("epochs", "learning_rate", "fine_tuning_rate", "patience")


def add_flags(sub: argparse.ArgumentParser, names: tuple[str, ...] | None = None) -> None:
    """One flag a setting, of all settings or of those named; none has a default of its own."""
    for field in fields(recipe.Recipe):
        if field.name in NAMING or (names is not None and field.name not in names):
            continue
        options: dict[str, Any] = {"default": argparse.SUPPRESS, "help": _describe(field.name)}
        if field.name in recipe.CHOICES:
            options["choices"] = recipe.CHOICES[field.name]
        else:
            options["type"] = field.type if field.type in (int, float) else str
            options["metavar"] = METAVARS.get(field.name, "N" if field.type is int else "R")
        sub.add_argument("--" + field.name.replace("_", "-"), **options)


def _describe(name: str) -> str:
    about = ABOUT[name]
    if name in recipe.LIMITS:
        low, high = recipe.LIMITS[name]
        about += f" ({low} to {high})"
    return about.replace("%", "%%")


def read_changes(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given, by name. Raises RecipeNotUsable where the augmentation cannot be read."""
    given = {name: getattr(options, name) for name in ABOUT if hasattr(options, name)}
    if "augmentation" in given:
        given["augmentation"] = augmentation.read_argument(given["augmentation"])
    return given


def change_recipe(before: recipe.Recipe, options: argparse.Namespace) -> recipe.Recipe:
    """A recipe with the settings that were given. What the former network liked is as the new one likes it; rules for a
    split set a kept split aside, which would else decide."""
    changes = read_changes(options)
    changes |= {name: getattr(options, name) for name in NAMING if getattr(options, name) is not None}
    if changes.keys() & set(recipe.SPLIT_RULES) and "saved_split" not in changes:
        changes["saved_split"] = ""
    if changes.get("architecture", before.architecture) == before.architecture:
        return replace(before, **changes)
    usual = recipe.suggest(before.dataset, before.architecture)
    own = {field.name: getattr(before, field.name) for field in fields(recipe.Recipe) if field.name not in NAMING}
    own = {name: value for name, value in own.items() if value != getattr(usual, name)}
    return recipe.suggest(**{"dataset": before.dataset, **own, **changes})


def read_recipe(options: argparse.Namespace) -> recipe.Recipe:
    """The recipe of `NAME --architecture KEY` and flags; what is not given is as the architecture likes it."""
    changes = read_changes(options)
    overruled = [name for name in recipe.SPLIT_RULES if name in changes and changes.get("saved_split")]
    if overruled:
        raise errors.RecipeNotUsable(
            expected="either a kept split or rules for a new one",
            found=f"--saved-split and --{', --'.join(overruled).replace('_', '-')}",
            where="the command",
            todo="Leave one of the two out.",
        )
    return recipe.suggest(options.name, options.architecture, **changes)
