"""The views of shape and averages: what they say with patients, without, with one size, and for a large set."""

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.base import paths
from core.datasets.index import index
from core.datasets.views import class_means
from core.jobs import jobs
from pages.explore import averages
from tests.support import said


def view(name, module):
    """The script that AppTest runs."""
    import importlib

    from pages.kit import cache

    data = cache.load_index(name)
    getattr(importlib.import_module(f"pages.explore.{module}"), f"show_{module}")(data)


def show(module, name="tiny"):
    test = AppTest.from_function(view, default_timeout=60, args=(name, module)).run()
    assert not test.exception, test.exception
    return test


words = said.read_all


@pytest.fixture(autouse=True)
def fresh(started):
    st.cache_resource.clear()


def write_images(name, *, classes, shades, groups=False):
    """Ten images a class, each of its shade and a little noise; a class is a patient's, or without one."""
    rng = np.random.default_rng(0)
    for place, (one, shade) in enumerate(zip(classes, shades, strict=True)):
        folder = paths.datasets_folder() / name / one
        folder.mkdir(parents=True)
        for number in range(10):
            picture = rng.integers(shade, shade + 40, (12, 16), dtype=np.uint8)
            file = f"P{place}thinF_IMG_{number}_cell_{number}.png" if groups else f"{number}.png"
            Image.fromarray(picture).convert("RGB").save(folder / file)
    return index.build_index(name)


def test_averages_are_made_at_first_view_and_kept(tiny_dataset, started):
    test = show("averages")
    assert class_means.read_class_images(tiny_dataset) is not None
    assert started == []
    shown = words(test)
    assert (
        "Parasitized differs from Uninfected by" in shown
        and "grey levels: more than chance" in shown
        and "36 images" in shown
    )
    assert "None of 20 shuffles comes up to it (p = 0.05" in shown
    assert "shuffled inside each patient who has several classes (12 patients, 72 images)" in shown
    assert "n = 36 against 36 images of 12 patients" in shown
    assert len(test.image) == 6


def test_another_shuffle_is_shown(tiny_dataset):
    test = show("averages")
    (slider,) = test.slider
    slider.set_value(3).run()
    assert not test.exception
    assert "Shuffle 3 of 20" in words(test)


def test_without_patients_it_says_that_chance_may_be_understated(home):
    write_images("plain", classes=("dog", "cat"), shades=(100, 100))
    shown = words(show("averages", "plain"))
    assert "No patients are known" in shown
    assert "of 20 shuffles come up to it" in shown or "None of 20" in shown


def test_one_patient_a_class_is_nothing_to_read(home):
    write_images("two", classes=("sick", "well"), shades=(100, 160), groups=True)
    shown = words(show("averages", "two"))
    assert (
        shown.count("20 of 20 shuffles come up to it (p = 1.00)") == 2
        and "the pattern is not more than chance" in shown
    )
    assert "whole patients changed places (2 patients)" in shown


def test_three_classes_are_chosen_from(home):
    write_images("three", classes=("a*b", "b", "c"), shades=(50, 100, 150))
    test = show("averages", "three")
    (choice,) = test.selectbox
    assert choice.options == ["a*b", "b", "c"]
    choice.set_value("a*b").run()
    assert not test.exception
    assert "a*b differs from the rest by" in words(test)


def test_a_large_set_is_averaged_in_the_background(tiny_dataset, monkeypatch):
    begun = []
    monkeypatch.setattr(averages, "AT_ONCE_IMAGES", 10)
    monkeypatch.setattr(jobs, "start_job", lambda *arguments: begun.append(arguments))
    test = show("averages")
    assert "will stand here" in words(test)
    assert class_means.read_class_images(tiny_dataset) is None
    test.button(key="averages-start").click().run()
    assert begun == [("means", "tiny")]


def test_kept_averages_of_other_patients_are_made_anew(tiny_dataset):
    show("averages")
    index.build_index("tiny", group_rule="none")
    assert "No patients are known" in words(show("averages"))


def test_shapes_say_what_is_there(tiny_dataset):
    test = show("sizes")
    shown = words(test)
    assert "All are 20 × 20 px" in shown and "there is nothing to compare" in shown
    assert "72 images of 12 patients, 2 classes" in shown and "All could be read" in shown
    assert "n = 12 patients, 72 images" in shown
    assert "6 images of a patient at the median, 6 at most (8.3 % of all)" in shown
    assert "0 patients have images of one class only" in shown
    assert len(test.get("plotly_chart")) == 2
    show("averages")
    assert "found at 64 × 64 px" in words(show("sizes"))


def test_shapes_without_patients_and_with_two_sizes(home):
    write_images("plain", classes=("dog", "cat"), shades=(100, 100))
    Image.new("RGB", (30, 40)).save(paths.datasets_folder() / "plain" / "dog" / "other.png")
    index.build_index("plain")
    test = show("sizes", "plain")
    shown = words(test)
    assert "from 12 to 40 high and 16 to 30 wide" in shown
    assert "n = 21 images, 3 marks" in shown
    assert "n = 0 patients" not in shown and "Patients" not in shown
