"""Explore's images through the app: filters, opening an image, its links, decisions."""

import numpy as np
import pytest
from PIL import Image

from core.base import paths
from core.datasets.index import acts, index, ledger
from core.datasets.views import image_facts
from core.figures import template
from tests import conftest as shared
from tests.support import decided, deciding, said, tiles

words = said.read_all


def pictures(test):
    return sum(tile["bytes"] > 0 for tile in tiles.list_tiles(test))


@pytest.fixture
def explore(app, tiny_dataset):
    def open_page(**address):
        return app("explore", dataset="tiny", **address)

    return open_page


def test_a_grid_of_eight_by_eight_that_can_be_changed(explore):
    test = explore()
    assert pictures(test) == 64
    assert "**72 images**, in random order" in words(test)
    test.slider(key="explore-side").set_value(3).run()
    assert test.query_params["grid"] == "3"
    assert pictures(test) == 9
    before = [tile["key"] for tile in tiles.list_tiles(test)]
    test.button(key="explore-shuffle").click().run()
    after = [tile["key"] for tile in tiles.list_tiles(test)]
    assert len(before) == len(after) == 9
    assert before != after
    assert "seed 1" in words(test)


def test_every_tile_has_its_class_in_the_colour_of_that_class(explore, tiny_dataset):
    shown = tiles.list_tiles(explore())
    colours = {tile["name"]: tile["colour"] for tile in shown}
    assert colours == {"Parasitized": template.POSITIVE, "Uninfected": template.NEGATIVE}
    table = tiny_dataset.table.set_index("image_id")
    for tile in shown:
        entry = table.loc[tile["key"]]
        assert (tile["name"], tile["caption"]) == (tiny_dataset.class_names[entry["label"]], entry["group"])
        assert tile["alt"] == f"Class {tile['name']}"


def test_filters_by_class_and_patient(explore):
    test = explore()
    test.selectbox(key="explore-class").set_value("Uninfected").run()
    test.selectbox(key="explore-group-tiny").set_value("P3").run()
    assert {(tile["name"], tile["caption"]) for tile in tiles.list_tiles(test)} == {("Uninfected", "P3")}
    assert pictures(test) == 3
    assert "· Uninfected · P3" in words(test)


def test_a_click_opens_an_image_and_its_patient(explore, tiny_dataset):
    test = explore()
    image_id = tiles.list_tiles(test)[0]["key"]
    tiles.open_tile(test, image_id)
    entry = tiny_dataset.table.set_index("image_id", drop=False).loc[image_id]
    assert test.query_params["image"] == image_id
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
    assert pictures(test) == 64


def test_leaving_out_and_taking_in_again(explore, tiny_dataset):
    image_id = tiny_dataset.table.at[5, "image_id"]
    test = explore(image=image_id)
    deciding.decide(test, "decide", "exclude", why="out of focus")
    assert "Ada, " in words(test) and ": out of focus" in words(test)
    assert len(index.read_index("tiny").usable) == 71
    deciding.press(test, "decide-back-0")
    assert len(index.read_index("tiny").usable) == 72
    deciding.decide(test, "decide", "relabel", by="")  # the name is remembered
    [act] = ledger.list_acts(dataset="tiny")
    assert (act.image_id, act.about, act.by, act.why) == (image_id, "Uninfected", "Ada", "")
    deciding.press(test, "decide-back-0")
    assert ledger.list_acts(dataset="tiny") == []


def test_the_same_can_be_decided_here_as_everywhere_and_never_without_a_name(explore, tiny_dataset):
    image_id = tiny_dataset.table.at[5, "image_id"]
    test = explore(image=image_id)
    deciding.decide(test, "decide", "exclude", by="")
    assert "Write who decides" in test.toast[0].value
    assert ledger.list_acts() == []
    for kind in (acts.KEEP, acts.SECOND_LOOK, acts.RELABEL, acts.EXCLUDE):
        deciding.decide(test, "decide", kind, by="Ben")
    assert [act.kind for act in ledger.list_acts()] == ["second_look", "relabel", "exclude"]  # so it is not fine
    assert {(act.by, act.sha256) for act in ledger.list_acts()} == {("Ben", tiny_dataset.table.at[5, "sha256"])}
    offered = [button.key for button in test.button if str(button.key).startswith("decide-")]
    assert offered == ["decide-back-0", "decide-back-1", "decide-back-2"]


def test_an_unreadable_file_is_a_row_with_its_reason(app, home):
    shared.write_tiny_images(paths.datasets_folder() / "tiny")
    (paths.datasets_folder() / "tiny" / "Uninfected" / "P1thin_text.png").write_text("not an image")
    data = index.build_index("tiny")
    test = app("explore", dataset="tiny")
    test.selectbox(key="explore-status-tiny").set_value("unreadable").run()
    (tile,) = tiles.list_tiles(test)
    assert "P1thin" in tile["caption"] and not tile["bytes"] and "UnreadableImage" in tile["fault"]
    assert tile["key"] == data.table.loc[data.table["problem"] != "", "image_id"].item()
    tiles.open_tile(test, tile["key"])
    assert "something else than an image" in words(test)


@pytest.fixture
def with_findings(home):
    """`tiny` with a black image, and two files of the same contents."""
    folder = paths.datasets_folder() / "tiny"
    shared.write_tiny_images(folder)
    Image.fromarray(np.zeros((20, 20, 3), np.uint8)).save(folder / "Parasitized" / "P2thinF_black.png")
    first = folder / "Uninfected" / "P0thinF_IMG_0_cell_0.png"
    (folder / "Uninfected" / "P0thinF_copy.png").write_bytes(first.read_bytes())
    data = index.build_index("tiny")
    image_facts.build_facts(data)
    return data


def test_a_finding_of_the_doctor_is_a_filter_and_stands_in_the_address(app, with_findings):
    test = app("explore", dataset="tiny", finding="duplicate")
    assert "Identical files" in words(test)
    assert "2 of 74 images in 1 set, set by set" in words(test)
    shown = tiles.list_tiles(test)
    assert len(shown) == 2 and all("Set 1" in tile["caption"] and "same file" in tile["caption"] for tile in shown)
    assert next(button for button in test.button if button.key == "explore-shuffle").disabled
    test.selectbox(key="explore-class").set_value("Parasitized").run()
    assert "No image passes" in words(test) and not tiles.list_tiles(test)
    test.selectbox(key="explore-class").set_value("All").run()
    test.selectbox(key="explore-status-tiny").set_value("single_colour").run()
    assert test.query_params["finding"] == "single_colour"
    assert pictures(test) == 1
    tiles.open_tile(test, tiles.list_tiles(test)[0]["key"])
    test.button(key="close-image").click().run()
    assert test.query_params["finding"] == "single_colour"  # back to where one came from
    test.selectbox(key="explore-status-tiny").set_value("usable").run()
    assert "finding" not in test.query_params
    assert pictures(test) == 64


def test_where_nothing_passes_one_click_shows_all(explore):
    test = explore(**{"class": "Parasitized", "finding": "excluded"})
    assert "is not, or no longer, reported" in words(test)
    test = explore(**{"class": "Parasitized", "patient": "nobody"})
    assert pictures(test) == 36
    decided.exclude("tiny", [image["key"] for image in tiles.list_tiles(test)[:1]])
    test = explore(**{"class": "Uninfected", "finding": "excluded"})
    assert "No image passes" in words(test)
    test.button(key="explore-all").click().run()
    assert pictures(test) == 64
    assert not {"class", "finding"} & set(test.query_params)


def test_only_findings_that_exist_are_offered(app, with_findings):
    test = app("explore", dataset="tiny")
    offered = " ".join(test.selectbox(key="explore-status-tiny").options)
    assert "Identical files (2)" in offered and "A single colour (1)" in offered
    assert "Brighter" not in offered and "Nearly identical" not in offered
    test = app("explore", dataset="tiny", finding="bright")
    assert "“Brighter than the rest” is not, or no longer" in words(test)
    assert pictures(test) == 64
    assert "finding" not in test.query_params


def test_an_image_that_was_opened_closes_when_another_view_is_chosen(explore, tiny_dataset):
    image_id = tiny_dataset.table.at[5, "image_id"]
    test = explore(image=image_id)
    test.button_group(key="view-view").set_value("shape").run()
    assert "image" not in test.query_params
    test = explore(image=image_id, view="map")
    assert next(button for button in test.button if button.key == "close-image").label == "Back to the map"
    test.button(key="close-image").click().run()
    assert "image" not in test.query_params
    assert test.query_params["view"] == "map"
