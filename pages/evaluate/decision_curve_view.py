"""Whether acting on a model is worth more than flagging every image or none, for what a person prefers."""

from typing import Any

import pandas as pd
import streamlit as st

from core.figures import decision_curve as drawing
from core.models import package
from core.statistics import decision_curve, decision_curve_words, reliability, temperature, words
from pages.kit import cache, charts, downloads, guards, state, text, theme

PER_MILLE = (1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 400, 500)
AS_TESTED = 0  # per mille; no share of its own
START = 9.0


def show_benefit(found: package.Package) -> None:
    """The decision curve, a preference to choose, and what it comes to in words."""
    st.header(
        "Is acting on it worth it?",
        help="Net benefit, or decision curve analysis: images found, less the false alarms, each of which counts as "
        "much as you say. If 9 false alarms are worth 1 found, each takes off one ninth.",
    )
    _show(found)


@guards.fragment
def _show(found: package.Package) -> None:
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        alarms, prevalence = _input_preference(found), _input_prevalence(found)
    with guards.faults_as_messages():
        created = found.manifest.created
        curve = _compute(found.id, created, found.threshold, found.temperature, prevalence, _found=found)
    row = decision_curve.find_row(curve, alarms)
    if row is None:
        st.info(
            "The test images hold one class only, or there are none: what acting on the model is worth cannot be told.",
            icon=":material/info:",
        )
        return
    with eye:
        figure = drawing.figure_benefit(curve.table, theme.current(), chosen=alarms)
        charts.show_chart(figure, key=_key(found, "curve"))
        st.caption(drawing.CAPTION, help=f"{_say_source(found, curve)} {drawing.READING}")
        _download(found, curve.table)
    with hand:
        _show_words(found, curve, row)


@st.cache_data(max_entries=24, show_spinner="Weighing what flagging is worth …")
def _compute(
    model_id: str,
    created: str,
    threshold: float | None,
    kept: float | None,
    prevalence: float | None,
    *,
    _found: package.Package,
) -> decision_curve.Curve:
    """The curve of the test images, with the probabilities after the temperature where one is kept."""
    table = cache.load_predictions(_found)
    task = reliability.select_task(table, "test", _found.class_names, _found.positive_class, threshold=threshold)
    return decision_curve.compute_curve(task if kept is None else temperature.soften(task, kept), prevalence=prevalence)


def _input_preference(found: package.Package) -> float:
    """False alarms that one would accept for one image found, of `decision_curve.PREFERENCES`."""
    chosen: float = st.select_slider(
        f"I would accept, for {text.plain(found.positive_class)} images",
        decision_curve.PREFERENCES,
        format_func=decision_curve_words.say_preference,
        **state.follow("preference", START, key=_key(found, "preference"), options=decision_curve.PREFERENCES),
    )
    return chosen


def _input_prevalence(found: package.Package) -> float | None:
    """The share of the positive class where the model is used; None = as in the test images."""
    chosen = st.select_slider(
        "Share of the positive class where it is used",
        (AS_TESTED, *PER_MILLE),
        format_func=lambda share: f"{share / 10:g} %" if share else "as tested",
        **state.follow(
            "prevalence", AS_TESTED, key=_key(found, "prevalence"), options=(AS_TESTED, *PER_MILLE), about=state.MODEL
        ),
    )
    return chosen / 1000 if chosen else None


def _show_words(found: package.Package, curve: decision_curve.Curve, row: dict[str, Any]) -> None:
    """What the chosen preference comes to, what the probabilities are, and what was moved for another prevalence."""
    worth, beside = decision_curve_words.say_worth(row, text.plain(found.positive_class))
    st.markdown(worth, help=f"{beside} {decision_curve_words.say_answers(row, kept=found.threshold is not None)}")
    moved = decision_curve_words.say_shift(curve, row)
    st.markdown(decision_curve_words.say_better(curve), help=moved or None)
    said = decision_curve_words.say_probabilities(found.temperature)
    if found.temperature is None:
        st.badge("Not calibrated", icon=":material/warning:", color="orange", help=f"{said} See Trust.")
    else:
        st.badge("Calibrated", icon=":material/check:", color="green", help=said)


def _say_source(found: package.Package, curve: decision_curve.Curve) -> str:
    """Which images the curve is of, and what its band counts."""
    sample = words.say_sample({"n": curve.n, "groups": curve.groups})
    rest = "" if len(found.class_names) == 2 else " against the rest"
    band = f"Band over {'patients' if curve.by_patient else 'images'}"
    if curve.by_patient and curve.prevalence == curve.sample_prevalence:
        band += ", wide also because patients differ in how many images of the class they have; comparisons in words "
        band += "are paired"
    return f"Test images, {sample}; {curve.positives:,} of them {text.plain(found.positive_class)}{rest}. {band}."


def _download(found: package.Package, table: pd.DataFrame) -> None:
    downloads.offer_csv(lambda: table, f"{found.id}-benefit.csv", label="Curve, CSV")


def _key(found: package.Package, name: str) -> str:
    return f"benefit-{name}-{found.id}"
