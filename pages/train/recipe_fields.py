"""The settings of a training as fields, as the table of settings has them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.models import registry
from core.training import recipe, setting_entry, settings_table
from pages.kit import form_memory

SETTINGS = settings_table.SETTINGS
ASKED = tuple(name for name, setting in SETTINGS.items() if setting.group in setting_entry.GROUPS)


def prefix_of(architecture: str) -> str:
    """How the keys of an architecture's fields begin."""
    return f"recipe-{architecture}-"


def list_groups(usual: recipe.Recipe) -> dict[str, list[str]]:
    """The settings that have a field, group by group: those that mean something beside what was typed."""
    typed_in = recall(usual)
    asked = {
        group: [name for name in ASKED if SETTINGS[name].group == group and SETTINGS[name].is_asked(typed_in)]
        for group in setting_entry.GROUPS
    }
    return {group: names for group, names in asked.items() if names}


def recall(usual: recipe.Recipe) -> recipe.Recipe:
    """The recipe with all that was typed, also into fields that mean nothing now."""
    prefix = prefix_of(usual.architecture)
    options = {name: SETTINGS[name].choices or None for name in ASKED}
    return change(
        usual,
        {name: form_memory.recall(prefix + name, find_value(usual, name), options=options[name]) for name in ASKED},
    )


def find_value(wanted: recipe.Recipe, name: str) -> Any:
    """A setting's value as its field has it: 0 means the architecture's own size, which a person would rather read."""
    return wanted.size_px if name == "input_px" else getattr(wanted, name)


def change(wanted: recipe.Recipe, values: Mapping[str, Any]) -> recipe.Recipe:
    """The recipe with the values of these fields; `find_value` the other way round."""
    own_px = registry.find_architecture(wanted.architecture).input_px
    return replace(wanted, **{**values, **({"input_px": 0} if values.get("input_px") == own_px else {})})


def input_field(name: str, usual: recipe.Recipe) -> Any:
    """One setting; `usual` has the value that it shows until a person changes it."""
    setting, value = SETTINGS[name], find_value(usual, name)
    key = prefix_of(usual.architecture) + name
    if setting.choices:
        chosen = form_memory.follow(key, value, options=setting.choices)
        return st.selectbox(
            setting.label, list(setting.choices), format_func=setting.choices.__getitem__, help=setting.help, **chosen
        )
    kind = recipe.kind_of(name)
    low, high = setting.find_limits(usual.architecture)
    limits: dict[str, Any] = {"min_value": kind(low), "max_value": kind(high), "step": kind(setting.step)}
    if kind is float:
        limits["format"] = "%g"
    return kind(st.number_input(setting.label, **limits, help=setting.help, **form_memory.follow(key, kind(value))))
