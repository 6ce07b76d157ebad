"""How much may be left to the model: its agreement with what people settled, on cases that were drawn at random."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.index import index
from core.datasets.intake import versions
from core.figures import risk_curve
from core.models import package
from core.review import left_to_model, settled_cases
from core.statistics import estimate
from pages.kit import charts, downloads, headline, state, text, theme
from pages.review import challenge_data

ERRORS = (0.5, 20.0)  # per cent
HELP = (
    "Only audit cases count: drawn at random, and read whatever their rank. Where readers saw the model's answer "
    "before their last word, the agreement is flattered; Agreement says by how much."
)


def show(head: DeltaGenerator, beside: DeltaGenerator, champion: package.Package, data: index.Index) -> None:
    """The share that needs a person at a stated error; the curve, and the agreement by month. beside : the data set."""
    chosen = settled_cases.list_reviews(champion.class_names, versions.find_line(data.name))
    error = beside.number_input(
        "Errors allowed where no person looks, per cent",
        *ERRORS,
        step=0.5,
        format="%.1f",
        **state.follow("least", 100 * left_to_model.ERROR, key="left-error", between=ERRORS),
    )
    left = challenge_data.load_left(champion, chosen, error / 100)
    with head:
        headline.show_headline(
            say(left),
            note=f"{left.n:,} settled audit cases that {text.plain(champion.id)} answered; it agrees with people on "
            f"{left.agreement.say(estimate.PER_CENT)}."
            if left.n
            else "Audit cases that people settle will be counted here.",
            reading=HELP,
        )
    if not left.n:
        return
    if left.is_enough:
        wrong = 1 - (left.agreement.value or 0.0)
        charts.show_chart(risk_curve.figure_risk_coverage(left.coverage, wrong, theme.current()), key="left-curve")
        st.caption(risk_curve.CAPTION, help=risk_curve.READING)
    shown = left.over_time.rename(columns={"month": "Up to", "n": "Cases", "agreed": "Agreed"})
    for name in ("agreement", "low", "high"):
        shown[name] = (100 * shown[name].astype(float)).round(1)
    shown = shown.rename(columns={"agreement": "Agreement, %", "low": "from", "high": "to"})
    st.dataframe(shown, hide_index=True, key="left-table")
    downloads.offer_csv(lambda: left.over_time, f"{champion.id}-audit-agreement.csv")
    apart = [
        f"{count:,} {words}"
        for count, words in ((left.refused, "it refused"), (left.undecided, "nobody could tell"))
        if count
    ]
    if apart:
        st.caption(f"Not among them: {' and '.join(apart)}.")


def say(left: left_to_model.Left) -> str:
    """The answer in one line."""
    allowed = f"{100 * left.error:g} %"
    if left.of_one:
        return "Nothing may be left to it yet: all audit cases are of one patient"
    if not left.is_enough:
        return (
            f"Nothing may be left to it yet: {left.n:,} audit cases, and {allowed} errors take {left.needed:,} or more"
        )
    if left.needs_person is None:
        return f"Every case needs a person: no part of its answers is surely under {allowed} errors"
    return f"{100 * left.needs_person:.0f} of 100 cases need a person, if {allowed} of the others may be wrong"
