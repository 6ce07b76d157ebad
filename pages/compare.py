"""Compare: models side by side, on the same images, and how sure each difference is."""

import streamlit as st

from pages.ui import guards, side_by_side, theme, work

theme.show_title("Compare", "Models side by side: only on the same images, and with how sure each difference is.")
work.show_jobs()

left, right = st.columns([2, 5], vertical_alignment="bottom")
with left:
    models = side_by_side.require_models()
with right:
    view = side_by_side.input_view()
with guards.faults_as_messages():
    side_by_side.show_view(view, models)
