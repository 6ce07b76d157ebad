"""The address: what is taken over from it, what is put into it, and when it is not believed."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.kit import state
from tests.support.asked_addresses import asked_of

PAGE = """
import streamlit as st
from pages.kit import address
from pages.kit import state

address.make_room()
state.input_choice("model", "Model", ["a", "b", "c"])
view = state.input_view("view", {"one": "One", "two": "Two"}, "View")
if view == "two":
    share = state.follow("share", 0.5, key="share", between=(0.0, 1.0), about="model")
    st.slider("Share", 0.0, 1.0, step=0.01, **share)
    options = ["x", "y,z", "%2C"]
    st.multiselect("Classes", options, **state.follow("classes", ["x"], key="cl", options=options))
st.button("b", key="to-b", on_click=state.remember, args=("model", "b"))
"""


@pytest.fixture
def page():
    def open_page(**asked):
        test = AppTest.from_string(PAGE, default_timeout=60)
        for name, value in asked.items():
            test.query_params[name] = value
        return run(test)

    return open_page


def run(test):
    test.run()
    assert not test.exception, test.exception
    return test


def put(test, asked):
    """What the browser sends with the next click."""
    test.query_params.clear()
    test.query_params.update(asked)
    return test


def choose(test, value):
    test.selectbox(key="choice-model").set_value(value)
    return run(test)


def test_the_address_names_what_is_shown_and_not_what_is_usual(page):
    test = page()
    assert asked_of(test) == {"model": "a", "view": "one"}
    test.segmented_control(key="view-view").set_value("two")
    run(test)
    test.slider(key="share").set_value(0.25)
    run(test)
    test.multiselect(key="cl").set_value(["y,z", "%2C"])
    run(test)
    asked = asked_of(test)
    assert asked == {"model": "a", "view": "two", "share": "0.25", "classes": "y%2Cz,%252C"}
    again = page(**asked)
    assert again.slider(key="share").value == 0.25
    assert again.multiselect(key="cl").value == ["y,z", "%2C"]
    assert not again.warning
    again.slider(key="share").set_value(0.5)
    assert "share" not in asked_of(run(again))


def test_nothing_chosen_of_several_is_a_choice(page):
    test = page(view="two")
    test.multiselect(key="cl").set_value([])
    asked = asked_of(run(test))
    assert asked["classes"] == "none"
    assert page(**asked).multiselect(key="cl").value == []


def test_an_address_that_is_late_takes_nothing_back(page):
    """Under load a click carries the address of before: the one that the last run wrote has not arrived."""
    test = page()
    before = asked_of(test)
    choose(test, "b")
    assert asked_of(test)["model"] == "b"
    put(test, before)
    run(test)
    assert test.selectbox(key="choice-model").value == "b"
    assert asked_of(test)["model"] == "b"
    put(test, before)
    test.segmented_control(key="view-view").set_value("two")
    run(test)
    assert asked_of(test) == {"model": "b", "view": "two"}


def test_a_link_of_the_page_itself_is_taken_over(page):
    test = choose(page(), "b")
    run(put(test, {"model": "c"}))
    assert test.selectbox(key="choice-model").value == "c"
    run(put(test, {"model": "a", "view": "two"}))
    assert test.selectbox(key="choice-model").value == "a"
    assert test.segmented_control(key="view-view").value == "two"


def test_what_belongs_to_a_view_is_put_away_with_it(page):
    test = page(view="two", share="0.1")
    test.segmented_control(key="view-view").set_value("one")
    assert asked_of(run(test)) == {"model": "a", "view": "one"}
    test.segmented_control(key="view-view").set_value("two")
    assert asked_of(run(test)) == {"model": "a", "view": "two", "share": "0.1"}
    assert test.slider(key="share").value == 0.1


def test_what_is_about_one_model_is_not_kept_for_another(page):
    test = choose(page(view="two", share="0.1", classes="x,y%2Cz"), "b")
    assert test.slider(key="share").value == 0.5
    assert asked_of(test) == {"model": "b", "view": "two", "classes": "x,y%2Cz"}


def test_a_button_that_chooses_is_as_good_as_the_box(page):
    test = page()
    test.button(key="to-b").click()
    run(test)
    assert test.selectbox(key="choice-model").value == "b"
    assert asked_of(test)["model"] == "b"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"model": "z"}, "The address asks for the model “z”, which is not on this machine"),
        ({"view": "nonsense"}, "The address asks for the view “nonsense”; there is none of that name here"),
        ({"view": "two", "share": "abc"}, "“abc”; it is a number from 0.0 to 1.0"),
        ({"view": "two", "share": "9"}, "“9”; it is a number from 0.0 to 1.0"),
        ({"view": "two", "share": "nan"}, "it is a number from 0.0 to 1.0"),
        ({"view": "two", "classes": "x,q"}, "there is none of that name here"),
        ({"view": "x" * 10_000}, f"“{'x' * 60}…”; there is none of that name here"),
        ({"view": "../../etc"}, "“../../etc”; there is none"),
        ({"model": "a\x00\x1b[31m\n"}, "“a��\\[31m�”, which is not on this machine"),
        ({"veiw": "two"}, "The address has a part that no page knows: “veiw”"),
        ({"model": ["b", "c"]}, "The address names the model more than once; the last one counts"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_wrong_in_an_address_is_said_once_and_shortly(page, asked, said):
    test = page(**asked)
    [warning] = test.warning
    assert said in warning.value
    assert len(warning.value) < 160
    assert test.selectbox(key="choice-model").value in ("a", "c")
    run(test)  # whatever runs next does not wipe it away
    assert said in test.warning[0].value
    test.segmented_control(key="view-view").set_value("two")
    choose(run(test), "b")
    assert not [one for one in test.warning if "view" in one.value or "model “" in one.value]


def test_a_choice_of_before_comes_back_where_an_address_names_nothing_that_is_here(page):
    test = choose(page(), "b")
    run(put(test, {"model": "z"}))
    assert test.selectbox(key="choice-model").value == "b"
    assert asked_of(test)["model"] == "b"


@pytest.mark.parametrize(
    ("words", "usual", "settings", "value"),
    [
        ("3", 1, {"between": (1, 9)}, 3),
        ("0.25", 0.5, {"between": (0.0, 1.0)}, 0.25),
        ("yes", False, {}, True),
        ("no", True, {}, False),
        ("b", "a", {"options": ["a", "b"]}, "b"),
        ("2", 1, {"options": [1, 2]}, 2),
        ("", ["a"], {"options": ["a"]}, []),
    ],
)
def test_values_are_read_by_what_they_are(words, usual, settings, value):
    assert state.read_value(words, usual, **settings) == value


@pytest.mark.parametrize(
    ("words", "usual", "settings"),
    [
        ("3.5", 1, {"between": (1, 9)}),
        ("1" * 9_999, 1, {"between": (1, 9)}),
        ("inf", 0.5, {"between": (0.0, 1.0)}),
        ("maybe", False, {}),
    ],
)
def test_values_that_are_no_such_thing_are_refused(words, usual, settings):
    with pytest.raises(ValueError, match=r"it is a|there is none"):
        state.read_value(words, usual, **settings)
