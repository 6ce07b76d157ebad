"""What came of a training, before anything else: its result on images that it never saw, and where to go with it."""

import streamlit as st

from core.base import errors
from core.models import package
from core.prediction import decision
from core.results import cautions
from core.statistics import words
from pages.kit import headline, state, text


def show_verdict(model_id: str) -> None:
    """One large line with n and interval, the marks that limit it, and the next step."""
    try:
        found = package.find_package(model_id)
    except errors.SecondLookError as error:  # a model that was removed since leaves the curves of its training
        st.error(text.plain(str(error)), icon=":material/error:")
        return
    test = found.test_now
    headline.show_line(words.say_verdict(test, leaky=found.is_leaky))
    with st.container(horizontal=True, vertical_alignment="center"):
        show_cautions(found)
        _show_next(found)
    rates = words.say_rates(test, found.class_names) if test["n"] else ""
    point = "" if found.threshold is None else f"At the kept threshold of {decision.say_threshold(found)}."
    st.caption(f"Model **{text.plain(model_id)}**. {text.plain(f'{rates} {point}')}".strip())


def show_cautions(found: package.Package, *, effect: str = "") -> None:
    """A badge each, which says what it means. effect : how much a leak flatters, in words, as far as it is known."""
    for caution in cautions.find_cautions(found):
        known = f" {effect}" * bool(effect and caution.is_severe)
        meaning = text.plain(f"{caution.meaning}{known} ({caution.check.code})")
        if caution.is_severe:
            st.badge(caution.mark, icon=":material/warning:", color="red", help=meaning)
        else:
            st.badge(caution.mark, icon=":material/warning:", color="orange", help=meaning)


def _show_next(found: package.Package) -> None:
    address = {state.MODEL: found.id}
    st.page_link("pages/evaluate/page.py", label="Evaluate it", icon=":material/fact_check:", query_params=address)
    st.page_link("pages/predict/page.py", label="Predict with it", icon=":material/biotech:", query_params=address)
