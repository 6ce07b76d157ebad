"""The answer to a view's question: one large line, and under it what it rests on."""

import streamlit as st

from pages.kit import cache


def show_headline(words: str, *, note: str = "", reading: str = "") -> None:
    """One large line. words : plain text. note : one sentence of markdown under it; reading : behind its "?"."""
    st.html(f'<p class="verdict">{cache.as_text(words)}</p>')
    if note:
        st.caption(note, help=reading or None)
