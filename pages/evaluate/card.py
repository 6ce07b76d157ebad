"""The model card: what the program knows, boxes for what it cannot know, and the report for others."""

from collections.abc import Sequence

import streamlit as st

from core.models import package
from core.reports import cards, report
from core.statistics import tasks
from pages.kit import cache, guards, signature, text

BOX_PX = 96


def show_card(found: package.Package) -> None:
    """The card on the left, its boxes in it; count and report on the right."""
    with guards.faults_as_messages():
        sections = cards.build_card(found, _answer_test(found), cards.find_facts(found))
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        _show_count(sections, found)
        _show_report(found)
    with eye:
        _show_form(found, sections)


def _answer_test(found: package.Package) -> tasks.Task:
    return cards.answer_test(found, cache.load_predictions(found))


def _show_count(sections: Sequence[cards.CardSection], found: package.Package) -> None:
    answered, total = cards.count_answered(sections)
    st.subheader("How far the card is")
    st.progress(answered / total, text=f"**{cards.say_count(sections)}**")
    kept = found.manifest.card
    if kept:
        st.caption(
            f"Last written by {text.plain(kept.get(cards.WHO, 'somebody'))}, {kept.get(cards.WHEN, '')[:16]} UTC."
        )
    open_ones = [e.question.words for part in sections for e in part.entries if not e.is_answered]
    if open_ones:
        with st.expander(f"Still open: {len(open_ones)}"):
            st.markdown("\n".join(f"- {text.plain(words)}" for words in open_ones))
    st.caption(
        "Headings of Mitchell et al. 2019. Below each question stand the items of CLAIM (2024 update) and TRIPOD+AI "
        "(2024) that it speaks to. An answer here is no proof that a study followed them."
    )


def _show_report(found: package.Package) -> None:
    st.subheader("Take it to others")
    st.download_button(
        "Report, HTML",
        lambda: report.write(found),  # computed when a person asks for it: figures and intervals take seconds
        f"{found.id}-report.html",
        mime="text/html",
        icon=":material/download:",
        type="primary",
        key=f"report-{found.id}",
        on_click="ignore",
    )
    st.caption(
        "One file of about 5 MB with everything in it: result, figures, training, card. It asks nothing of any host, "
        "so it opens without a network, and it takes a few seconds to make. For a PDF, open it and print it (Ctrl+P, "
        "“Save as PDF”)."
    )
    st.caption(f"The same from a terminal: `python -m core report {found.id} {found.id}-report.html`")


def _show_form(found: package.Package, sections: Sequence[cards.CardSection]) -> None:
    """All of the card in one form: whoever fills it in does so in one sitting."""
    turn = st.session_state.setdefault(f"card-turn-{found.id}", 0)
    # What the boxes began with: only what differs from it was this person's, and is kept.
    began: dict[str, str] = st.session_state.setdefault(f"card-{found.id}-{turn}", cards.read_written(found))
    with st.form(f"card-form-{found.id}", border=False, enter_to_submit=False):
        written: dict[str, str] = {}
        for section in sections:
            st.subheader(section.heading)
            for entry in section.entries:
                written |= _show_entry(entry, began.get(entry.question.key, ""), f"card-{found.id}-{turn}")
        st.divider()
        by = st.text_input("Who writes this", value=signature.recall_name(), max_chars=120)
        if st.form_submit_button("Keep these answers", icon=":material/save:"):
            signature.remember_name(by)
            _keep(found, {key: said for key, said in written.items() if said.strip() != began.get(key, "")}, by)


def _show_entry(entry: cards.Entry, began: str, prefix: str) -> dict[str, str]:
    """What is known, as text; what is not, as a box. Returns what stands in the box."""
    asked, written = entry.question, {}
    if entry.known:
        lines = [f"**{text.plain(asked.words)}**", *(text.plain(line) for line in entry.known.splitlines())]
        st.markdown("  \n".join(lines))
    if not entry.known or began:
        said = st.text_area(
            f"**{text.plain(asked.words)}**",
            value=began,
            placeholder=f"Not answered yet. {asked.hint}",
            max_chars=cards.LONGEST,
            height=BOX_PX,
            key=f"{prefix}-{asked.key}",
            label_visibility="collapsed" if entry.known else "visible",
        )
        written[asked.key] = said or ""
    if asked.source:
        st.caption(asked.source)
    return written


def _keep(found: package.Package, changed: dict[str, str], by: str) -> None:
    if not changed:
        st.info("Nothing was changed.", icon=":material/info:")
        return
    with guards.faults_as_messages():
        cards.write_card(found, changed, by)
    st.session_state[f"card-turn-{found.id}"] += 1
    st.toast("The card was kept.", icon=":material/check:")
    st.rerun()
