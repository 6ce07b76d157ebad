"""Compare: models side by side, on the same images, and how sure each difference is."""

import streamlit as st

from pages.compare import compare_views
from pages.kit import guards, jobs, theme

theme.show_title("Compare", "Models side by side: only on the same images, and with how sure each difference is.")
jobs.show_jobs()

found = compare_views.require_any()
left, right = st.columns([2, 5], vertical_alignment="bottom")
with left:
    models = compare_views.input_models(found)
with right:
    view = compare_views.input_view()
with guards.faults_as_messages():
    compare_views.show_view(view, models)
