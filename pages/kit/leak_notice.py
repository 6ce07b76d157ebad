"""What a split leaks, where a model's results stand."""

import streamlit as st

from core.datasets.splits import divisions, split_words
from pages.kit import text


def show_leak(split: divisions.Division, *, effect: str = "") -> None:
    """In red where patients or files are on both sides; a few near-identical pictures are a warning.

    effect : how much the leak flatters, in words, as far as it is known.
    """
    said = split_words.say_leak(split)
    if said and split.leaky:
        st.error(" ".join(filter(None, [said, text.plain(effect)])), icon=":material/warning:")
    elif said:
        st.warning(said, icon=":material/warning:")
