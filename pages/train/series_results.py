"""What came of a series: the trainings as dots, their mean, spread and interval, the pooled result, and each alone."""

from typing import Any

import pandas as pd
import streamlit as st

from core.base import background
from core.experiments import series
from core.figures import spread
from core.statistics import estimate, metrics_table, words
from pages.kit import cache, charts, headline, text, theme

DOWNLOAD = ":material/download:"
OVER = (*background.ENDED, "interrupted", "missing")


def name_run(found: series.Series, row: dict[str, Any]) -> str:
    """`Fold 1`, `Repeat 1`."""
    return f"{'Fold' if found.kind == 'folds' else 'Repeat'} {row['number']}"


def show_verdict(summed: dict[str, Any]) -> None:
    """What came of it in one large line: all images pooled where they can be, else the mean of the trainings."""
    if summed["pooled"]:
        said = words.say_verdict(summed["pooled"], leaky=summed["leaky"])
    elif summed["n_runs"]:
        accuracy, (one, *_) = summed["metrics"]["accuracy"], metrics_table.list_summary()
        low, high = accuracy["low"], accuracy["high"]
        interval = "" if low is None else f" ({one.form.say(low)} to {one.form.say(high)})"
        said = f"Right on {one.form.say(accuracy['mean'])}{interval}, the mean of {summed['n_runs']} trainings"
    else:
        return
    headline.show_line(said)


def show_spread(found: series.Series, summed: dict[str, Any]) -> None:
    """A dot a training, with the mean and its interval."""
    counting = [row for row in summed["runs"] if row["counts"]]
    if not counting:
        headline.show_headline(
            "No training has finished yet", note="A dot will stand here for each training that finishes."
        )
        return
    rows = []
    for one in metrics_table.list_summary():
        values = {name_run(found, row): estimate.find(row["test"], one.key).value for row in counting}
        known = {name: value for name, value in values.items() if value is not None}
        mean = summed["metrics"][one.key]
        rows.append(spread.Row(one.title, known, mean["mean"], mean["low"], mean["high"], one.form.say))
    charts.show_chart(spread.figure_spread(rows, theme.current()), key="series-spread")
    st.caption(f"n = {len(counting)} trainings. {spread.CAPTION}", help=spread.READING)


def show_means(summed: dict[str, Any]) -> None:
    """Mean, spread and interval of each measure, and the pooled result beside them."""
    if not summed["n_runs"]:
        return
    pooled = summed["pooled"]
    table = pd.DataFrame(
        [_describe_mean(one, summed["metrics"][one.key], pooled) for one in metrics_table.list_summary()]
    )
    st.dataframe(table, hide_index=True, key="series-means")
    level = f"{100 * summed['interval']['level']:.0f} %"
    st.caption(
        "Spread: the standard deviation between the trainings.",
        help=f"Interval of the mean ({level}): {text.plain(summed['interval']['method'])}",
    )
    if pooled:
        over = "patients" if pooled["interval"] == "patients" else "images"
        st.caption(
            f"Pooled: the answers to all {words.say_sample(pooled)}, each by the training that had not seen it.",
            help=f"With a {100 * pooled['level']:.0f} % interval over {over}. Its AUC compares answers of different "
            "models, and may lie below those of the single ones.",
        )
    elif summed["pooled_missing"]:
        st.caption(f"No pooled result: {text.plain(summed['pooled_missing'])}")
    st.download_button(
        "CSV of the means", cache.as_csv(table), f"{summed['series_id']}-means.csv", type="tertiary", icon=DOWNLOAD
    )


def _describe_mean(one: metrics_table.Metric, mean: dict[str, Any], pooled: dict[str, Any] | None) -> dict[str, Any]:
    def write(value: float | None) -> str:
        return "–" if value is None else one.form.say(value)

    row = {
        "Measure": one.title,
        "Mean": write(mean["mean"]),
        "Spread": "–" if mean["spread"] is None else one.form.say_distance(mean["spread"]),
        "Interval of the mean": f"{write(mean['low'])} to {write(mean['high'])}" if mean["low"] is not None else "–",
        "Trainings (n)": mean["n_runs"],
    }
    if pooled:
        row |= {"Pooled (95 % interval)": pooled[one.key].say(one.form), "Images (n)": pooled[one.key].n}
    return row


def show_runs(found: series.Series, summed: dict[str, Any]) -> None:
    """The trainings one by one, each with its interval and n, and why one does not count."""
    rows = []
    for row in summed["runs"]:
        test = row["test"] or {}
        told = {
            one.title: test[one.key].say(one.form) if one.key in test else "–" for one in metrics_table.list_summary()
        }
        sample = words.say_sample(test) if test else "–"
        rows.append({"Training": name_run(found, row), "State": row["status"], **told, "Tested on": sample})
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="series-runs")
    about = {row["test"]["positive_class"] for row in summed["runs"] if row["test"]}
    said = f" Sensitivity is about {text.plain(', '.join(sorted(about)))}." if about else ""
    where = "Each on its own test images" if found.has_own_divisions else "All on the same test images"
    st.caption(f"{where}, with intervals of 95 %.{said}")
    left_out = [row for row in summed["runs"] if row["left_out"] and row["status"] in OVER]
    for row in left_out:
        st.caption(f"{name_run(found, row)} does not count. {text.plain(row['left_out'])}")
    st.download_button(
        "CSV of the trainings",
        cache.as_csv(series.as_table(summed)),
        f"{found.id}.csv",
        type="tertiary",
        icon=DOWNLOAD,
        key="series-runs-csv",
    )
