"""Predict's way to review: one image, or of many those that need a person; what waits is seen and taken back."""

import base64
import functools
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base import progress
from core.datasets.index import acts, ledger
from core.gate import gate
from core.models import package
from core.prediction import answer_record, decision, examples
from core.results import kept_answers
from core.review import review_sources, sending, waiting
from pages.kit import answer_view, downloads, guards, image_actions, reading_link, signature, text

ICON = image_actions.ICONS[acts.SECOND_LOOK]
SHOWN = 20
ROW_PX, HEAD_PX = 60, 38
SAID, OPEN = "review-said", "waiting-open"
Send = Callable[..., object]
"""What a form does: called with `by`, `why`, `client_id` and `pseudonym`."""
PSEUDONYM = "A number in place of the file's name"
PSEUDONYM_HELP = (
    "The file is called case-000123, and its name is not kept. The patient or smear that it belongs to is, and so is "
    "whatever the file itself says."
)


def show(
    place: DeltaGenerator,
    found: package.Package,
    example: examples.Example,
    judged: gate.Verdict | None,
    *,
    anyway: bool,
) -> None:
    """One image: the way to review, or that it waits, in `place`; and all that waits.

    anyway : whether an answer is shown of an image that the gate refuses.
    """
    count = 0
    with place, guards.faults_in_place():
        count = waiting.count()
        waits = sending.find_waiting(example)
        if waits is None:
            decided = decision.decide(found, answer_view.predict(found, example).probabilities)
            said = sending.describe_answer(answer_record.Answered(found, decided, judged, anyway))
            send = functools.partial(sending.send_example, example, said)
            _show_form(f"review-{found.id}-{example.image_id}", "Send to review", send, named=example.data is None)
        else:
            _show_waits(f"review-back-{example.image_id}", waits, count - 1)
    if count:
        show_waiting()


def show_unsent(about: kept_answers.About, rows: pd.DataFrame) -> bool:
    """Of many images those that need a person and do not wait yet, to be sent at once. rows : of `marks.mark`.

    Returns whether what waits can be shown as well.
    """
    key = f"review-{about.id}"
    image_actions.rerun_if_decided()
    with guards.faults_in_place():
        if f"{key}-asked" in st.session_state:
            _send_many(key, about, rows)
        said = st.session_state.pop(SAID, "")
        if said:
            st.info(text.plain(said), icon=ICON)
        unsent = len(sending.find_unsent(rows))
        if unsent:
            label = f"Send {unsent:,} that need{'s' if unsent == 1 else ''} a person to review"
            needing = int((rows["needs"] != "").sum())
            left = f"{needing - unsent:,} of {needing:,} are copies, cannot be read, or wait already."
            act = functools.partial(_ask_for_many, key)
            _show_form(key, label, act, named=True, help_=left if needing > unsent else None)
        return True
    return False


@guards.fragment
def show_waiting() -> None:
    """All that waits for review, the newest first, to be taken back or deleted; nothing where nothing waits."""
    image_actions.rerun_if_decided()
    with guards.faults_in_place():
        count = waiting.count()
        if not count:
            return
        # Its words change with the count, and with them Streamlit forgets whether it was open.
        st.session_state["waiting"] = st.session_state.get(OPEN, False)
        reading_link.show_link(review_sources.WAITING, "Read what waits")
        opened = st.expander(f"Waiting for review ({count:,})", key="waiting", icon=ICON, on_change=_keep_open)
        if opened.open:
            with opened:
                _show_list(count)


def _keep_open() -> None:
    st.session_state[OPEN] = st.session_state["waiting"]


@guards.fragment
def _show_form(key: str, label: str, send: Send, *, named: bool, help_: str | None = None) -> None:
    """Who and why, and the button. named : whether a number can take the place of the file's name.

    It is there before it is opened: while a heatmap's library loads, nothing else comes to the browser.
    """
    image_actions.rerun_if_decided()
    with st.popover(label, icon=ICON, help=help_):
        signature.input_name(f"{key}-who", "Who sends it")
        st.text_input("Why", key=f"{key}-why", placeholder="if you like", max_chars=ledger.LONGEST_WHY // 2)
        if named:
            st.checkbox(PSEUDONYM, key=f"{key}-pseudonym", help=PSEUDONYM_HELP)
        act = functools.partial(_finish, key, send)
        st.button("Send", key=f"{key}-send", type="primary", on_click=signature.decide, args=(f"{key}-who", act))


def _finish(key: str, send: Send, by: str) -> None:
    """Send; a press that did not come to its end has the same token when it is repeated, and so is one."""
    token = st.session_state.setdefault(f"{key}-token", uuid.uuid4().hex)
    send(
        by=by,
        why=str(st.session_state.get(f"{key}-why", "")),
        client_id=token,
        pseudonym=bool(st.session_state.get(f"{key}-pseudonym")),
    )
    del st.session_state[f"{key}-token"]
    image_actions.finish(key)


def _ask_for_many(key: str, **said: str | bool) -> None:
    """Have the next run send them, where progress can be seen."""
    st.session_state[f"{key}-asked"] = said


def _send_many(key: str, about: kept_answers.About, rows: pd.DataFrame) -> None:
    said = st.session_state.pop(f"{key}-asked")
    bar = st.progress(0.0, sending.READING)

    def show_progress(row: dict[str, Any]) -> None:
        bar.progress(min(1.0, row["done"] / row["total"]), progress.describe(row))

    report = progress.Throttled(show_progress)
    outcome = sending.send_unsent(about, rows, report=report, **said)
    bar.empty()
    st.session_state[SAID] = _say_outcome(outcome)


def _say_outcome(outcome: sending.Outcome) -> str:
    """What became of them, in a sentence or three."""
    said = [f"Sent {outcome.sent:,} to review."]
    if outcome.gone:
        said.append(f"{outcome.gone:,} could not be sent: the file is gone, or is another one now.")
    if outcome.unreadable:
        said.append(f"{outcome.unreadable:,} cannot be read, so there is nothing to look at.")
    return " ".join(said)


def _show_waits(key: str, one: waiting.Waiting, others: int) -> None:
    """That the image waits, with the way back."""
    beside = f", with {others:,} other{'s' if others != 1 else ''}" if others else ""
    with st.popover(f"Waits for review{beside}", key=key, icon=ICON, type="tertiary"):
        st.caption(text.plain(_say_origin(one)))
        _show_way_back(key, [one])


@guards.fragment
def _show_way_back(key: str, chosen: list[waiting.Waiting], *, deletable: Sequence[waiting.Waiting] = ()) -> None:
    """Who, and the buttons. deletable : those of them that can be deleted here."""
    image_actions.rerun_if_decided()
    signature.input_name(f"{key}-who", "Who takes it back")
    take = functools.partial(_take_back, key, chosen)
    label = f"Take {len(chosen):,} back" if len(chosen) > 1 else "Take back"
    with st.container(horizontal=True):
        st.button(label, key=f"{key}-back", on_click=signature.decide, args=(f"{key}-who", take))
        if deletable:
            with st.popover("Delete", icon=":material/delete:", type="tertiary"):
                st.write("The image and all that was written about it are removed for good.")
                label = f"Delete {len(deletable):,} for good" if len(deletable) > 1 else "Delete for good"
                st.button(label, key=f"{key}-delete", on_click=_delete, args=(key, deletable))


def _take_back(key: str, chosen: list[waiting.Waiting], by: str) -> None:
    for one in chosen:
        waiting.take_back(one, by=by)
    image_actions.finish(key)


def _delete(key: str, chosen: Sequence[waiting.Waiting]) -> None:
    for one in chosen:
        guards.attempt(waiting.delete, one)
    image_actions.finish(key)


def _show_list(count: int) -> None:
    listed = waiting.list_newest(SHOWN)
    if count > len(listed):
        st.caption(f"The {len(listed)} that were sent last.")
    key = f"waiting-{count}-{listed[0].at if listed else ''}"
    st.dataframe(
        _tabulate(listed),
        hide_index=True,
        key=key,
        row_height=ROW_PX,
        height=HEAD_PX + ROW_PX * min(6, len(listed)),
        on_select="rerun",
        selection_mode="multi-row",
        column_config={"Picture": st.column_config.ImageColumn(width="small")},
    )
    downloads.offer_csv(lambda: waiting.tabulate(waiting.list_newest()), "waiting-for-review.csv")
    ticked = [listed[row] for row in st.session_state[key]["selection"]["rows"] if row < len(listed)]
    if not ticked:
        st.caption("Tick rows to take them back.")
        return
    with st.columns([2, 3])[0]:
        own = [one for one in ticked if one.case is not None]
        _show_way_back("waiting-ticked", ticked, deletable=own)


def _tabulate(listed: list[waiting.Waiting]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Picture": [_load_picture(one.key, one) for one in listed],
            "Name": [one.name for one in listed],
            "Sent by": [one.by for one in listed],
            "At (UTC)": [one.at[:16].replace("T", " ") for one in listed],
            "Why": [one.why for one in listed],
        }
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _load_picture(key: str, _one: waiting.Waiting) -> str:
    """The small picture as a table shows it."""
    shown = waiting.read_thumbnail(_one)
    kind = "jpeg" if shown.startswith(b"\xff\xd8") else "png"
    return f"data:image/{kind};base64,{base64.b64encode(shown).decode()}" if shown else ""


def _say_origin(one: waiting.Waiting) -> str:
    """Who sent it, when and why."""
    return f"Sent by {one.by}, {one.at[:10]}" + (f": {one.why}" if one.why else ".")
