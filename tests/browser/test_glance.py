"""Every page and view at a glance: few words, nothing that axe-core finds, in both themes; a phone shows no less."""

import pytest

from tests.browser import glance
from tests.browser.windows import choose, expect_address, open_page, wait_until_settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

MODEL = "malaria-smear-cnn-micro-normalised"
LEFT_OUT = (
    "train-compare",
    "train-series",
    "predict-many",
)
# Streamlit's own: how its boxes are made, which no setting and no style of ours reaches. (rule, what the element says)
NOT_OURS = (("presentation-role-conflict", "stFileUploaderDropzone"),)


def list_views():
    views = glance.PAGES | glance.VIEWS
    return {
        name: address.replace(glance.made_home.MODEL, MODEL).replace("?run=FIRST", "")
        for name, address in views.items()
        if name not in LEFT_OUT
    }


def tell_ours(found):
    return [
        f"{one['rule']} {one['target']} {one['html']} {one['why']}"
        for one in found
        if not any(one["rule"] == rule and mark in one["html"] for rule, mark in NOT_OURS)
    ]


def test_every_view_is_short_and_open_to_all(chromium, served):
    """A page is loaded once, and its views are gone to by hand: a load costs more than a view."""
    page = open_page(chromium, served)
    page.set_viewport_size({"width": glance.WIDTHS[0], "height": glance.HEIGHT})
    wordy, closed = {}, []
    opened = ""
    for name, address in list_views().items():
        if title := glance.find_title(address, opened):
            choose(page, title)
            expect_address(page, address.split("&")[-1])
            wait_until_settled(page)
        else:
            glance.open_view(page, f"{served.address}/{address}")
        opened = address
        if (words := glance.count_words(page)) >= glance.MOST_WORDS:
            wordy[name] = words
        for theme in glance.THEMES:
            page.emulate_media(color_scheme=theme)
            wait_until_settled(page)
            closed += [f"{name}, {theme}: {one}" for one in tell_ours(glance.find_violations(page))]
        page.emulate_media(color_scheme=glance.THEMES[0])
    assert not wordy
    assert not closed, "\n".join(closed)


def test_on_a_phone_nothing_is_cut_off(chromium, served):
    """No page is wider than its window, so that nothing has to be pushed aside to be read."""
    page = open_page(chromium, served)
    page.set_viewport_size({"width": glance.WIDTHS[-1], "height": glance.HEIGHT})
    for name, address in list_views().items():
        if name in glance.PAGES:
            glance.open_view(page, f"{served.address}/{address}")
            wide = page.evaluate(
                "() => { const main = document.querySelector('[data-testid=stMain]');"
                " return main.scrollWidth - main.clientWidth; }"
            )
            assert wide <= 1, name
            assert not tell_ours(glance.find_violations(page)), name
