"""The view of calibration: what it says, and a temperature that is kept and taken back."""

import json

import pytest
import streamlit as st

from core.models import amending, package
from tests.support import made_models
from tests.support.sure_of_itself import make_predictions, show, words


@pytest.fixture(autouse=True)
def fresh(started):
    st.cache_data.clear()


@pytest.fixture
def boastful(home):
    return made_models.write_model(make_predictions(1200, sharpness=2.5))


def test_a_boastful_network_is_said_to_be_one(boastful):
    said = words(show("calibration", boastful))
    assert "Where it says" in said and "the mark that counts most" in said
    assert "by chance alone" in said
    assert "the network is too sure of itself." in said
    assert "nearer to what is so" not in said and "else the test would choose it" in said
    assert "Log loss on the validation images" in said
    assert "600 images of 12 patients" in said
    assert "no answer changes" in said


def test_a_temperature_is_kept_by_somebody_and_taken_back(boastful):
    test = show("calibration", boastful)
    keep = f"calibration-keep-{boastful.id}"
    test.button(key=keep).click().run()
    assert "Write who decides" in test.toast[0].value
    assert package.find_package(boastful.id).temperature is None
    test.text_input[0].set_value(" A. B. ").run()
    test.button(key=keep).click().run()
    assert not test.exception
    kept = made_models.read_section(boastful.id, "calibration")
    json.dumps(kept, allow_nan=False)
    assert kept["temperature"] == pytest.approx(2.5, rel=0.25)
    assert (kept["by"], kept["n"], kept["groups"]) == ("A. B.", 600, 12)
    assert kept["test"]["after"]["ece"]["value"] < kept["test"]["before"]["ece"]["value"]
    assert kept["validation"]["log_loss_after"] < kept["validation"]["log_loss_before"]
    assert "Kept by A. B. on" in words(test)
    test.button(key=f"calibration-undo-{boastful.id}").click().run()
    assert package.find_package(boastful.id).temperature is None
    assert test.text_input[0].value == "A. B."  # remembered for the next decision


def test_what_is_kept_is_about_the_answer_whatever_the_picture_shows(boastful):
    test = show("calibration", boastful)
    for control, choice in zip(test.segmented_control, ("positive", "width"), strict=True):
        control.set_value(choice)
    test.text_input[0].set_value("AB").run()
    assert "the image is Parasitized in" in words(test)
    test.button(key=f"calibration-keep-{boastful.id}").click().run()
    before = made_models.read_section(boastful.id, "calibration")["test"]["before"]
    assert (before["subject"], before["rule"]) == ("answer", "mass")


def test_without_patients_it_speaks_of_images(home):
    found = made_models.write_model(make_predictions(400, sharpness=1.0, patients=0))
    kept = {"temperature": 1.02, "n": 200, "groups": 0, "by": "A", "at": "2026-01-02T03:04:05+00:00"}
    said = words(show("calibration", amending.amend(found, {"calibration": kept})))
    assert "95 % intervals over images" in said and "neither be said to help nor to harm" in said


def test_few_patients_are_a_warning(home):
    found = made_models.write_model(make_predictions(400, sharpness=2.0, patients=4))
    assert "Only 4 validation patients" in words(show("calibration", found))


def test_a_small_validation_side_is_refused_and_the_diagram_stays(small_model):
    test = show("calibration", small_model)
    assert "None can be fitted" in words(test) and "at least 100 validation images" in words(test)
    assert len(test.get("plotly_chart")) == 1
    assert not test.button


def test_no_test_image_is_no_fault(home):
    table = make_predictions(300, sharpness=1.5)
    found = made_models.write_model(table[table["split"] == "validation"])
    assert "no test image" in words(show("calibration", found))
