"""The view of where a model fails: patients, kinds of images, and the mistakes of what is chosen."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.datasets.views import image_facts
from core.models import package
from core.results import slice_tests
from core.statistics import estimate
from pages.evaluate import slice_words, slices
from tests.support import deciding, made_models, said, spoiled

words = said.read_all


def pictures(test):
    return len(deciding.list_pictures(test))


@pytest.fixture
def show(app):
    """Open the view of a model, inside the page: the pictures link to other pages."""
    return lambda model_id: app("evaluate", model=model_id, view="where")


@pytest.fixture
def model(tiny_dataset):
    """A model of the tiny data set, tested on all of it: it misses all three of patient P0 and one of P1."""
    table = tiny_dataset.table
    labels, groups = table["label"].to_numpy(), table["group"]
    chances = np.where(labels == 0, 0.9, 0.1)
    hard = np.flatnonzero((labels == 0) & (groups == "P0"))
    chances[hard] = [0.4, 0.2, 0.05]
    chances[np.flatnonzero((labels == 0) & (groups == "P1"))[0]] = 0.3
    scored = pd.DataFrame(
        {
            "image_id": table["image_id"],
            "split": "test",
            "group": groups,
            "label": labels,
            "p_Parasitized": chances,
            "p_Uninfected": 1 - chances,
        }
    )
    found = made_models.write_model(scored)
    spoiled.change(found.file(package.MANIFEST), "dataset.fingerprint", tiny_dataset.content)
    return SimpleNamespace(id=found.id, hard=[table.at[at, "image_id"] for at in hard][::-1], data=tiny_dataset)


def test_patients_are_spoken_of_without_the_data_set(show, small_model):
    told = words(show(small_model.id))
    assert "30 images of 5 patients" in told and "No patient has 20 images" in told
    assert "not on this machine" in told


def test_a_patient_is_chosen_and_its_mistakes_are_shown(show, model):
    test = show(model.id)
    box = test.selectbox(key=f"slices-patient-{model.id}")
    assert box.options[0] == "P0: 3 of 6 wrong" and box.value is None and not pictures(test)
    box.set_value("P0").run()
    assert not test.exception and "Patient P0" in words(test) and "3 mistakes among 6 test images" in words(test)
    assert deciding.list_pictures(test) == model.hard
    test.selectbox(key=f"slices-patient-{model.id}").set_value("P5").run()
    assert "No mistake here." in words(test)
    test.button(key=f"slices-close-{model.id}").click().run()
    assert "No mistake here." not in words(test)
    assert test.selectbox(key=f"slices-patient-{model.id}").value is None


def test_kinds_of_images_before_and_after_the_examination(show, model, started):
    test = show(model.id)
    assert "are not measured yet" in words(test)
    options = test.selectbox(key=f"slices-slice-{model.id}").options
    assert options and all(option.startswith("File size") for option in options)
    test.button(key="slices-examine").click().run()
    assert len(started) == 1
    image_facts.build_facts(model.data)
    test = show(model.id)
    told = words(test)
    assert "are not measured yet" not in told
    assert "No part of the images is large enough to be judged" in told  # 18 of 72 in a quarter
    options = test.selectbox(key=f"slices-slice-{model.id}").options
    assert {option.split(" ")[0] for option in options} == {"Brightness", "Contrast", "Sharpness", "File"}


def test_a_slice_is_chosen_and_its_mistakes_are_shown(show, model):
    test = show(model.id)
    box = test.selectbox(key=f"slices-slice-{model.id}")
    box.select_index(0).run()
    assert not test.exception and 0 < pictures(test) <= 4
    test.selectbox(key=f"slices-patient-{model.id}").set_value("P0").run()  # one at a time
    assert test.selectbox(key=f"slices-slice-{model.id}").value is None and pictures(test) == 3


def test_the_measure_can_be_switched(show, model):
    test = show(model.id)
    test.selectbox(key=f"slices-patient-{model.id}").set_value("P0").run()
    test.segmented_control(key=f"slices-measure-{model.id}").set_value(slice_tests.MISSED).run()
    assert not test.exception and not pictures(test)
    assert test.selectbox(key=f"slices-patient-{model.id}").options[0] == "P0: 3 of 3 wrong"
    test.segmented_control(key=f"slices-measure-{model.id}").set_value(slice_tests.FLAGGED).run()
    assert not test.exception
    test.selectbox(key=f"slices-patient-{model.id}").set_value("P0").run()
    assert "No mistake here." in words(test)


@pytest.mark.parametrize("groups", ["", "P1"])
def test_without_patients_or_with_one(show, home, groups):
    labels = np.repeat([0, 1], 20)
    table = pd.DataFrame(
        {
            "image_id": [f"{n:016x}" for n in range(40)],
            "split": "test",
            "group": groups,
            "label": labels,
            "p_Parasitized": np.where(labels == 0, 0.8, 0.3),
            "p_Uninfected": np.where(labels == 0, 0.2, 0.7),
        }
    )
    told = words(show(made_models.write_model(table).id))
    assert ("No patients are known" in told) == (groups == "")
    assert "nan" not in told.lower()


def test_without_test_images(show, home):
    table = pd.DataFrame(
        {"image_id": ["a"], "split": ["validation"], "group": [""], "label": [0]}
        | {"p_Parasitized": [0.9], "p_Uninfected": [0.1]}
    )
    assert "nothing to divide" in words(show(made_models.write_model(table).id))


def test_clicks_choose(monkeypatch):
    session = {"dots": {"selection": {"points": [{"customdata": ["P7", "x"]}]}}}
    session["table"] = {"selection": {"rows": [1]}}
    asked = {}
    monkeypatch.setattr(slices, "st", SimpleNamespace(session_state=session))
    monkeypatch.setattr(slices.state, "remember", asked.__setitem__)
    monkeypatch.setattr(slices.state, "forget", lambda name: asked.pop(name, None))
    slices._choose_point(slices.PATIENT, "dots")
    assert asked == {slices.PATIENT: "P7"}
    slices._choose_row("table", [5, 9])
    assert asked == {slices.SLICE: "9"}
    session["table"] = {"selection": {"rows": []}}
    slices._choose_row("table", [5, 9])
    assert asked == {slices.SLICE: "9"}


def test_tables_and_sentences():
    rate, gap = estimate.Estimate(0.2, 0.1, 0.3, 50), estimate.Estimate(0.1, -0.01, 0.2, 50)
    row = {"kind": "Size", "name": "1 to 2 px", "place": 0, "n": 50, "patients": 4, "rate": rate, "difference": gap}
    row |= {
        "rest": estimate.Estimate(0.1, None, None, 90),
        "judged": True,
        "p": 0.1,
        "p_corrected": 0.2,
        "stands_out": False,
    }
    out = row | {"stands_out": True, "p_corrected": 0.0001}
    small = row | {"judged": False, "p": None, "p_corrected": None, "difference": estimate.NOT_MEASURED}
    shown = slice_words.tabulate_shown([out, row, small])
    assert list(shown["p, corrected"]) == ["< 0.001, stands out", "0.200", "too few to judge"]
    assert list(shown["Against the rest, points"]) == ["+10.0 (−1.0 to +20.0)"] * 2 + ["not defined"]
    assert "Of 2 parts looked at, one stands out as worse than the rest." in slice_words.say_verdict([out, row, small])
    assert "none stands out" in slice_words.say_verdict([row]) and "may be chance" in slice_words.say_verdict([row])
    assert "No part" in slice_words.say_verdict([small])
    taken = slice_words.tabulate_slices([out, small], "error")
    assert {"n", "patients", "rate_low", "difference_value", "p_corrected"} <= set(taken.columns)
