"""What a person typed into a form, kept while its fields come and go: until they type, a field shows what is usual.

Streamlit forgets a field that is not drawn, and a field's start value counts only the first time. Here the usual value
may change (another architecture, another data set), and what was typed comes back when the field does.
"""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

TYPED = "typed"


def follow(key: str, usual: Any, *, options: Collection[Any] | None = None) -> dict[str, Any]:
    """Arguments for a widget that shows what was typed under this key, else what is usual.

    `options` are the values that it may have; a typed one that is no longer among them is not shown.
    """
    st.session_state[key] = recall(
        key, usual, options=options
    )  # always: what stands there may have been left by a field that is gone
    return {"key": key, "on_change": _remember, "args": (key,)}


def recall(key: str, usual: Any, *, options: Collection[Any] | None = None) -> Any:
    """What was typed under this key, else what is usual; see `follow`."""
    wanted = _typed().get(key, usual)
    return usual if options is not None and wanted not in options else wanted


def put(values: Mapping[str, Any]) -> None:
    """Fill fields as if a person had typed it."""
    _typed().update(values)


def forget(prefix: str) -> None:
    """Let all fields whose keys begin so show what is usual again."""
    for key in list(_typed()):
        if key.startswith(prefix):
            del _typed()[key]


def _remember(key: str) -> None:
    _typed()[key] = st.session_state[key]


def _typed() -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault(TYPED, {})
    return kept
