"""Explore: how many images of each class there are, and what they look like."""

import streamlit as st

from pages.ui import describing, guards, theme, thumbs, work

theme.show_title("Explore", "Look before you train: what a network learns is what is in these images.")
work.begin_sample_on_first_start()
work.show_jobs()

left, middle, right = st.columns([2, 2, 2])
with left:
    data = guards.require_dataset()
with middle:
    class_name = thumbs.input_class(data)
with right:
    split = thumbs.input_split(data)

thumbs.show_grid(data, class_name=class_name, split=split)
describing.show_counts(data)
