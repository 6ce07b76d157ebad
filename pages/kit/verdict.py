"""What came of a training, before anything else: its result on images that it never saw, and where to go with it."""

import streamlit as st

from core.base import errors
from core.models import package
from core.prediction import decision
from core.results import cautions
from core.statistics import words
from pages.kit import cache, state, text


def show_verdict(model_id: str) -> None:
    """One large line with n and interval, the marks that limit it, and the next step."""
    try:
        found = package.find_package(model_id)
    except errors.SecondLookError as error:  # a model that was removed since leaves the curves of its training
        st.error(text.plain(str(error)), icon=":material/error:")
        return
    test = found.test_now
    st.html(f'<p class="verdict">{cache.as_text(words.say_verdict(test, leaky=found.is_leaky))}</p>')
    with st.container(horizontal=True, vertical_alignment="center"):
        for caution in cautions.find_cautions(found):
            meaning = text.plain(f"{caution.meaning} ({caution.check.code})")
            if caution.is_severe:
                st.badge(caution.mark, icon=":material/warning:", color="red", help=meaning)
            else:
                st.badge(caution.mark, icon=":material/warning:", color="orange", help=meaning)
        _show_next(found)
    rates = words.say_rates(test, found.class_names) if test["n"] else ""
    point = "" if found.threshold is None else f"At the kept threshold of {decision.say_threshold(found)}."
    st.caption(f"Model **{text.plain(model_id)}**. {text.plain(f'{rates} {point}')}".strip())


def _show_next(found: package.Package) -> None:
    address = {state.MODEL: found.id}
    st.page_link("pages/evaluate/page.py", label="Evaluate it", icon=":material/fact_check:", query_params=address)
    st.page_link("pages/predict/page.py", label="Predict with it", icon=":material/biotech:", query_params=address)
