"""Datasets: bring images in, see what was found in them, divide them, and find what is wrong with them."""

import streamlit as st

from pages.datasets import import_forms, quality, split_maker
from pages.kit import dataset_summary, guards, jobs, state, theme

PARTS = {"found": "What was found", "split": "Split", "doctor": "Data doctor"}

theme.show_title(
    "Datasets",
    "A data set is a folder with one sub-folder for each class, or a .zip of such a folder. It is copied as it is; "
    "nothing is edited and nothing leaves this machine.",
)
jobs.begin_sample_on_first_start()
jobs.show_jobs(at_home=True)
jobs.show_unread()

part = state.input_view(state.PART, PARTS, "Part")
if part == "found":
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        import_forms.input_import()
    with eye:
        data = guards.require_dataset()
        dataset_summary.show_change_since_index(data)
        dataset_summary.show_found(data)
        dataset_summary.show_counts(data)
        dataset_summary.show_problems(data)
        dataset_summary.show_facts(data)
        import_forms.show_remove(data)
else:
    with st.columns(2)[0]:
        data = guards.require_dataset()
    with guards.faults_as_messages():
        if part == "split":
            split_maker.show_split_maker(data)
        else:
            quality.show_doctor(data)
