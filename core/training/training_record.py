"""How a finished model was trained: its recipe as a table, its curves, how long it took. No TensorFlow."""

from collections.abc import Mapping, Sequence
from itertools import starmap
from typing import Any

import pandas as pd

from core.base import errors, files, progress
from core.datasets.splits import split_words
from core.models import augmentation, package, tables
from core.training import history, recipe, setting_entry, settings_table

SETTINGS = settings_table.SETTINGS


def read_history(found: package.Package) -> dict[str, Any]:
    """The curves of a model's training, as `history.read_history` gives them, without batches. Raises ModelBroken."""
    path = package.read_file(found, package.HISTORY_FILE)
    try:
        table = history.parse_table(files.read_bounded(path, package.LARGEST_BYTES[package.HISTORY_FILE]))
    except tables.NotUsableError as error:
        raise package.tell_broken(found, package.HISTORY_FILE, error.expected, error.found) from error
    return {
        **history.from_table(table),
        "segments": [segment.to_json() for segment in found.manifest.training.segments],
    }


def read_recipe(content: Mapping[str, Any]) -> recipe.Recipe | None:
    """A model's recipe as any version wrote it down: defaults for what it lacks, without settings of a later version.

    None where its network or a value is not known here, so that nobody can tell what had an effect.
    """
    known = {name: value for name, value in content.items() if name in SETTINGS}
    try:
        return recipe.Recipe.from_json({"dataset": "", **known})
    except (errors.RecipeNotUsable, errors.UnknownArchitecture):
        return None


def list_settings(found: package.Package) -> pd.DataFrame:
    """The recipe, a row a setting that had an effect: columns "Setting" and "Value", all text, in the table's order.

    What an older version did not write down is left out, since it was not to be chosen then, and so is what has no
    name, as a split that was not kept; what a later one did
    stands at the end. Where nobody can tell what had an effect, all of it is there.
    """
    content = found.manifest.recipe
    read = read_recipe(content)
    effective = read.list_effective() if read else {name: content[name] for name in SETTINGS if name in content}
    told = {name: value for name, value in effective.items() if name in content and value != ""}
    told |= {name: value for name, value in content.items() if name not in SETTINGS}
    rows = [(_name(name), _say(name, value, found)) for name, value in told.items()]
    return pd.DataFrame(rows, columns=["Setting", "Value"], dtype=str)


def list_facts(found: package.Package) -> pd.DataFrame:
    """What came of the recipe: epochs, time, processors, versions; columns "What" and "Value", all text."""
    training, manifest = found.manifest.training, found.manifest
    ended = "stopped by a person" if training.stopped_by_hand else "ended by itself"
    threads = training.threads
    learn = manifest.parameters if manifest.trainable is None else manifest.trainable
    rows = [
        ("Made", manifest.created.replace("T", " ")),
        ("Epochs", f"{training.epochs} ({ended}); the best was {training.best_epoch}"),
        ("Time", progress.describe_seconds(training.seconds)),
        ("Precision", training.precision),
        (
            "Parameters",
            f"{manifest.parameters:,}, of which {learn:,} learn",
        ),
        *([("Processor threads", str(threads))] if threads else []),
        *((name.capitalize(), version) for name, version in manifest.versions.items()),
        ("Data fingerprint", manifest.dataset.fingerprint[:16]),
        ("Run", manifest.run_id),
    ]
    return pd.DataFrame(rows, columns=["What", "Value"], dtype=str)


def describe_segments(learnt: Mapping[str, Any]) -> list[str]:
    """`After epoch 6: learning rate 0.001 → 0.0001.`, one for each time its settings were changed on the way."""
    return [f"{describe_segment(segment)}." for segment in learnt.get("segments") or ()]


def describe_segment(segment: Mapping[str, Any]) -> str:
    """`After epoch 6: learning rate 0.001 → 0.0001`."""
    return f"After epoch {segment['epoch']}: {', '.join(starmap(_say_change, segment['changes'].items()))}"


def _say_change(name: str, change: Sequence[Any]) -> str:
    before, after = (SETTINGS[name].say(value) if name in SETTINGS else str(value) for value in change)
    return f"{SETTINGS[name].called if name in SETTINGS else name} {before} → {after}"


def _name(name: str) -> str:
    return SETTINGS[name].label if name in SETTINGS else name.replace("_", " ").capitalize()


def _say(name: str, value: Any, found: package.Package) -> str:
    """A value as the table says it, in full where the model knows more: its patients, its size, its augmentation."""
    if name == "input_px":
        return " x ".join(str(side) for side in found.input_size_px)
    if name == "augmentation":
        settings = augmentation.Augmentation.from_json(value)
        return "none" if settings.is_none else augmentation.describe(settings)
    if name == "split":
        return split_words.say_rule(str(value), patients_known=found.manifest.split.knows_patients)
    return SETTINGS[name].say(value) if name in SETTINGS else setting_entry.say_plainly(value)
