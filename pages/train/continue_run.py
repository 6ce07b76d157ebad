"""Go on with a training that has ended: more epochs, another rate or patience, as a new part of the same run."""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.training import recipe, run, schedules, settings_table
from pages.kit import guards

SETTINGS = settings_table.SETTINGS

WIDTH_PX = 320


def show_go_on(found: run.Run, learnt: dict[str, Any]) -> None:
    """A button that opens the three settings, filled so that pressing on is enough."""
    wanted, done = found.recipe, int(learnt["epochs"][-1]["epoch"]) if learnt["epochs"] else 0
    most = _find_most(wanted, "epochs")
    waited = done - int(learnt["best_epoch"] or done)
    key = f"go-on-{found.id}-{done}"
    popover = st.popover("Go on", icon=":material/fast_forward:", disabled=done >= most, key=key)
    if done >= most:
        return
    longest = max(waited + 1, _find_most(wanted, "patience"))
    with popover, st.container(width=WIDTH_PX):
        st.caption(_say_where_it_is(done))
        changes = {
            "epochs": st.number_input(
                "Epochs in all",
                done + 1,
                most,
                wanted.epochs if wanted.epochs > done else min(most, 2 * done),
                key=f"{key}-epochs",
                help=SETTINGS["epochs"].help,
            ),
            **_input_rate(wanted, done, key),
            "patience": st.number_input(
                "Patience",
                waited + 1,
                longest,
                min(longest, wanted.patience if wanted.patience > waited else waited + wanted.patience),
                key=f"{key}-patience",
                help=f"{waited} epochs have passed since the best one. {SETTINGS['patience'].help}",
            ),
        }
        rise = schedules.describe_rise(wanted, replace(wanted, **changes), done)
        if rise:
            st.caption(rise)
        if st.button("Go on", icon=":material/play_arrow:", key=f"{key}-start"):
            _go_on(found, **changes)


def _say_where_it_is(done: int) -> str:
    if not done:
        return "No epoch is done yet: it begins anew, as the same training, with what you set here."
    return (
        f"{done:,} epoch{'s are' if done != 1 else ' is'} done. It goes on after the last one, as a new part of the "
        "same training: its curves and its best epoch stay."
    )


def _input_rate(wanted: recipe.Recipe, done: int, key: str) -> dict[str, Any]:
    """The learning rate of the epochs to come: the backbone has one of its own once the head is done."""
    name = wanted.name_base_rate(done)
    setting, value = SETTINGS[name], getattr(wanted, name)
    low, high = setting.find_limits(wanted.architecture)
    label = setting.called.capitalize()
    rate = st.number_input(
        label, low, high, value, step=setting.step, format="%g", key=f"{key}-rate", help=setting.help
    )
    return {name: float(rate)}


def _find_most(wanted: recipe.Recipe, name: str) -> int:
    return int(SETTINGS[name].find_limits(wanted.architecture)[1])


def _go_on(found: run.Run, **wanted: Any) -> None:
    changes = {name: value for name, value in wanted.items() if value != getattr(found.recipe, name)}
    with guards.faults_as_messages():
        run.start_run(run.change_course(found, **changes) if changes else found)
    st.rerun()
