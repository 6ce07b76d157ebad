"""Does the model work here?."""

import streamlit as st


def show() -> None:
    """The view."""
    st.empty()
