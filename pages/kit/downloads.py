"""What a person takes away: made when they ask for it and not at every look."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.kit import cache


def offer_csv(make_table: Callable[[], pd.DataFrame], file_name: str, *, label: str = "CSV") -> None:
    """A button that gives a table away. file_name : also what tells this button from the others of a page."""
    offer_file(lambda: cache.as_csv(make_table()), file_name, label=label, key=f"csv-{file_name}")


def offer_file(make: Callable[[], bytes], file_name: str, *, label: str, key: str, help: str | None = None) -> None:
    """A button that gives a file away, of the kind that its name's ending says."""
    st.download_button(
        label,
        make,
        file_name,
        type="tertiary",
        icon=":material/download:",
        key=key,
        help=help,
        on_click="ignore",
    )
