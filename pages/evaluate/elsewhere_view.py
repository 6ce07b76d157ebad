"""Evaluate's other data sets: what the gate makes of their images, and how right the model is on each part."""

import pandas as pd
import streamlit as st

from core.jobs import jobs
from core.models import package
from core.results import elsewhere
from core.statistics import estimate, metrics_table
from pages.kit import cache, downloads, guards, state, text

VERB = "elsewhere"
SAID = {"known": "Like those at home", "away": "Answered with caution", "refused": "Refused"}


def show_elsewhere(found: package.Package) -> None:
    """The choice of a data set, and what was measured there; else the button that has it measured."""
    st.header("On another data set", help=cache.explain("away"))
    names = elsewhere.list_candidates(found)
    if not names:
        classes = " and ".join(text.plain(name) for name in found.class_names)
        st.page_link(
            "pages/datasets/page.py",
            label="Bring in images of another laboratory",
            icon=":material/travel_explore:",
            help=f"No other data set with {classes} is here. Import one from another laboratory to see what is left of "
            "this quality there.",
        )
        return
    chosen = state.input_choice(VERB, "Data set", names, absent="has not the classes of this model, or is not here")
    with guards.faults_as_messages():
        measured = elsewhere.read(found, chosen)
        if measured is None:
            _show_start(found, chosen)
        else:
            _show_measured(found, measured)


def _show_start(found: package.Package, dataset: str) -> None:
    words, button = st.columns([5, 1], vertical_alignment="center")
    words.info(
        "The model has not been asked about these images.",
        icon=":material/hourglass_empty:",
    )
    busy = any(_asks(job, found, dataset) for job in jobs.list_jobs())
    if button.button("Ask", disabled=busy, key="elsewhere-start", help="It goes on when you leave the page."):
        with guards.faults_as_messages():
            jobs.start_job(VERB, dataset, model=found.id)
        st.rerun()


def _asks(job: jobs.Job, found: package.Package, dataset: str) -> bool:
    return (job.verb, job.dataset, job.arguments.model) == (VERB, dataset, found.id) and job.state.is_active


def _show_measured(found: package.Package, measured: elsewhere.Measured) -> None:
    right = measured.figures["accuracy"].say(estimate.PER_CENT)
    table = _tabulate(measured)
    patients = f" of {measured.patients:,} patients" if measured.patients else ""
    others = [
        f"{metrics_table.find(name).title} {figure.say(metrics_table.find(name).form)}"
        for name, figure in measured.figures.items()
        if name != "accuracy" and figure.n
    ]
    more = (
        f"{measured.images:,} images{patients} of {text.plain(measured.dataset)}, whether answered or not. "
        f"{'; '.join(others)}. In brackets the 95 % interval over {measured.interval}."
    )
    left_out = " ".join(map(text.plain, measured.left_out))
    st.markdown(f"Right on {text.plain(right)} of {measured.images:,} images there.", help=f"{more} {left_out}".strip())
    st.table(table, width="stretch")
    downloads.offer_csv(table.reset_index, f"{found.id}-on-{measured.dataset}.csv")


def _tabulate(measured: elsewhere.Measured) -> pd.DataFrame:
    accuracy = measured.figures["accuracy"]
    rows = {"All": {"Share": "100 %", "Right among them": accuracy.say(estimate.PER_CENT), "n": accuracy.n}}
    for name, title in SAID.items() if measured.share else ():
        rows[title] = {
            "Share": measured.share[name].say(estimate.PER_CENT),
            "Right among them": measured.accuracy[name].say(estimate.PER_CENT),
            "n": measured.accuracy[name].n,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("Images")
