"""Datasets: bring images in, and see what was found in them."""

import streamlit as st

from pages.ui import bringing, describing, guards, theme, work

theme.show_title(
    "Datasets",
    "A data set is a folder with one sub-folder for each class, or a .zip of such a folder. It is copied as it is; "
    "nothing is edited and nothing leaves this machine.",
)
work.begin_sample_on_first_start()
work.show_jobs()
work.show_unread()

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
