"""Which review the page is about: the one that the address names, else the newest that is open."""

import streamlit as st

from core.review import review_record, reviews
from pages.kit import headline, state, text

REVIEW = "review"


def input_review(purpose: review_record.Purpose | None = None) -> review_record.Review | None:
    """The review to show, of a purpose or any; None where there is none, and the page then says how to begin one."""
    known = [one for one in reviews.list_reviews() if purpose in (None, one.settings.purpose)]
    if not known:
        headline.show_line("Nothing to read yet")
        st.markdown("The images that people read will stand here. To begin a review takes a minute.")
        st.button("Begin a review", type="primary", on_click=state.remember, args=(state.VIEW, "reviews"))
        return None
    known.sort(key=lambda one: bool(one.closed_at))  # the newest that is open comes first
    names = {str(one.id): one.name for one in known}
    chosen = state.input_choice(
        REVIEW,
        "Review",
        list(names),
        show=lambda one: text.plain(names[one]),
        absent="is not here any more",
        label_visibility="collapsed",
    )
    return next(one for one in known if str(one.id) == chosen)
