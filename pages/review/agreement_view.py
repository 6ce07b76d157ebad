"""How far readers agree with each other and with the model, and what seeing the model did to them."""

import pandas as pd
import streamlit as st

from core.figures import shares
from core.review import reading_tables, review_agreement, review_agreement_words
from core.statistics import estimate
from pages.kit import cache, charts, downloads, guards, headline, state, text, theme
from pages.review import chosen

ABOUT = {"audit": "Audit cases", "all": "All cases"}
READING = (
    "First answers are compared, given before anybody saw the model's. Kappa is agreement beyond chance: 0 is chance, "
    "1 always. In brackets the 95 % interval over patients. Audit cases were drawn at random, so they speak for all "
    "cases of the review; the others were read because they looked difficult."
)
BIAS_READING = (
    "Only cases whose truth does not rest on the reader alone: two readers, a settled dispute, or gold cases. "
    "Over-reliance: right before, wrong with a model that is wrong. Under-reliance: wrong, and staying so beside a "
    "model that is right. A tenth of second looks does not show the model: what changes there changes by itself."
)


@guards.fragment
def show() -> None:
    """The view."""
    review = chosen.input_review()
    if review is None:
        return
    table = _tabulate(review.id, reading_tables.count_acts(review.id))
    first = st.container()
    part = st.segmented_control(
        "Which cases",
        list(ABOUT),
        format_func=ABOUT.__getitem__,
        required=True,
        **state.follow("cases", "audit", key="agreement-cases", options=list(ABOUT)),
    )
    result = review_agreement.measure(table, review.settings, audit=part == "audit")
    with first:
        _show_headline(result, table)
    rows = [*result.pairs, *result.with_model]
    if rows:
        _show_pairs(result)
    if result.bias is not None:
        _show_bias(result, table)
    _show_gold(result)
    downloads.offer_csv(lambda: reading_tables.tabulate_trail(review.id), f"readings-{review.id}.csv", label="All acts")


def _show_headline(result: review_agreement.Result, table: pd.DataFrame) -> None:
    said = review_agreement_words.say_headline(result)
    read = table[table["reader"] != ""]
    note = f"{read['entry'].nunique():,} of {table['entry'].nunique():,} cases have been read."
    headline.show_headline(said, note=note, reading=READING)
    most = max((pair.agreed.n for pair in (*result.pairs, *result.with_model)), default=0)
    with st.container(horizontal=True):
        if not result.blind:
            st.badge(
                "Model shown first",
                icon=":material/warning:",
                color="orange",
                help="Readers saw the model's answer from the beginning: that they agree with it is no evidence.",
            )
        if most < review_agreement_words.FEW:
            st.badge("Few cases", icon=":material/warning:", color="orange", help="Read more before you rely on this.")
        if result.seconds is not None:
            st.badge(
                f"{result.seconds:.0f} s a reading",
                icon=":material/timer:",
                color="gray",
                help="The median of blind answers.",
            )


def _show_pairs(result: review_agreement.Result) -> None:
    pairs = [*result.pairs, *result.with_model]
    rows = [
        shares.Row(
            review_agreement_words.name_pair(pair),
            pair.agreed.raw.value,
            pair.agreed.raw.low,
            pair.agreed.raw.high,
            f"{pair.agreed.raw.say(estimate.PER_CENT)}, n = {pair.agreed.n:,}",
        )
        for pair in pairs
        if pair.agreed.raw.value is not None
    ]
    st.header("Who agrees with whom", help=cache.explain("kappa"))
    charts.show_chart(shares.figure_shares(rows, "agree, %", theme.current()), key="agreement-pairs", toolbar=False)
    table = review_agreement_words.tabulate_pairs(result)
    with st.expander("As a table, and answer by answer"):
        st.dataframe(table, hide_index=True)
        downloads.offer_csv(lambda: table, "agreement.csv")
        whole = result.readers if result.readers.n else pairs[0].agreed
        st.dataframe(review_agreement_words.tabulate_classes(whole), hide_index=True)


def _show_bias(result: review_agreement.Result, table: pd.DataFrame) -> None:
    bias = result.bias
    if bias is None:
        return
    st.header("What seeing the model changed", help=BIAS_READING)
    changed = len(review_agreement.find_changed(table))
    st.markdown(f"{changed:,} answers changed at the second look; {bias.shown.n + bias.hidden.n:,} can be judged.")
    st.table(review_agreement_words.tabulate_bias(bias).set_index("What"))


def _show_gold(result: review_agreement.Result) -> None:
    if not result.gold:
        return
    st.header("On cases whose class is known", help="Gold cases, mixed in; right at the first, blind answer.")
    said = {name: f"{share.say(estimate.PER_CENT)}, n = {share.n:,}" for name, share in result.gold.items()}
    st.table(pd.DataFrame({"Reader": map(text.plain, said), "Right": said.values()}).set_index("Reader"))


@st.cache_data(max_entries=4, show_spinner=False)
def _tabulate(review_id: int, acts: tuple[int, int]) -> pd.DataFrame:
    """acts : what changes when anybody has said anything."""
    del acts
    return reading_tables.tabulate(review_id)
