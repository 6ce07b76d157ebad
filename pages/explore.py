"""Explore: what is in a data set, seen in many ways, before anything is trained on it."""

import streamlit as st

from pages.ui import exploring, guards, theme, work

theme.show_title("Explore", "Look before you train: what a network learns is what is in these images.")
work.begin_sample_on_first_start()
work.show_jobs()

left, right = st.columns([2, 5], vertical_alignment="bottom")
with left:
    data = guards.require_dataset()
with right:
    view = exploring.input_view()
with guards.faults_as_messages():
    exploring.show_view(view, data)
