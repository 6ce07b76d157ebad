"""The map on its page: at once from pixels, after a job from a model; what the lasso holds is counted and shown."""

import json

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.base import background
from core.datasets.views import embedding
from core.figures import scatter
from core.jobs import jobs
from core.prediction import feature_map
from pages.kit import scatter_component
from tests.support import said, tiles


def page():
    from core.datasets.index import index
    from pages.explore import feature_map_view

    feature_map_view.show_map(index.read_index("tiny"))


@pytest.fixture
def view(tiny_dataset, started, monkeypatch):
    """Open the map, with these points in the lasso."""
    drawn = []
    st.cache_resource.clear()

    def open_view(caught=(), click=None, **chosen):
        def show(content, *, points, key, height_px):
            drawn.append(content)
            return [position for position in caught if position < points]

        monkeypatch.setattr(scatter_component, "show_picture_map", show)
        test = AppTest.from_function(page, default_timeout=60)
        for key, value in chosen.items():
            test.query_params[key] = value
        test.run()
        if click:
            test.button(key=click).click().run()
        assert not test.exception, test.exception
        return test

    open_view.drawn = drawn
    return open_view


words = said.read_all


def unpack(content):
    length = int.from_bytes(content[:4], "little")
    return json.loads(content[4 : 4 + length]), content[4 + length :]


def test_the_pixels_map_is_there_at_once(view, started):
    shown = words(view())
    assert "n = 72 images." in shown
    assert "a warning" in shown
    assert "share its class" in shown and "By chance it would be its class" in shown and "(n = 72)" in shown
    assert started == []
    head, sheets = unpack(view.drawn[0].sheets)
    assert head["count"] == 72
    assert sum(head["sizes"]) == len(sheets)
    assert sheets.startswith(b"\xff\xd8\xff")
    classes, groups = head["words"]
    assert classes["names"] == ["Parasitized", "Uninfected"]
    assert len(groups["codes"]) == 72 and "Patient P0" in groups["names"]


def test_what_is_caught_is_counted_and_shown(view):
    test = view(caught=[*range(5), 70])
    assert "**6 of 72 images caught**" in words(test)
    assert test.dataframe[0].value["Caught"].tolist() == [5, 1]
    assert test.dataframe[0].value["Share"].tolist() == ["83.3 %", "16.7 %"]
    assert test.dataframe[1].value["Patient"].str.startswith("P").all()
    assert len(tiles.list_tiles(test)) == 6
    assert "6 images caught, 6 shown" in words(test)
    assert len(test.get("download_button")) == 1


def test_a_caught_picture_opens_and_the_catch_is_still_there_afterwards(view, tiny_dataset, monkeypatch):
    test = view(caught=range(5))
    image_id = tiles.list_tiles(test)[0]["key"]
    tiles.open_tile(test, image_id)
    assert test.query_params["image"] == image_id
    assert "20 x 20 pixels" in words(test)
    monkeypatch.setattr(scatter_component, "show_picture_map", lambda *_, **__: None)  # as it is when it comes anew
    test.button(key="close-image").click().run()
    assert not test.exception, test.exception
    assert "5 of 72 images caught" in words(test)


def test_many_caught_are_paged(view):
    test = view(caught=range(72))
    assert len(tiles.list_tiles(test)) == 48
    assert "72 images caught, 48 shown" in words(test)
    assert len(test.get("pagination")) == 1


def test_tsne_is_made_in_the_background(view, started):
    test = view(method="tsne")
    assert "The map will stand here: all images." in words(test)
    assert not view.drawn
    view(method="tsne", click="map-make")
    ((folder, _),) = started
    (job,) = jobs.list_jobs()
    assert (job.verb, job.dataset, job.arguments) == ("map", "tiny", jobs.Arguments(method="tsne", features="pixels"))
    assert folder == job.folder


def test_while_it_is_made_there_is_no_second_button(view, monkeypatch):
    view(method="tsne", click="map-make")
    monkeypatch.setattr(background.State, "is_active", property(lambda self: True))
    test = view(method="tsne")
    assert "is being made" in words(test)
    assert not test.button


def test_a_map_by_a_model_is_asked_for_and_then_shown(view, small_model, tiny_dataset):
    test = view(features=small_model.id)
    assert "loads the model" in words(test)
    rows = embedding.choose_rows(tiny_dataset, "pca", with_features=True)
    values = np.random.default_rng(0).normal(size=(72, 6)).astype(np.float32)
    brought = embedding.Features(feature_map.name_features(small_model.id), rows, values)
    embedding.build_embedding(tiny_dataset, brought, method="pca")
    view(features=small_model.id)
    assert len(view.drawn) == 1


def test_colours_change_the_drawing_and_not_the_map(view):
    for colour_by in scatter.COLOURS:
        st.cache_resource.clear()
        view(colour=colour_by)
    assert len({content.sheets for content in view.drawn}) == 1  # so the browser is sent them once
    heads = [unpack(content.drawing)[0] for content in view.drawn]
    assert len({head["identity"] for head in heads}) == 1
    assert len({head["revision"] for head in heads}) == 3


def test_hostile_names_are_data_and_never_markup():
    figure = scatter.figure_map(_one_point(), ["<img src=x onerror=alert(1)>", "b"], "b", "light", colour_by="class")
    content = scatter_component.pack_content(figure, [b"\xff\xd8\xffsheet"], [["</script>\u2028"]], identity="i")
    head, sheets = unpack(content.sheets)
    assert head["words"][0]["names"] == ["</script>\u2028"]
    assert sheets == b"\xff\xd8\xffsheet"
    assert "innerHTML" not in scatter_component.SCRIPT


def _one_point():
    import pandas as pd

    return pd.DataFrame({"x": [0.0], "y": [0.0], "label": [0], "group": [""], "brightness": [0.5]})
