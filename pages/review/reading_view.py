"""Reading, one case after the other."""

import streamlit as st

from core.review import own_progress, queueing, reading_turns, review_record
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
    back = reading_room.count_back(review.id)
    turn = reading_turns.find_turn(review, who.name, back=back)
    done = own_progress.count_own(review.id, who.name)
    with right:
        reader.show_reader(who, _say_progress(done))
    if turn is None:
        _show_end(review, who, done)
        return
    undo = back < min(done.read, reading_turns.MOST_BACK)
    reading_room.show_case(review, who.name, turn, undo=undo)


def _say_progress(done: own_progress.Progress) -> str:
    """How far the reader is: `14 read by you, 86 left; 3 disputed`."""
    return f"{done.read:,} read by you, {done.left:,} left" + (f"; {done.disputed:,} disputed" if done.disputed else "")


def _show_end(review: review_record.Review, who: reader.Reader, done: own_progress.Progress) -> None:
    """That nothing is left to read, why, and what comes next."""
    if review.closed_at:
        headline.show_headline("This review is closed", note="Its cases are handed out no more.")
    elif done.left:
        said = "The last one is" if done.left == 1 else f"The last {done.left:,} are"
        headline.show_headline("Nothing for you now", note=f"{said} in the hands of others: look again in a while.")
    elif not done.read:
        headline.show_headline("No case in this review yet", note="Cases come in under Reviews.")
    else:
        headline.show_headline("All read", note=f"{done.read:,} read by you.")
    waiting = queueing.count_disputes(review.id, who.name) if done.disputed and who.may_lead else 0
    with st.container(horizontal=True):
        if done.read:
            st.button("Undo the last answer", icon=":material/undo:", on_click=reading_room.go_back, args=(review.id,))
        if waiting:
            label = f"Settle {waiting:,} disputed"
            st.button(label, type="primary", on_click=state.remember, args=(state.VIEW, "settle"))
        step = "agree" if done.read else "reviews"
        label = "See the agreement" if done.read else "Go to the reviews"
        st.button(label, type="secondary" if waiting else "primary", on_click=state.remember, args=(state.VIEW, step))
    if done.disputed and not waiting:
        st.caption(f"{done.disputed:,} disputed: somebody who has not read them settles them.")
