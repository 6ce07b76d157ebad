"""The images that two models answer differently, or both wrongly: whose they are, and where both look."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.base import errors
from core.datasets.index import index
from core.explanation import methods
from core.figures import template
from core.models import package
from core.prediction import examples
from core.results import cross_evaluation, disagreement
from pages.compare import pairs, two_models
from pages.kit import answer_view, cache, downloads, guards, headline, image_actions, image_grid, state, text

CASES, EVIDENCE = "cases", "evidence"  # in the address: which of them, and for which class
TITLES: dict[disagreement.Kind, str] = {
    "only_a": "A right, B wrong",
    "only_b": "B right, A wrong",
    "both_wrong": "Both wrong",
}
NOTHING: dict[disagreement.Kind, str] = {
    "only_a": "There is no image that A alone answers rightly.",
    "only_b": "There is no image that B alone answers rightly.",
    "both_wrong": "There is no image that both answer wrongly.",
}
PAGE_IMAGES = 24
OWN_ANSWER = "What it answers"
COMPARED_BY = methods.DEFAULT  # one for both, whatever each of them has as its own


def show_cases(models: list[package.Package]) -> None:
    """The gallery, or one of its images opened."""
    head = st.container()
    pair = pairs.input_pair(models)
    if pair is None:
        return
    cases = pairs.load_cases(pair)
    if not len(cases):
        two_models.show_not_comparable(pair)
        return
    opened = cases[cases["image_id"] == state.recall(state.IMAGE)]
    with head:
        if len(opened):
            _show_answers(pair, opened.iloc[0].to_dict())
        else:
            headline.show_headline(_say_counts(cases))
    if len(opened):
        _show_case(pair, opened.iloc[0].to_dict())
        return
    _show_gallery(pair, cases, _input_kind(cases))


def _say_counts(cases: pd.DataFrame) -> str:
    """On how many images one of the two alone is right."""
    counts = disagreement.count_kinds(cases)
    alone = counts["only_a"] + counts["only_b"]
    return (
        f"One alone is right on {alone:,} of {len(cases):,} test images: A on {counts['only_a']:,}, B on "
        f"{counts['only_b']:,}"
    )


def _show_answers(pair: pairs.Pair, case: Mapping[Hashable, Any]) -> None:
    """What one image is labelled, and what both answer, with which probability."""
    label, first, second = (pair[0].class_names[case[part]] for part in ("label", "answer_a", "answer_b"))
    shares = [template.describe_share(case[f"probability_{letter}"]) for letter in "ab"]
    patient = f" Patient {case['group']}." if case["group"] else ""
    headline.show_headline(
        f"Labelled {label}: A answers {first}, B answers {second}",
        note=text.plain(f"Probability of its answer: A {shares[0]}, B {shares[1]}.{patient}"),
    )


def _input_kind(cases: pd.DataFrame) -> disagreement.Kind:
    counts = disagreement.count_kinds(cases)
    chosen: Any = state.input_view(
        CASES, {kind: f"{title} ({counts[kind]:,})" for kind, title in TITLES.items()}, "Which images"
    )
    return chosen  # type: ignore[no-any-return]


def _show_gallery(pair: pairs.Pair, cases: pd.DataFrame, kind: disagreement.Kind) -> None:
    chosen = cases[cases["kind"] == kind].reset_index(drop=True)
    if not len(chosen):
        st.info(NOTHING[kind], icon=":material/done_all:")
        return
    pages = -(-len(chosen) // PAGE_IMAGES)
    key = f"cases-page-{kind}-{pair[0].id}-{pair[1].id}"
    page = state.input_page(pages, of=key)
    shown = chosen.iloc[(page - 1) * PAGE_IMAGES : page * PAGE_IMAGES]
    data, rows = _find_images(pair, shown["image_id"].tolist())
    if data is None:
        _show_table(pair, shown)
    else:
        here = shown[shown["image_id"].isin(rows)]
        captions = ["\n".join(_list_said(pair, case)[1:]) for case in here.to_dict("records")]
        image_grid.show_cells(data, [rows[image_id] for image_id in here["image_id"]], words=captions)
        if len(here) < len(shown):
            st.caption(f"{len(shown) - len(here):,} images are no longer in {text.plain(data.name)}.")
    _show_caption(pair, chosen, shown, kind)


def _show_caption(pair: pairs.Pair, chosen: pd.DataFrame, shown: pd.DataFrame, kind: disagreement.Kind) -> None:
    whose = {"only_a": "B is most confident of its mistake", "only_b": "A is most confident of its mistake"}
    order = whose.get(kind, "even the less sure of the two is sure")
    patients = chosen["group"][chosen["group"] != ""].nunique()
    of = f" of {patients:,} patients" if patients else ""
    st.caption(
        f"{len(chosen):,} images{of}, those first where {order}; {len(shown)} shown.",
        help="Under each: the truth as labelled, then A and B, right (✓) or wrong (✗), with the probability of their "
        "answer. Click an image to open it. A confident mistake of both can also be a wrong label; pictures cannot "
        "tell how often that is.",
    )
    downloads.offer_csv(
        lambda: _as_table(pair, chosen), f"{pair[0].id}-{pair[1].id}-{kind}.csv", label=f"CSV of “{TITLES[kind]}”"
    )


def _show_table(pair: pairs.Pair, shown: pd.DataFrame) -> None:
    """Where the images are not on this machine."""
    st.info(
        "The images themselves are not on this machine, or have changed since; these are their answers.",
        icon=":material/image_not_supported:",
    )
    st.page_link("pages/datasets/page.py", label="Bring them in", icon=":material/arrow_forward:")
    st.dataframe(_as_table(pair, shown), hide_index=True, key="cases-table")


def _as_table(pair: pairs.Pair, cases: pd.DataFrame) -> pd.DataFrame:
    names = list(pair[0].class_names)
    return pd.DataFrame(
        {
            "Image": cases["image_id"],
            "Patient": cases["group"],
            "Label": [names[label] for label in cases["label"]],
            "A answers": [names[label] for label in cases["answer_a"]],
            "A's probability": cases["probability_a"].round(4),
            "B answers": [names[label] for label in cases["answer_b"]],
            "B's probability": cases["probability_b"].round(4),
        }
    )


def _find_images(pair: pairs.Pair, image_ids: list[str]) -> tuple[index.Index | None, dict[str, int]]:
    """The data set that holds the images, the one of A or else of B, and their rows in it."""
    for found in pair:
        name = cross_evaluation.find_dataset(found)
        if name is None:
            continue
        data = cache.load_index(name)
        rows = disagreement.find_rows(data, image_ids)
        if rows:
            return data, rows
    return None, {}


def _list_said(pair: pairs.Pair, case: Mapping[Hashable, Any]) -> list[str]:
    """Truth, both answers and the patient where known, each a line of plain text."""
    names = pair[0].class_names
    said = [names[case["label"]]]
    for letter in ("a", "b"):
        answer = case[f"answer_{letter}"]
        told = "✓" if answer == case["label"] else f"✗ {names[answer]}"
        said.append(f"{letter.upper()} {told} {template.describe_share(case[f'probability_{letter}'])}")
    return [*said, str(case["group"])] if case["group"] else said


def _show_case(pair: pairs.Pair, case: Mapping[Hashable, Any]) -> None:
    """One image: both answers, and on demand where both look."""
    st.button(
        "Back to the images",
        icon=":material/arrow_back:",
        key="close-case",
        on_click=state.forget,
        args=(state.IMAGE,),
    )
    data, rows = _find_images(pair, [case["image_id"]])
    if data is None:
        st.info("This image is not on this machine, or has changed since.", icon=":material/image_not_supported:")
        return
    with guards.faults_as_messages():
        example = examples.from_dataset(data, rows[case["image_id"]])
    wanted = f"case-heatmaps-{case['image_id']}"
    class_name = _input_evidence(pair, wanted)
    columns = st.columns(3)
    columns[0].markdown("**The image**")
    with columns[0]:
        answer_view.show_image(example)
        image_actions.show_marks(data, rows[case["image_id"]])
        image_actions.show_menu(data, rows[case["image_id"]], _find_prompt(pair, case))
    drawn = False
    for column, found, letter in zip(columns[1:], pair, ("a", "b"), strict=True):
        with column:
            if class_name is not None:
                st.markdown(f"**{letter.upper()}: {text.plain(found.id)}**")
                answered = pair[0].class_names[case[f"answer_{letter}"]]
                drawn |= _show_heatmap(found, example, answered if class_name == OWN_ANSWER else class_name)
    if drawn:
        answer_view.show_reading_help(COMPARED_BY)


def _find_prompt(pair: pairs.Pair, case: Mapping[Hashable, Any]) -> image_actions.Prompt:
    """Why a person looks at this image: both answers, the wrong one first, whose model prompted it."""
    names = pair[0].class_names
    by_model = {found.id: case[f"answer_{letter}"] for found, letter in zip(pair, ("a", "b"), strict=True)}
    wrong_first = sorted(by_model.items(), key=lambda one: one[1] == case["label"])
    answers = ", ".join(f"{model_id} answers {names[answer]}" for model_id, answer in wrong_first)
    model_id, answer = wrong_first[0]
    return image_actions.Prompt(f"labelled {names[case['label']]}; {answers}", model_id, suggested=names[answer])


def _input_evidence(pair: pairs.Pair, wanted: str) -> str | None:
    """For which class to show the evidence; None until the person has asked for it, since it loads both networks."""
    ways = [OWN_ANSWER, *pair[0].class_names]
    if state.find(EVIDENCE, None, options=ways) is None:
        st.button(
            "Show where both look",
            icon=":material/visibility:",
            key=f"ask-{wanted}",
            help=cache.explain("heatmap"),
            on_click=state.remember,
            args=(EVIDENCE, OWN_ANSWER),
        )
        return None
    chosen = st.segmented_control(
        "Evidence for",
        ways,
        format_func=text.plain,
        required=True,
        **state.follow(EVIDENCE, None, key=f"evidence-{wanted}", options=ways),
    )
    return str(chosen)


def _show_heatmap(found: package.Package, example: examples.Example, class_name: str) -> bool:
    try:
        return answer_view.show_overlay(found, example, answer_view.Evidence(COMPARED_BY, class_name))
    except errors.SecondLookError as error:
        st.error(text.plain(str(error)), icon=":material/error:")
        return False
