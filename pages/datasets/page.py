"""Datasets: bring images in, see what was found in them, divide them, and find what is wrong with them."""

import streamlit as st

from pages.datasets import import_forms, quality, split_maker
from pages.kit import dataset_summary, guards, jobs, state, theme

PARTS = {"found": "What was found", "split": "Split", "doctor": "Data doctor"}
# Chart and form stand under each other before either is squeezed.
STYLE = """
<style>
@media (max-width: 1100px) {
  [data-testid="stHorizontalBlock"] > [data-testid="stColumn"]:has(.st-key-found, .st-key-bring-in) {
    min-width: min(100%, 340px); }
}
</style>
"""

title, choice = st.columns([5, 3], vertical_alignment="center", gap="medium")
with title:
    theme.show_title(
        "Datasets", "A folder with one sub-folder for each class. Nothing is edited or leaves this machine."
    )
jobs.begin_sample_on_first_start()
jobs.show_jobs(at_home=True)
unread = jobs.show_unread()

if not guards.list_ready():
    if not unread:
        guards.show_nothing_ready()
    import_forms.input_import()
    st.stop()
with choice:
    data = guards.require_dataset()
part = state.input_view(state.PART, PARTS, "Part")
if part == "found":
    eye, hand = st.columns([3, 2], gap="large")
    st.html(STYLE)
    with eye, st.container(key="found"):
        dataset_summary.show_found(data)
        dataset_summary.show_change_since_index(data)
        dataset_summary.show_counts(data)
        dataset_summary.show_problems(data)
        dataset_summary.show_facts(data)
        import_forms.show_remove(data)
    with hand, st.container(key="bring-in"):
        import_forms.input_import()
else:
    with guards.faults_as_messages():
        if part == "split":
            split_maker.show_split_maker(data)
        else:
            quality.show_doctor(data)
