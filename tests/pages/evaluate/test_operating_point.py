"""The operating point on a page: an aim is tried, frozen with a name, shown, taken back; refusals leave nothing."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.models import package
from tests.support import made_models, said
from tests.support.point_tables import make_table

find_texts = said.read_all
MODEL = "tiny-base-cnn"


def show_view():
    from pages.evaluate import operating_point, prevalence
    from pages.kit import guards

    found = guards.require_model()
    operating_point.show_operating(found)
    prevalence.show_prevalence(found)


@pytest.fixture
def view(home):
    """Open the view on a model with these predictions."""
    st.cache_data.clear()
    st.cache_resource.clear()

    def open_view(table):
        made_models.write_model(table, model_id=MODEL)
        return open_model()

    return open_view


def open_model():
    test = AppTest.from_function(show_view, default_timeout=120)
    test.query_params["model"] = MODEL
    return run(test)


def run(what):
    """Run the view, or do what a widget was told."""
    test = what.run()
    assert not test.exception, test.exception
    return test


def read_section():
    return made_models.read_section(MODEL, package.OPERATING_POINT)


def test_an_aim_is_frozen_and_taken_back(view):
    test = view(make_table())
    assert "On the validation images (800 images of 20 patients)" in find_texts(test)
    assert "On the test images" not in find_texts(test), "the test must not choose the threshold"
    freeze = test.button(key=f"point-freeze-{MODEL}")
    assert freeze.disabled
    run(test.text_input(key=f"point-who-{MODEL}").set_value("Dr Example"))
    run(test.button(key=f"point-freeze-{MODEL}").click())
    section = read_section()
    assert section["aim"] == {"kind": "sensitivity", "least": 0.95} and section["by"] == "Dr Example"
    assert section["validation"]["sensitivity"]["value"] >= 0.95
    told = find_texts(test)
    assert "On the test images" in told and "Dr Example" in told and "been chosen 1 time," in told
    run(test.button(key=f"point-take-back-{MODEL}").click())
    assert read_section() is None and package.find_package(MODEL).threshold is None
    assert "No operating point is kept" in find_texts(test)


@pytest.mark.parametrize("kind", ["specificity", "cost", "youden", "own"])
def test_each_aim_can_be_frozen(view, kind):
    test = view(make_table(300))
    run(test.segmented_control(key=f"point-aim-{MODEL}").set_value(kind))
    run(test.text_input(key=f"point-who-{MODEL}").set_value("A"))
    if kind == "specificity":
        run(test.number_input(key=f"point-least-specificity-{MODEL}").set_value(80.0))
    run(test.button(key=f"point-freeze-{MODEL}").click())
    assert read_section()["aim"]["kind"] == kind
    again = open_model()
    assert again.segmented_control(key=f"point-aim-{MODEL}").value == kind
    assert again.text_input(key=f"point-who-{MODEL}").value == ""


def test_the_slider_sets_the_threshold_by_hand(view):
    test = view(make_table(300))
    slider = test.select_slider(key=f"point-slider-{MODEL}")
    run(slider.set_value(1.0))
    assert test.segmented_control(key=f"point-aim-{MODEL}").value == "own"
    assert "flags from 73." in find_texts(test)
    run(test.segmented_control(key=f"point-aim-{MODEL}").set_value("youden"))
    assert "flags from 73." not in find_texts(test)


def test_too_few_images_are_refused_with_the_reason(view):
    test = view(make_table(60))
    told = find_texts(test)
    assert "at least 73" in told and "found 30" in told
    run(test.text_input(key=f"point-who-{MODEL}").set_value("A"))
    assert test.button(key=f"point-freeze-{MODEL}").disabled and read_section() is None


@pytest.mark.parametrize("only", ["validation", "test"])
def test_a_split_without_images_is_said(view, only):
    table = make_table(100)
    test = view(table[table["split"] == only])
    assert ("what a flag is worth cannot be told" in find_texts(test)) == (only == "validation")


def test_prevalence_moves_what_a_flag_is_worth(view):
    test = view(make_table(300))
    assert "Of 1,000 images like these, 50 are Parasitized" in find_texts(test)
    run(test.button(key=f"prevalence-slider-{MODEL}-1").click())
    assert "Of 1,000 images like these, 1 is Parasitized" in find_texts(test)
    run(test.select_slider(key=f"prevalence-slider-{MODEL}").set_value(200))
    assert "200 are Parasitized" in find_texts(test)
    assert "no operating point" in find_texts(test)
