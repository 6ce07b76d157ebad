"""The way to have people read what a page shows: a link to a review that is set up for it."""

import streamlit as st

from core.review import review_sources
from pages.kit import state

ICON = ":material/rate_review:"
REVIEW_PAGE = "pages/review/page.py"
FROM = "from"  # in the address of the review page: where its images come from


def show_link(kind: review_sources.Kind, *, model: str = "", dataset: str = "", label: str = "Have them read") -> None:
    """To the form that begins a review of these images; they are chosen there already. kind : see `review_sources`."""
    address = {state.VIEW: "reviews", FROM: kind} | ({state.MODEL: model} if model else {})
    address |= {state.DATASET: dataset} if dataset else {}
    st.page_link(
        REVIEW_PAGE,
        label=label,
        icon=ICON,
        query_params=address,
        help="People answer them without the model first; what they say is kept.",
    )
