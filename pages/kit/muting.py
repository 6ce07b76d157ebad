"""Muting a check for a data set or a training: who does it, how many are muted, and the way back."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import streamlit as st

from core.checks import check_table, muting
from pages.kit import guards, signature, text

ICONS = {"error": ":material/error:", "warning": ":material/warning:", "info": ":material/lightbulb:"}
Report = TypeVar("Report", bound=muting.Reported)


def input_mute(check: check_table.Check, folder: Path, here: str) -> None:
    """A small button that opens who mutes the check `here` ("in this data set"), and does it."""
    key = f"{check.code}-{folder.parent.name}-{folder.name}"
    with st.popover(check.code, icon=":material/notifications_off:", type="tertiary", help=text.plain(check.help)):
        st.caption(f"{check.title} · {check.severity}: {check_table.SEVERITIES[check.severity]}.")
        signature.input_name(f"mute-who-{key}", "Who mutes it")
        st.button(
            f"Mute {here}",
            key=f"mute-{key}",
            on_click=signature.decide,
            args=(f"mute-who-{key}", lambda by: muting.mute(folder, check.code, by)),
        )


def show_muted(
    reports: Sequence[Report], muted: Mapping[str, muting.Mute], folder: Path, say: Callable[[Report], str]
) -> None:
    """How many are muted; opened, what each would `say`, who muted it and when, and a button that reports it again."""
    if not reports:
        return
    with st.expander(f"{len(reports)} muted", icon=":material/notifications_off:"):
        for report in reports:
            check, by = report.check, muted[report.check.code]
            st.markdown(text.plain(say(report)))
            st.caption(f"{check.code}, muted by {text.plain(by.by)}, {by.at[:10]}.")
            st.button(
                "Unmute",
                key=f"unmute-{check.code}-{folder.parent.name}-{folder.name}",
                on_click=guards.attempt,
                args=(muting.unmute, folder, check.code),
            )
