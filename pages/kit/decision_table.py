"""What people decided about single images as a table, of a data set or of a model, each with the way back."""

import functools
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.base import errors
from core.datasets.index import acts, index, ledger
from core.datasets.quality import findings
from core.models import package
from pages.kit import cache, image_actions, signature, text

COLUMNS = ["Decision", "Image", "Class", "Why", "Who", "When", "Model", "Data set"]


def show_decisions(data: index.Index) -> None:
    """All that stands about the images of a data set; what is no longer reported."""
    places = data.table.set_index("image_id")[["path", "label"]]
    here = [act for act in data.decided.standing if act.image_id in places.index]
    if not here:
        return
    st.header("Kept beside the data set")
    st.caption(
        "Your folder is as you brought it. Excluded images take no part in any split, training or count; a proposed "
        "class changes nothing until it has been reviewed. Both are part of the fingerprint of the data set."
    )
    who = _input_name(data.name)
    others = [act for act in here if act.kind != acts.KEEP or not act.about]
    if others:
        table = _tabulate(others)
        table["Image"] = places.loc[[act.image_id for act in others], "path"].to_numpy()
        labels = places.loc[[act.image_id for act in others], "label"]
        table["Class"] = [data.class_names[label] if label >= 0 else "" for label in labels]
        _show_table(data.name, others, table.drop(columns="Data set"), who)
    for finding in findings.KINDS:
        fine = [act for act in here if act.kind == acts.KEEP and act.about == finding]
        if fine:
            _show_fine(finding, fine, who)


def show_of_model(found: package.Package) -> None:
    """All that this model's answers prompted people to decide, on whichever data set."""
    try:
        prompted = ledger.list_acts(model_id=found.id)
    except errors.SecondLookError as error:
        st.warning(text.plain(str(error)), icon=":material/warning:")
        return
    if not prompted:
        return
    waiting = sum(act.kind == acts.SECOND_LOOK for act in prompted)
    st.header("Decided because of its answers")
    st.caption(f"{waiting:,} image{'s wait' if waiting != 1 else ' waits'} for review.")
    _show_table(found.id, prompted, _tabulate(prompted).drop(columns=["Class", "Model"]), _input_name(found.id))


def _input_name(scope: str) -> str:
    """The key of the box for who takes something back."""
    key = f"decisions-who-{scope}"
    with st.columns([2, 3])[0]:
        signature.input_name(key)
    return key


def _tabulate(decided: Sequence[acts.Act]) -> pd.DataFrame:
    """One row an act; columns COLUMNS."""
    rows = [
        (
            image_actions.say_decision(act),
            act.image_id,
            "",
            act.why,
            act.by,
            act.at[:16].replace("T", " "),
            act.model_id,
            act.dataset,
        )
        for act in decided
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _show_table(scope: str, decided: Sequence[acts.Act], table: pd.DataFrame, who: str) -> None:
    key = f"decisions-{scope}-{len(decided)}-{decided[-1].at}"
    st.dataframe(table, hide_index=True, key=key, on_select="rerun", selection_mode="multi-row")
    ticked = [row for row in st.session_state[key]["selection"]["rows"] if row < len(decided)]
    taken = [decided[row] for row in ticked] or list(decided)
    label = f"Take {len(taken):,} back" if ticked else f"Take all back ({len(taken):,})"
    with st.container(horizontal=True):
        st.button(
            label,
            key=f"decisions-undo-{scope}",
            on_click=signature.decide,
            args=(who, functools.partial(_withdraw, taken)),
            help="Tick rows to take back only those.",
        )
        st.download_button(
            "CSV", cache.as_csv(table), f"{scope}-decisions.csv", type="tertiary", icon=":material/download:"
        )


def _show_fine(finding: str, kept: Sequence[acts.Act], who: str) -> None:
    words, button = st.columns([5, 1], vertical_alignment="center")
    images = "1 image is" if len(kept) == 1 else f"{len(kept):,} images are"
    words.caption(f"{images} no longer reported as “{findings.TITLES[finding].lower()}”.")
    button.button(
        "Report again",
        key=f"report-{finding}",
        on_click=signature.decide,
        args=(who, functools.partial(_withdraw, kept)),
    )


def _withdraw(taken: Sequence[acts.Act], by: str) -> None:
    """Take acts of one or of several data sets back."""
    for name in {act.dataset for act in taken}:
        ledger.withdraw([act for act in taken if act.dataset == name], by=by)
