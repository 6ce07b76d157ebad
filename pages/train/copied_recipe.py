"""A training opened in the form as the start of a new one: `?like=<run_id>` in the address."""

from typing import Any

import streamlit as st

from core.base import errors
from core.models import augmentation
from core.training import recipe, run, setting_entry, settings_table
from pages.kit import address, form_memory, state, text
from pages.train import recipe_fields

SETTINGS = settings_table.SETTINGS

LIKE, ARCHITECTURE = "like", "architecture"
FILLED = "copied-run"
COPIED = "copied"
SPLIT, AUGMENTATION = "split-", "augmentation"


def find_original() -> run.Run | None:
    """The run that the form was filled from, if any; fills the form when the address names another one than before."""
    asked = state.recall(LIKE)
    if not asked:
        return None
    try:
        original = run.read_run(asked)
    except errors.SecondLookError as error:
        address.refuse(LIKE, text.plain(str(error)))
        address.say_fault(LIKE)
        return None
    if st.session_state.get(FILLED) != asked:
        _fill(original)
    return original


def open_copy(found: run.Run) -> None:
    """Fill the form from a run, also where it was filled from it before and then changed."""
    state.remember(LIKE, found.id)
    _fill(found)


def close_copy(original: run.Run) -> None:
    """Go back to the usual settings."""
    state.forget(LIKE)
    st.session_state.pop(FILLED, None)
    form_memory.forget(recipe_fields.prefix_of(original.recipe.architecture))
    form_memory.forget(SPLIT + original.recipe.dataset)


def _fill(found: run.Run) -> None:
    wanted = found.recipe
    st.session_state[FILLED] = found.id
    state.remember(state.DATASET, wanted.dataset)
    state.remember(ARCHITECTURE, wanted.architecture)
    prefix = recipe_fields.prefix_of(wanted.architecture)
    values: dict[str, Any] = {name: recipe_fields.find_value(wanted, name) for name in recipe_fields.ASKED}
    values[AUGMENTATION] = augmentation.find_preset(wanted.augmentation) or COPIED
    form_memory.put({prefix + name: value for name, value in values.items()})
    form_memory.put({SPLIT + wanted.dataset: f"kept:{wanted.saved_split}" if wanted.saved_split else wanted.split})


def keep_what_has_no_field(original: run.Run | None, dataset: str) -> dict[str, Any]:
    """Settings of the original that the page does not ask for."""
    if original is None or original.recipe.dataset != dataset:
        return {}
    names = (name for name, setting in SETTINGS.items() if setting.group == setting_entry.NOWHERE)
    return {name: getattr(original.recipe, name) for name in names}


def show_differences(wanted: recipe.Recipe, original: run.Run) -> None:
    """What the new training changes, before it is started."""
    said = [
        f"- {SETTINGS[name].label}: {_say(name, theirs)} → **{_say(name, mine)}**"
        for name, mine, theirs in wanted.find_differences(original.recipe)
    ]
    name = text.plain(original.id)
    head = f"Copied from {name}. What differs:" if said else f"Copied from {name}. Nothing differs yet."
    st.info("\n".join([head, "", *said]), icon=":material/content_copy:")
    st.button(
        "Start from the usual settings instead",
        type="tertiary",
        icon=":material/undo:",
        on_click=close_copy,
        args=(original,),
    )


def _say(name: str, value: Any) -> str:
    return text.plain(SETTINGS[name].say(value))
