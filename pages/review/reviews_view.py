"""All reviews at a glance, each with how far it is; and the form that begins one."""

from dataclasses import dataclass

import streamlit as st

from core.jobs import review_filling
from core.review import reading_tables, review_record, reviews
from pages.kit import downloads, guards, headline, jobs, reader, text
from pages.review import begin_form, reading_choices, ways

CLOSED = "review-closed"
STYLE = """
<style>
.stages { display: flex; height: .7rem; border-radius: 4px; overflow: hidden; gap: 1px; max-width: 44rem;
  background: color-mix(in srgb, currentcolor 12%, transparent); }
.stages span { min-width: 3px; }
.stages .settled { background: light-dark(#3556A8, #8FA8E8); }
.stages .disputed { background: #E69F00; }
.stages .half { background: color-mix(in srgb, light-dark(#3556A8, #8FA8E8) 45%, transparent); }
.stages .open { background: transparent; }
.stages-words { font-size: .875rem; margin: .25rem 0 0; font-variant-numeric: tabular-nums; }
</style>
"""


@dataclass(frozen=True)
class Row:
    """A review and how far it is."""

    review: review_record.Review
    counts: review_record.Counts


def show() -> None:
    """What is open first, then how to begin one; where there is none, beginning comes first."""
    jobs.show_jobs()
    rows = [Row(one, reviews.count(one.id)) for one in reviews.list_reviews()]
    if rows:
        headline.show_headline(
            _say_verdict(rows), note="Nothing here is ever overwritten, so a review is closed and not deleted."
        )
        st.html(STYLE)
        closed = [row for row in rows if row.review.closed_at]
        for row in rows:
            if not row.review.closed_at:
                _show_review(row)
        if closed and st.toggle(f"Closed ones too ({len(closed):,})", key=CLOSED):
            for row in closed:
                _show_review(row)
    else:
        headline.show_headline(
            "Nothing to read yet", note="A review gathers images for people to read. It takes a minute to begin one."
        )
    begin_form.show_form()


def _say_verdict(rows: list[Row]) -> str:
    going = [row.counts for row in rows if not row.review.closed_at]
    left = sum(one.open + one.disputed for one in going)
    if not going:
        return "All reviews are closed"
    said = f"{len(going):,} review{'s are' if len(going) != 1 else ' is'} open"
    if not any(one.total for one in going):
        return f"{said}, no images yet"
    return f"{said}, {left:,} image{'s' if left != 1 else ''} to read" if left else f"{said}, all is read"


def _show_review(row: Row) -> None:
    review, counts = row.review, row.counts
    eye, hand = st.columns([5, 2], gap="medium", vertical_alignment="center")
    with eye:
        st.markdown(f"**{text.plain(review.name)}**")
        st.html(_draw_stages(counts))
        st.caption(text.plain(_say_about(review)))
    with hand, st.container(horizontal=True, gap="small"):
        label = "Look" if review.closed_at else "Read"
        st.button(
            label,
            key=f"read-{review.id}",
            icon=":material/rate_review:",
            on_click=ways.open_view,
            args=("read", review.id),
        )
        if counts.disputed:
            label = f"Settle {counts.disputed:,}"
            st.button(label, key=f"settle-{review.id}", on_click=ways.open_view, args=("settle", review.id))
        shown = st.popover("More", key=f"more-{review.id}", type="tertiary", on_change=_keep_open)
        if shown.open:
            with shown:
                _show_more(row)


def _keep_open() -> None:
    """What is in it is made only when it is opened."""


def _draw_stages(counts: review_record.Counts) -> str:
    """A bar of the four states, and the same in words."""
    stages = [
        ("settled", counts.settled, "settled"),
        ("disputed", counts.disputed, "disputed"),
        ("half", counts.half_read, "half read"),
        ("open", counts.open - counts.half_read, "not read"),
    ]
    said = " · ".join(f"{n:,} {words}" for _, n, words in stages if n) or "No images yet"
    bars = "".join(f'<span class="{name}" style="flex-grow:{n}"></span>' for name, n, _ in stages if n)
    return f'<div class="stages" role="img" aria-label="{said}">{bars}</div><p class="stages-words">{said}</p>'


def _say_about(review: review_record.Review) -> str:
    """What it is about, how it is read, who began it and when."""
    settings = review.settings
    about = settings.model_id or settings.dataset
    kind = (
        "Does it work here?" if settings.purpose == review_record.SITE else reading_choices.MODES[settings.mode].lower()
    )
    readers = f"{settings.readers} reader{'s' if settings.readers != 1 else ''} a case"
    closed = f", closed {review.closed_at[:10]}" if review.closed_at else ""
    return f"{about}, {kind}, {readers}. Begun by {review.made_by}, {review.made_at[:10]}{closed}."


def _show_more(row: Row) -> None:
    """Order and rule, what came in, who has read, the trail, and the way to close it."""
    review, settings = row.review, row.review.settings
    key = f"order-{review.id}"
    led = reader.may_lead()
    if not led:
        st.caption("Leads change and close reviews.")
    order = {"on_change": _change_order, "args": (review.id, key), "disabled": not led}
    reading_choices.input_order(settings.order, key=key, **order)
    reading_choices.show_rule()
    facts = dict(settings.facts)
    for filled in facts.get(review_filling.FILLED, []):
        st.caption(text.plain(f"{filled['at'][:10]}, {filled['by']}: {filled['said']}"))
    with guards.faults_in_place():
        for said in filter(None, map(_say_change, reviews.list_changes(review.id))):
            st.caption(text.plain(said))
        trail = reading_tables.tabulate_trail(review.id)
        names = trail["reader"].value_counts()
        if len(names):
            st.caption(text.plain("Read by " + ", ".join(map(str, names.index)) + "."))
            downloads.offer_csv(lambda: trail, f"{review.id}-readings.csv", label=f"All {len(trail):,} readings")
    closed = not review.closed_at
    st.button(
        "Close" if closed else "Open again",
        key=f"close-{review.id}",
        disabled=not led,
        on_click=_close,
        args=(review.id, closed),
        help="Nobody is handed a case of it then, what is not settled waits for another review. Nothing is deleted.",
    )


def _say_change(change: review_record.Change) -> str:
    """What somebody changed; "" of facts, which are said by themselves."""
    if change.name == "facts":
        return ""
    if change.name == "closed_at":
        return f"{change.at[:10]}, {change.by}: {'closed' if change.after else 'opened again'}."
    return f"{change.at[:10]}, {change.by}: {change.name.replace('_', ' ')} {change.before}, now {change.after}."


def _change_order(review_id: int, key: str) -> None:
    reader.act_as_lead(lambda author: reviews.change(review_id, by=author, order=st.session_state[key]))


def _close(review_id: int, closed: bool) -> None:
    reader.act_as_lead(lambda author: reviews.close(review_id, by=author, closed=closed))
