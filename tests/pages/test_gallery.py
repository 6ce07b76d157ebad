"""Explore's images through the app: filters, opening an image, its links, decisions."""

import pytest

from core import paths
from core.datasets import curation, index
from tests import conftest as shared


def words(test):
    parts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.error]
    return " ".join(str(part.value) for part in parts)


def pictures(test):
    return len(test.get("imgs")) or len(test.get("image"))


@pytest.fixture
def explore(app, tiny_dataset):
    def open_page(**address):
        return app("explore", dataset="tiny", **address)

    return open_page


def test_a_grid_of_six_by_six_that_can_be_changed(explore):
    test = explore()
    assert pictures(test) == 36
    assert "72 images in a random order" in words(test)
    test.selectbox(key="explore-side").set_value(3).run()
    assert pictures(test) == 9
    before = [button.label for button in test.button if button.label.startswith("Open ")]
    test.button(key="explore-shuffle").click().run()
    after = [button.label for button in test.button if button.label.startswith("Open ")]
    assert len(before) == len(after) == 9
    assert before != after
    assert "seed 1" in words(test)


def test_filters_by_class_and_patient(explore):
    test = explore()
    test.selectbox(key="explore-class").set_value("Uninfected").run()
    test.selectbox(key="explore-group-tiny").set_value("P3").run()
    assert {button.label for button in test.button if button.label.startswith("Open ")} == {"Open Uninfected P3"}
    assert pictures(test) == 3


def test_a_click_opens_an_image_and_its_patient(explore, tiny_dataset):
    test = explore()
    row = next(int(button.key.removeprefix("open-")) for button in test.button if button.key.startswith("open-"))
    test.button(key=f"open-{row}").click().run()
    entry = tiny_dataset.table.loc[row]
    assert test.query_params["image"] == entry["image_id"]
    assert "20 x 20 pixels" in words(test)
    assert len(test.get("plotly_chart")) == 1
    test.button(key="more-of-patient").click().run()
    assert "image" not in test.query_params
    assert test.selectbox(key="explore-group-tiny").value == entry["group"]
    assert pictures(test) == 6


def test_the_address_opens_an_image_or_says_that_it_is_not_there(explore, tiny_dataset):
    test = explore(image=tiny_dataset.table.at[5, "image_id"])
    assert "Class" in words(test)
    test = explore(image="0123456789abcdef")
    assert "not in this data set" in words(test)
    assert pictures(test) == 36


def test_leaving_out_and_taking_in_again(explore, tiny_dataset):
    image_id = tiny_dataset.table.at[5, "image_id"]
    test = explore(image=image_id)
    test.button(key="exclude").click().run()
    assert "by hand" in words(test)
    assert len(index.read_index("tiny").usable) == 71
    test.button(key="include").click().run()
    assert len(index.read_index("tiny").usable) == 72
    test.selectbox(key="propose-class").set_value("Uninfected").run()
    test.button(key="propose").click().run()
    assert curation.read("tiny").proposals[image_id].class_name == "Uninfected"
    test.button(key="withdraw").click().run()
    assert curation.read("tiny").proposals == {}


def test_an_unreadable_file_is_a_row_with_its_reason(app, home):
    shared.write_tiny_images(paths.datasets_folder() / "tiny")
    (paths.datasets_folder() / "tiny" / "Uninfected" / "P1thin_text.png").write_text("not an image")
    data = index.build_index("tiny")
    test = app("explore", dataset="tiny")
    test.selectbox(key="explore-status-tiny").set_value("unreadable").run()
    assert any("P1thin" in caption.value for caption in test.caption)
    row = int(data.table.index[data.table["problem"] != ""][0])
    test.button(key=f"open-{row}").click().run()
    assert "something else than an image" in words(test)
