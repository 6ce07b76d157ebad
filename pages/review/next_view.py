"""The next model."""

import streamlit as st


def show() -> None:
    """The view."""
    st.empty()
