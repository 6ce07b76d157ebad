"""All models of one data set in a table and a picture: how good, how large, how fast, and which are alike."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.figures import pareto
from core.models import package
from core.prediction import decision
from core.results import ranking
from core.statistics import estimate, metrics_table
from pages.compare import pairs, published
from pages.kit import cache, charts, downloads, headline, state, text, theme

LEAKY, ALONE, UNREADABLE = "✕ leaky", "alone", "✕ cannot be read"
NO_PLACE = "✕ leaky: the split leaks, it does not count. alone: no other model has its test images."
PLACE = "Place: 1 + how many are better beyond chance (paired interval); = shares it."
SETS = "Numbers of different sets cannot be compared, and each has places of its own."
COSTS: dict[str, str] = {"parameters": "Against parameters", "milliseconds": "Against milliseconds an image"}
PICKED = "models-picked"


def show_table(models: list[package.Package]) -> None:
    """Which is best, the table, the way from it to a pair, what accuracy costs, and what others published."""
    rows = pairs.load_ranking(models)
    headline.show_headline(ranking.say_best(rows))
    _show_cautions(rows)
    for row in rows:
        if row["problem"]:
            st.warning(f"{text.plain(row['id'])}: {text.plain(row['problem'])}", icon=":material/warning:")
    table = tabulate(rows, {found.id: decision.say_threshold(found) for found in models})
    key = f"{PICKED}-{models[0].dataset_content[:12]}-{len(models)}"
    st.dataframe(
        table, hide_index=True, key=key, column_config=_columns(), on_select="rerun", selection_mode="multi-row"
    )
    chosen = [rows[place]["id"] for place in st.session_state[key]["selection"]["rows"] if place < len(rows)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Compare the two that are ticked",
            icon=":material/balance:",
            key="compare-ticked",
            disabled=len(chosen) != 2,
            on_click=_open_pair,
            args=tuple(chosen),
        )
        downloads.offer_csv(lambda: flatten(rows), "models.csv")
    st.caption(_say_table(rows), help=f"{PLACE} Tick two rows to compare them.")
    _show_cost(rows)
    published.show_published(models)


def _open_pair(first: str, second: str) -> None:
    pairs.choose_pair(first, second)
    state.remember(state.VIEW, "pair")


def say_place(row: dict[str, Any]) -> str:
    """Where a model stands among those with its test images: `1`, `1=` where it shares the place, or why nowhere."""
    if row["place"] is not None:
        return f"{row['place']}{'=' * row['shared']}"
    return UNREADABLE if row["problem"] else LEAKY if row["leaky"] else ALONE


def number_sets(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """same_images -> 1, 2 ... in the order in which they appear."""
    keys = dict.fromkeys(row["same_images"] for row in rows if row["same_images"])
    return {key: number for number, key in enumerate(keys, 1)}


def tabulate(rows: Sequence[dict[str, Any]], thresholds: Mapping[str, str]) -> pd.DataFrame:
    """The table as it is shown: numbers that can be sorted, each interval as words beside its number.

    thresholds : model id -> from which probability on it answers the positive class, in words.
    """
    sets = number_sets(rows)
    first, *others = metrics_table.list_headlines()
    return pd.DataFrame(
        [
            {
                "Model": row["id"],
                "Place": say_place(row),
                **_tabulate_metric(row, first, "95 % interval"),
                "Test images": f"set {sets[row['same_images']]}" if row["same_images"] in sets else "–",
                "n": row["n"],
                "At threshold": thresholds[row["id"]],
                "Errors": row["errors"],
                "False positives": row["false_positives"],
                "False negatives": row["false_negatives"],
                "Loss": row["loss"],
                **dict(
                    cell
                    for one in others
                    for cell in _tabulate_metric(row, one, f"Interval of the {one.title}").items()
                ),
                "Parameters": row["parameters"],
                "File, MB": row["file_bytes"] / 1e6,
                "Seconds an epoch": row["seconds_per_epoch"],
                "ms an image": row["milliseconds_per_image"],
                "Split": row["split"],
                "Architecture": row["architecture"],
            }
            for row in rows
        ]
    )


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    whole = dict.fromkeys(
        ("n", "Errors", "False positives", "False negatives", "Parameters"), number(format="localized")
    )
    return {
        **whole,
        "Model": st.column_config.TextColumn(pinned=True),
        "Place": st.column_config.TextColumn(help=f"{cache.explain('place')} {NO_PLACE}"),
        **{one.title: number(format=one.form.as_printf()) for one in metrics_table.list_headlines()},
        "Loss": number(format="%.3f"),
        "File, MB": number(format="%.1f"),
        "Seconds an epoch": number(format="%.1f"),
        "ms an image": number(format="%.2f"),
    }


def _tabulate_metric(row: dict[str, Any], one: metrics_table.Metric, interval: str) -> dict[str, Any]:
    """A metric's number, which can be sorted, and its interval in words."""
    found: estimate.Estimate = row[one.key]
    value = None if found.value is None else one.form.scale * found.value
    return {one.title: value, interval: found.say_ends(one.form) or "–"}


def flatten(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """All that is known of each model, a column a number, as it is taken away."""
    table = []
    for row in rows:
        flat: dict[str, Any] = {"standing": say_place(row)}
        for name, value in row.items():
            parts = value.to_json() if isinstance(value, estimate.Estimate) else None
            flat |= {f"{name}_{key}": part for key, part in parts.items()} if parts else {name: value}
        table.append(flat)
    return pd.DataFrame(table)


def _show_cautions(rows: Sequence[dict[str, Any]]) -> None:
    """What keeps models out of the ranking, as marks."""
    leaky, sets = sum(row["leaky"] for row in rows), len(number_sets(rows))
    with st.container(horizontal=True):
        if leaky:
            st.badge(f"{leaky} leaky", icon=":material/warning:", color="red", help=NO_PLACE)
        if sets > 1:
            st.badge(f"{sets} sets of test images", icon=":material/warning:", color="orange", help=SETS)


def _say_table(rows: Sequence[dict[str, Any]]) -> str:
    """In which order it stands, and what its intervals count."""
    over = " or ".join(sorted({row["over"] for row in rows}))
    return f"Best first, each on its own test images, with 95 % intervals over {over}."


def _show_cost(rows: Sequence[dict[str, Any]]) -> None:
    """Accuracy against size or speed."""
    st.header("What accuracy costs")
    fields = {"parameters": "parameters", "milliseconds": "milliseconds_per_image"}
    offered = [cost for cost, name in fields.items() if any(row[name] for row in rows)]
    chosen: Any = "parameters"
    if len(offered) > 1:
        chosen = st.segmented_control(
            "Cost",
            offered,
            format_func=COSTS.__getitem__,
            required=True,
            **state.follow("against", "parameters", key="compare-cost", options=offered),
            label_visibility="collapsed",
        )
    points = [
        pareto.Point(
            cache.as_text(row["id"]),
            float(row[fields[chosen]]),
            row["accuracy"].value,
            row["accuracy"].low,
            row["accuracy"].high,
            row["leaky"],
        )
        for row in rows
        if row[fields[chosen]] and row["accuracy"].value is not None
    ]
    figure = pareto.figure_pareto(points, against=chosen, theme=theme.current())
    eye, hand = st.columns([3, 1], vertical_alignment="center")
    with eye:
        charts.show_chart(figure, key=f"pareto-{chosen}")
    with hand:
        st.markdown("\n".join(f"{n}. {_name_point(point)}" for n, point in enumerate(points, 1)))
    without = len(rows) - len(points)
    missing = f" {without:,} models have no such number." if without else ""
    st.caption(f"{pareto.CAPTION}{missing}", help=pareto.READING)


def _name_point(point: pareto.Point) -> str:
    return text.plain(html.unescape(point.name)) + " (leaky)" * point.leaky
