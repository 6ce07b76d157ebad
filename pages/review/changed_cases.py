"""Which cases a change of champion would change: those that get better, and those that get worse."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.prediction import examples
from core.results import challenges, cross_evaluation, disagreement
from pages.kit import answer_view, cache, guards, image_grid, state, text

CASES = "cases"  # in the address
TITLES = {"only_b": "Better", "only_a": "Worse"}
PAGE_IMAGES = 12


def show(found: challenges.Challenge) -> None:
    """The gallery, the case that is opened above it."""
    st.header("Which cases change")
    counts = disagreement.count_kinds(found.cases)
    titles = {kind: f"{title} ({counts[kind]:,})" for kind, title in TITLES.items()}  # type: ignore[index]
    kind = state.input_view(CASES, titles, "Which cases")
    chosen = found.cases[found.cases["kind"] == kind].reset_index(drop=True)
    name = cross_evaluation.find_dataset(found.challenger)
    if not len(chosen):
        st.caption("None.")
        return
    if name is None:
        st.info("The images are not on this machine.", icon=":material/image_not_supported:")
        return
    data = cache.load_index(name)
    rows = disagreement.find_rows(data, chosen["image_id"].tolist())
    chosen = chosen[chosen["image_id"].isin(rows)].reset_index(drop=True)
    opened = chosen[chosen["image_id"] == state.recall(state.IMAGE)]
    for case in opened.to_dict("records"):
        _show_case(found, case, examples_of(data, rows[case["image_id"]]))
    page = state.input_page(-(-len(chosen) // PAGE_IMAGES), of=f"changed-{kind}-{found.challenger.id}")
    shown = chosen.iloc[(page - 1) * PAGE_IMAGES : page * PAGE_IMAGES]
    words = [_say(found, case) for case in shown.to_dict("records")]
    image_grid.show_cells(data, [rows[image_id] for image_id in shown["image_id"]], key="changed", words=words)
    st.caption(
        _say_all(chosen),
        help="Under each what the champion answers now, and what the challenger would. Those first of which the wrong "
        "model was most confident. A click opens one.",
    )


def examples_of(data: Any, row: int) -> examples.Example:
    """The image of a row, in full."""
    with guards.faults_as_messages():
        return examples.from_dataset(data, row)


def _show_case(found: challenges.Challenge, case: Mapping[Hashable, Any], example: examples.Example) -> None:
    st.button("Close", icon=":material/close:", key="close-changed", on_click=state.forget, args=(state.IMAGE,))
    eye, hand = st.columns([2, 3])
    with eye:
        answer_view.show_image(example)
    hand.markdown(text.plain(_say(found, case)))


def _say(found: challenges.Challenge, case: Mapping[Hashable, Any]) -> str:
    names = found.champion.class_names
    said = [f"{whose}: {names[case[f'answer_{letter}']]}" for whose, letter in (("now", "a"), ("then", "b"))]
    return "\n".join([*said, *(["new case"] if case["part"] == challenges.NEW else [])])


def _say_all(chosen: pd.DataFrame) -> str:
    patients = chosen["group"][chosen["group"] != ""].nunique()
    return f"{len(chosen):,} images" + (f" of {patients:,} patients." if patients else ".")
