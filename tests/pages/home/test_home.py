"""Home: three ways on, models by data set with the doubtful folded, and an image that leads to its answer."""

import pytest

from core.base import paths
from core.models import package
from core.runtimes import opening
from pages.kit import cache
from tests.support import app_pages, brightness, made_models, sent_images
from tests.support.app_pages import hints, words


@pytest.fixture(autouse=True)
def own_models(home, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    monkeypatch.setattr(cache, "HEAD_START_SECONDS", 0)


def write(model_id, **changes):
    return made_models.write_model(made_models.make_answers([0, 1] * 30), model_id, **changes)


def list_links(test):
    """Page and query of every link, by its words."""
    return {link.proto.label: (link.proto.page, link.proto.query_string) for link in test.get("page_link")}


def test_an_empty_home_says_what_will_stand_here_in_no_blue_box(app, home):
    test = app("home")
    said = words(test)
    assert "Images of your first data set will stand here." in said
    assert "A model answers here once one is trained." in said and "A finished training will stand here." in said
    assert not test.info and not test.file_uploader
    assert [button.label for button in test.button if button.label != "Cancel"] == ["Bring in a data set"]


def test_models_stand_under_their_data_set_with_n_and_interval(app, tiny_dataset):
    first, second = write("first"), write("second")
    write("leaky", leaky=True)
    test = app("home")
    links = list_links(test)
    assert links["first"][1] == "model=first" and "second" in links
    said = words(test)
    accuracy = first.test_now.accuracy
    assert f"{100 * accuracy.value:.1f} % (" in said and f"right, {first.test_now.n:,} image" in said
    assert said.count(f"**{first.manifest.dataset.name}**") == 1 and second.id in links
    assert "Drawn cells, leaky splits, unfinished (1)" in [one.label for one in test.expander]
    assert "leaky split" in said and "that the model never saw" in hints(test)


def test_more_than_three_of_a_data_set_are_folded_and_all_are_in_the_table(app, tiny_dataset):
    for number in range(5):
        write(f"model-{number}")
    test = app("home")
    assert test.expander[0].label.startswith("2 more of")
    assert len(test.dataframe[1].value) == 5 == len(package.list_packages())


def test_an_image_that_is_dropped_on_home_is_answered_on_predict(app, tiny_dataset):
    write("asked")
    test = app("home")
    assert "asked answers" in hints(test)
    test.file_uploader(key="home-image").set_value(("mine.png", sent_images.encode(1, 30), "image/png")).run()
    assert not test.exception and test.title[0].value == "Predict"
    assert "The model answers" in words(test) and "mine.png" in words(test)
    app_pages.choose(test, "predict")
    test.file_uploader(key="predict-upload").set_value(("next.png", sent_images.encode(2, 30), "image/png")).run()
    assert "next.png" in words(test) and "mine.png" not in words(test)


def test_what_is_no_image_is_said_where_it_is_asked_about(app, tiny_dataset):
    write("asked")
    test = app("home")
    test.file_uploader(key="home-image").set_value(("mine.png", b"no image", "image/png")).run()
    assert "UnreadableImage" in test.error[0].value
