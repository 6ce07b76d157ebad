"""Evaluate's first view: how often the model is right, in a sentence, in a matrix and in metrics."""

from typing import Any

import pandas as pd
import streamlit as st

from core.figures import confusion
from core.models import package
from core.prediction import decision
from core.statistics import decision_rule, measures, metrics_table, tasks, words
from pages.evaluate import headline, mistakes
from pages.kit import cache, charts, decision_table, downloads, guards, state, text, theme

KEPT, PROBABLE = "kept", "probable"
TABLE_STYLE = """
<style>
.measures { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.measures th, .measures td { text-align: left; padding: .28rem .5rem .28rem 0; font-weight: 400;
  border-bottom: 1px solid color-mix(in srgb, currentcolor 14%, transparent); }
.measures th { opacity: .75; font-size: .85rem; }
.measures td:last-child, .measures th:last-child { text-align: right; padding-right: 0; }
.measures td { white-space: nowrap; }
.measures abbr { text-decoration: underline dotted; text-underline-offset: 3px; cursor: help; }
</style>
"""


@guards.fragment
def show_result(found: package.Package) -> None:
    """The test result in words, the matrix whose cells open, the measures, and the images of the chosen cell."""
    predictions = cache.load_predictions(found)
    test = predictions[predictions["split"] == "test"]
    if not len(test):
        headline.show_verdict(found, words.NOTHING_TESTED, note="So there is no result.")
        st.page_link("pages/train/page.py", label="Train with a test part", icon=":material/arrow_forward:")
        return
    first = st.container()
    threshold = _input_threshold(found)
    measured = load_measures(found, threshold)
    with first:
        _show_sentence(found, measured, threshold)
    eye, hand = st.columns([5, 4], gap="large")
    with eye:
        cell = _show_matrix(found, measured, threshold)
    with hand:
        _show_measures(found, measured)
    if len(found.class_names) > 2:
        _show_classes(found, threshold)
    mistakes.show_cell(found, test, cell, threshold=threshold)
    decision_table.show_of_model(found)


def load_measures(found: package.Package, threshold: float | None) -> dict[str, Any]:
    """`measures.measure` of the test images under this threshold, worked out once."""
    return _measure(found, found.id, found.manifest.created, threshold)


@st.cache_data(max_entries=16, show_spinner="Measuring …")
def _measure(_found: package.Package, model_id: str, created: str, threshold: float | None) -> dict[str, Any]:
    return measures.measure(_build_task(_found, threshold))


@st.cache_data(max_entries=8, show_spinner="Measuring …")
def _measure_classes(
    _found: package.Package, model_id: str, created: str, threshold: float | None
) -> list[dict[str, Any]]:
    return measures.measure_classes(_build_task(_found, threshold))


def _build_task(found: package.Package, threshold: float | None) -> tasks.Task:
    predictions = cache.load_predictions(found)
    test = predictions[predictions["split"] == "test"]
    chances = test[[f"p_{name}" for name in found.class_names]].to_numpy()
    answers = decision_rule.decide(chances, found.class_names.index(found.positive_class), threshold)
    return tasks.build_task(test, found.class_names, found.positive_class, answers=answers)


def _input_threshold(found: package.Package) -> float | None:
    """The kept operating point where there is one, unless the person wants to see the answers without it."""
    if found.threshold is None:
        return None
    labels = {KEPT: f"At the kept threshold ({decision.say_threshold(found)})", PROBABLE: "The most probable class"}
    chosen = st.segmented_control(
        "Answers",
        list(labels),
        format_func=labels.__getitem__,
        required=True,
        **state.follow(
            "answers", KEPT, key=f"result-answers-{found.id}-{found.threshold}", options=list(labels), about=state.MODEL
        ),
        help=f"The kept threshold is the operating point that people chose for {text.plain(found.positive_class)}. "
        "Without it the class with the largest probability is answered.",
    )
    return found.threshold if chosen == KEPT else None


def _show_sentence(found: package.Package, measured: dict[str, Any], threshold: float | None) -> None:
    note = words.say_rates(measured, found.class_names)
    if threshold is not None:
        note += f" {found.positive_class} is answered from a probability of {decision.say_threshold(found)} on."
    elif found.threshold is not None:
        note += " This is without the operating point that was kept."
    headline.show_verdict(found, words.say_verdict(measured, leaky=found.is_leaky), note=text.plain(note.strip()))


def _show_matrix(found: package.Package, measured: dict[str, Any], threshold: float | None) -> tuple[int, int]:
    """Truth against answer. Returns the cell whose images are wanted: clicked, named in the boxes or in the address."""
    st.header("Right and wrong", help=cache.explain("confusion matrix"))
    cell = mistakes.find_cell(found, measured["confusion"])
    figure = confusion.figure_confusion(measured["confusion"], found.class_names, theme.current(), chosen=cell)
    # The cell is part of the key: a chart that was clicked keeps its point selected, and the same click again is lost.
    key = f"matrix-{found.id}-{threshold}-{cell[0]}-{cell[1]}"
    charts.show_chart(
        figure,
        key=key,
        toolbar=False,
        on_select=lambda: mistakes.choose_point(found, key),
    )
    at = "" if found.threshold is None else " with" + ("out" if threshold is None else "") + " the kept operating point"
    st.caption(
        f"Test images{at}, n = {measured['n']:,}. Click a cell to see its images below, or name it here.",
        help=f"{confusion.CAPTION} {confusion.READING}",
    )
    mistakes.input_cell(found, cell)
    return cell


def _show_measures(found: package.Package, measured: dict[str, Any]) -> None:
    """Every measure with its interval and its n, and what the intervals count."""
    st.header("On unseen images")
    rows = "".join(
        f'<tr><td><abbr title="{cache.as_text(cache.explain(one.term))}">{one.title}</abbr></td>'
        f"<td>{cache.as_text(measured[one.key].say(one.form))}</td><td>{measured[one.key].n:,}</td></tr>"
        for one in metrics_table.METRICS
    )
    titles = ("Measure", "Value (95 % interval)", "n images")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    st.html(f'{TABLE_STYLE}<table class="measures"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')
    st.caption(
        f"Test images; intervals over {measured['interval']}, and what that means.",
        help=text.plain(say_basis(measured)),
    )
    with st.expander("What these words mean"):
        st.markdown("\n\n".join(f"**{one.title}**: {cache.explain(one.term)}" for one in metrics_table.METRICS))
    downloads.offer_csv(lambda: tabulate(measured), f"{found.id}-measures.csv")


def say_basis(measured: dict[str, Any]) -> str:
    """Which images the measures are about, what their intervals count, and how much wider that makes them."""
    about = f"Test images: {words.say_sample(measured)}."
    if measured["average"] == "binary":
        about += f" The positive class is {measured['positive_class']}."
    else:
        *most, last = (one.title for one in metrics_table.list_per_class())
        about += f" {', '.join(most)} and {last} are plain means over the classes, each against the rest."
    if measured["interval"] != "patients":
        return (
            f"{about} No patients are known, so intervals count images: Wilson's for shares, images left out in turn "
            "for the rest. With several images of one patient they are narrower than is right for new patients."
        )
    ratios = [(metrics_table.find(name).title, ratio) for name, ratio in measured["wider"].items() if ratio is not None]
    wider = ", ".join(f"{label} {ratio:.1f}" for label, ratio in ratios)
    said = f" How many times as wide as if images were independent: {wider}." if wider else ""
    return (
        f"{about} Intervals come from leaving out one patient after the other, since images of one patient are "
        f"correlated.{said}"
    )


def tabulate(measured: dict[str, Any]) -> pd.DataFrame:
    """The measures as a person takes them away, a row each."""
    return pd.DataFrame(
        [
            {
                "measure": one.key,
                **measured[one.key].to_json(),
                "interval": f"{100 * measured['level']:.0f} % over {measured['interval']}",
                "times_as_wide": measured["wider"].get(one.key),
            }
            for one in metrics_table.METRICS
        ]
    )


def _show_classes(found: package.Package, threshold: float | None) -> None:
    """Every class against the rest."""
    rows = _measure_classes(found, found.id, found.manifest.created, threshold)
    st.header("Class by class")
    shown = [
        {
            "Class": row["class"],
            "n images": row["n"],
            **{one.title: row[one.key].say(one.form) for one in metrics_table.list_per_class()},
        }
        for row in rows
    ]
    st.dataframe(pd.DataFrame(shown), hide_index=True, height="content")
    st.caption(
        "Test images, each class against all others; in brackets the 95 % interval.",
        help="A class with few images has wide intervals.",
    )
    downloads.offer_csv(lambda: tabulate_classes(rows), f"{found.id}-classes.csv")


def tabulate_classes(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The classes' measures, a row each: value, low, high and n in columns of their own."""
    return pd.DataFrame(
        [
            {"class": row["class"], "n": row["n"]}
            | {
                f"{one.key}_{key}": part
                for one in metrics_table.list_per_class()
                for key, part in row[one.key].to_json().items()
            }
            for row in rows
        ]
    )
