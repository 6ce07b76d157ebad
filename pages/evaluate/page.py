"""Evaluate: one model in depth, on images of patients that it never saw."""

import streamlit as st

from pages.evaluate import evaluate_views
from pages.kit import guards, jobs, theme

# Where a figure and the numbers beside it get too narrow, they stand under each other.
STYLE = """
<style>
@media (max-width: 1100px) {
  [data-testid="stHorizontalBlock"] > [data-testid="stColumn"]:has(.measures, .js-plotly-plot, .point-chart) {
    min-width: min(100%, 360px); }
}
</style>
"""

theme.show_title("Evaluate", "How often a model is right on images that it never saw.")
st.html(STYLE)
jobs.show_jobs()

found = guards.require_model()
view = evaluate_views.input_view(found)
with guards.faults_as_messages():
    evaluate_views.show_view(view, found)
