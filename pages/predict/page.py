"""Predict: one image or many in, what the model answers, what that is worth, and where it looks."""

import streamlit as st

from core.prediction import examples, verdicts
from pages.kit import answer_view, guards, site_badge, state, theme
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

theme.show_title("Predict", "What the model answers, what that is worth, and where it looks.")

if state.input_view(state.VIEW, VIEWS, "How many") == "many":
    many_view.show()
    st.stop()

verdict, marks = st.container(key="verdict"), st.container(horizontal=True, vertical_alignment="center", gap="small")
hand, eye = image_input.open_places()
foot = st.container(key="model")
with foot:
    found = guards.require_model()
    answer_view.show_model_line(found)
    site_badge.show_site(found)
with hand:
    image = image_input.input_image(found)
if image is None:
    gate_view.show_nothing_yet(verdict, eye, found)
    st.stop()
with eye:
    beside, below = answer_view.show_picture(image)
with verdict:
    with guards.faults_as_messages():
        judged = gate_view.judge(found, image)
    answers = gate_view.show_refusal(found, image, judged)
    if answers:
        with guards.faults_as_messages():
            answer = answer_view.predict(found, image)
        answer_view.show_verdict(found, answer, mark=verdicts.find_mark(judged))
with marks, guards.faults_as_messages():
    origin = examples.find_origin(found, image)
    if answers:
        near = trust_view.show_trust(found, image, answer, judged, trained=origin.trained)
        gate_view.show_caution(judged)
    answer_view.show_origin(image, origin, answer_view.find_answer(found, image) if answers else "")
    answer_view.show_leak(found)
if answers:
    controls = hand.empty()
    with controls.expander("How the heatmap is made", icon=":material/tune:"), guards.faults_as_messages():
        wanted = answer_view.input_heatmap_settings(found, answer)
        layer_place = st.container()
    with beside, guards.faults_as_messages():
        place = answer_view.hold_place(found, image, wanted.method)
with foot:
    take_away.offer_result(found, image, judged, wanted if answers else None)
left, right = st.columns(2, gap="large")
with left, guards.faults_as_messages():
    if answers:
        answer_view.show_probabilities(found, answer)
    gate_view.show_why(found, image, judged)
with right, guards.faults_as_messages():
    if answers:
        trust_view.show_similar(found, answer, near)
with guards.faults_as_messages():
    places = side_by_side.show_models(found, image)
review_view.show(marks, found, image, judged, anyway=answers)
if answers:
    with beside, guards.faults_as_messages():
        place = answer_view.await_heatmap(found, image, wanted.method, place)
    with layer_place, guards.faults_as_messages():
        wanted = layer_choice.input_layer(found, wanted)
    with place, guards.faults_as_messages():
        drawn = answer_view.show_overlay(found, image, wanted)
    with below, guards.faults_as_messages():
        trust_view.show_map_trust(found, image, wanted)
        if drawn:
            answer_view.show_reading_help(wanted.method)
    if not drawn:
        controls.empty()
side_by_side.fill_heatmaps(places, image)
