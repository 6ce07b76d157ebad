"""Widgets whose values stand in the address, so that a view can be sent to somebody, and stay until they are changed.

What was chosen is kept in `address`; here it meets the widgets. A widget's value is assigned in each run, also where it
seems to be right already: a widget of another page leaves its value behind under the same key, and begins anew itself.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

import streamlit as st

from pages.kit import address, text

DATASET, MODEL, RUN, VIEW, PART, IMAGE = "dataset", "model", "run", "view", "part", "image"
OVERLAY, SERIES = "overlay", "series"
BATCH, ITEM = "batch", "item"  # answers to many images, and one of these images
PAGED = "paged"
MOST_SEED = 2**31
YES, NO, NOTHING = "yes", "no", "none"

remember = address.write
recall = address.read


def forget(name: str) -> None:
    """Let go of a choice: what is usual is shown again."""
    address.write(name, None)


def input_choice(
    name: str,
    label: str,
    options: Sequence[str],
    *,
    show: Callable[[str], str] = str,
    absent: str = "is not on this machine",
    **settings: Any,
) -> str:
    """A select box whose value is `?name=...` in the address: one choice for all pages, or for this one.

    The first option where nothing was chosen, or what was chosen is not among them, which is said; a choice for all
    pages that only this page cannot show is not given up. absent : why it is not among them.
    """
    wanted = address.read(name)
    if wanted is not None and wanted not in options:
        what = f"the {address.call(name)} “{text.plain(address.quote(wanted))}”, which {absent}."
        address.refuse(name, f"The address asks for {what}")
        wanted = address.read(name)
        if wanted is not None and wanted not in options:
            st.caption(f":material/info: You chose {what}")
    else:
        address.accept(name)
    address.say_fault(name)
    key = f"choice-{name}"
    st.session_state[key] = wanted if wanted in options else options[0]
    chosen: str = st.selectbox(
        label,
        options,
        format_func=show,
        key=key,
        on_change=lambda: address.write(name, st.session_state[key]),
        **settings,
    )
    address.show(name, chosen)
    return chosen


def input_view(name: str, labels: Mapping[str, str], label: str) -> str:
    """A row of choices whose key is `?name=...` in the address; the first one where it names none of them."""
    chosen = st.segmented_control(
        label,
        list(labels),
        format_func=labels.__getitem__,
        required=True,
        wrap=True,
        label_visibility="collapsed",
        **follow(name, next(iter(labels)), key=f"view-{name}", options=list(labels)),
    )
    address.show(name, str(chosen))
    return str(chosen)


def follow(
    name: str,
    usual: Any,
    *,
    key: str,
    options: Collection[Any] | None = None,
    between: tuple[float, float] | None = None,
    about: str = "",
    then: Callable[[], object] | None = None,
) -> dict[str, Any]:
    """Arguments for a widget whose value is `?name=...` in the address, where nothing stands while it is the usual one.

    usual : a value; a list for a widget of which several can be chosen; None where nothing is. options : what it may
    have. between : the lowest and the highest number, where it is one. about : MODEL or DATASET, where the choice means
    nothing for another. then : called after a change.
    """
    st.session_state[key] = find(name, usual, options=options, between=between, about=about)

    def keep() -> None:
        value = st.session_state[key]
        address.write(name, None if value is None or value == usual else write_value(value))
        if then:
            then()

    return {"key": key, "on_change": keep}


def input_page(pages: int, *, of: str) -> int:
    """Which page of pictures, from 1; the first one again when `of`, what they are pictures of, is another."""
    before = st.session_state.get(PAGED)
    if before not in (None, of) and not address.is_asked("page"):
        forget("page")
    st.session_state[PAGED] = of
    if pages <= 1:
        return 1
    return st.pagination(pages, **follow("page", 1, key=of, between=(1, pages)))


def count_up(name: str) -> None:
    """Add one to a number in the address; a button's callback."""
    address.write(name, str(find(name, 0, between=(0, MOST_SEED)) + 1))


def find(
    name: str,
    usual: Any,
    *,
    options: Collection[Any] | None = None,
    between: tuple[float, float] | None = None,
    about: str = "",
) -> Any:
    """The value of this name in the address, as `follow` reads it; the usual one where there is no usable one."""
    if about:
        address.depend(name, about)
    words = address.read(name)
    value = usual
    if words is not None:
        try:
            value = read_value(words, usual, options=options, between=between)
        except ValueError as error:
            address.refuse(
                name, text.plain(f"The address asks for the {address.call(name)} “{address.quote(words)}”; {error}.")
            )
        else:
            address.accept(name)
    address.say_fault(name)
    return value


def read_value(
    words: str, usual: Any, *, options: Collection[Any] | None = None, between: tuple[float, float] | None = None
) -> Any:
    """A value from an address, which anybody can have written. Raises ValueError with what it should be."""
    if isinstance(usual, list):
        if words == NOTHING:
            return []
        return [_find_option(unquote(part), options or ()) for part in words.split(",") if part]
    if options is not None:
        return _find_option(words, options)
    if isinstance(usual, bool):
        return _find_option(words, {YES: True, NO: False}.keys()) == YES
    low, high = between or (-math.inf, math.inf)
    whole = isinstance(low, int) and isinstance(high, int)
    said = f"it is a {'whole ' * whole}number from {low:,} to {high:,}"
    try:
        value = int(words) if whole else float(words)
    except ValueError as error:
        raise ValueError(said) from error
    if not low <= value <= high:
        raise ValueError(said)
    return value


def write_value(value: Any) -> str:
    """A value as it stands in an address."""
    if isinstance(value, list | tuple):
        if not value:
            return NOTHING
        return ",".join(quote(write_value(one), safe=" ") for one in value)
    if isinstance(value, bool):
        return YES if value else NO
    return repr(value) if isinstance(value, float) else str(value)


def _find_option(words: str, options: Collection[Any]) -> Any:
    for option in options:
        if write_value(option) == words:
            return option
    raise ValueError("there is none of that name here")
