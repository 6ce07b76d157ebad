"""The split maker as a person uses it: choose, see what leaks, look for copies, keep it under a name."""

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.base import background, paths
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.splits import saved_splits, splits
from core.jobs import jobs
from tests.support import said, tiles


def draw(name: str) -> None:
    from core.datasets.index import index as datasets
    from pages.datasets import split_maker

    split_maker.show_split_maker(datasets.read_index(name))


@pytest.fixture
def started(monkeypatch):
    calls = []
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(background, "start", lambda folder, arguments: calls.append((folder, arguments)))
    return calls


def run(test: AppTest) -> AppTest:
    test.run()
    assert not test.exception, test.exception
    return test


def open_maker(name: str = "tiny") -> AppTest:
    return run(AppTest.from_function(draw, args=(name,), default_timeout=60))


def words(test: AppTest) -> str:
    parts = [*test.markdown, *test.caption, *test.warning, *test.error, *test.success]
    return " ".join(str(part.value) for part in parts)


def make_chest_like() -> index.Index:
    """Train, 16 validation and test images: as the chest X-rays come."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 60), ("val", 8), ("test", 20)):
        for name in ("NORMAL", "PNEUMONIA"):
            folder = paths.datasets_folder() / "chest" / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.png")
    return index.build_index("chest")


def test_by_patient_nothing_leaks(tiny_dataset, started):
    test = open_maker()
    assert "Nothing that was looked for stands on more than one side" in said.read_all(test)
    assert "Not looked for: near-identical images" in words(test)
    assert "Near-identical images on more than one side**: not looked for yet" in words(test)
    assert started == []


def test_at_random_the_leak_is_named_shown_and_may_be_kept(tiny_dataset, started):
    test = open_maker()
    test.segmented_control[0].set_value("At random")
    run(test)
    assert "This split leaks" in said.read_all(test)
    shown = tiles.list_tiles(test)
    assert len(shown) >= 2 and {tile["caption"] for tile in shown} <= set(splits.SPLITS)
    test.text_input(key="split-name-tiny").set_value("shows-the-leak")
    button = next(one for one in test.button if one.label == "Save the split")
    button.click()
    run(test)
    (saved,) = saved_splits.list_splits("tiny")
    assert (saved.name, saved.settings.rule, saved.audit["leaks"]) == ("shows-the-leak", "random", True)
    assert "**shows-the-leak** · At random" in words(test)
    test.button(key="split-remove-shows-the-leak").click()
    run(test)
    assert saved_splits.list_splits("tiny") == []


def test_a_name_that_cannot_be_a_file_is_said(tiny_dataset, started):
    test = open_maker()
    test.text_input(key="split-name-tiny").set_value("../x")
    next(one for one in test.button if one.label == "Save the split").click()
    run(test)
    assert "NameNotUsable" in test.error[0].value
    assert saved_splits.list_splits("tiny") == []


def test_looking_for_copies_is_a_job_and_then_is_shown(tiny_dataset, started):
    test = open_maker()
    next(one for one in test.button if one.label == "Look for near-identical images").click()
    run(test)
    (job,) = jobs.list_jobs()
    assert (job.verb, job.dataset, len(started)) == ("likeness", "tiny", 1)
    near_identical.build_pairs(tiny_dataset)
    test = open_maker()
    assert "Near-identical images on more than one side**: none" in words(test)
    assert not [one for one in test.button if one.label == "Look for near-identical images"]


def test_sixteen_validation_images_are_said_and_a_proper_part_is_offered(home, started):
    make_chest_like()
    test = open_maker("chest")
    test.segmented_control[0].set_value("As the folders say")
    run(test)
    assert "16 of 16 right" in test.warning[0].value
    test.toggle(key="split-remake-chest").set_value(True)
    test.slider(key="split-validation-chest").set_value(40) if test.slider else None
    run(test)
    test.slider(key="split-validation-chest").set_value(40)
    run(test)
    test.text_input(key="split-name-chest").set_value("proper")
    next(one for one in test.button if one.label == "Save the split").click()
    run(test)
    saved = saved_splits.read_split("chest", "proper")
    assert saved.settings.remake_validation
    assert saved.counts["test"] == 40
    assert saved.counts["validation"] == pytest.approx(0.4 * 136, abs=3)


def test_a_split_that_cannot_be_made_is_a_message(home, started):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        folder = paths.datasets_folder() / "two" / name
        folder.mkdir(parents=True)
        for number in range(2):
            pixels = rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    index.build_index("two")
    test = open_maker("two")
    assert "SplitNotPossible" in test.error[0].value
