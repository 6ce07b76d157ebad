"""Explore: what is in a data set, seen in many ways, before anything is trained on it."""

import streamlit as st

from pages.explore import explore_views
from pages.kit import guards, jobs, theme

theme.show_title("Explore", "Look before you train: what a network learns is what is in these images.")
jobs.begin_sample_on_first_start()
jobs.show_jobs()

left, right = st.columns([2, 5], vertical_alignment="bottom")
with left:
    data = guards.require_dataset()
with right:
    view = explore_views.input_view()
with guards.faults_as_messages():
    explore_views.show_view(view, data)
