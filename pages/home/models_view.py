"""Home's models: by the data set that they learnt on, the best first, each a click from its judging and its answers."""

from collections.abc import Sequence

import streamlit as st

from core.models import choosing, package
from core.statistics import estimate, words
from pages.kit import state, text

SHOWN_OF_EACH = 3
HELP = (
    "Accuracy on test images that the model never saw, with its 95 % interval: over patients, where these are known. "
    "The best first, by the lower end of the interval. A name leads to how it was judged."
)
APART_HELP = (
    "They learnt on drawn images, were tested on images of patients or copies that they had seen, or were ended early: "
    "their numbers say little about new images."
)


def show_models(packages: Sequence[package.Package]) -> None:
    """The best of each data set, all others folded."""
    groups, apart = choosing.group_by_data(packages)
    st.header("Models", help=HELP)
    if not packages:
        st.markdown("None yet. A finished training will stand here.")
    for group in groups:
        best = group[0]
        st.markdown(f"**{text.plain(best.manifest.dataset.name)}**: {text.plain(choosing.say_trained_on(best))}")
        _show_rows(group[:SHOWN_OF_EACH], named=False)
        if group[SHOWN_OF_EACH:]:
            with st.expander(f"{len(group) - SHOWN_OF_EACH:,} more of {text.plain(best.manifest.dataset.name)}"):
                _show_rows(group[SHOWN_OF_EACH:], named=False)
    if apart:
        with st.expander(f"Drawn cells, leaky splits, unfinished ({len(apart):,})", expanded=not groups):
            st.caption(APART_HELP)
            _show_rows(apart, named=True)


def _show_rows(listed: Sequence[package.Package], *, named: bool) -> None:
    """A line a model. named : with what it learnt on, and what is wrong with that."""
    for found in listed:
        name, result, ask = st.columns([4, 5, 2], vertical_alignment="center")
        label = {state.MODEL: found.id}
        name.page_link(
            "pages/evaluate/page.py", label=text.plain(found.id), icon=":material/fact_check:", query_params=label
        )
        said = f" ({choosing.say_origin(found)})" if named else ""
        result.markdown(text.plain(_say_result(found) + said))
        ask.page_link("pages/predict/page.py", label="Predict", icon=":material/biotech:", query_params=label)


def _say_result(found: package.Package) -> str:
    """`96.5 % (94.1 to 98.2) right, 4,116 images of 24 patients`."""
    test = found.test_now
    if not test["n"]:
        return words.NOTHING_TESTED
    return f"{test['accuracy'].say(estimate.PER_CENT)} right, {words.say_sample(test)}"
