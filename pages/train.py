"""Train: choose what to train, and watch it learn."""

import streamlit as st

from core.training import run
from pages.ui import copying, guards, queueing, recipes, series, theme, training, work

theme.show_title(
    "Train",
    "A training runs in a process of its own: leave this page, reload it or restart the app, and it goes on.",
)
work.begin_sample_on_first_start()
work.show_jobs()

runs = run.list_runs()
original = copying.find_original()
eye, hand = st.columns([3, 2], gap="large")
with eye:
    chosen = training.choose_run(runs)
    training.show_chosen(chosen)
    training.show_other_runs(chosen, runs)
with hand:
    st.subheader("New training")
    data = guards.require_dataset()
    wanted = recipes.input_recipe(data, original)
    recipes.show_start(data, wanted, runs)
    with st.expander("As a series: folds or repeats", icon=":material/stacks:", key="new-series"):
        series.input_series(data, wanted)
    queueing.show_queue(runs)
