"""Tiles: what goes to the browser, that names are never markup, and that only what is shown can be opened."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.kit import tile_component
from tests.support import tiles

HOSTILE = '<img src=x onerror=alert(1)>"&</script>'


def grid(shades, name):
    import streamlit as st

    from pages.kit import tile_component
    from tests.support import tiles

    shown = [
        tile_component.Tile(str(place), tiles.make_picture(shade) if shade is not None else None, name, "#D55E00")
        for place, shade in enumerate(shades)
    ]
    opened = st.session_state.setdefault("told", [])
    tile_component.show_tiles(shown, key="grid", label="Images", across=3, on_open=opened.append)


def show(*shades, name="sick"):
    test = AppTest.from_function(grid, args=(shades, name), default_timeout=60).run()
    assert not test.exception, test.exception
    return test


def content_of(test):
    (component,) = test.get("bidi_component")
    return component.proto.bytes


def test_a_click_tells_the_key_and_another_key_is_refused():
    test = show(10, 20, 30)
    tiles.open_tile(test, "1")
    assert test.session_state["told"] == ["1"]
    tiles.open_tile(test, "2", as_if="7")
    assert test.session_state["told"] == ["1"]


def test_the_same_pictures_are_the_same_bytes_and_others_are_drawn_anew():
    first, again, other = (content_of(show(*shades)) for shades in ((10, 20), (10, 20), (10, 21)))
    assert first == again != other
    head, changed = (tiles.read_content(one) for one in (first, other))
    assert head["sizes"] == changed["sizes"] and head["revision"] != changed["revision"]


def test_a_picture_that_cannot_be_shown_is_a_tile_with_its_name():
    shown = tiles.list_tiles(show(10, None))
    assert [tile["bytes"] > 0 for tile in shown] == [True, False]
    assert {tile["name"] for tile in shown} == {"sick"} == {tile["alt"] for tile in shown}


def test_names_are_data_and_never_markup():
    assert {tile["name"] for tile in tiles.list_tiles(show(10, name=HOSTILE))} == {HOSTILE}
    assert "innerHTML" not in tile_component.SCRIPT


@pytest.mark.parametrize("picture", [tiles.make_picture(1), None])
def test_a_single_tile_escapes_its_words(picture, monkeypatch):
    drawn = []
    monkeypatch.setattr(tile_component.st, "html", drawn.append)
    tile_component.show_tile(tile_component.Tile("1", picture, HOSTILE, "#D55E00", HOSTILE, HOSTILE, HOSTILE))
    (body,) = drawn
    assert "onerror=alert(1)>" not in body and "</script>" not in body
    assert body.count("<img") == (picture is not None)
    assert ("data:image/png;base64," in body) == (picture is not None)
    assert "--edge: #D55E00" in body
