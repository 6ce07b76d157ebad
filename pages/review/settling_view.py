"""Cases about which readers differ."""

import streamlit as st


def show() -> None:
    """The view."""
    st.empty()
