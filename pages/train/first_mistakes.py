"""Five test images that the model gets wrong, the most confident mistakes first: the next thing to look at."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.base import errors
from core.datasets.index import index
from core.figures import template
from core.models import package
from core.results import confusion_cell
from pages.kit import cache, guards, image_grid, state, text, tile_component

MOST = 5
MEANING = (
    "Test images with a wrong answer and its probability, after the temperature where one is kept. A click opens "
    "Predict, which shows where it looked. A confident mistake can be the model's or the label's; which of the two the "
    "picture alone may not tell."
)
STYLE = """
<style>
[class*="st-key-first-mistake-"] { position: relative; }
[class*="st-key-first-mistake-"] [data-testid="stPageLink"] a { padding-left: 0; }
[class*="st-key-first-mistake-"] [data-testid="stPageLink"] a::after { content: ""; position: absolute; inset: 0; }
[class*="st-key-first-mistake-"]:hover .tile-frame { box-shadow: 0 0 0 2px currentcolor; }
</style>
"""


def show_first(model_id: str) -> None:
    """A row of tiles, each a way to Predict with that image; nothing where none is wrong, or the model is gone."""
    try:
        found = package.find_package(model_id)
    except errors.SecondLookError:
        return  # the verdict above says so
    with guards.faults_in_place():
        predictions = cache.load_predictions(found)
        table = confusion_cell.list_mistakes(
            predictions[predictions["split"] == "test"],
            found.class_names,
            threshold=found.threshold,
            positive=found.class_names.index(found.positive_class),
            temperature=found.temperature,
        )
        name = confusion_cell.find_dataset(found, index.list_datasets())
        if not len(table) or name is None:
            return
        data = cache.load_index(name)
        _show_tiles(found, data, table.head(MOST).to_dict("records"), wrong=len(table))


def _show_tiles(found: package.Package, data: index.Index, entries: list[dict[Hashable, Any]], *, wrong: int) -> None:
    st.header("Mistakes to look at" if wrong > 1 else "The mistake to look at", help=MEANING)
    rows = confusion_cell.find_rows(data, [str(entry["image_id"]) for entry in entries])
    st.html(STYLE)
    tile_component.show_style()
    st.caption("Under each picture its class, then the wrong answer; the most confident first.")
    with st.grid("auto", min_column_width=130, gap="small"):
        for place, entry in enumerate(entries):
            _show_tile(found, data, rows.get(str(entry["image_id"])), entry, place)
    st.page_link(
        "pages/evaluate/page.py",
        label=f"All {wrong:,} wrong of {found.test_now['n']:,} test images" if wrong > 1 else "See it in Evaluate",
        icon=":material/fact_check:",
        query_params={state.MODEL: found.id},
    )


def _show_tile(
    found: package.Package, data: index.Index, row: int | None, entry: Mapping[Hashable, Any], place: int
) -> None:
    truth = str(entry["truth"])
    with st.container(key=f"first-mistake-{place}", gap="xsmall"):
        if row is None:
            st.caption(f":material/broken_image: {text.plain(truth)}")
        else:
            tile = image_grid.make_tile(data, row, "", label=truth)
            tile_component.show_tile(replace(tile, alt=f"{truth}, answered {entry['answer']}"))
        st.page_link(
            "pages/predict/page.py",
            label=f"{text.plain(str(entry['answer']))}, {template.describe_share(entry['probability'])}",
            query_params={
                state.DATASET: data.name,
                state.MODEL: found.id,
                state.IMAGE: str(entry["image_id"]),
            },
        )
