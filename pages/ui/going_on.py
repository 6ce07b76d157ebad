"""Go on with a training that has ended: more epochs, another rate or patience, as a new part of the same run."""

from typing import Any

import streamlit as st

from core.training import recipe, run
from pages.ui import cached, guards

WIDTH_PX = 320


def show_go_on(found: run.Run, learnt: dict[str, Any]) -> None:
    """A button that opens the three settings, filled so that pressing on is enough."""
    wanted, done = found.recipe, int(learnt["epochs"][-1]["epoch"])
    most = int(recipe.LIMITS["epochs"][1])
    waited = done - int(learnt["best_epoch"] or done)
    popover = st.popover("Go on", icon=":material/fast_forward:", disabled=done >= most, key=f"go-on-{found.id}")
    with popover, st.container(width=WIDTH_PX):
        st.caption(
            f"{done:,} epoch{'s are' if done != 1 else ' is'} done. It goes on after the last one, as a new part of "
            "the same training: its curves and its best epoch stay."
        )
        with st.form(f"course-{found.id}", border=False):
            epochs = st.number_input(
                "Epochs in all",
                done + 1,
                most,
                wanted.epochs if wanted.epochs > done else min(most, 2 * done),
                help=cached.explain("epoch"),
            )
            rate = _input_rate(wanted, done)
            patience = st.number_input(
                "Patience",
                waited + 1,
                max(waited + 1, int(recipe.LIMITS["patience"][1])),
                wanted.patience if wanted.patience > waited else waited + wanted.patience,
                help=f"{waited} epochs have passed since the best one. {cached.explain('patience')}",
            )
            if st.form_submit_button("Go on", icon=":material/play_arrow:"):
                _go_on(found, epochs=int(epochs), patience=int(patience), **rate)


def _input_rate(wanted: recipe.Recipe, done: int) -> dict[str, float]:
    """The learning rate of the epochs to come: the backbone has one of its own once the head is done."""
    tuning = wanted.fine_tunes and done >= wanted.head_epochs
    name, label = ("fine_tuning_rate", "Fine-tuning rate") if tuning else ("learning_rate", "Learning rate")
    value = getattr(wanted, name)
    rate = st.number_input(label, *recipe.LIMITS[name], value, 0.0001, format="%g", help=cached.explain(label.lower()))
    return {name: float(rate)}


def _go_on(found: run.Run, **wanted: Any) -> None:
    changes = {name: value for name, value in wanted.items() if value != getattr(found.recipe, name)}
    with guards.faults_as_messages():
        run.start_run(run.change_course(found, **changes) if changes else found)
    st.rerun()
