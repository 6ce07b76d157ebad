"""Who decides: the name that stands with every decision about a model or an image, asked once in a session."""

from collections.abc import Callable

import streamlit as st

from pages.kit import guards

WHO = "who_decides"


def input_name(key: str, label: str = "Who decides") -> str:
    """The name of whoever decides, remembered for the session; `decide` reads it.

    A name is assigned in each run: where runs follow each other quickly, a field that was closed and opened again
    begins empty in the browser while its name is still known here. Nothing is assigned where there is no name: a value
    set by the program takes the place of what is being typed.
    """
    known = str(st.session_state.get(key) or "").strip() or recall_name()
    if known:
        st.session_state[key] = known
    said: str = st.text_input(
        label, key=key, on_change=_remember, args=(key,), placeholder="Name or initials", max_chars=80
    )
    return said.strip()


def recall_name() -> str:
    """The name that was given in this session, "" before."""
    return str(st.session_state.get(WHO, ""))


def remember_name(name: str) -> None:
    """Keep a name that was given elsewhere."""
    st.session_state[WHO] = name.strip()


def decide(key: str, action: Callable[[str], object]) -> None:
    """The callback of a button that keeps a decision: `action` gets who decides; without a name nothing happens."""
    name = st.session_state.get(key, "").strip()
    if not name:
        st.toast("Write who decides first: a decision without a name cannot be kept.", icon=":material/person:")
        return
    remember_name(name)
    guards.attempt(action, name)


def _remember(key: str) -> None:
    remember_name(st.session_state[key])
