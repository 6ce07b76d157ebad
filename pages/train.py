"""Train: choose what to train, and watch it learn."""

import streamlit as st

from pages.ui import guards, theme, training, work

theme.show_title(
    "Train",
    "A training runs in a process of its own: leave this page, reload it or restart the app, and it goes on.",
)
work.begin_sample_on_first_start()
work.show_jobs()

eye, hand = st.columns([3, 2], gap="large")
with eye:
    chosen = training.choose_run()
    if chosen is None:
        training.show_no_run()
    else:
        training.show_run(chosen)
    training.show_other_runs(chosen)
with hand:
    st.subheader("New training")
    data = guards.require_dataset()
    wanted = training.input_recipe(data)
    training.show_start(wanted)
