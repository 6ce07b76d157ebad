"""Cases about which readers differ: somebody who has read neither way settles them, with all that was said in view."""

import streamlit as st

from core.review import own_progress, queueing, reading_turns
from pages.kit import headline, reader, state
from pages.review import chosen, reading_room


def show() -> None:
    """The view."""
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with left:
        review = chosen.input_review()
    if review is None:
        return
    who = reader.require_reader()
    reader.require_lead(who)
    settled = reading_room.recall_settled(review.id)
    again = settled if reading_room.count_back(review.id) else None
    turn = again or reading_turns.find_dispute(review, who.name)
    count = queueing.count_disputes(review.id, who.name)
    with right:
        reader.show_reader(who, f"{count:,} disputed {'case' if count == 1 else 'cases'} for you")
    if turn is None:
        _show_end(own_progress.count_own(review.id, who.name).disputed)
        if settled is not None:
            st.button("Undo the last", icon=":material/undo:", on_click=reading_room.go_back, args=(review.id,))
        return
    reading_room.show_case(review, who.name, turn, undo=settled is not None and again is None)


def _show_end(disputed: int) -> None:
    """That nothing is disputed, or that somebody else settles it."""
    if disputed:
        said = "One case is" if disputed == 1 else f"{disputed:,} cases are"
        note = f"{said} disputed and wait{'s' if disputed == 1 else ''} for somebody who has not read them."
        headline.show_headline("Nothing for you to settle", note=note)
    else:
        headline.show_headline("Nothing is disputed", note="Cases about which two readers differ will stand here.")
    st.button("See the agreement", type="primary", on_click=state.remember, args=(state.VIEW, "agree"))
