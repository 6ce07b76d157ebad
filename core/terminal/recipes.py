"""The flags of a recipe: one for each of its settings. A flag that is not given changes nothing."""

import argparse
import sys
from dataclasses import replace
from typing import Any

from core.base import errors
from core.models import augmentation
from core.training import recipe, setting_entry, settings_table

SETTINGS = settings_table.SETTINGS
GIVEN = tuple(name for name in SETTINGS if name not in recipe.NAMING)
GOING_ON = tuple(name for name, setting in SETTINGS.items() if setting.on_the_way)


def add_flags(sub: argparse.ArgumentParser, names: tuple[str, ...] = GIVEN) -> None:
    """One flag for each of these settings; none has a default of its own."""
    for name in names:
        setting, kind = SETTINGS[name], recipe.kind_of(name)
        options: dict[str, Any] = {"default": argparse.SUPPRESS, "help": _describe(setting)}
        if setting.choices:
            options["choices"] = tuple(setting.choices)
        else:
            options["type"] = kind if setting.limits else str
            options["metavar"] = setting.placeholder or ("N" if kind is int else "R")
        sub.add_argument(setting.flag, **options)


def _describe(setting: setting_entry.Setting) -> str:
    about = setting.help
    if setting.limits:
        low, high = setting.limits
        about += f" ({'; '.join([f'{low} to {high}', *(f'{value}: {said}' for value, said in setting.words.items())])})"
    return about.replace("%", "%%")


def read_changes(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given, by name. Raises RecipeNotUsable where the augmentation cannot be read."""
    given = {name: getattr(options, name) for name in GIVEN if hasattr(options, name)}
    if "augmentation" in given:
        given["augmentation"] = augmentation.read_argument(given["augmentation"])
    return given


def say_idle(options: argparse.Namespace, wanted: recipe.Recipe) -> None:
    """Say on stderr which of the flags that were given have no effect in such a training."""
    for name in read_changes(options):
        if not SETTINGS[name].matters(wanted):
            print(f"{SETTINGS[name].flag} has no effect in this training.", file=sys.stderr)


def change_recipe(before: recipe.Recipe, options: argparse.Namespace) -> recipe.Recipe:
    """A recipe with the settings that were given. What the former network liked is as the new one likes it; rules for a
    split set a kept split aside, which would else decide."""
    changes = read_changes(options)
    changes |= {name: getattr(options, name) for name in recipe.NAMING if getattr(options, name) is not None}
    if changes.keys() & set(settings_table.SPLIT_RULES) and "saved_split" not in changes:
        changes["saved_split"] = ""
    if changes.get("architecture", before.architecture) == before.architecture:
        return replace(before, **changes)
    usual = recipe.suggest(before.dataset, before.architecture)
    own = {name: getattr(before, name) for name in GIVEN if getattr(before, name) != getattr(usual, name)}
    return recipe.suggest(**{"dataset": before.dataset, **own, **changes})


def read_recipe(options: argparse.Namespace) -> recipe.Recipe:
    """The recipe of `NAME --architecture KEY` and flags; what is not given is as the architecture likes it."""
    changes = read_changes(options)
    overruled = [SETTINGS[name].flag for name in settings_table.SPLIT_RULES if name in changes]
    if overruled and changes.get("saved_split"):
        raise errors.RecipeNotUsable(
            expected="either a kept split or rules for a new one",
            found=f"--saved-split and {', '.join(overruled)}",
            where="the command",
            todo="Leave one of the two out.",
        )
    return recipe.suggest(options.name, options.architecture, **changes)
