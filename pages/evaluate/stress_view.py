"""Evaluate's stress table: how right a model is when its unseen images are changed, and what its gate refuses."""

from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.index import index
from core.figures import stress_curves, template
from core.jobs import jobs
from core.models import package
from core.results import cross_evaluation, stress
from core.statistics import estimate
from pages.kit import cache, charts, downloads, guards, text, theme

VERB = "stress"


def show_stress(found: package.Package) -> None:
    """What was measured; else the button that has it measured in the background."""
    st.header("Under stress", help=cache.explain("stress table"))
    measured = stress.read(found)
    if measured is None:
        _show_start(found)
        return
    table = stress.tabulate(measured)
    figure = _draw(table, theme.current())
    charts.show_chart(figure, key=f"stress-{found.id}", toolbar=False)
    patients = f" of {measured.patients:,} patients" if measured.patients else ""
    st.caption(
        f"{measured.images:,} test images{patients} of {text.plain(measured.dataset)}.",
        help=f"{stress_curves.CAPTION} {stress_curves.READING}",
    )
    with st.expander("As a table", icon=":material/table:", key="stress-table"):
        st.dataframe(_say(measured, table), hide_index=True, width="stretch")
    downloads.offer_csv(lambda: table, f"{found.id}-stress.csv")


def _show_start(found: package.Package) -> None:
    name = cross_evaluation.find_dataset(found)
    words, button = st.columns([5, 1], vertical_alignment="center")
    if name is None:
        words.info(
            f"Its test images are not here: import {text.plain(found.manifest.dataset.name)} to see what another "
            "stain, light, lens or ground does to its answers.",
            icon=":material/hourglass_empty:",
        )
        return
    words.info(
        "Not measured under another stain, light, lens or ground.",
        icon=":material/thunderstorm:",
    )
    busy = any(_measures(job, found) for job in jobs.list_jobs())
    how_long = "It takes a few minutes, and goes on when you leave the page."
    if button.button("Measure", disabled=busy, key="stress-start", help=how_long):
        with guards.faults_as_messages():
            jobs.start_job(VERB, index.read_index(name).name, model=found.id)
        st.rerun()


def _measures(job: jobs.Job, found: package.Package) -> bool:
    return job.verb == VERB and job.arguments.model == found.id and job.state.is_active


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={pd.DataFrame: lambda table: table.to_json()})
def _draw(table: pd.DataFrame, look: template.Theme) -> Any:
    return stress_curves.figure_stress(table, look)


def _say(measured: stress.Measured, table: pd.DataFrame) -> pd.DataFrame:
    def share(found: estimate.Estimate | None) -> str:
        return "–" if found is None else found.say(estimate.PER_CENT)

    return pd.DataFrame(
        {
            "Change": table["change"],
            "Step": table["step"],
            "Right, if all were answered": [share(row.accuracy) for row in measured.rows],
            "Refused": [share(row.refused) for row in measured.rows],
            "With caution": [share(row.away) for row in measured.rows],
            "Right among the answered": [share(row.answered) for row in measured.rows],
        }
    )
