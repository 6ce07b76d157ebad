"""How far readers agree with each other and with the model."""

import streamlit as st


def show() -> None:
    """The view."""
    st.empty()
