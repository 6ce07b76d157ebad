"""Predict: one image or many in, what the model answers, what that is worth, and where it looks."""

import streamlit as st

from core.prediction import verdicts
from pages.kit import answer_view, guards, state, theme
from pages.predict import (
    gate_view,
    image_input,
    layer_choice,
    many_view,
    review_view,
    side_by_side,
    take_away,
    trust_view,
)

VIEWS = {"one": "One image", "many": "Many images"}

theme.show_title("Predict", "What the model answers, what that is worth, and which parts of an image speak for it.")

if state.input_view(state.VIEW, VIEWS, "How many") == "many":
    many_view.show()
    st.stop()

verdict = st.container(key="verdict")
eye, hand = st.columns([5, 3], gap="large")
with hand:
    found = guards.require_model()
    image = image_input.input_image(found)
if image is None:
    with verdict:
        gate_view.show_nothing_yet(found)
    st.stop()
with eye:
    beside = answer_view.show_picture(image)
with verdict:
    with guards.faults_as_messages():
        judged = gate_view.judge(found, image)
    answers = gate_view.show_refusal(found, image, judged)
    if answers:
        with guards.faults_as_messages():
            answer = answer_view.predict(found, image)
        answer_view.show_verdict(found, answer, mark=verdicts.find_mark(judged))
        gate_view.show_caution(judged)
        with guards.faults_as_messages():
            near = trust_view.show_trust(found, image, answer, judged)
    answer_view.show_origin(found, image)
    answer_view.show_model_line(found)
if answers:
    controls = hand.empty()
    with controls.container(), guards.faults_as_messages():
        wanted = answer_view.input_heatmap_settings(found, answer)
        layer_place = st.container()
    with beside, guards.faults_as_messages():
        place = answer_view.hold_place(found, image, wanted.method)
with hand:
    take_away.offer_result(found, image, judged, wanted if answers else None)
with guards.faults_as_messages():
    places = side_by_side.show_models(found, image)
with eye, guards.faults_as_messages():
    gate_view.show_why(found, image, judged)
    help_place = st.container()
    if answers:
        answer_view.show_probabilities(found, answer)
        trust_view.show_similar(found, answer, near)
review_view.show(verdict, found, image, judged, anyway=answers)
if answers:
    with beside, guards.faults_as_messages():
        place = answer_view.await_heatmap(found, image, wanted.method, place)
    with layer_place, guards.faults_as_messages():
        wanted = layer_choice.input_layer(found, wanted)
    with place, guards.faults_as_messages():
        drawn = answer_view.show_overlay(found, image, wanted)
        trust_view.show_map_trust(found, image, wanted)
    if drawn:
        with help_place:
            answer_view.show_reading_help(wanted.method)
    else:
        controls.empty()
side_by_side.fill_heatmaps(places, image)
