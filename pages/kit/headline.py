"""The answer to a view's question: one large line, and under it what it rests on."""

import re

import streamlit as st

from pages.kit import cache

INTERVAL, JOINED = re.compile(r"\(([\d.,]+) to ([\d.,]+)\)"), "(\\1\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}\\2)"


def show_line(words: str) -> None:
    """The line alone, a heading, which `attention_component` reads out when it changes. words : plain text."""
    # A number keeps its unit and an interval its ends on one line.
    whole = INTERVAL.sub(JOINED, words.replace(" %", "\N{NO-BREAK SPACE}%"))
    st.html(f'<h2 class="verdict">{cache.as_text(whole)}</h2>')


def show_headline(words: str, *, note: str = "", reading: str = "") -> None:
    """The line, and under it one sentence of markdown (note) with what stands behind its "?" (reading)."""
    show_line(words)
    if note:
        st.caption(note, help=reading or None)
