"""Predict: one image in, what the model answers, and where it looks."""

import streamlit as st

from pages.ui import asking, guards, theme

theme.show_title("Predict", "What the model answers to one image, and which parts of it speak for that answer.")

eye, hand = st.columns([5, 3], gap="large")
with hand:
    found = guards.require_model()
    asking.show_model_line(found)
    image = asking.require_image(found)
with eye:
    beside = asking.show_picture(image)
with hand:
    with guards.faults_as_messages():
        answer = asking.predict(found, image)
    asking.show_answer(found, answer)
    with guards.faults_as_messages():
        class_name, opacity = asking.input_heatmap_settings(found, answer)
with beside, guards.faults_as_messages():
    drawn = asking.show_overlay(found, image, class_name=class_name, opacity=opacity)
with eye, guards.faults_as_messages():
    if drawn:
        asking.show_reading_help()
    asking.show_origin(found, image)
