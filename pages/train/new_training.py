"""The form of a new training beside the network that will learn: on top where nothing is at work, else folded."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.index import index
from core.models import registry
from core.training import recipe, run
from pages.kit import guards, state
from pages.train import network_view, recipe_form, series

NARROWEST_PX = 340  # of form and drawing, before they stand under each other


def make_place(chosen: run.Run | None, original: run.Run | None) -> DeltaGenerator:
    """Where the form comes. chosen : the run that is watched; original : the one that the form was filled from.

    It is filled last: without a data set it ends the page, and what has been trained is shown all the same.
    """
    if chosen is None:
        st.header("New training")
        return st.container()
    copied = original is not None and state.recall(state.RUN) in (None, original.id)
    return st.expander("New training", icon=":material/add:", expanded=copied, key="new-training")


def show_form(runs: list[run.Run], original: run.Run | None) -> None:
    """What to train, what it costs, the button that starts it; then what few change."""
    with st.grid(2, min_column_width=NARROWEST_PX, gap="large", key="form"):
        hand, eye = st.container(), st.container()
    if not any(row["status"] == "ready" for row in index.list_datasets()):
        with eye:  # the page ends below, and is no empty room
            network_view.show_network(recipe.suggest("", next(iter(registry.ARCHITECTURES))), 2)
    with hand:
        data = guards.require_dataset()
        asked = recipe_form.input_first(data, original)
        start = st.container()
        wanted = recipe_form.input_rest(data, asked, original)
        recipe_form.show_command(wanted)
        with st.expander("As a series: folds or repeats", icon=":material/stacks:", key="new-series"):
            series.input_series(data, wanted)
    with start:
        recipe_form.show_start(data, wanted, runs)
    with eye:
        network_view.show_network(wanted, len(data.class_names))
