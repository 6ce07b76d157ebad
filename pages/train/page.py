"""Train: choose what to train, and watch it learn."""

import streamlit as st

from core.training import run
from pages.kit import guards, jobs, theme
from pages.train import chosen_run, copied_recipe, queue, recipe_form, series

theme.show_title(
    "Train",
    "A training runs in a process of its own: leave this page, reload it or restart the app, and it goes on.",
)
jobs.begin_sample_on_first_start()
jobs.show_jobs()

runs = run.list_runs()
original = copied_recipe.find_original()
eye, hand = st.columns([3, 2], gap="large")
with eye:
    chosen = chosen_run.choose_run(runs)
    chosen_run.show_chosen(chosen)
    chosen_run.show_other_runs(chosen, runs)
with hand:
    st.subheader("New training")
    data = guards.require_dataset()
    wanted = recipe_form.input_recipe(data, original)
    recipe_form.show_start(data, wanted, runs)
    with st.expander("As a series: folds or repeats", icon=":material/stacks:", key="new-series"):
        series.input_series(data, wanted)
    queue.show_queue(runs)
