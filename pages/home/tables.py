"""Home's tables, folded: all of what is on this machine, each with a way to take it away."""

from typing import Any

import pandas as pd
import streamlit as st

from core.jobs import overview
from core.statistics import estimate, words
from pages.kit import cache


def show_tables(found: overview.Overview) -> None:
    """Data sets, models and trainings, every one and all that is known of it."""
    with st.expander("All of it as tables, with CSV", icon=":material/table:"):
        _show_datasets(found.datasets)
        _show_models(found.models)
        _show_runs(found.runs)


def _show(title: str, rows: list[dict[str, Any]], *, none: str, name: str) -> None:
    """A titled table with its CSV; what will stand there while it is empty."""
    head, button = st.columns([6, 1], vertical_alignment="bottom")
    head.markdown(f"**{title}**")
    if not rows:
        st.markdown(none)
        return
    table = pd.DataFrame(rows)
    whole = st.column_config.NumberColumn(format="localized")
    numbers = {column: whole for column in ("Images", "Patients", "Unreadable", "Parameters") if column in table}
    st.dataframe(table, hide_index=True, key=f"table-{name}", column_config=numbers)
    with button:
        st.download_button("CSV", cache.as_csv(table), f"{name}.csv", type="tertiary", icon=":material/download:")


def _show_datasets(datasets: list[dict[str, Any]]) -> None:
    """Data sets: what they hold."""
    rows = [
        {
            "Name": row["name"],
            "Images": row.get("images"),
            "Classes": ", ".join(row.get("classes", {})),
            "Patients": row.get("groups") or None,
            "Unreadable": len(row.get("problems", [])),
            "State": row["status"] if row["status"] != "broken" else f"broken: {row.get('message', '')}",
        }
        for row in datasets
    ]
    _show("Data sets", rows, none="None yet. What you import will stand here.", name="datasets")


def _show_models(models: list[dict[str, Any]]) -> None:
    """Models: what they were tested on, and how they did."""
    rows = [
        {
            "Model": row["id"],
            "Trained on": row["trained_on"],
            "Split": f"{row['split']} (leaky)" if row["leaky"] else row["split"],
            "Accuracy on unseen images, 95 % interval": row["test"]["accuracy"].say(estimate.PER_CENT),
            "Tested on": words.say_sample(row["test"]),
            "Parameters": row["parameters"],
        }
        for row in models
    ]
    _show("Models", rows, none="None yet. A finished training will stand here.", name="models")


def _show_runs(runs: list[dict[str, Any]]) -> None:
    """Trainings: running, waiting and ended."""
    rows = [
        {
            "Training": row["run_id"],
            "State": row["status"],
            "Epoch": f"{row['epoch']} of {row['epochs']}",
            "Model": row["model_id"],
        }
        for row in runs
    ]
    _show("Trainings", rows, none="None yet on this machine.", name="trainings")
