"""Two models' trainings beside each other: their curves in one picture, and in what their recipes differ."""

from typing import Any

import pandas as pd
import streamlit as st

from core.base import errors
from core.datasets.splits import split_words
from core.figures import overlaid
from core.models import package
from core.training import recipe, run_comparison, training_record
from pages.compare import pairs
from pages.kit import cache, charts, downloads, headline, run_overlay, state, text, theme

RESULTS = ("Epochs done", "Best epoch", "Seconds an epoch")  # told also where both have the same


PARTS: dict[overlaid.Part, str] = {"close": "Close up", "whole": "Whole"}
HOW_CHOSEN = "Validation images chose these epochs; which model is better, the test images tell."
OTHER_IMAGES = "The two were watched on different images: heights cannot be compared, only the shapes."


def show_curves(models: list[package.Package]) -> None:
    """Curves of A and B overlaid, and what differs."""
    head = st.container()
    pair = pairs.input_pair(models)
    if pair is None:
        return
    eye, hand = st.columns([3, 2], gap="large")
    with eye:
        metric = _show_overlay(pair)
    with head:
        headline.show_headline(_say_best_epochs(pair, metric), note=HOW_CHOSEN)
        if not _share_validation(pair):
            st.badge("Other validation images", icon=":material/warning:", color="orange", help=OTHER_IMAGES)
    with hand:
        _show_differences(*pair)


def _say_best_epochs(pair: pairs.Pair, metric: str) -> str:
    """What the validation images said of both at their best epochs."""
    best = [_read_best(found, metric) for found in pair]
    return f"At its best epoch A has a validation {metric} of {best[0]}, B of {best[1]}"


def _read_best(found: package.Package, metric: str) -> str:
    epoch = found.manifest.training.best_epoch
    rows = _history(found, found.id, found.manifest.created)["epochs"]
    value = next((row.get(f"validation_{metric}") for row in rows if row["epoch"] == epoch), None)
    if value is None:
        return "nothing noted"
    return f"{100 * value:.1f} %" if metric == "accuracy" else f"{value:.3f}"


def _share_validation(pair: pairs.Pair) -> bool:
    """Whether both were watched on the same validation images."""
    tables = [cache.load_predictions(found) for found in pair]
    first, second = (set(table.loc[table["split"] == "validation", "image_id"]) for table in tables)
    return first == second


def _show_overlay(pair: pairs.Pair) -> str:
    with st.container(horizontal=True):
        metric: Any = st.segmented_control(
            "What the curves show",
            list(run_overlay.METRICS),
            format_func=run_overlay.METRICS.__getitem__,
            required=True,
            **state.follow("metric", "loss", key="compare-metric", options=list(run_overlay.METRICS)),
            label_visibility="collapsed",
        )
        part: Any = st.segmented_control(
            "Part of the curves",
            list(PARTS),
            format_func=PARTS.__getitem__,
            required=True,
            **state.follow("curves", "close", key="compare-part", options=list(PARTS)),
            label_visibility="collapsed",
        )
    st.header(f"Validation {metric} against epochs")
    drawn = [
        overlaid.Curve(f"{letter}: {found.id}", _history(found, found.id, found.manifest.created), _epochs(found))
        for letter, found in zip("AB", pair, strict=True)
    ]
    figure = overlaid.figure_overlay(drawn, metric=metric, against="epoch", theme=theme.current(), part=part)
    charts.show_chart(figure, key="compare-curves")
    st.caption(overlaid.CAPTION, help=overlaid.READING)
    return str(metric)


@st.cache_data(max_entries=32, show_spinner=False)
def _history(_found: package.Package, model_id: str, created: str) -> dict[str, Any]:
    return training_record.read_history(_found)


def _epochs(found: package.Package) -> int:
    return found.manifest.training.epochs


def _show_differences(first: package.Package, second: package.Package) -> None:
    st.header("What differs")
    rows = [*_compare_recipes(first, second), *_compare_facts(first, second)]
    table = pd.DataFrame(rows, columns=["Setting", "A", "B"], dtype=str)
    st.dataframe(table, hide_index=True, key="compare-recipes")
    st.caption(
        f"A is {text.plain(first.id)}, B is {text.plain(second.id)}; settings that are alike are left out.",
        help="Where more than one differs, the results cannot tell which of them made the difference; nor can one "
        "training of each.",
    )
    downloads.offer_csv(lambda: table, f"{first.id}-{second.id}-recipes.csv", label="CSV of what differs")


def _compare_recipes(first: package.Package, second: package.Package) -> list[tuple[str, str, str]]:
    """A row for each setting in which the recipes differ, the most telling first; a recipe of another version is said.

    Only the name of the data set is left alone: it is what one calls it, and both are of the chosen images.
    """
    try:
        mine, other = (recipe.Recipe.from_json(found.manifest.recipe) for found in (first, second))
    except errors.RecipeNotUsable as error:
        st.info(text.plain(str(error)), icon=":material/info:")
        return []
    same_images = first.dataset_content == second.dataset_content
    differing = run_comparison.list_differences([mine, other])
    return [
        (label, values[0], values[1])
        for name, (label, values) in differing.items()
        if not (name == "dataset" and same_images)
    ]


def _compare_facts(first: package.Package, second: package.Package) -> list[tuple[str, str, str]]:
    """What came of both, and what they were made from where that differs."""
    mine, other = (_describe(found) for found in (first, second))
    return [(name, mine[name], other[name]) for name in mine if name in RESULTS or mine[name] != other[name]]


def _describe(found: package.Package) -> dict[str, str]:
    training, split = found.manifest.training, found.manifest.split
    return {
        "Parameters": f"{found.manifest.parameters:,}",
        "Split": split_words.say_kind(split),
        "Training images (n)": f"{split.images.train:,}",
        "Epochs done": str(training.epochs),
        "Best epoch": str(training.best_epoch),
        "Seconds an epoch": f"{training.seconds / max(1, training.epochs):,.1f}",
    }
