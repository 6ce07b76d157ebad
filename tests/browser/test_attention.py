"""Without a pointer and without seeing the page: the focus goes along with what opens and closes, news are read out."""

import pytest

from core.base import paths
from tests.browser import serving
from tests.browser.windows import MINUTE, choose_option, faults_of, open_page, wait_for, wait_until_settled
from tests.support.compared import make_model

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

HEARD = "() => window.secondLookAttends.textContent"
FOCUSED = "(selector) => document.activeElement?.matches(selector) ?? false"


def wait_for_focus(page, selector):
    wait_for(lambda: page.evaluate(FOCUSED, selector), page, 60)


def open_with_keyboard(page, target):
    target.wait_for(timeout=MINUTE)
    wait_until_settled(page)
    target.focus()
    page.keyboard.press("Enter")


def follow_a_tile(page):
    """Opened and closed again, the focus is on the tile that it was on."""
    tile = page.locator("button.tile").nth(3)
    open_with_keyboard(page, tile)
    wait_for_focus(page, ".st-key-close-image button")
    wait_until_settled(page)
    page.keyboard.press("Enter")
    page.locator("button.tile").nth(3).wait_for(timeout=MINUTE)
    wait_for_focus(page, f'[data-key="{page.locator("button.tile").nth(3).get_attribute("data-key")}"]')


def follow_a_link(page):
    """On another page the focus is on its title; back again it is on the link."""
    link = page.locator("[class*=st-key-mistake-] a:visible").nth(1)
    link.wait_for(timeout=MINUTE)
    href = link.get_attribute("href")
    open_with_keyboard(page, link)
    wait_for_focus(page, "h1")
    assert page.locator("h1").inner_text() == "Predict"
    wait_until_settled(page)
    page.go_back()
    wait_for_focus(page, f'a[href="{href}"]')


def hear_a_verdict(page, model):
    """A line that changes is read out by the region that stays, once, and is gone from it after a while."""
    assert page.locator(".read-out").count() == 1
    choose_option(page, "Model", model)
    verdict = page.locator("h2.verdict").first
    wait_for(lambda: verdict.inner_text().strip() in page.evaluate(HEARD), page, 60)
    wait_for(lambda: page.evaluate(HEARD) == "", page, 30)


def test_focus_goes_along_and_news_are_read_out(chromium, home, tiny_dataset):
    make_model(tiny_dataset, "good", right=0.6)
    make_model(tiny_dataset, "fair", right=0.8, seed=1)
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served, "explore?dataset=tiny")
        follow_a_tile(page)
        page.goto(f"{served.address}/evaluate?model=good")
        follow_a_link(page)
        hear_a_verdict(page, "fair")
        assert not faults_of(page)
