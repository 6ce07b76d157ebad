"""How a finished model was trained: its recipe as a table, its curves, how long it took. No TensorFlow."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from core import files, progress
from core.datasets import split_words
from core.models import augmentation, package, tables
from core.training import history

TITLES = {
    "dataset": "Data set",
    "architecture": "Architecture",
    "input_px": "Input size",
    "split": "Split",
    "saved_split": "Kept split",
    "validation_fraction": "Share for validation",
    "test_fraction": "Share for the test",
    "augmentation": "Augmentation",
    "epochs": "Epochs, at most",
    "patience": "Patience, epochs",
    "batch_size": "Batch size, images",
    "learning_rate": "Learning rate",
    "optimizer": "Optimizer",
    "schedule": "Schedule of the rate",
    "warmup_epochs": "Warm-up, epochs",
    "weight_decay": "Weight decay",
    "label_smoothing": "Label smoothing",
    "class_weights": "Class weights",
    "averaging": "Weight averaging",
    "unfreeze_layers": "Backbone layers that learnt too",
    "head_epochs": "Epochs of the head alone",
    "fine_tuning_rate": "Learning rate after that",
    "feature_copies": "Copies of each image, prepared",
    "seed": "Seed",
    "precision": "Precision",
}
NONE_AT_ZERO = ("warmup_epochs", "weight_decay", "label_smoothing", "averaging")


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


def list_settings(found: package.Package) -> pd.DataFrame:
    """The recipe, a row a setting that had an effect: columns "Setting" and "Value", all text, in a telling order.

    What an older version did not write down is left out, since it was not to be chosen then.
    """
    content = found.manifest.recipe
    named = [name for name in TITLES if name in content and _had_effect(name, content)]
    others = [name for name in content if name not in TITLES]  # of a later version
    rows = [(TITLES.get(name, name.replace("_", " ").capitalize()), _say(name, found)) for name in (*named, *others)]
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
    said = []
    for segment in learnt.get("segments") or ():
        changes = [
            f"{TITLES.get(name, name).lower()} {before} → {after}"
            for name, (before, after) in segment["changes"].items()
        ]
        said.append(f"After epoch {segment['epoch']}: {', '.join(changes)}.")
    return said


def _had_effect(name: str, content: Mapping[str, Any]) -> bool:
    """Whether a setting meant something beside the others."""
    tuned = bool(content.get("unfreeze_layers"))
    if name == "saved_split":
        return bool(content[name])
    if name in ("split", "validation_fraction", "test_fraction"):
        return not content.get("saved_split")
    if name in ("head_epochs", "fine_tuning_rate"):
        return tuned
    if name == "unfreeze_layers":
        return tuned
    if name == "feature_copies":  # without augmentation one copy is exact, and always taken
        altered = not augmentation.Augmentation.from_json(content.get("augmentation", {})).is_none
        return bool(content[name]) and altered and not tuned
    return True


def _say(name: str, found: package.Package) -> str:
    value = found.manifest.recipe[name]
    if name == "input_px":
        return " x ".join(str(side) for side in found.input_size_px) + " px"
    if name == "augmentation":
        return _say_augmentation(value)
    if name == "split":
        return split_words.say_rule(str(value), patients_known=found.manifest.split.knows_patients)
    if name == "unfreeze_layers" and value == -1:
        return "all"
    if name in NONE_AT_ZERO and not value:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _say_augmentation(value: Any) -> str:
    settings = augmentation.Augmentation.from_json(value)
    return "none" if settings.is_none else augmentation.describe(settings)
