"""What a split leaks, where a model's results stand."""

from typing import Any

import streamlit as st

from core.evaluation import words


def show_leak(split: dict[str, Any]) -> None:
    """In red where patients or files are on both sides; a few near-identical pictures are a warning."""
    said = words.say_leak(split)
    if said and split["leaky"]:
        st.error(said, icon=":material/warning:")
    elif said:
        st.warning(said, icon=":material/warning:")
