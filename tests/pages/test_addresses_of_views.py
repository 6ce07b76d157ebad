"""Every view of every page: what is changed on it stands in the address, and the address alone shows the same again.

Whatever widget a view has is changed, so that one which is added later and forgotten in the address fails here.
"""

import numpy as np
import pytest
from streamlit.testing.v1 import element_tree

from core.statistics import decision_curve
from pages.compare import compare_views
from pages.evaluate import decision_curve_view, evaluate_views, prevalence
from pages.explore import explore_views
from tests.support import app_pages, made_models
from tests.support.asked_addresses import asked_of

# Fields of forms, which ask for something to be done and do not change what is seen.
OF_FORMS = (
    "import-",
    "draw-",
    "shelf-",
    "propose-class",
    "class-",
    "who",
    "referral-by",
    "calibration-by",
    "card-",
    "series-",
    "trainings-at-once",
    "name-of-the-model",
    "keep-tensorboard",
    "setting-",
    "augmentation",
    "split-tiny",
    "point-who",
)
STEPS = {
    "prevalence-slider-first": prevalence.PRESETS,
    "benefit-preference-first": decision_curve.PREFERENCES[:2],
    "benefit-prevalence-first": decision_curve_view.PER_MILLE,
}
WITHOUT_WIDGETS = ("shape", "table", "pair", "split", "doctor")


@pytest.fixture
def models(tiny_dataset):
    """Two models of the same test images of the data set."""
    table = tiny_dataset.usable
    patients = np.unique(table["group"])
    split = np.where(table["group"].isin(patients[::2]), "validation", "test")
    made_of = {"name": "tiny", "fingerprint": tiny_dataset.content, "content": tiny_dataset.content}
    for number, (name, skill) in enumerate({"first": 1.0, "second": 2.5}.items()):
        answers = made_models.make_answers(
            table["label"], skill=skill, seed=number, groups=table["group"].to_numpy(), split=split
        )
        named = answers.assign(image_id=table["image_id"].to_numpy())
        made_models.write_model(named, name, dataset=made_of, created=f"2026-01-0{number + 1}T00:00:00+00:00")


class Formatted(str):
    """An option as the browser has it: the words under which it is offered."""

    __slots__ = ()


@pytest.fixture(autouse=True)
def choose_by_words(monkeypatch):
    """A widget of a test is set by its values, which are not known here; a browser sets it by the words."""
    usual = element_tree._format_value_for_widget
    monkeypatch.setattr(
        element_tree,
        "_format_value_for_widget",
        lambda form, value: str(value) if isinstance(value, Formatted) else usual(form, value),
    )


def widgets_of(test):
    """key -> widget of all that have a value to choose."""
    kinds = ("selectbox", "button_group", "slider", "select_slider", "number_input", "toggle", "multiselect", "radio")
    found = [one for kind in kinds for one in test.get(kind) if one.key]
    return {one.key: one for one in found if not one.key.startswith(OF_FORMS) and not one.disabled}


def options_of(test, key):
    """What a widget can be set to."""
    widget = widgets_of(test)[key]
    if widget.type == "select_slider":  # the one kind that a test can set by values only
        return STEPS[key] if key in STEPS else test.session_state["point-steps-first"][2:4]
    if widget.type == "toggle":
        return [not widget.value]
    if options := [Formatted(option) for option in getattr(widget, "options", [])]:
        return [[one] for one in options] if isinstance(widget.value, list) else options
    step = widget.step or 1
    return [value for value in ((widget.value or widget.min) + step, widget.max) if value <= widget.max]


def state_of(test):
    return {key: widget.value for key, widget in widgets_of(test).items()}


CASES = [
    *(("explore", {"dataset": "tiny", "view": view}) for view in explore_views.VIEWS),
    *(("evaluate", {"model": "first", "view": view}) for view in evaluate_views.VIEWS),
    *(("compare", {"dataset": "tiny", "view": view, "a": "first", "b": "second"}) for view in compare_views.VIEWS),
    ("datasets", {"dataset": "tiny", "part": "split"}),
    ("datasets", {"dataset": "tiny", "part": "doctor"}),
]


def name_case(value):
    return value if isinstance(value, str) else value.get("view", value.get("part"))


@pytest.mark.parametrize(("page", "asked"), CASES, ids=name_case)
def test_what_is_changed_stands_in_the_address(app, models, page, asked):
    test = app(page, **asked)
    changed = 0
    for key in list(widgets_of(test)):
        if not key.startswith(("choice-", "view-view", "view-part")) and key in widgets_of(test):
            changed += change(test, key)
    shown, address = state_of(test), asked_of(test)
    assert {*asked} <= {*address}
    again = app(page, **address)
    assert [one.value for one in again.warning] == [one.value for one in test.warning]
    assert state_of(again) == shown
    assert asked_of(again) == address
    assert changed or name_case(asked) in WITHOUT_WIDGETS


def change(test, key):
    """Give a widget another value than it has; whether it has another one."""
    before = widgets_of(test)[key].value
    for option in options_of(test, key):
        if option != before:
            widgets_of(test)[key].set_value(option).run()
            assert not test.exception, test.exception
            if key not in widgets_of(test) or widgets_of(test)[key].value != before:
                return True
    return False


@pytest.mark.parametrize(
    ("page", "asked", "said"),
    [
        ("evaluate", {"view": "nonsense"}, "the view “nonsense”; there is none of that name here"),
        ("evaluate", {"view": "point", "threshold": "9"}, "the threshold “9”; it is a number from 0.0 to 1.0"),
        ("explore", {"dataset": "../../etc/passwd"}, "which is not on this machine"),
        ("explore", {"veiw": "map"}, "has a part that no page knows"),
        ("compare", {"view": "nonsense"}, "the view “nonsense”"),
        ("datasets", {"part": "nonsense"}, "the part “nonsense”"),
        (
            "predict",
            {"model": "first", "image": "../../x", "dataset": "tiny"},
            "names an image that tiny does not have",
        ),
        ("train", {"run": "nothing"}, "nothing"),
    ],
    ids=str,
)
def test_a_wrong_address_says_so_in_a_sentence(app, models, page, asked, said):
    test = app(page, **asked)
    assert any(said in one.value for one in (*test.warning, *test.error, *test.info)), app_pages.messages(test)
