"""What the person has chosen: in the address, so that a view can be sent to somebody, and for the session."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui import text

DATASET, MODEL, RUN, VIEW, PART, IMAGE = "dataset", "model", "run", "view", "part", "image"
OVERLAY, SERIES = "overlay", "series"


def input_choice(
    name: str, label: str, options: Sequence[str], *, show: Callable[[str], str] = str, **settings: Any
) -> str:
    """A select box whose value is `?name=...` in the address and survives a change of page.

    An address that names something that is not here is said, not silently replaced.
    """
    remembered = st.query_params.get(name) or st.session_state.get(f"chosen_{name}")
    if st.query_params.get(name) and st.query_params[name] not in options:
        st.warning(
            f"The address asks for the {name} “{text.plain(st.query_params[name])}”, which is not on this machine."
        )
    # A key, not an index: with an index that follows the choice, each choice makes a new widget and the next is lost.
    key = f"choice-{name}"
    wanted = remembered if remembered in options else options[0]
    if st.session_state.get(key) != wanted:
        st.session_state[key] = wanted
    chosen: str = st.selectbox(
        label,
        options,
        format_func=show,
        key=key,
        on_change=lambda: remember(name, st.session_state[key]),
        **settings,
    )
    remember(name, chosen)
    return chosen


def input_view(name: str, labels: Mapping[str, str], label: str) -> str:
    """A row of choices whose key is `?name=...` in the address; the first one where the address names none of them."""
    wanted = recall(name)
    chosen = st.segmented_control(
        label,
        list(labels),
        format_func=labels.__getitem__,
        default=wanted if wanted in labels else next(iter(labels)),
        required=True,
        key=f"view-{name}",
        wrap=True,
        label_visibility="collapsed",
    )
    remember(name, str(chosen))
    return str(chosen)


def remember(name: str, value: str) -> None:
    """Put a choice into the address and the session."""
    st.session_state[f"chosen_{name}"] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def recall(name: str) -> str | None:
    """The choice of this name: from the address, else from this session."""
    value = st.query_params.get(name) or st.session_state.get(f"chosen_{name}")
    return str(value) if value else None
