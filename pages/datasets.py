"""Datasets: bring images in, see what was found in them, divide them, and find what is wrong with them."""

import streamlit as st

from pages.ui import bringing, describing, doctoring, guards, splitting, state, theme, work

PARTS = {"found": "What was found", "split": "Split", "doctor": "Data doctor"}

theme.show_title(
    "Datasets",
    "A data set is a folder with one sub-folder for each class, or a .zip of such a folder. It is copied as it is; "
    "nothing is edited and nothing leaves this machine.",
)
work.begin_sample_on_first_start()
work.show_jobs(at_home=True)
work.show_unread()

part = state.input_view(state.PART, PARTS, "Part")
if part == "found":
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        bringing.input_import()
    with eye:
        data = guards.require_dataset()
        describing.show_change_since_index(data)
        describing.show_found(data)
        describing.show_counts(data)
        describing.show_problems(data)
        describing.show_facts(data)
        bringing.show_remove(data)
else:
    with st.columns(2)[0]:
        data = guards.require_dataset()
    with guards.faults_as_messages():
        if part == "split":
            splitting.show_split_maker(data)
        else:
            doctoring.show_doctor(data)
