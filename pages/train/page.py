"""Train: choose what to train, and watch it learn."""

import streamlit as st

from core.training import run
from pages.kit import jobs, theme
from pages.train import chosen_run, copied_recipe, new_training, queue

theme.show_title(
    "Train",
    "A training runs in a process of its own: leave this page, reload it or restart the app, and it goes on.",
)
jobs.begin_sample_on_first_start()
jobs.show_jobs()

runs = run.list_runs()
original = copied_recipe.find_original()
chosen = chosen_run.choose_run(runs)
form = new_training.make_place(chosen, original)
if chosen:
    chosen_run.show_chosen(chosen)
others = st.container()
with form:
    new_training.show_form(runs, original)
with others:
    queue.show_queue(runs)
    chosen_run.show_other_runs(chosen, runs)
