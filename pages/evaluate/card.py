"""The model card: what the program knows, and boxes for what it cannot know."""

from collections.abc import Sequence

import streamlit as st

from core.models import package
from core.reports import cards
from pages.evaluate import headline
from pages.kit import cache, guards, signature, text

BOX_PX = 96
SOURCES = (
    "Headings of Mitchell et al. 2019. Below each question stand the items of CLAIM (2024 update) and TRIPOD+AI (2024) "
    "that it speaks to. An answer here is no proof that a study followed them."
)


def show_card(found: package.Package) -> None:
    """All of the card, a closed part a heading; how far it is stands at the top of the view, see `show_count`."""
    st.header("Model card", help=SOURCES)
    with guards.faults_as_messages():
        sections = _build_sections(found)
    open_ones = [e.question.words for part in sections for e in part.entries if not e.is_answered]
    if open_ones:
        with st.expander(f"Still open: {len(open_ones)}", icon=":material/help:"):
            st.markdown("\n".join(f"- {text.plain(words)}" for words in open_ones))
    _show_form(found, sections)


def show_count(found: package.Package) -> None:
    """How far the card is, in a line."""
    kept = found.manifest.card or {}
    by = f"Last written by {text.plain(kept.get(cards.WHO, 'somebody'))}, {kept.get(cards.WHEN, '')[:16]} UTC."
    with guards.faults_in_place():  # what it learnt from can be seen without
        said = cards.say_count(_build_sections(found)).removesuffix(".")
        headline.show_verdict(found, f"{said} in its card", note=by if kept else "")


def _build_sections(found: package.Package) -> Sequence[cards.CardSection]:
    """The card as it stands."""
    task = cards.answer_test(found, cache.load_predictions(found))
    return cards.build_card(found, task, cards.find_facts(found))


def _show_form(found: package.Package, sections: Sequence[cards.CardSection]) -> None:
    """All of the card in one form: whoever fills it in does so in one sitting."""
    turn = st.session_state.setdefault(f"card-turn-{found.id}", 0)
    # What the boxes began with: only what differs from it was this person's, and is kept.
    began: dict[str, str] = st.session_state.setdefault(f"card-{found.id}-{turn}", cards.read_written(found))
    with st.form(f"card-form-{found.id}", border=False, enter_to_submit=False):
        written: dict[str, str] = {}
        for section in sections:
            answered = sum(entry.is_answered for entry in section.entries)
            with st.expander(f"{section.heading} ({answered} of {len(section.entries)})"):
                for entry in section.entries:
                    written |= _show_entry(entry, began.get(entry.question.key, ""), f"card-{found.id}-{turn}")
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
