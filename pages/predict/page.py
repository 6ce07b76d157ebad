"""Predict: one image in, what the model answers, and where it looks."""

import streamlit as st

from pages.kit import answer_view, guards, theme
from pages.predict import gate_view

theme.show_title("Predict", "What the model answers to one image, and which parts of it speak for that answer.")

eye, hand = st.columns([5, 3], gap="large")
with hand:
    found = guards.require_model()
    answer_view.show_model_line(found)
    image = answer_view.require_image(found)
with eye:
    beside = answer_view.show_picture(image)
with hand:
    with guards.faults_as_messages():
        judged = gate_view.judge(found, image)
    answers = gate_view.show_refusal(found, image, judged)
    if answers:
        with guards.faults_as_messages():
            answer = answer_view.predict(found, image)
        answer_view.show_headline(found, answer, mark=gate_view.find_mark(judged))
        gate_view.show_caution(judged)
        answer_view.show_answer(found, answer)
if answers:
    with beside, guards.faults_as_messages():
        place = answer_view.hold_place(found, image)
with eye, guards.faults_as_messages():
    gate_view.show_why(found, image, judged)
    answer_view.show_origin(found, image)
if answers:
    with beside, guards.faults_as_messages():
        place = answer_view.await_heatmap(found, image, place)
    with hand, guards.faults_as_messages():
        class_name, opacity = answer_view.input_heatmap_settings(found, answer)
    with place, guards.faults_as_messages():
        drawn = answer_view.show_overlay(found, image, class_name=class_name, opacity=opacity)
    if drawn:
        with eye:
            answer_view.show_reading_help()
