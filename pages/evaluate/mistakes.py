"""The images behind a cell of the confusion matrix, and what a person can do about each."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.index import index
from core.figures import template
from core.models import package
from core.results import confusion_cell
from core.review import review_sources
from pages.kit import (
    cache,
    downloads,
    guards,
    image_actions,
    image_grid,
    reading_link,
    state,
    text,
    tile_component,
)

CELL = "cell"  # in the address: truth|answer
PAGE_IMAGES = 12
CONFIDENT, UNCONFIDENT = "Most confident first", "Least confident first"
STYLE = """
<style>
[class*="st-key-mistake-"] [data-testid="stPageLink"] a { padding-left: 0; }
</style>
"""


def find_cell(found: package.Package, confusion: list[list[int]]) -> tuple[int, int]:
    """The cell that the address names, else the one with the most mistakes: (row, column)."""
    names = found.class_names
    cells = [(row, column) for row in range(len(names)) for column in range(len(names))]
    named = {_name_cell(found, row, column): (row, column) for row, column in cells}
    asked = state.find(CELL, None, options=list(named), about=state.MODEL)
    if asked:
        return named[asked]
    mistaken = [cell for cell in cells if cell[0] != cell[1] and confusion[cell[0]][cell[1]]]
    return max(mistaken or cells, key=lambda cell: confusion[cell[0]][cell[1]])


def choose_point(found: package.Package, key: str) -> None:
    """Put the clicked cell of the chart `key` into the address."""
    points = st.session_state[key]["selection"]["points"]
    if points:
        _, row, column = points[0]["customdata"][:3]
        _remember_cell(found, int(row), int(column))


def input_cell(found: package.Package, cell: tuple[int, int]) -> None:
    """The same choice without a pointer: two boxes, truth and answer."""
    keys = [f"cell-{side}-{found.id}" for side in ("truth", "answer")]
    for key, place in zip(keys, cell, strict=True):
        st.session_state[key] = found.class_names[place]

    def choose() -> None:
        row, column = (found.class_names.index(st.session_state[key]) for key in keys)
        _remember_cell(found, row, column)

    left, right = st.columns(2)
    left.selectbox("Truth", found.class_names, key=keys[0], on_change=choose)
    right.selectbox("The model answers", found.class_names, key=keys[1], on_change=choose)


def _remember_cell(found: package.Package, row: int, column: int) -> None:
    state.remember(CELL, _name_cell(found, row, column))


def _name_cell(found: package.Package, row: int, column: int) -> str:
    return f"{found.class_names[row]}|{found.class_names[column]}"


def show_cell(
    found: package.Package, predictions: pd.DataFrame, cell: tuple[int, int], *, threshold: float | None
) -> None:
    """The images of one cell, most confident first. predictions : those that it counts; cell : (row, column)."""
    table = confusion_cell.list_cell(
        predictions,
        found.class_names,
        *cell,
        threshold=threshold,
        positive=found.class_names.index(found.positive_class),
        temperature=found.temperature,
    )
    truth, answer = (text.plain(found.class_names[place]) for place in cell)
    st.header(f"{truth}, answered rightly" if cell[0] == cell[1] else f"{truth}, answered {answer}")
    if not len(table):
        st.info("No test image is in this cell.", icon=":material/check:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "Order",
            [CONFIDENT, UNCONFIDENT],
            required=True,
            **state.follow("order", CONFIDENT, key=f"cell-order-{found.id}", options=[CONFIDENT, UNCONFIDENT]),
            label_visibility="collapsed",
        )
        downloads.offer_csv(lambda: table, f"{found.id}-{cell[0]}-{cell[1]}.csv")
        reading_link.show_link(review_sources.MISTAKES, "Have the mistakes read", model=found.id)
    shown = table if chosen == CONFIDENT else table.iloc[::-1]
    show_pictures(found, shown, key=f"cell-page-{found.id}-{cell[0]}-{cell[1]}-{threshold}-{chosen}")
    said, more = _describe(found, table, str(chosen))
    st.caption(said, help=more)


def _describe(found: package.Package, table: pd.DataFrame, order: str) -> tuple[str, str]:
    """How many images there are, and what stands under each."""
    patients = table.loc[table["group"] != "", "group"].nunique()
    of = f" of {patients:,} patient{'s' if patients != 1 else ''}" if patients else ""
    softened = f", after the temperature {found.temperature:.2f}" if found.temperature is not None else ""
    return (
        f"{len(table):,} image{'s' if len(table) != 1 else ''}{of}, {order.lower()}.",
        f"Under each: its class in that class's colour, the answer with how probable the model finds it{softened}, and "
        "the patient where known. Sizes are made equal here. A confident mistake can be the model's or the label's; "
        "which of the two the picture alone may not tell.",
    )


def show_pictures(found: package.Package, table: pd.DataFrame, *, key: str) -> None:
    """Images of a model's data set by the page, each with its answer and what can be done; read only where shown.

    table : rows of `mistakes.list_cell`, in the order wanted. Where the data set is not on this machine, their ids.
    """
    with guards.faults_as_messages():
        name = confusion_cell.find_dataset(found, index.list_datasets())
        data = cache.load_index(name) if name else None
    if data is None:
        made_of = text.plain(found.manifest.dataset.name)
        st.info(
            f"The images of {made_of}, on which this model was tested, are not on this machine: bring that data set in "
            "to see them. These are their identities.",
            icon=":material/hide_image:",
        )
        st.page_link("pages/datasets/page.py", label="Bring them in", icon=":material/arrow_forward:")
        st.dataframe(table[["image_id", "group", "probability"]], hide_index=True)
        return
    pages = -(-len(table) // PAGE_IMAGES)
    page = state.input_page(pages, of=key)
    shown = table.iloc[(page - 1) * PAGE_IMAGES : page * PAGE_IMAGES]
    rows = confusion_cell.find_rows(data, shown["image_id"].tolist())
    st.html(STYLE)
    tile_component.show_style()
    with st.grid("auto", min_column_width=150, gap="small"):
        for entry in shown.to_dict("records"):
            _show_picture(found, data, rows.get(entry["image_id"]), entry)


def _show_picture(found: package.Package, data: index.Index, row: int | None, entry: Mapping[Hashable, Any]) -> None:
    image_id, group = str(entry["image_id"]), str(entry["group"])
    said = f"{entry['answer']} {template.describe_share(entry['probability'])}" + f"\nPatient {group}" * bool(group)
    with st.container(key=f"mistake-{image_id}", gap="xsmall"):
        if row is None:
            st.caption(f":material/broken_image: {text.plain(image_id)} is not in {text.plain(data.name)} any more.")
            return
        tile = image_grid.make_tile(data, row, said, label=str(entry["truth"]))
        tile_component.show_tile(replace(tile, alt=f"{entry['truth']}, answered {entry['answer']}"))
        image_actions.show_marks(data, row)
        st.page_link(
            "pages/predict/page.py",
            label="Predict",
            icon=":material/biotech:",
            query_params={state.DATASET: data.name, state.MODEL: found.id, state.VIEW: "one", state.IMAGE: image_id},
            help="Open this image in Predict",
        )
        shown = f"{100 * entry['probability']:.1f} %"
        why = f"labelled {entry['truth']}; {found.id} answers {entry['answer']} with {shown}"
        suggested = "" if entry["answer"] == entry["truth"] else str(entry["answer"])
        prompt = image_actions.Prompt(why, model_id=found.id, suggested=suggested)
        image_actions.show_menu(data, row, prompt)
