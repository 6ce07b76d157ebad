"""The view of referring: the limit comes from validation images, and the test images speak once it is kept."""

import json

import pytest
import streamlit as st

from core.models import amending, package
from core.statistics import estimate
from tests.support import made_models, sure_of_itself

show, words = sure_of_itself.show, sure_of_itself.words


@pytest.fixture(autouse=True)
def fresh(started):
    st.cache_data.clear()


@pytest.fixture
def found(home):
    return made_models.write_model(sure_of_itself.make_predictions(1200, sharpness=1.0))


def test_until_a_limit_is_kept_only_validation_images_speak(found):
    test = show("referral", found)
    said = words(test)
    assert "On the validation images: refers **10.0 %**" in said
    assert "On the test images" not in said and "Validation images, n = 600" in said
    test.slider[0].set_value(25).run()
    assert "refers **25.0 %**" in words(test)
    test.slider[0].set_value(0).run()
    assert not test.exception and "No case goes to a person" in words(test)
    assert not [one for one in test.button if one.key and "keep" in one.key]


def test_a_limit_is_kept_chosen_anew_and_taken_back(found):
    test = show("referral", found)
    keep = f"referral-keep-{found.id}"
    test.button(key=keep).click().run()
    assert package.find_package(found.id).referral_limit is None
    test.text_input[0].set_value("AB").run()
    test.slider[0].set_value(20).run()
    test.button(key=keep).click().run()
    assert not test.exception
    kept = made_models.read_section(found.id, "referral")
    json.dumps(kept, allow_nan=False)
    assert (kept["share"], kept["by"]) == (0.2, "AB")
    assert kept["validation"]["referred"]["value"] == pytest.approx(0.2)
    assert kept["test"]["error"]["value"] < kept["test"]["error_all"]["value"]
    said = words(test)
    assert "On the test images: refers" in said and "Test images, n = 600" in said
    assert keep not in [one.key for one in test.button]  # this very limit is kept already
    test.slider[0].set_value(30).run()
    test.button(key=keep).click().run()
    again = made_models.read_section(found.id, "referral")
    assert again["limit"] > kept["limit"]
    assert "limit number 2" in words(test)
    test.button(key=f"referral-undo-{found.id}").click().run()
    now = package.find_package(found.id)
    assert now.referral_limit is None and now.count_choices("referral") == 2  # a look at the test is not taken back
    assert not test.exception


def test_a_class_name_is_shown_as_it_is(found):
    favoured = estimate.Estimate(0.5, 0.4, 0.6, 9), estimate.Estimate(0.1, 0.0, 0.2, 9)
    test = show("referral", found)
    test.text_input[0].set_value("[A](b)").run()
    test.button(key=f"referral-keep-{found.id}").click().run()
    section = made_models.read_section(found.id, "referral")
    section["test"]["by_class"] = dict(zip(("*a*", "b"), favoured, strict=True))
    amending.amend(found, {"referral": section})
    test.run()
    assert "**\\*a\\*** clearly more often" in words(test) and "by \\[A\\](b)" in words(test)


def test_a_small_validation_side_is_refused(small_model):
    test = show("referral", small_model)
    assert "at least 100 validation images" in words(test)
    assert not test.button
    assert len(test.get("plotly_chart")) == 1


def test_too_small_a_share_says_which_would_do(home):
    table = sure_of_itself.make_predictions(300, sharpness=1.0)
    found = made_models.write_model(table)
    test = show("referral", found)
    test.slider[0].set_value(2).run()
    assert "Choose 7 % or more" in words(test)
