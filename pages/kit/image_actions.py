"""What a person can do about an image, the same on every page: what, who and why, written into the ledger."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from core.datasets.index import acts, index, ledger
from core.datasets.quality import findings
from pages.kit import guards, signature, text

MOST_BUTTONS = 4  # classes that fit as a button each; more are chosen from a list
DECIDED = "decided_about_an_image"
ICONS: dict[acts.Kind, str] = {
    acts.EXCLUDE: ":material/block:",
    acts.RELABEL: ":material/label:",
    acts.KEEP: ":material/check:",
    acts.SECOND_LOOK: ":material/schedule:",
}


@dataclass(frozen=True)
class Prompt:
    """What made a person look: words for the record, the model that answered, the kind of finding, a likely class."""

    why: str = ""
    model_id: str = ""
    finding: str = ""
    suggested: str = ""


@dataclass(frozen=True)
class Choice:
    """A button: what is recorded, about which images, and for which class or finding."""

    kind: acts.Kind
    label: str
    image_ids: Sequence[str]
    about: str = ""


@dataclass(frozen=True)
class _Question:
    """What can be decided in one place: the beginning of its keys, the data set, what stands there, and the buttons."""

    key: str
    dataset: str
    standing: Sequence[acts.Act]
    choices: Sequence[Choice]
    prompt: Prompt


@guards.fragment
def show_menu(data: index.Index, row: int, prompt: Prompt) -> None:
    """A button under a small picture that opens what can be done about it, with what stands; made only when opened."""
    _show_popover("Decide", _ask(f"decide-{prompt.finding}-{data.find_id(row)}", data, row, prompt), "tertiary")


@guards.fragment
def show_menu_for_all(label: str, data: index.Index, choices: Sequence[Choice], prompt: Prompt) -> None:
    """The same about many images at once."""
    _show_popover(label, _Question(f"decide-{prompt.finding}-all", data.name, (), choices, prompt), "secondary")


@guards.fragment
def show_panel(data: index.Index, row: int, prompt: Prompt) -> None:
    """The same beside a large picture, always open."""
    rerun_if_decided()
    _show_question(_ask("decide", data, row, prompt))


def show_marks(data: index.Index, row: int) -> None:
    """What stands about an image, a line each, for under a small picture."""
    for act in _find_standing(data, row):
        st.caption(f"{ICONS[act.kind]} {text.plain(say_decision(act))}", help=text.plain(_say_origin(act)) or None)


def say_decision(act: acts.Act) -> str:
    """What was decided, in a few words: `Proposed: Uninfected`."""
    if act.kind == acts.RELABEL:
        return f"Proposed: {act.about}"
    about = f": {findings.TITLES.get(act.about, act.about).lower()}" if act.about else ""
    said = {acts.EXCLUDE: "Excluded", acts.KEEP: f"Fine as it is{about}", acts.SECOND_LOOK: "Waits for review"}
    return said[act.kind]


def list_choices(data: index.Index, row: int, prompt: Prompt) -> list[Choice]:
    """What can be decided about an image now; the class that prompted it first."""
    image_id, standing = data.find_id(row), _find_standing(data, row)
    decided = {act.kind for act in standing}
    label = data.find_label(row)
    taken = {data.class_names[label]} if label >= 0 else set(data.class_names)  # without a class there is no other
    taken |= {act.about for act in standing if act.kind == acts.RELABEL}
    others = sorted(set(data.class_names) - taken, key=lambda name: (name != prompt.suggested, name))
    offered = [Choice(acts.RELABEL, f"Label is wrong: it is {text.plain(name)}", [image_id], name) for name in others]
    if acts.EXCLUDE not in decided:
        offered.append(Choice(acts.EXCLUDE, "Exclude", [image_id]))
    if acts.SECOND_LOOK not in decided:
        offered.append(Choice(acts.SECOND_LOOK, "Send to review", [image_id]))
    fine = {act.about for act in standing if act.kind == acts.KEEP}
    if prompt.finding not in fine and (prompt.finding or not decided & {acts.EXCLUDE, acts.RELABEL}):
        offered.append(Choice(acts.KEEP, "It is fine", [image_id], prompt.finding))
    return offered


def _find_standing(data: index.Index, row: int) -> Sequence[acts.Act]:
    return data.decided.by_image.get(str(data.table.at[row, "image_id"]), ())


def _ask(key: str, data: index.Index, row: int, prompt: Prompt) -> _Question:
    return _Question(key, data.name, _find_standing(data, row), list_choices(data, row, prompt), prompt)


def _show_popover(label: str, asked: _Question, weight: Literal["secondary", "tertiary"]) -> None:
    rerun_if_decided()
    shown = st.popover(label, key=asked.key, on_change=empty_why, args=(asked.key,), type=weight)
    if shown.open:
        with shown:
            _show_question(asked)


def _show_question(asked: _Question) -> None:
    """What stands, each act with its way back; who decides and why; a button a choice."""
    who = f"{asked.key}-who"
    for number, act in enumerate(asked.standing):
        _show_standing(act, f"{asked.key}-back-{number}", who, functools.partial(_withdraw, asked.key, act))
    signature.input_name(who)
    hint = asked.prompt.why or "if you like"
    st.text_input("Why", key=f"{asked.key}-why", placeholder=hint, max_chars=ledger.LONGEST_WHY // 2)
    for number, choice in enumerate(_fold_classes(asked)):
        st.button(
            choice.label,
            key=f"{asked.key}-{choice.kind}-{number}",
            icon=ICONS[choice.kind],
            on_click=signature.decide,
            args=(who, functools.partial(_record, asked, choice)),
            width="stretch",
        )


def _show_standing(act: acts.Act, key: str, who: str, withdraw: Callable[[str], None]) -> None:
    words, button = st.columns([3, 2], vertical_alignment="center")
    words.markdown(f"{ICONS[act.kind]} **{text.plain(say_decision(act))}**")
    words.caption(text.plain(_say_origin(act)))
    button.button("Take back", key=key, on_click=signature.decide, args=(who, withdraw))


def _fold_classes(asked: _Question) -> list[Choice]:
    """The choices, of which many classes are one button, for the class that is chosen from a list."""
    classes = [choice for choice in asked.choices if choice.kind == acts.RELABEL]
    rest = [choice for choice in asked.choices if choice.kind != acts.RELABEL]
    if len(classes) <= MOST_BUTTONS:
        return [*classes, *rest]
    by_name = {choice.about: choice for choice in classes}
    name = st.selectbox("Another class", list(by_name), key=f"{asked.key}-class", format_func=text.plain)
    return [replace(by_name[name], label="Label is wrong: it is this class"), *rest]


def _say_origin(act: acts.Act) -> str:
    """Who, when and why, as far as it is known."""
    return ": ".join(filter(None, (", ".join(filter(None, (act.by, act.at[:10]))), act.why)))


def _record(asked: _Question, choice: Choice, by: str) -> None:
    prompted = asked.prompt
    said = str(st.session_state.get(f"{asked.key}-why", "")).strip()
    why = f"{said} ({prompted.why})" if said and prompted.why else said or prompted.why
    ledger.record(
        [
            acts.Act(choice.kind, asked.dataset, image_id, by, about=choice.about, model_id=prompted.model_id, why=why)
            for image_id in choice.image_ids
        ]
    )
    finish(asked.key)


def _withdraw(key: str, act: acts.Act, by: str) -> None:
    ledger.withdraw([act], by=by)
    finish(key)


def empty_why(key: str) -> None:
    """The reason begins empty at each opening: words that no longer stand there must not be recorded."""
    st.session_state[f"{key}-why"] = ""


def finish(key: str) -> None:
    """After a decision: close what was open, and let the whole page show the outcome, not this button alone."""
    if key in st.session_state:
        st.session_state[key] = False
    empty_why(key)
    st.session_state[DECIDED] = True


def rerun_if_decided() -> None:
    """To be called first in a fragment in which something can be decided: the page is drawn anew once it was."""
    if st.session_state.pop(DECIDED, False):
        st.rerun()
