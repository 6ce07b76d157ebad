"""All models of one data set in a table and a picture: how good, how large, how fast, and which are alike."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.evaluation import ranking as ranks
from core.figures import pareto
from core.models import package
from pages.ui import cached, pairs, published_numbers, state, taking, text, theme

BEST, TIED, BEHIND = "★ best", "≈ cannot be told from the best", "behind the best"
LEAKY, ALONE, UNREADABLE = "✕ leaky split, does not count", "alone on its test images", "✕ cannot be read"
COSTS: dict[str, str] = {"parameters": "Against parameters", "milliseconds": "Against milliseconds an image"}
PICKED = "models-picked"


def show_table(models: list[package.Package]) -> None:
    """The table, the way from it to a pair, the picture of what accuracy costs, and what others published."""
    rows = load_ranking(models)
    for row in rows:
        if row["problem"]:
            st.warning(f"{text.plain(row['id'])}: {text.plain(row['problem'])}", icon=":material/warning:")
    table = tabulate(rows)
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
        taking.offer_csv(lambda: flatten(rows), "models.csv")
    st.caption(_say_table(rows))
    published_numbers.show_published(models)
    _show_cost(rows)


def load_ranking(models: Sequence[package.Package]) -> list[dict[str, Any]]:
    """`ranking.rank`, worked out once for each set of models as they are."""
    return _ranking(models, tuple(pairs.identify(found) for found in models))


@st.cache_data(max_entries=16, show_spinner="Reading what the models answered …")
def _ranking(_models: Sequence[package.Package], key: tuple[pairs.Key, ...]) -> list[dict[str, Any]]:
    return ranks.rank(_models)


def _open_pair(first: str, second: str) -> None:
    pairs.choose_pair(first, second)
    state.remember(state.VIEW, "pair")


def say_standing(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    """Where a model stands among those with its test images, in words and with a sign of its own."""
    if row["problem"]:
        return UNREADABLE
    if row["leaky"]:
        return LEAKY
    if row["best"]:
        return BEST
    if row["tied"]:
        return TIED
    rivals = [other for other in rows if other["best"] and other["same_images"] == row["same_images"]]
    return BEHIND if rivals else ALONE


def number_sets(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """same_images -> 1, 2 ... in the order in which they appear."""
    keys = dict.fromkeys(row["same_images"] for row in rows if row["same_images"])
    return {key: number for number, key in enumerate(keys, 1)}


def tabulate(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The table as it is shown: numbers that can be sorted, each interval as words beside its number."""
    sets = number_sets(rows)
    return pd.DataFrame(
        [
            {
                "Model": row["id"],
                "Standing": say_standing(row, rows),
                "Test images": f"set {sets[row['same_images']]}" if row["same_images"] in sets else "–",
                "n": row["n"],
                "Accuracy": _per_cent(row["accuracy"]["value"]),
                "95 % interval": _say_ends(row["accuracy"], 100, 1),
                "Errors": row["errors"],
                "False positives": row["false_positives"],
                "False negatives": row["false_negatives"],
                "Loss": row["loss"],
                "AUC": row["auc"]["value"],
                "Interval of the AUC": _say_ends(row["auc"], 1, 3),
                "Parameters": row["parameters"],
                "File, MB": row["file_bytes"] / 1e6,
                "Seconds an epoch": row["seconds_per_epoch"],
                "ms an image": row["milliseconds_per_image"],
                "Split": f"{row['split']} (leaky)" if row["leaky"] else row["split"],
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
        "Standing": st.column_config.TextColumn(width="medium"),
        "Accuracy": number(format="%.1f %%"),
        "Loss": number(format="%.3f"),
        "AUC": number(format="%.3f"),
        "File, MB": number(format="%.1f"),
        "Seconds an epoch": number(format="%.1f"),
        "ms an image": number(format="%.2f"),
    }


def _per_cent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _say_ends(metric: dict[str, Any], factor: float, digits: int) -> str:
    if metric["low"] is None:
        return "–"
    return f"{factor * metric['low']:.{digits}f} to {factor * metric['high']:.{digits}f}"


def flatten(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """All that is known of each model, a column a number, as it is taken away."""
    table = []
    for row in rows:
        flat: dict[str, Any] = {"standing": say_standing(row, rows)}
        for name, value in row.items():
            parts = value if isinstance(value, dict) else None
            flat |= {f"{name}_{key}": part for key, part in parts.items()} if parts else {name: value}
        table.append(flat)
    return pd.DataFrame(table)


def _say_table(rows: Sequence[dict[str, Any]]) -> str:
    """How to read it, and what it cannot tell."""
    about = sorted({row["resampled"] for row in rows})
    over = " or ".join(about)
    sets = len(number_sets(rows))
    apart = (
        f"There are {sets} sets of test images here: numbers of different sets cannot be compared, and each has a best "
        "of its own. "
        if sets > 1
        else ""
    )
    return (
        f"Each model on its own test images, with 95 % intervals over {over}. {apart}★ is the most accurate of the "
        "honest models with the same test images; ≈ cannot be told from it by the paired interval on these images; "
        "✕ does not count. Click a column to sort; tick two rows to compare them."
    )


def _show_cost(rows: Sequence[dict[str, Any]]) -> None:
    """Accuracy against size or speed."""
    st.subheader("What accuracy costs")
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
            cached.as_text(row["id"]),
            float(row[fields[chosen]]),
            row["accuracy"]["value"],
            row["accuracy"]["low"],
            row["accuracy"]["high"],
            row["leaky"],
        )
        for row in rows
        if row[fields[chosen]] and row["accuracy"]["value"] is not None
    ]
    figure = pareto.figure_pareto(points, against=chosen, theme=theme.current())
    st.plotly_chart(figure, theme=None, key=f"pareto-{chosen}", config={"displaylogo": False})
    without = len(rows) - len(points)
    missing = f" {without:,} models have no such number." if without else ""
    st.caption(f"{len(points):,} models.{missing} {pareto.CAPTION}")
