"""Numbers to take away: a table as CSV, written when a person asks for it and not at every look."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.kit import cache


def offer_csv(make_table: Callable[[], pd.DataFrame], file_name: str, *, label: str = "CSV") -> None:
    """A button that gives a table away. file_name : also what tells this button from the others of a page."""
    st.download_button(
        label,
        lambda: cache.as_csv(make_table()),
        file_name,
        type="tertiary",
        icon=":material/download:",
        key=f"csv-{file_name}",
        on_click="ignore",
    )
