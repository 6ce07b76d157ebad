"""How a model learnt: its curves, its recipe as a table, time and versions, and what can be taken away of it."""

import streamlit as st

from core.base import files
from core.figures import curves
from core.jobs import jobs
from core.models import export_zip, package
from core.training import training_record
from pages.kit import cache, charts, guards, state, text, theme

METRICS = {"loss": "Loss", "accuracy": "Accuracy"}
EXPORT = "export"  # the verb of the job


def show_history(found: package.Package) -> None:
    """Curves on the left, recipe and downloads on the right."""
    eye, hand = st.columns([3, 2], gap="large")
    with eye, guards.faults_as_messages():
        _show_curves(found)
    with hand:
        _show_recipe(found)
        with guards.faults_as_messages():
            _show_downloads(found)


def _show_curves(found: package.Package) -> None:
    st.header("How it learnt")
    learnt = training_record.read_history(found)
    metric = st.segmented_control(
        "What the curves show",
        list(METRICS),
        format_func=METRICS.__getitem__,
        required=True,
        **state.follow("metric", "loss", key=f"history-metric-{found.id}", options=list(METRICS)),
        label_visibility="collapsed",
    )
    # The axis ends with the last epoch: a training that is over has no room to keep for epochs to come.
    epochs = max((row["epoch"] for row in learnt["epochs"]), default=1)
    figure = curves.figure_training_curves(learnt, metric=metric, epochs=epochs, theme=theme.current())
    charts.show_chart(figure, key=f"history-{metric}-{found.id}")
    images = found.manifest.split.images
    st.caption(
        curves.CAPTION,
        help=f"n = {images.train:,} training and {images.validation:,} validation images. {curves.READING} "
        f"{METRICS[str(metric)]}: {cache.explain(str(metric))}",
    )
    for sentence in training_record.describe_segments(learnt):
        st.caption(text.plain(sentence))


def _show_recipe(found: package.Package) -> None:
    st.header("Recipe", help=cache.explain("recipe"))
    settings = training_record.list_settings(found)
    st.dataframe(settings, hide_index=True, key=f"recipe-{found.id}", height="content")
    with st.expander("Time, versions, fingerprint"):
        st.dataframe(training_record.list_facts(found), hide_index=True, key=f"facts-{found.id}", height="content")
    with st.expander("The same from a terminal"):
        st.code(found.manifest.command, language="bash", wrap_lines=True)


def _show_downloads(found: package.Package) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "History, CSV",
            package.read_file(found, package.HISTORY_FILE).read_bytes(),
            f"{found.id}-history.csv",
            icon=":material/download:",
            key=f"history-csv-{found.id}",
        )
        st.download_button(
            "Recipe, CSV",
            cache.as_csv(training_record.list_settings(found)),
            f"{found.id}-recipe.csv",
            icon=":material/download:",
            key=f"recipe-csv-{found.id}",
        )
        _show_export(found)


def _show_export(found: package.Package) -> None:
    """The .zip where it is; else the button that has it made in the background."""
    archive = export_zip.find_archive(found)
    if archive:
        st.download_button(
            f"Structure and weights, .zip ({files.describe_bytes(archive.stat().st_size)})",
            archive.read_bytes,  # read when a person asks for it, not at each look
            f"{found.id}.zip",
            mime="application/zip",
            icon=":material/download:",
            key=f"export-{found.id}",
            help=cache.explain("export"),
        )
        return
    busy = any(_exports(job, found) for job in jobs.list_jobs())
    label = "Being exported …" if busy else "Export structure and weights"
    if st.button(
        label, icon=":material/archive:", disabled=busy, key=f"start-export-{found.id}", help=cache.explain("export")
    ):
        with guards.faults_as_messages():
            jobs.start_job(EXPORT, found.manifest.dataset.name, model_id=found.id)
        st.rerun()


def _exports(job: jobs.Job, found: package.Package) -> bool:
    return job.verb == EXPORT and job.arguments.model_id == found.id and job.state.is_active
