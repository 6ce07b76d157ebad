"""The one place that shows a Plotly figure with Streamlit: in our own colours, without a way off this machine."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.figures import toolbar as toolbars


def show_chart(
    figure: Any,
    *,
    key: str,
    toolbar: bool = True,
    scroll_zoom: bool = False,
    on_select: Callable[[], None] | None = None,
) -> None:
    """Show a figure.

    toolbar : the buttons that come with the pointer. scroll_zoom : the wheel zooms. on_select : called after a click on
    a point; `st.session_state[key]` then holds which.
    """
    st.plotly_chart(
        figure,
        theme=None,
        key=key,
        config=toolbars.configure(toolbar=toolbar, scrollZoom=scroll_zoom),
        on_select=on_select or "ignore",
        selection_mode="points",
    )
