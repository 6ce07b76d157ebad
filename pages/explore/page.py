"""Explore: what is in a data set, seen in many ways, before anything is trained on it."""

import streamlit as st

from pages.explore import explore_views
from pages.kit import guards, jobs, theme

with st.container(gap="xsmall"):  # the images begin as far up as they can
    title, choice = st.columns([5, 3], vertical_alignment="center", gap="medium")
    with title:
        theme.show_title("Explore", "Look before you train: what a network learns is what is in these images.")
    jobs.begin_sample_on_first_start()
    jobs.show_jobs()
    guards.require_any_dataset()

    with choice:
        data = guards.require_dataset()
    view = explore_views.input_view()
    with st.container(), guards.faults_as_messages():
        explore_views.show_view(view, data)
