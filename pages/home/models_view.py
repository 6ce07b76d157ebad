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
# Two links and what they are about: on a phone the links share a line.
STYLE = """
<style>
.st-key-whole-models [data-testid="stHorizontalBlock"] { row-gap: 0; }
@media (max-width: 640px) {
  .st-key-whole-models [data-testid="stColumn"] { min-width: 0 !important; flex: 1 1 30%; }
  .st-key-whole-models [data-testid="stColumn"]:nth-child(1) { flex: 1 1 55%; }
  .st-key-whole-models [data-testid="stColumn"]:nth-child(3) { flex: 1 1 100%; padding-left: .5rem; }
}
</style>
"""


def show_models(packages: Sequence[package.Package]) -> None:
    """The best of each data set, all others folded."""
    st.header("Models", help=HELP)
    with st.container(key="whole-models", gap="xsmall"):
        _show_groups(packages)


def _show_groups(packages: Sequence[package.Package]) -> None:
    groups, apart = choosing.group_by_data(packages)
    st.html(STYLE)
    if not packages:
        st.markdown("None yet. A finished training will stand here.")
    for group in groups:
        best = group[0]
        name = best.manifest.dataset.name
        st.markdown(f"**{text.plain(name)}**: {text.plain(choosing.say_trained_on(best).removeprefix(f'{name}: '))}")
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
        name, ask, result = st.columns([5, 2, 6], vertical_alignment="center")
        label = {state.MODEL: found.id}
        name.page_link(
            "pages/evaluate/page.py", label=text.plain(found.id), icon=":material/fact_check:", query_params=label
        )
        said = f" ({choosing.say_origin(found)})" if named else ""
        ask.page_link("pages/predict/page.py", label="Predict", icon=":material/biotech:", query_params=label)
        badge = " :blue-badge[Champion]" if choosing.is_champion(found) else ""
        result.markdown(text.plain(_say_result(found) + said) + badge)


def _say_result(found: package.Package) -> str:
    """`96.5 % (94.1 to 98.2) right, 4,116 images of 24 patients`."""
    test = found.test_now
    if not test["n"]:
        return words.NOTHING_TESTED
    return f"{test['accuracy'].say(estimate.PER_CENT)} right, {words.say_sample(test)}"
