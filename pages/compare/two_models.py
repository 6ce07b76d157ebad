"""Two models on the same images: which is better and how sure that is, or why it cannot be said and what would help."""

from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.figures import differences
from core.jobs import jobs
from core.models import package
from core.results import cautions, comparison, cross_evaluation, disagreement
from core.statistics import estimate, metrics_table, paired_comparison, paired_metrics, words
from pages.compare import pairs
from pages.kit import cache, charts, guards, headline, text, theme

DOWNLOAD = ":material/download:"


def show_pair(models: list[package.Package]) -> None:
    """The sentence, the differences with their intervals, and in which cells the answers differ."""
    head = st.container()  # the answer stands above the choice of the two
    pair = pairs.input_pair(models)
    if pair is None:
        return
    result = pairs.load_comparison(pair)
    if not result["n"]:
        show_not_comparable(pair)
        return
    with head:
        headline.show_headline(
            result["headline"],
            note=_say_images(result),
            reading=text.plain(" ".join(_list_readings(pair, result))),
        )
        _show_cautions(pair)
    eye, hand = st.columns([3, 2], gap="large")
    with eye:
        measured = _show_differences(result)
    with hand:
        _show_change(pair)
    _show_metrics(pair, result, measured)
    _show_tests(result)
    common = pairs.find_common(pair)
    if common.n < max(common.of_a - common.known_to_b, common.of_b - common.known_to_a):
        st.header("On more images")
        _offer_crossings(pair, common)


def _show_cautions(pair: pairs.Pair) -> None:
    """What limits the numbers of either, and of both on the same images, as marks."""
    with st.container(horizontal=True):
        common = pairs.find_common(pair)
        if common.why:
            said = f"{common.n:,} of {max(common.of_a, common.of_b):,} images"
            st.badge(said, icon=":material/warning:", color="orange", help=text.plain(common.why))
        for letter, found in zip("AB", pair, strict=True):
            for one in cautions.find_cautions(found):
                colour: Literal["red", "orange"] = "red" if one.is_severe else "orange"
                said = f"{letter}: {text.plain(one.mark)}"
                st.badge(said, icon=":material/warning:", color=colour, help=text.plain(one.meaning))


def show_not_comparable(pair: pairs.Pair) -> None:
    """Why the two cannot be compared, and the buttons that would change it."""
    common = pairs.find_common(pair)
    headline.show_headline("Not comparable yet", note=text.plain(common.why))
    if not common.same_classes:
        return
    st.caption(
        "Let one model answer the other's test images, without those whose patients it was trained on.",
        help="Different results on different images may come from the images. This runs in the background and leaves "
        "both as they are.",
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


def _say_images(result: dict[str, Any]) -> str:
    """On how many images of whom, and what the intervals count."""
    sample = words.say_sample({"n": result["n"], "groups": result["patients"]})
    return f"The same {sample} for both, 95 % intervals over {result['over']}."


def _list_readings(pair: pairs.Pair, result: dict[str, Any]) -> list[str]:
    """What else to know of the verdict: what a tie would have needed, what counts, and what to keep in mind."""
    basis = paired_comparison.say_basis(result, pair[0].id, pair[1].id)
    over = (
        "Intervals count patients, since images of one patient are correlated."
        if result["over"] == "patients"
        else "Intervals count images; where several images are of one person, they are too narrow."
    )
    about = f"Sensitivity is about {pair[0].positive_class}."
    return [*([basis[0].upper() + basis[1:]] if basis else []), over, about, *result["notes"]]


def _show_differences(result: dict[str, Any]) -> dict[metrics_table.Metric, paired_metrics.Paired]:
    st.header("B compared with A")
    measured = {one: result["metrics"][one.key] for one in metrics_table.list_summary()}
    figure = differences.figure_differences(
        [_draw_difference(one, found.difference) for one, found in measured.items()], theme.current()
    )
    charts.show_chart(figure, key="pair-differences")
    st.caption(f"{differences.CAPTION} n = {result['n']:,}.", help=differences.READING)
    return measured


def _show_metrics(
    pair: pairs.Pair, result: dict[str, Any], measured: dict[metrics_table.Metric, paired_metrics.Paired]
) -> None:
    """The numbers of the figure, as wide as the page, and the whole to take away."""
    table = pd.DataFrame([_describe_metric(one, found) for one, found in measured.items()])
    count = st.column_config.NumberColumn(format="localized")
    st.dataframe(table, hide_index=True, key="pair-metrics", column_config={"n": count})
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
        "Metric": one.title,
        "A": found.a.say(one.form),
        "B": found.b.say(one.form),
        "B less A, points": found.difference.say(estimate.POINTS),
        "n": found.a.n,
    }


def _show_change(pair: pairs.Pair) -> None:
    """The two confusion matrices, as their difference."""
    first = pair[0]
    st.header("Where the answers go", help=cache.explain("confusion matrix"))
    of_a, of_b = disagreement.compute_confusions(pairs.load_cases(pair), len(first.class_names))
    figure = differences.figure_change((of_b - of_a).tolist(), first.class_names, theme.current())
    charts.show_chart(figure, key="pair-change", toolbar=False)
    st.caption(f"{differences.CHANGE_CAPTION} n = {int(of_a.sum()):,}.", help=differences.CHANGE_READING)


def _show_tests(result: dict[str, Any]) -> None:
    """Who alone is right, how certain it is that this is no chance, and how much the two agree."""
    counts = result["mcnemar"]
    st.header("Who alone is right")
    table = pd.DataFrame(
        {
            "Images": ["A right", "A wrong"],
            "B right": [counts["both_right"], counts["only_b_right"]],
            "B wrong": [counts["only_a_right"], counts["both_wrong"]],
        }
    )
    whole = st.column_config.NumberColumn(format="localized")
    eye, hand = st.columns([2, 3], gap="large")
    with eye:
        st.dataframe(
            table, hide_index=True, key="pair-mcnemar", column_config=dict.fromkeys(("B right", "B wrong"), whole)
        )
    with hand:
        for said, reading in _say_tests(result):
            st.caption(said, help=reading)


def _say_tests(result: dict[str, Any]) -> list[tuple[str, str]]:
    """The p-values and the agreement, each with what it means."""
    counts = (
        "images as independent, which those of one patient are not" if result["patients"] else "images as independent"
    )
    p = result["mcnemar_p"]
    said = [(f"McNemar's exact test: {say_p(p)}", f"{_say_chance(p)} It takes {counts}.".strip())]
    if result["patients_p"] is not None:
        said.append((f"The same by patient: {say_p(result['patients_p'])}", "Each could have gone either way."))
    if result["delong"]:
        over = f"By the test of DeLong, over {result['delong']['over']}."
        said.append((f"Difference of the AUCs: {say_p(result['delong']['p'])}", over))
    if result["kappa"].value is not None:
        meaning = "1 = always the same answer, 0 = as chance would have it. Two models can agree and both be wrong."
        said.append((f"Agreement beyond chance (Cohen's kappa): {result['kappa'].say()}.", meaning))
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
    return f"If both were equally good, {often} such samples would differ by as much or more."
