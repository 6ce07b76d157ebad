"""What people decided about single images of a data set, kept beside it, each with the way back."""

import pandas as pd
import streamlit as st

from core.datasets import curation, findings, index
from pages.ui import cached, guards, text

WHAT = {"excluded": "Excluded", "proposed": "Proposed"}


def show_decisions(data: index.Index) -> None:
    """Exclusions and proposals as a table from which some or all can be taken back; what is no longer reported."""
    decided = data.decided
    table = _tabulate(data)
    ignored = {kind: len(ids) for kind, ids in decided.ignored.items() if ids and kind in findings.KINDS}
    if not len(table) and not ignored:
        return
    st.subheader("Kept beside the data set")
    st.caption(
        "Your folder is as you brought it. Excluded images take no part in any split, training or count; a proposed "
        "class changes nothing until it has been reviewed. Both are part of the fingerprint of the data set."
    )
    if len(table):
        _show_table(data, table)
    for kind, count in ignored.items():
        words, button = st.columns([5, 1], vertical_alignment="center")
        words.caption(f"{count:,} images are no longer reported as “{findings.TITLES[kind].lower()}”.")
        args = (curation.forget_ignored, data.name, kind)
        button.button("Report again", key=f"report-{kind}", on_click=guards.attempt, args=args)


def _tabulate(data: index.Index) -> pd.DataFrame:
    """One row a decision about an image that is there: its file, what was decided, and why."""
    images = data.table[["image_id", "path", "label"]].set_index("image_id")
    rows = [
        ("excluded", image_id, "", reason)
        for image_id, reason in data.decided.excluded.items()
        if image_id in images.index
    ] + [
        ("proposed", image_id, proposal.class_name, proposal.reason)
        for image_id, proposal in data.decided.proposals.items()
        if image_id in images.index
    ]
    table = pd.DataFrame(rows, columns=["what", "image_id", "proposed", "why"])
    labels = images.loc[table["image_id"], "label"]
    table.insert(1, "path", images.loc[table["image_id"], "path"].to_numpy())
    table.insert(2, "class", [data.class_names[label] if label >= 0 else "" for label in labels])
    return table


def _show_table(data: index.Index, table: pd.DataFrame) -> None:
    key = f"decisions-{data.name}-{data.fingerprint[:12]}"
    shown = table.assign(what=table["what"].map(WHAT))[["what", "path", "class", "proposed", "why"]]
    st.dataframe(
        shown.rename(columns={"what": "Decision", "path": "File", "class": "Class", "proposed": "To", "why": "Why"}),
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="multi-row",
    )
    chosen = [row for row in st.session_state[key]["selection"]["rows"] if row < len(table)]
    taken = table.iloc[chosen] if chosen else table
    label = f"Take {len(chosen):,} back" if chosen else f"Take all back ({len(table):,})"
    with st.container(horizontal=True):
        st.button(label, key="decisions-undo", on_click=guards.attempt, args=(_take_back, data.name, taken))
        st.download_button(
            "CSV", cached.as_csv(table), f"{data.name}-decisions.csv", type="tertiary", icon=":material/download:"
        )
    if not chosen:
        st.caption(f"Tick rows to take back only those. Decisions about {text.plain(data.name)}: {len(table):,}.")


def _take_back(name: str, taken: pd.DataFrame) -> None:
    excluded = taken.loc[taken["what"] == "excluded", "image_id"].tolist()
    if excluded:
        curation.include(name, excluded)
    for image_id in taken.loc[taken["what"] == "proposed", "image_id"]:
        curation.withdraw(name, image_id)
