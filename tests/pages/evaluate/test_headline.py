"""What stands first in each view of Evaluate: one line, the cautions as badges, what it learnt from, and the report."""

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.models import package
from pages.evaluate import evaluate_views, slice_words
from tests.support import made_models, said


def show(model_id, words):
    from core.models import package
    from pages.evaluate import headline

    marks = [headline.Mark("Tried", "*not* kept", colour="gray")]
    headline.show_verdict(package.find_package(model_id), words, marks=marks, note="a note", more="the rest")


def open_line(found, words="Right: 96.5 % (94.1 to 98.2) <b>"):
    st.cache_data.clear()
    test = AppTest.from_function(show, default_timeout=60, args=(found.id, words)).run()
    assert not test.exception, test.exception
    return test


def list_badges(test):
    return {
        part.value.split(":material/")[1].split(": ", 1)[1].rstrip("]"): part.proto.help for part in test.markdown[:-1]
    }


def test_the_line_is_a_heading_that_is_announced_and_not_broken_in_a_number(home, small_model):
    [shown] = [part.proto.body for part in open_line(small_model).get("html")]
    assert '<h2 class="verdict">' in shown, "which is read out as it changes: pages/kit/attention_component.py"
    assert "96.5\N{NO-BREAK SPACE}% (94.1\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}98.2) &lt;b&gt;</h2>" in shown


def test_cautions_come_first_and_say_what_they_mean(home, small_model):
    leaky = made_models.write_model(made_models.make_answers(np.arange(240) % 2), "leaky", leaky=True)
    badges = list_badges(open_line(leaky))
    first, *_, last = badges
    assert (first, last) == ("Leaky split", "Tried")
    assert "in more than one of training" in badges["Leaky split"] and "R301" in badges["Leaky split"]
    assert badges["Tried"] == "\\*not\\* kept"


def test_what_it_learnt_from_stands_under_it(home, small_model):
    test = open_line(small_model)
    assert test.markdown[-1].value == "a note" and test.markdown[-1].proto.help == "the rest"
    assert "split by patient." in test.caption[0].value and "decided when to stop" in test.caption[0].proto.help


@pytest.mark.parametrize("view", evaluate_views.VIEWS)
def test_every_view_has_one_answer_and_the_report(app, small_model, view):
    test = app("evaluate", model=small_model.id, view=view)
    assert said.read_all(test).count('<h2 class="verdict">') == 1
    [report] = [one for one in test.get("download_button") if one.proto.label == "Report"]
    assert "Ctrl+P" in report.proto.help and package.find_package(small_model.id).id in report.proto.help


def row(**changes):
    return {"patient": "P1", "judged": True, "above": False, **changes}


def test_where_it_fails_in_a_line():
    outcome = slice_words.slice_tests.Outcome(np.ones(40, bool), np.arange(40) < 3)
    line = slice_words.say_headline
    assert line({"patients": []}, outcome) == "Wrong on 3 of 40 test images; no patient is known"
    assert "no patient has 20 images" in line({"patients": [row(judged=False)]}, outcome)
    assert line({"patients": [row()]}, outcome) == "None of 1 patient is clearly worse than all together"
    assert line({"patients": [row(above=True), row()]}, outcome).startswith("1 of 2 patients is clearly worse")
