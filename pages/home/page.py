"""Home: what is on this machine, and the next step."""

import streamlit as st

from core.jobs import overview
from pages.home import sample_strip, tables
from pages.kit import jobs, theme

theme.show_title(
    "Second Look",
    "Look at labelled images, train a network on them and watch it learn, and see where it looks when it answers. "
    "It assists a person; it never diagnoses. Everything stays on this machine.",
)
jobs.begin_sample_on_first_start()
jobs.show_jobs()

found = overview.read_overview()
step = overview.choose_next_step(found)

eye, hand = st.columns([3, 2], gap="large")
with eye:
    sample_strip.show_strip(found)
with hand:
    st.subheader("Next step")
    st.write(step.why)
    if st.button(step.label, type="primary", icon=":material/arrow_forward:"):
        st.switch_page(f"pages/{step.page}/page.py")

st.subheader("On this machine")
tables.show_datasets(found.datasets)
tables.show_models(found.models)
tables.show_runs(found.runs)
tables.show_faults(found.faults)
