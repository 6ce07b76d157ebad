"""Predict: one image or many in, what the model answers, what that is worth, and where it looks."""

import streamlit as st

from pages.kit import answer_view, guards, state, theme
from pages.predict import gate_view, many_view, review_view

VIEWS = {"one": "One image", "many": "Many images"}

theme.show_title("Predict", "What the model answers, what that is worth, and which parts of an image speak for it.")

if state.input_view(state.VIEW, VIEWS, "How many") == "many":
    many_view.show()
    st.stop()

verdict = st.container(key="verdict")
eye, hand = st.columns([5, 3], gap="large")
with hand:
    found = guards.require_model()
    image = answer_view.input_image(found)
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
        answer_view.show_verdict(found, answer, mark=gate_view.find_mark(judged))
        gate_view.show_caution(judged)
    answer_view.show_origin(found, image)
    answer_view.show_model_line(found)
if answers:
    controls = hand.empty()
    with controls.container(), guards.faults_as_messages():
        wanted = answer_view.input_heatmap_settings(found, answer)
    with beside, guards.faults_as_messages():
        place = answer_view.hold_place(found, image, wanted.method)
with eye, guards.faults_as_messages():
    gate_view.show_why(found, image, judged)
    help_place = st.container()
    if answers:
        answer_view.show_probabilities(found, answer)
review_view.show(verdict, found, image, judged, answer_view.predict(found, image) if answers else None)
if answers:
    with beside, guards.faults_as_messages():
        place = answer_view.await_heatmap(found, image, wanted.method, place)
    with place, guards.faults_as_messages():
        drawn = answer_view.show_overlay(found, image, wanted)
    if drawn:
        with help_place:
            answer_view.show_reading_help(wanted.method)
    else:
        controls.empty()
