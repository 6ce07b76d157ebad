"""Reading, one case after the other."""

import streamlit as st


def show() -> None:
    """The view."""
    st.empty()
