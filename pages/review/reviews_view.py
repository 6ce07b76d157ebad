"""All reviews, and beginning one."""

import streamlit as st


def show() -> None:
    """The view."""
    st.empty()
