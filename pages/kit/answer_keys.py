"""The answers of somebody who reads a case: a large button each with its key on it, and what is said to each press.

Keys are heard by the browser. A press gets its id there and names the step that it was made at, so that a double press,
a rerun or a lost connection never answers twice, nor the next case. One press is on its way at a time; where nothing is
heard of it, it is sent again. Nothing can be pressed before the picture is seen (`reading_picture`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import streamlit as st
import streamlit.components.v2 as components

from pages.kit import answer_script

Act = Literal["answer", "keep", "undo"]
ACTS: tuple[Act, ...] = ("answer", "keep", "undo")
LONGEST_WHY, LONGEST_ID = 250, 64


@dataclass(frozen=True)
class Choice:
    """An answer. key : that gives it, printed on the button. words : plain text. colour : of its edge, "" = none."""

    key: str
    words: str
    colour: str = ""


@dataclass(frozen=True)
class Question:
    """What the reader is asked; all words are plain text.

    step : names this case at this point; a press names it. seen : of the picture that must be seen first. line : large,
    and read out. ask : above the answers. notes : a line each. own : which answer the reader has given. keep : what
    Enter does, "" = nothing. why : a note that was begun. lease_seconds : for so long nobody else gets the case.
    """

    step: str
    seen: str
    choices: Sequence[Choice]
    line: str
    ask: str = ""
    notes: Sequence[str] = ()
    badge: str = ""
    own: int | None = None
    keep: str = ""
    undo: bool = False
    why: str = ""
    lease_seconds: float = math.inf


@dataclass(frozen=True)
class Press:
    """What the reader did. id : made in the browser, the same where it is sent again. choice : which answer. seconds :
    since the picture was seen. why : the note. have : the pictures that the browser keeps."""

    id: str
    step: str
    act: Act
    choice: int | None
    seconds: float
    why: str
    have: tuple[str, ...]


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component(
        "second_look_answers",
        html=answer_script.HTML,
        css=answer_script.STYLE,
        js=answer_script.SCRIPT,
        isolate_styles=False,
    )


def ask(
    question: Question,
    *,
    key: str,
    heard: str,
    on_press: Callable[[Press], object],
    on_draft: Callable[[str, str], object] | None = None,
) -> None:
    """Ask, and call `on_press` with what the reader does, before the page is drawn anew.

    heard : the id of the last press that was dealt with, well or not. on_draft : called with a step and the note that
    is begun there.
    """

    def take_press() -> None:
        press = _read_press((st.session_state.get(key) or {}).get("pressed"), len(question.choices))
        if press is not None:
            on_press(press)

    def take_draft() -> None:
        said = (st.session_state.get(key) or {}).get("drafted")
        if on_draft is not None and isinstance(said, dict):
            on_draft(str(said.get("step", "")), str(said.get("why", ""))[:LONGEST_WHY])

    seconds = round(min(question.lease_seconds, 2**31 / 1000))
    data = asdict(question) | {"heard": heard, "longest_why": LONGEST_WHY, "lease_seconds": seconds}
    _component()(key=key, data=data, on_pressed_change=take_press, on_drafted_change=take_draft)


def _read_press(said: Any, choices: int) -> Press | None:
    """A press as the browser tells it; None of what is none."""
    if not isinstance(said, dict) or said.get("act") not in ACTS:
        return None
    choice, seconds, have = said.get("choice"), said.get("seconds"), said.get("have")
    number = choice if isinstance(choice, int) and 0 <= choice < choices else None
    if said["act"] == "answer" and number is None:
        return None
    return Press(
        str(said.get("id", ""))[:LONGEST_ID],
        str(said.get("step", "")),
        said["act"],
        number,
        max(0.0, float(seconds)) if isinstance(seconds, int | float) and math.isfinite(seconds) else 0.0,
        str(said.get("why", ""))[:LONGEST_WHY],
        tuple(map(str, have[:100])) if isinstance(have, list) else (),
    )
