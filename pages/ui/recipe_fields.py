"""The settings of a training as fields: label, tooltip, group. Their limits and choices stand in core's recipe."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.models import registry
from core.training import recipe
from pages.ui import cached, typed


@dataclass(frozen=True)
class Setting:
    """One setting: how it is called, the glossary's term for it, and the step or the names of its values."""

    label: str
    term: str
    step: float = 1
    titles: Mapping[str, str] = field(default_factory=dict)


OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"}
SCHEDULES = {"constant": "Constant", "cosine": "Cosine", "plateau": "Plateau"}
CLASS_WEIGHTS = {"none": "None", "balanced": "Balanced"}
PRECISIONS = {"auto": "Automatic", "float32": "float32", "mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}
SETTINGS: dict[str, Setting] = {
    "epochs": Setting("Epochs, at most", "epoch"),
    "patience": Setting("Patience", "patience"),
    "batch_size": Setting("Batch size", "batch"),
    "optimizer": Setting("Optimizer", "optimizer", titles=OPTIMIZERS),
    "learning_rate": Setting("Learning rate", "learning rate", 0.0001),
    "schedule": Setting("Schedule", "schedule", titles=SCHEDULES),
    "warmup_epochs": Setting("Warm-up, epochs", "warm-up"),
    "weight_decay": Setting("Weight decay", "weight decay", 0.0001),
    "label_smoothing": Setting("Label smoothing", "label smoothing", 0.01),
    "class_weights": Setting("Class weights", "class weights", titles=CLASS_WEIGHTS),
    "averaging": Setting("Weight averaging", "weight averaging", 0.001),
    "unfreeze_layers": Setting("Backbone layers that learn too", "unfrozen layers"),
    "head_epochs": Setting("Epochs of the head alone", "head epochs"),
    "fine_tuning_rate": Setting("Learning rate after that", "fine-tuning rate", 0.000001),
    "feature_copies": Setting("Copies of each image, prepared", "feature copies"),
    "seed": Setting("Seed", "seed"),
    "precision": Setting("Precision", "precision", titles=PRECISIONS),
    "input_px": Setting("Input size, pixels", "input size"),
}
# Settings without a field: chosen elsewhere, or copied from another training.
OTHERS = {
    "dataset": "Data set",
    "architecture": "Architecture",
    "split": "Split",
    "saved_split": "Kept split",
    "augmentation": "Augmentation",
    "validation_fraction": "Validation share",
    "test_fraction": "Test share",
}
GROUPS: dict[str, tuple[str, ...]] = {
    "How long": ("epochs", "patience", "batch_size"),
    "How fast": ("learning_rate", "optimizer", "schedule", "warmup_epochs", "weight_decay"),
    "Regularisation": ("label_smoothing", "class_weights", "averaging"),
    "With ImageNet weights": ("unfreeze_layers", "head_epochs", "fine_tuning_rate", "feature_copies"),
    "The same result again": ("seed", "precision", "input_px"),
}


def list_fields(group: str, wanted: recipe.Recipe) -> list[str]:
    """The settings of a group that mean something for such a training."""
    network = registry.find_architecture(wanted.architecture)
    applies = {
        "unfreeze_layers": bool(network.backbone),
        "head_epochs": wanted.fine_tunes,
        "fine_tuning_rate": wanted.fine_tunes,
        "feature_copies": bool(network.backbone) and not wanted.fine_tunes and not wanted.augmentation.is_none,
        "input_px": network.sizes is not None,
    }
    return [name for name in GROUPS[group] if applies.get(name, True)]


def prefix_of(architecture: str) -> str:
    """How the keys of an architecture's fields begin."""
    return f"recipe-{architecture}-"


def input_field(name: str, usual: recipe.Recipe) -> Any:
    """One setting; `usual` has the value that it shows until a person changes it."""
    setting, value = SETTINGS[name], getattr(usual, name)
    key, meaning = prefix_of(usual.architecture) + name, cached.explain(setting.term)
    if setting.titles:
        options = recipe.CHOICES[name]
        chosen = typed.follow(key, value, options=options)
        return st.selectbox(setting.label, options, format_func=setting.titles.__getitem__, help=meaning, **chosen)
    low, high = recipe.LIMITS[name]
    if name == "input_px":  # 0 means the architecture's own size, which a person would rather read
        network = registry.find_architecture(usual.architecture)
        low, high, value = *(network.sizes or (low, high)), usual.size_px
    kind = recipe.Recipe.__dataclass_fields__[name].type
    limits: dict[str, Any] = {"min_value": kind(low), "max_value": kind(high), "step": kind(setting.step)}
    if kind is float:
        limits["format"] = "%g"
    return kind(st.number_input(setting.label, **limits, help=meaning, **typed.follow(key, kind(value))))


def change(wanted: recipe.Recipe, name: str, value: Any) -> recipe.Recipe:
    """The recipe with one setting as the person gave it."""
    if name == "input_px" and value == registry.find_architecture(wanted.architecture).input_px:
        value = 0
    return dataclasses.replace(wanted, **{name: value})


def name_of(setting: str) -> str:
    """How a setting is called on the page."""
    return SETTINGS[setting].label if setting in SETTINGS else OTHERS.get(setting, setting)


def describe_value(setting: str, value: Any) -> str:
    """A setting's value as a person reads it."""
    if value in ("", None):
        return "none"
    if setting in SETTINGS and SETTINGS[setting].titles:
        return SETTINGS[setting].titles.get(str(value), str(value))
    return f"{value:g}" if isinstance(value, float) else str(value)
