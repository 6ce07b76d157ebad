"""The shelf of public data sets: what is said of each, and what its button starts."""

import dataclasses

import pytest
from streamlit.testing.v1 import AppTest

from core.base import paths
from core.datasets.intake import catalogue
from core.jobs import jobs


def shelf():
    from pages.datasets import catalogue_view

    catalogue_view.input_catalogue()


@pytest.fixture
def open_shelf(home, started):
    """Draw the shelf alone."""

    def draw():
        test = AppTest.from_function(shelf, default_timeout=60).run()
        assert not test.exception, test.exception
        return test

    return draw


def words(test):
    return " ".join(str(part.value) for part in [*test.markdown, *test.caption, *test.info, *test.error])


@pytest.mark.parametrize("entry", catalogue.ENTRIES, ids=lambda entry: entry.key)
def test_each_entry_says_what_it_is(open_shelf, entry):
    test = open_shelf()
    test.selectbox[0].set_value(entry.key).run()
    said = words(test).replace("\\", "")
    for part in (
        entry.what_for,
        entry.licence,
        entry.citation,
        entry.notes,
        f"{entry.images:,} images",
        entry.source_page,
    ):
        assert part in said
    assert test.text_input[0].value == entry.suggested_name


def test_the_button_starts_the_download(open_shelf, started):
    test = open_shelf()
    test.text_input[0].set_value("my-cells").run()
    test.button[0].click().run()
    ((_, arguments),) = started
    (job,) = jobs.list_jobs()
    assert arguments == ["job", job.id]
    assert (job.verb, job.dataset, job.arguments) == ("download", "my-cells", jobs.Arguments(key="malaria"))
    assert test.button[0].disabled and test.button[0].label == "Downloading …"


@pytest.mark.parametrize("name", ["Not usable", "tiny"])
def test_a_name_that_cannot_be_is_said(open_shelf, started, tiny_dataset, name):
    test = open_shelf()
    test.text_input[0].set_value(name).run()
    test.button[0].click().run()
    assert test.error and started == []


def test_without_a_name_there_is_nothing_to_press(open_shelf):
    test = open_shelf()
    test.text_input[0].set_value(" ").run()
    assert test.button[0].disabled


def test_what_came_before_is_said(open_shelf):
    part = paths.uploads_folder() / "catalogue" / "malaria.zip.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(2_500_000))
    test = open_shelf()
    assert "2.5 MB of it are on this machine already" in words(test)
    test.button[0].click().run()
    assert not part.exists() and "already" not in words(test)


def test_without_an_address_it_says_how_to_get_it(open_shelf, monkeypatch):
    monkeypatch.setattr(catalogue, "ENTRIES", (dataclasses.replace(catalogue.ENTRIES[1], url=None),))
    test = open_shelf()
    assert not test.button
    assert f"[Get it yourself]({catalogue.ENTRIES[0].source_page})" in words(test)
