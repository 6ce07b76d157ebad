"""Predict's other models: up to three more about the same image, each beside the chosen one, and how many agree."""

import functools
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base import errors
from core.explanation import methods
from core.figures import template
from core.gate import gate
from core.models import package
from core.prediction import agreement, answer_record, decision, examples, verdicts
from pages.kit import answer_view, model_names, state, text
from pages.predict import gate_view

BESIDE, LOOKS = "beside", "looks"


@dataclass(frozen=True)
class Place:
    """Where the heatmap of one model will stand."""

    answered: answer_record.Answered
    place: DeltaGenerator


def show_models(found: package.Package, example: examples.Example) -> list[Place]:
    """The chosen model and those that the person puts beside it; returns the places for heatmaps, where these are
    wanted. Loads no TensorFlow."""
    others = {
        one.id: one for one in sorted(package.list_packages(), key=lambda one: not agreement.is_comparable(found, one))
    }
    own = others.pop(found.id)
    chosen = _input_beside(found, others)
    if not chosen:
        return []
    said = st.container()
    shown = [own, *chosen]
    columns = st.columns(len(shown), gap="medium", border=True)
    answers = [_show_one(column, found, one, example) for column, one in zip(columns, shown, strict=True)]
    given = [one for one in answers if one is not None]
    comparable = [one for one in given if agreement.is_comparable(found, one.found)]
    words = agreement.say(comparable)
    if words:
        said.markdown(f"**{text.plain(words)}**", help=agreement.CAUTION)
    if len(comparable) < len(given):
        said.caption("Models with other classes are shown and not counted.")
    looks = st.toggle(
        "Show where each looks",
        help="Each model's default method, for what it answers. Loads TensorFlow and each network: some seconds.",
        **state.follow(LOOKS, False, key="beside-looks"),
    )
    if not looks:
        return []
    return [
        Place(one, column.empty())
        for column, one in zip(columns, answers, strict=True)
        if one is not None and one.is_given
    ]


def fill_heatmaps(places: list[Place], example: examples.Example) -> None:
    """Each model's heatmap in its place; what one lacks stands there in words."""
    for one in places:
        found = one.answered.found
        method = methods.find_default(found.manifest.architecture).key
        with one.place.container():
            try:
                wanted = answer_view.Evidence(method, one.answered.decided.class_name)
                answer_view.show_overlay(found, example, wanted, place="beside")
            except errors.SecondLookError as error:
                st.error(text.plain(str(error)), icon=":material/error:")


def _input_beside(found: package.Package, others: dict[str, package.Package]) -> list[package.Package]:
    """The models that the person put beside the chosen one; none at first."""
    st.header("Other models on this image")
    followed = state.follow(BESIDE, [], key=f"beside-{found.id}", options=list(others), about=state.MODEL)
    most = agreement.MOST_MODELS - 1
    key = followed["key"]
    st.session_state[key] = list(dict.fromkeys(st.session_state[key]))[:most]  # an address may name more, or one twice
    picked: list[str] = st.multiselect(
        "Models beside it",
        list(others),
        format_func=functools.partial(model_names.name_model, others),
        max_selections=most,
        placeholder="Choose up to three",
        label_visibility="collapsed",
        **followed,
    )
    return [others[model_id] for model_id in picked]


def _show_one(
    column: DeltaGenerator, found: package.Package, one: package.Package, example: examples.Example
) -> answer_record.Answered | None:
    """What one model says, the verdict first; None where its package is no use, which is said in its place alone."""
    with column:
        st.caption(text.plain(one.id))
        if not one.has(package.ONNX_FILE) and one.id != found.id:
            st.info(f"Answers by TensorFlow alone: ask it by itself, or run `python -m core onnx {one.id}`.")
            return None
        try:
            judged = gate_view.judge(one, example)
            decided = decision.decide(one, answer_view.predict(one, example).probabilities)
        except errors.SecondLookError as error:
            st.error(text.plain(str(error)), icon=":material/error:")
            return None
        answered = answer_record.Answered(one, decided, judged)
        _show_answer(answered)
        return answered


def _show_answer(answered: answer_record.Answered) -> None:
    decided, judged = answered.decided, answered.judged
    if not answered.is_given:
        st.markdown("**Not known**", help=_say_reasons(judged))
        return
    st.markdown(
        f"**{text.plain(verdicts.say_headline(decided, verdicts.find_mark(judged)))}**", help=_say_reasons(judged)
    )
    share = template.describe_share(decided.probabilities[decided.class_name])
    lines = [f"{decided.class_name}: {share}", _say_rule(answered.found), _say_gate(judged)]
    st.caption("  \n".join(map(text.plain, lines)))


def _say_rule(found: package.Package) -> str:
    rule = decision.say_threshold(found)
    return f"{found.positive_class} from {rule} on" if rule.endswith("%") else "The most probable class"


def _say_gate(judged: gate.Verdict | None) -> str:
    if judged is None:
        return "No gate"
    return "Knows such images" if judged.state == gate.KNOWN else "Beyond what it was tested on"


def _say_reasons(judged: gate.Verdict | None) -> str | None:
    return text.plain(" ".join(judged.reasons)) if judged and judged.reasons else None
