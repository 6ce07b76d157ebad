"""The decision curve on a page: a preference and a prevalence are chosen, and the words follow."""

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.models import amending, package
from tests.support import made_models, said
from tests.support.point_tables import make_table

words = said.read_all
MODEL = "tiny-base-cnn"


def show_view():
    from core.models import package
    from pages.evaluate import decision_curve_view

    decision_curve_view.show_benefit(package.find_package("tiny-base-cnn"))


@pytest.fixture
def view(home):
    st.cache_data.clear()

    def open_view(table):
        made_models.write_model(table, model_id=MODEL)
        return run(AppTest.from_function(show_view, default_timeout=60))

    return open_view


def run(what):
    test = what.run()
    assert not test.exception, test.exception
    return test


def test_preference_and_prevalence_move_the_words(view):
    test = view(make_table(400))
    told = words(test)
    assert "from a probability of 10 % on is worth" in told and "Parasitized found without any false alarm" in told
    assert "No temperature is kept" in told and "the most probable class" in told
    assert "400 images of 20 patients; 200 of them Parasitized" in told and "moved by Bayes" not in told
    assert len(test.get("plotly_chart")) == 1
    run(test.select_slider(key=f"benefit-preference-{MODEL}").set_value(1.0))
    assert "from a probability of 50 % on" in words(test)
    run(test.select_slider(key=f"benefit-prevalence-{MODEL}").set_value(50))
    assert "Where 5 % are of the class instead of 50 %" in words(test)


def test_a_kept_temperature_and_threshold_are_used_and_said(view):
    test = view(make_table(400))
    before = words(test)
    point = {"threshold": 0.02, "aim": {"kind": "own"}}
    calibration = {"temperature": 3.0}
    amending.amend(package.find_package(MODEL), {package.OPERATING_POINT: point, package.CALIBRATION: calibration})
    after = words(run(AppTest.from_function(show_view, default_timeout=60)))
    assert "after the temperature 3.00 that is kept" in after and "at the operating point that is kept" in after
    assert "No temperature" not in after
    assert before.split("is worth")[1][:20] != after.split("is worth")[1][:20]


@pytest.mark.parametrize("kind", ["no test image", "one class", "one image"])
def test_what_cannot_be_told_is_said(view, kind):
    table = make_table(100)
    tested = table["split"] == "test"
    keep = {"no test image": ~tested, "one class": ~tested | (table["label"] == 0), "one image": ~tested.copy()}[kind]
    if kind == "one image":
        keep[np.flatnonzero(tested)[0]] = True
    test = view(pd.DataFrame(table[keep]))
    assert "cannot be told" in words(test) and not test.get("plotly_chart")


def test_without_patients_the_band_is_over_images(view):
    assert "Band over images" in words(view(make_table(60).assign(group="")))
