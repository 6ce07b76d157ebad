"""Evaluate: how good a model is on images of patients that it never saw."""

import streamlit as st

from pages.ui import guards, judging, theme

theme.show_title(
    "Evaluate", "How often the model is right on images that it has never seen, and how sure that figure is."
)

found = guards.require_model()
judging.show_header(found)

eye, hand = st.columns([3, 2], gap="large")
with eye, guards.faults_as_messages():
    judging.show_confusion(found)
    judging.show_history(found)
with hand, guards.faults_as_messages():
    judging.show_metrics(found)
    judging.show_recipe(found)
    judging.show_downloads(found)
