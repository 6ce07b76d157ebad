"""Two models on the same images: which is better and how sure that is, or why it cannot be said and what would help."""

from typing import Any

import pandas as pd
import streamlit as st

from core.figures import differences
from core.jobs import jobs
from core.models import package
from core.results import comparison, cross_evaluation, disagreement
from core.statistics import estimate, metrics_table, paired_metrics, words
from pages.compare import pairs
from pages.kit import cache, charts, guards, text, theme

DOWNLOAD = ":material/download:"


def show_pair(models: list[package.Package]) -> None:
    """The sentence, the differences with their intervals, and in which cells the answers differ."""
    pair = pairs.input_pair(models)
    if pair is None:
        return
    result = pairs.load_comparison(pair)
    if not result["n"]:
        show_not_comparable(pair)
        return
    st.html(f'<p class="result">{cache.as_text(result["sentence"])}</p>')
    if any(found.is_leaky for found in pair):
        st.error(text.plain(result["notes"][0]), icon=":material/warning:")
    st.caption(_say_images(pair, result))
    eye, hand = st.columns([3, 2], gap="large")
    with eye:
        _show_differences(pair, result)
    with hand:
        _show_change(pair)
        _show_tests(result)
    common = pairs.find_common(pair)
    if common.n < max(common.of_a - common.known_to_b, common.of_b - common.known_to_a):
        st.subheader("On more images")
        _offer_crossings(pair, common)


def show_not_comparable(pair: pairs.Pair) -> None:
    """Why the two cannot be compared, and the buttons that would change it."""
    common = pairs.find_common(pair)
    st.warning(f"Not comparable yet. {text.plain(common.why)}", icon=":material/balance:")
    if not common.same_classes:
        return
    st.caption(
        "Different results on different images may come from the images. Let one model answer the other's test "
        "images, without those whose patients it was trained on; this runs in the background and leaves both as "
        "they are."
    )
    _offer_crossings(pair, common)


def _offer_crossings(pair: pairs.Pair, common: comparison.Common) -> None:
    _offer_crossing("B", pair[1], pair[0], common.of_a - common.known_to_b)
    _offer_crossing("A", pair[0], pair[1], common.of_b - common.known_to_a)


def _offer_crossing(letter: str, asked: package.Package, on: package.Package, at_most: int) -> None:
    """The button that lets a model answer another's test images; why it is of no use where it would be."""
    name = cross_evaluation.find_dataset(on)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Let {letter} answer the test images of {'A' if letter == 'B' else 'B'}",
            icon=":material/play_arrow:",
            key=f"cross-{asked.id}-{on.id}",
            disabled=name is None or at_most <= 0,
            on_click=guards.attempt,
            args=(_start_crossing, name, asked.id, on.id),
        )
        st.caption(_say_crossing(asked, on, name, at_most))


def _say_crossing(asked: package.Package, on: package.Package, name: str | None, at_most: int) -> str:
    whose, other = text.plain(asked.id), text.plain(on.id)
    if at_most <= 0:
        return (
            f"{whose} was trained on all test images of {other}. To compare the two networks, train both on one split: "
            "keep it on the Datasets page and choose it in both trainings."
        )
    if name is None:
        said = text.plain(on.manifest.dataset.name)
        return f"The test images of {other} are of {said}, which is not on this machine. Bring it in first."
    return f"At most {at_most:,} of the {on.manifest.test.n:,} test images of {other} are new to {whose}."


def _start_crossing(dataset: str, asked: str, on: str) -> None:
    jobs.start_job("cross", dataset, model=asked, on=on)


def _say_images(pair: pairs.Pair, result: dict[str, Any]) -> str:
    """On how many images of whom, how these relate to the test images of each, and what the intervals count."""
    common = pairs.find_common(pair)
    sample = words.say_sample({"n": result["n"], "groups": result["patients"]})
    over = (
        "patients, since images of one patient are correlated"
        if result["over"] == "patients"
        else "images; where several images are of one person, these intervals are too narrow"
    )
    about = text.plain(pair[0].positive_class)
    why = f" {text.plain(common.why)}" if common.why else ""
    return f"The same {sample} for both.{why} Intervals (95 %) over {over}. Sensitivity is about {about}."


def _show_differences(pair: pairs.Pair, result: dict[str, Any]) -> None:
    st.subheader("B compared with A")
    measured = {one: result["metrics"][one.key] for one in metrics_table.list_summary()}
    figure = differences.figure_differences(
        [_draw_difference(one, found.difference) for one, found in measured.items()], theme.current()
    )
    charts.show_chart(figure, key="pair-differences")
    st.caption(f"n = {result['n']:,}. {differences.CAPTION}")
    table = pd.DataFrame([_describe_metric(one, found) for one, found in measured.items()])
    st.dataframe(table, hide_index=True, key="pair-metrics")
    st.download_button(
        "Comparison, JSON",
        cache.as_json(result),
        f"{pair[0].id}-{pair[1].id}.json",
        type="tertiary",
        icon=DOWNLOAD,
    )


def _draw_difference(one: metrics_table.Metric, found: estimate.Estimate) -> differences.Difference:
    """How much better B is: to the right, also where smaller is better."""
    value, low, high = found.value, found.low, found.high
    if not one.larger_is_better:
        value, low, high = (None if end is None else -end for end in (value, high, low))
    return differences.Difference(one.title, value, low, high, found.say(estimate.POINTS))


def _describe_metric(one: metrics_table.Metric, found: paired_metrics.Paired) -> dict[str, Any]:
    return {
        "": one.title,
        "A": found.a.say(one.form),
        "B": found.b.say(one.form),
        "B less A, points": found.difference.say(estimate.POINTS),
        "n": found.a.n,
    }


def _show_change(pair: pairs.Pair) -> None:
    """The two confusion matrices, as their difference."""
    first = pair[0]
    st.subheader("Where the answers go", help=cache.explain("confusion matrix"))
    of_a, of_b = disagreement.compute_confusions(pairs.load_cases(pair), len(first.class_names))
    figure = differences.figure_change((of_b - of_a).tolist(), first.class_names, theme.current())
    charts.show_chart(figure, key="pair-change", toolbar=False)
    st.caption(f"n = {int(of_a.sum()):,}. {differences.CHANGE_CAPTION}")


def _show_tests(result: dict[str, Any]) -> None:
    """Who alone is right, how certain it is that this is no chance, and how much the two agree."""
    counts = result["mcnemar"]
    st.subheader("Who alone is right")
    table = pd.DataFrame(
        {
            "": ["A right", "A wrong"],
            "B right": [counts["both_right"], counts["only_b_right"]],
            "B wrong": [counts["only_a_right"], counts["both_wrong"]],
        }
    )
    whole = st.column_config.NumberColumn(format="localized")
    st.dataframe(table, hide_index=True, key="pair-mcnemar", column_config=dict.fromkeys(("B right", "B wrong"), whole))
    for said in _say_tests(result):
        st.caption(said)


def _say_tests(result: dict[str, Any]) -> list[str]:
    """The p-values and the agreement, as sentences."""
    counts = (
        "images as independent, which those of one patient are not" if result["patients"] else "images as independent"
    )
    said = [f"McNemar's exact test: {say_p(result['mcnemar_p'])}{_say_chance(result['mcnemar_p'])} It takes {counts}."]
    if result["patients_p"] is not None:
        said.append(f"The same by patient, each of whom could have gone either way: {say_p(result['patients_p'])}")
    if result["delong"]:
        said.append(f"Difference of the AUCs (DeLong, over {result['delong']['over']}): {say_p(result['delong']['p'])}")
    if result["kappa"].value is not None:
        said.append(
            f"Agreement of the two beyond chance (Cohen's kappa): {result['kappa'].say()}; 1 = always the "
            "same answer, 0 = as chance would have it. Two models can agree and both be wrong."
        )
    return said


def say_p(p: float | None) -> str:
    """A p-value, as it is written."""
    if p is None:
        return "not defined here."
    return "p < 0.001." if p < 0.001 else f"p = {p:.3f}."


def _say_chance(p: float | None) -> str:
    """What a p-value means, as a sentence."""
    if p is None:
        return ""
    often = "fewer than 1 in 1,000" if p < 0.001 else f"about {max(1, round(1000 * p)):,} in 1,000"
    return f" If both were equally good, {often} such samples would differ by as much or more."
