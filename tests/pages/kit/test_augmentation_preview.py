"""Explore's augmentation and what Train takes from it. The view alone: a page of its own, without any worker."""

import pytest
from streamlit.testing.v1 import AppTest

from core.models import augmentation
from core.training import recipe, run
from pages.kit import augmentation_preview
from tests.support import said


def view():
    import streamlit as st

    from core.datasets.index import index
    from pages.kit import augmentation_preview

    st.title("Augmentation")
    augmentation_preview.show_augmentation(index.read_index("tiny"))


@pytest.fixture
def preview(tiny_dataset):
    test = AppTest.from_function(view, default_timeout=60).run()
    assert not test.exception, test.exception
    return test


def settings_of(test):
    """What the widgets say."""
    wanted = {name: test.session_state[f"augmenting-{name}"] for name in ("flip", "fill")}
    scaled = {name: scale for name, (_, _, scale) in augmentation_preview.SLIDERS.items()}
    wanted |= {name: test.session_state[f"augmenting-{name}"] / scale for name, scale in scaled.items()}
    return augmentation.Augmentation(**wanted)


def pictures_of(test):
    return [picture.proto.imgs[0].url for picture in [*test.get("imgs"), *test.get("image")]]


def test_one_image_and_its_versions(preview):
    assert settings_of(preview) == augmentation.PRESETS["cells"]
    pictures = pictures_of(preview)
    assert len(pictures) == 1 + augmentation_preview.VERSIONS
    assert len(set(pictures)) == len(pictures)
    shown = said.read_all(preview)
    assert "Class Parasitized: framed as it is" in shown and "One image as the network sees it" in shown
    assert "cannot tell" in shown
    assert "X-ray" in preview.warning[0].value


def test_draw_anew_changes_the_versions_and_keeps_the_image(preview):
    before = pictures_of(preview)
    [button] = [one for one in preview.button if one.label == "Draw anew"]
    after = pictures_of(button.click().run())
    assert after[0] == before[0]
    assert not set(after[1:]) & set(before[1:])


def test_a_preset_sets_the_sliders_and_a_slider_makes_it_ones_own(preview):
    preview.pills(key="augmenting-preset").set_value("none").run()
    assert settings_of(preview).is_none
    assert len(set(pictures_of(preview))) == 1
    assert not preview.warning
    preview.slider(key="augmenting-rotation_degrees").set_value(90).run()
    assert settings_of(preview) == augmentation.Augmentation(rotation_degrees=90)
    preview.pills(key="augmenting-preset").set_value("x-ray").run()
    assert settings_of(preview) == augmentation.PRESETS["x-ray"]


def test_another_class_is_another_image(preview):
    before = pictures_of(preview)[0]
    preview.selectbox(key="augmenting-class-tiny").set_value("Uninfected").run()
    other = pictures_of(preview)[0]
    preview.selectbox(key="augmenting-class-tiny").set_value("Parasitized").run()
    assert len({before, other, pictures_of(preview)[0]}) >= 2
    assert not preview.exception


def test_what_is_used_in_train_is_remembered(preview):
    preview.slider(key="augmenting-hue_degrees").set_value(12).run()
    [button] = [one for one in preview.button if one.label == "Use these in Train"]
    button.click().run()
    assert preview.session_state[augmentation_preview.CHOSEN] == settings_of(preview)
    assert settings_of(preview).hue_degrees == 12
    [button] = [one for one in preview.button if one.label == "Use these in Train"]
    assert button.disabled


@pytest.mark.parametrize("own", [None, augmentation.Augmentation("both", contrast=0.25)])
def test_train_takes_it_over_and_the_run_says_it(app, tiny_dataset, started, own):
    test = app("train")
    [box] = [one for one in test.selectbox if one.label == "Augmentation"]
    assert box.value == "none"
    if own is None:
        box.set_value("photos").run()
        wanted = augmentation.PRESETS["photos"]
    else:
        test.session_state[augmentation_preview.CHOSEN] = wanted = own
        test.run()
    [button] = [one for one in test.button if one.label == "Train"]
    button.click().run()
    assert not test.exception
    [made] = run.list_runs()
    assert made.recipe.augmentation == wanted
    assert any(augmentation.describe(wanted) in caption.value for caption in test.caption)


def test_a_plain_run_says_nothing_of_augmentation(app, tiny_dataset):
    made = run.create_run(recipe.Recipe("tiny"))
    test = app("train", run=made.id)
    assert not [caption for caption in test.caption if "Augmentation of the training images" in caption.value]
