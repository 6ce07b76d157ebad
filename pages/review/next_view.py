"""The next model: what it would learn from, whether it may take the champion's place, and what may be left to it."""

import streamlit as st

from core.results import challenges
from pages.kit import guards, headline, jobs, state
from pages.review import challenger_part, left_part, version_part

PARTS = {
    "challenge": ("Challenger", challenger_part.show),
    "version": ("New version", version_part.show),
    "left": ("Left to the model", left_part.show),
}


def show() -> None:
    """The view."""
    head = st.container()  # the answer stands above what it is about
    jobs.show_jobs()
    part = state.input_view(state.PART, {key: title for key, (title, _) in PARTS.items()}, "Part")
    left, right = st.columns(2)
    with left:
        data = guards.require_dataset()
    champion = challenges.find_champion(data.name)
    if champion is not None:
        PARTS[part][1](head, right, champion, data)
        return
    with head:
        headline.show_headline(
            f"No model was trained on {data.name} yet", note="The first one that is will stand here as the champion."
        )
    st.page_link("pages/train/page.py", label="Train a network", icon=":material/arrow_forward:")
