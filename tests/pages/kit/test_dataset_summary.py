"""What the Datasets page says of a data set's origin: source, licence and citation, never as markup."""

import dataclasses

import pytest
from streamlit.testing.v1 import AppTest

from pages.kit import cache, dataset_summary


@pytest.fixture
def said(tiny_dataset, started, monkeypatch):
    def show(**facts):
        data = dataclasses.replace(tiny_dataset, facts={**tiny_dataset.facts, **facts})
        monkeypatch.setattr(cache, "load_index", lambda name: data)
        test = AppTest.from_function(view, default_timeout=60).run()
        assert not test.exception, test.exception
        return test.caption[0].value

    return show


def view():
    from pages.kit import cache, dataset_summary

    dataset_summary.show_facts(cache.load_index("tiny"))


def test_source_licence_and_citation_stand_on_the_page(said):
    words = said(
        source="Malaria cells", source_page="https://example.org/a?b=1", licence="CC BY 4.0", citation="Someone 2018"
    )
    assert "Source: [Malaria cells](https://example.org/a?b=1)" in words
    assert "Licence: CC BY 4.0" in words and "Cite: Someone 2018" in words


def test_without_them_nothing_is_invented(said):
    words = said(source="")
    assert "Source" not in words and "Licence" not in words and "Cite" not in words


@pytest.mark.parametrize("page", ["javascript:alert(1)", "https://a.b/) ![x](https://c.d", "http://a.b", ""])
def test_what_is_no_plain_address_is_no_link(said, page):
    words = said(source="a_b", source_page=page)
    assert "Source: a\\_b" in words and "](" not in words
    assert not dataset_summary.WEB_PAGE.fullmatch(page)
