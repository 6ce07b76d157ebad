"""The way to have people read what a page shows: to a review that is set up for it."""

import streamlit as st

from core.review import review_sources
from pages.kit import state

ICON, REVIEW_PAGE = ":material/rate_review:", "pages/review/page.py"
FROM = "from"  # in the address of the review page: where its images come from
HELP = "People answer them without the model first; what they say is kept."


def show_link(kind: review_sources.Kind, label: str, *, model: str = "") -> None:
    """A link to the form that begins a review; its source is chosen there already. kind : see `review_sources`."""
    address = {state.VIEW: "reviews", FROM: kind} | ({state.MODEL: model} if model else {})
    st.page_link(REVIEW_PAGE, label=label, icon=ICON, query_params=address, help=HELP)


def show_button(kind: review_sources.Kind, label: str, *, dataset: str) -> None:
    """The same as a button, about a data set."""
    if st.button(label, icon=ICON, key=f"have-read-{kind}", help=HELP):
        address = {state.VIEW: "reviews", FROM: kind, state.DATASET: dataset}
        st.switch_page(REVIEW_PAGE, query_params=address)
