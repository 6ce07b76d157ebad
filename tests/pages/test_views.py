"""Explore's colours and filters: what is shown, what is read, what happens when a file is gone or a set is large."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.base import paths
from core.datasets.index import index
from core.datasets.views import colour_spaces, colours, filters
from tests.support import said, tiles


def draw_colours():
    from pages.explore import colours  # AppTest runs the source of this function alone
    from pages.kit import guards  # AppTest runs the source of this function alone

    colours.show_colours(guards.require_dataset())


def draw_filters():
    from pages.explore import filters
    from pages.kit import guards

    filters.show_filters(guards.require_dataset())


@pytest.fixture
def show(tiny_dataset, started):
    st.cache_data.clear()
    st.cache_resource.clear()

    def run(script):
        test = AppTest.from_function(script, default_timeout=120).run()
        assert not test.exception, test.exception
        return test

    return run


words = said.read_all


def pictures(test):
    return len(test.image) + sum(tile["bytes"] > 0 for tile in tiles.list_tiles(test))


def figures(test):
    return len(test.get("plotly_chart"))


def test_colours_at_first_sight(show):
    test = show(draw_colours)
    one, scales, sample = 1 + 3, 3, 2 * 9
    assert pictures(test) == one + scales + sample
    assert figures(test) == 3
    assert "12 of 12 patients" in words(test)
    assert {button.label for button in test.get("download_button")} == {"CSV"}
    assert all(colour_spaces.COLOUR_VIEWS[key].caption in words(test) for key in ("hue", "saturation", "value"))
    again = test.run()
    assert not again.exception and figures(again) == 3


def test_every_view_and_the_largest_sample(show):
    test = show(draw_colours)
    test.pills(key="colours-views").set_value(list(colour_spaces.COLOUR_VIEWS)).run()
    test.segmented_control(key="colours-count").set_value(25).run()
    assert not test.exception
    assert pictures(test) == 1 + 2 * len(colour_spaces.COLOUR_VIEWS) + 2 * 25
    test.segmented_control(key="colours-grid-" + str(list(colour_spaces.COLOUR_VIEWS))).set_value("green_magenta").run()
    assert "**a\\* of LAB**" in words(test)  # a bare star would begin italics
    test.pills(key="colours-views").set_value([]).run()
    assert not test.exception and pictures(test) == 1


def test_a_class_a_shuffle_and_another_large_image(show):
    test = show(draw_colours)
    test.selectbox(key="colours-class-tiny").set_value("Uninfected").run()
    assert {tile["name"] for tile in tiles.list_tiles(test)} == {"Uninfected"} and "seed 0" in words(test)
    test.button(key="colours-shuffle").click().run()
    test.slider(key="colours-large-9").set_value(9).run()
    assert not test.exception and "seed 1" in words(test)


def test_patients_of_one_class(show):
    test = show(draw_colours)
    test.selectbox(key="colours-group-class").set_value("Parasitized").run()
    test.multiselect(key="colours-groups-tiny").set_value(["P3", "P7"]).run()
    assert not test.exception and "2 of 12 patients" in words(test)


def test_a_large_data_set_is_counted_in_the_background(show, started, monkeypatch):
    import pages.explore.colours as page

    monkeypatch.setattr(page, "AT_ONCE_IMAGES", 10)
    test = show(draw_colours)
    assert figures(test) == 0 and pictures(test) > 9 and "72 images will stand here" in words(test)
    test.button(key="colours-build").click().run()
    assert [arguments[0] for _, arguments in started] == ["job"]
    assert colours.read_histograms(index.read_index("tiny")) is None


def test_a_data_set_without_patients(show):
    index.build_index("tiny", group_rule="none")
    test = show(draw_colours)
    assert figures(test) == 2 and "No patients are known" in words(test)


@pytest.mark.parametrize("script", [draw_colours, draw_filters])
def test_a_file_that_is_gone_costs_its_own_picture_only(show, tiny_dataset, script):
    for path in tiny_dataset.table["path"][::2]:
        (paths.datasets_folder() / "tiny" / path).unlink()
    test = show(script)
    broken = [tile["fault"] for tile in tiles.list_tiles(test) if not tile["bytes"]]
    assert broken and all("DatasetChanged" in fault for fault in broken) and pictures(test) > 3


@pytest.mark.parametrize("key", filters.FILTERS)
def test_every_filter_has_its_sliders_and_pictures(show, key):
    test = show(draw_filters)
    test.segmented_control(key="filters-key").set_value(key).run()
    assert not test.exception
    assert all(sentence in words(test) for sentence in filters.FILTERS[key].caption.split(". "))
    assert pictures(test) == 4 + 18
    for setting in filters.FILTERS[key].settings:
        slider = test.slider(key=f"filters-{key}-{setting.name}")
        assert (slider.min, slider.max, slider.step) == (setting.low, setting.high, setting.step)
        slider.set_value(setting.high)
    test.toggle[0].set_value(True).run()
    assert not test.exception and pictures(test) == 4 + 18


def test_a_rerun_reads_no_file_again(show, monkeypatch):
    from core.datasets.index import originals

    test = show(draw_filters)

    def refuse(*_arguments, **_settings):
        pytest.fail("a file was read again")

    monkeypatch.setattr(originals, "read_image", refuse)
    test.slider(key="filters-gaussian-kernel_px").set_value(21).run()
    assert not test.exception and pictures(test) == 4 + 18
