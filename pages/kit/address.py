"""What the person has chosen, kept for the session, with the browser's address as its picture.

The session is the truth. The address is read only where the person can have written it: when a page is opened by a
link, when they go back or forward, when a link of the page itself names something. Every other click carries the
address along as well, and under load an old one: what a run put into it has not reached the browser yet. Were that
read, it would take back what was just chosen.

Choices of `EVERYWHERE` are one for all pages. All others belong to their page; those about a view are put away with it.
"""

import time
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.kit import text

EVERYWHERE = ("dataset", "model")
VIEWS = ("view", "part", "panel")  # when one of these changes, what belongs to the view that is left is put away
WHOLE_PAGE = (*EVERYWHERE, *VIEWS, "review", "run", "like", "architecture", "a", "b", "job")
# Every part that an address may have, and what a message calls it.
NAMES = {
    "dataset": "data set",
    "model": "model",
    "view": "view",
    "part": "part",
    "panel": "panel",
    "run": "training",
    "like": "training to copy",
    "architecture": "architecture",
    "series": "series",
    "overlay": "trainings to lay over",
    "a": "model A",
    "b": "model B",
    "job": "work that is waited for",
    "image": "image",
    "finding": "finding",
    "cell": "cell",
    "cases": "cases",
    "page": "page of images",
    "class": "class",
    "classes": "classes",
    "patient": "patient",
    "patients": "patients",
    "split": "split",
    "grid": "grid",
    "channel": "channel",
    "seed": "seed",
    "count": "number of images",
    "large": "image that is shown large",
    "number": "number of the image",
    "views": "views",
    "shown": "view",
    "of": "class of the patients",
    "filter": "filter",
    "network": "view of the network",
    "shuffle": "shuffle",
    "augmentation": "augmentation",
    "features": "features",
    "method": "method",
    "colour": "colour",
    "rule": "rule",
    "validation": "share of validation",
    "test": "share of the test",
    "together": "switch for copies",
    "remake": "switch for validation",
    "metric": "metric",
    "answers": "answers",
    "elsewhere": "other data set",
    "order": "order",
    "aim": "aim",
    "least": "least share",
    "cost": "cost",
    "share": "share",
    "threshold": "threshold",
    "curves": "part of the curves",
    "prevalence": "prevalence",
    "claim": "probability",
    "marks": "marks",
    "mistakes": "kind of mistakes",
    "slice": "part",
    "preference": "preference",
    "against": "cost",
    "from": "source of the images",
    "about": "subject of the review",
    "evidence": "class of the evidence",
    "opacity": "opacity",
    "heatmap": "method of the heatmap",
    "batch": "answers to many images",
    "item": "image of these answers",
    "review": "review",
    "site": "site check",
    "challenger": "challenger",
    "kind": "kind of answers",
    "smear": "smear",
    "layer": "layer",
    "beside": "models beside it",
    "looks": "switch for heatmaps",
    "anyway": "image to be answered anyway",
    "form": "form",
    "stain": "stain",
    "home": "data set of the colours",
}
SETTING = "set-"  # before the name of a filter's setting
MOST_CHARACTERS = 2_000  # of one value
SHOWN_CHARACTERS = 60
ON_THE_WAY_SECONDS = 30.0  # for so long a click may still carry an address that has been replaced since
MEMORY, NOTICES, WHOLE = "address-memory", "address-notices", "?"


@dataclass
class Page:
    """What was chosen on one page. parts, shown : name -> value as it stands in the address.

    shown : those of EVERYWHERE that this page has a chooser for. asked : parts that came with an address and have not
    been looked at. faults : what was wrong with some, in words. views : parts of views that are not shown, by view.
    depend : part -> the choice of EVERYWHERE that it is about. said : faults that this run has shown already.
    """

    parts: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)
    views: dict[str, dict[str, str]] = field(default_factory=dict)
    depend: dict[str, str] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)


@dataclass
class Memory:
    """A session's choices.

    former : those of EVERYWHERE before the last address was taken over. sent : the address as it is, or soon will be.
    before : what it has been since the person last wrote it, with the time (monotonic clock) when it was replaced.
    """

    here: str = ""
    everywhere: dict[str, str] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    before: list[tuple[float, dict[str, str]]] = field(default_factory=list)

    def may_be_late(self, asked: dict[str, str]) -> bool:
        """Whether an address may be an old one that a click still carried."""
        now = time.monotonic()
        return any(was == asked and now - since < ON_THE_WAY_SECONDS for since, was in self.before)


def read(name: str) -> str | None:
    """The choice of this name, for this page or everywhere; None where there is none."""
    memory, page = _settle()
    return memory.everywhere.get(name) if name in EVERYWHERE else page.parts.get(name)


def write(name: str, value: str | None) -> None:
    """The person's choice; None or "" where it is the usual one, which the address need not name."""
    memory, page = _settle()
    page.faults.pop(name, None)
    page.asked.discard(name)
    if name in EVERYWHERE:
        _change_everywhere(memory, name, value)
        _put(page.shown, name, value)
    elif name in VIEWS:
        _change_view(page, name, value)
    else:
        _put(page.parts, name, value)
    _send(memory, page)


def show(name: str, value: str) -> None:
    """Have the address name what this page shows. One of EVERYWHERE becomes the choice only where there is none yet."""
    memory, page = _settle()
    if name in EVERYWHERE:
        memory.everywhere.setdefault(name, value)
    (page.shown if name in EVERYWHERE else page.parts)[name] = value
    _send(memory, page)


def depend(name: str, on: str) -> None:
    """Say that a part is about one model or data set, and means nothing for another."""
    _settle()[1].depend[name] = on


def is_asked(name: str) -> bool:
    """Whether a part came with an address and has not been looked at yet."""
    return name in _settle()[1].asked


def accept(name: str) -> None:
    """Say that a part is usable."""
    _settle()[1].asked.discard(name)


def refuse(name: str, words: str) -> None:
    """Drop a part that is not usable; `words`, markdown, are said where it came with an address, until the next choice.

    A choice of EVERYWHERE that only this page cannot show is not given up.
    """
    memory, page = _settle()
    if name in page.asked:
        page.asked.discard(name)
        page.faults[name] = words
        if name in EVERYWHERE:
            _put(memory.everywhere, name, memory.former.pop(name, None))
    page.parts.pop(name, None)


def say_fault(name: str) -> None:
    """Show what was wrong with a part, above the page's content."""
    page = _settle()[1]
    words = page.faults.get(name)
    context = get_script_run_ctx()
    if not words or name in page.said or (context is not None and context.fragment_ids_this_run):
        return  # a fragment draws itself only, and what was said above stands
    page.said.add(name)
    place = st.session_state.get(NOTICES)
    (place or st).warning(words, icon=":material/link_off:")


def take_over() -> None:
    """Take what a link asks for before its page is drawn: whoever clicks on at once keeps what the link chose."""
    _settle()


def make_room() -> None:
    """The place above the page's content where faults of the address are said."""
    st.session_state[NOTICES] = st.container()
    _settle()[1].said.clear()
    say_fault(WHOLE)


def call(name: str) -> str:
    """What a message calls a part."""
    return NAMES[name] if name in NAMES else f"setting {text.plain(quote(name.removeprefix(SETTING)))}"


def _is_known(name: str) -> bool:
    return name in NAMES or name.startswith(SETTING)


def quote(value: str) -> str:
    """A value as it may be shown: short, and of characters that can be seen. Not yet escaped."""
    seen = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value)
    return seen if len(seen) <= SHOWN_CHARACTERS else seen[:SHOWN_CHARACTERS] + "…"


def _settle() -> tuple[Memory, Page]:
    """The memory, after what the person may have written into the address was taken over."""
    memory: Memory = st.session_state.setdefault(MEMORY, Memory())
    context = get_script_run_ctx()
    here = context.page_script_hash if context else ""
    asked = st.query_params.to_dict()
    page = memory.pages.setdefault(here, Page())
    if here != memory.here:
        memory.here, memory.sent, memory.before = here, asked, []
        if asked:
            _take_over(memory, page, asked)
        else:  # as it was left, about what has been chosen since
            page.shown = {name: memory.everywhere.get(name, value) for name, value in page.shown.items()}
            page.faults = {}
            _send(memory, page)
    elif asked != memory.sent:
        memory.sent = asked
        if (context and context.is_history_navigation) or not memory.may_be_late(asked):
            memory.before = []
            _take_over(memory, page, asked)
        else:
            _send(memory, page)
    return memory, page


def _take_over(memory: Memory, page: Page, asked: dict[str, str]) -> None:
    """An address with anything in it says all that is not the usual; of model and data set it does so for all pages."""
    known = {name: value[:MOST_CHARACTERS] for name, value in asked.items() if _is_known(name) and value}
    page.asked, page.faults = set(known), {}
    memory.former = dict(memory.everywhere)
    for name in EVERYWHERE:
        if name in known:
            _change_everywhere(memory, name, known[name])
            page.shown[name] = known[name]
    page.parts = {name: value for name, value in known.items() if name not in EVERYWHERE}
    unknown = [name for name in asked if not _is_known(name)]
    twice = [name for name in known if len(st.query_params.get_all(name)) > 1]
    if unknown:
        page.faults[WHOLE] = f"The address has a part that no page knows: “{text.plain(quote(unknown[0]))}”."
    elif twice:
        page.faults[WHOLE] = f"The address names the {call(twice[0])} more than once; the last one counts."


def _change_everywhere(memory: Memory, name: str, value: str | None) -> None:
    """What was chosen about another model or data set is let go of, on every page."""
    if memory.everywhere.get(name) not in (None, value):
        for page in memory.pages.values():
            for part in [part for part, on in page.depend.items() if on == name]:
                for parts in (page.parts, *page.views.values()):
                    parts.pop(part, None)
    _put(memory.everywhere, name, value)


def _change_view(page: Page, name: str, value: str | None) -> None:
    """Put away what belongs to the view that is left, and take out what was put away with the other one."""
    before = page.parts.get(name)
    if before is None or before == value:  # what was asked for without a view is about the one that is shown first
        _put(page.parts, name, value)
        return
    page.views[f"{name}={before}"] = {part: kept for part, kept in page.parts.items() if part not in WHOLE_PAGE}
    whole = {part: kept for part, kept in page.parts.items() if part in WHOLE_PAGE and part != name}
    page.parts = {name: value} if value else {}
    page.parts |= whole | page.views.pop(f"{name}={value}", {})


def _put(parts: dict[str, str], name: str, value: str | None) -> None:
    if value:
        parts[name] = value
    else:
        parts.pop(name, None)


def _send(memory: Memory, page: Page) -> None:
    """Make the address show the choices of this page, in one message."""
    wanted = {**page.shown, **page.parts}
    if wanted == memory.sent:
        return
    now = time.monotonic()
    memory.before = [entry for entry in memory.before if now - entry[0] < ON_THE_WAY_SECONDS]
    memory.before.append((now, memory.sent))
    memory.sent = wanted
    st.query_params.from_dict(wanted)
