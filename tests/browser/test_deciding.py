"""Deciding about images in a real browser: the same powers on every page, a name asked once, taken back elsewhere."""

import contextlib

import pytest
from playwright import sync_api

from core.base import paths
from core.datasets.index import ledger
from tests.browser import serving
from tests.browser.windows import MINUTE, faults_of, open_page, press, wait_for, wait_until_settled
from tests.support import made_models

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest.fixture
def judged(tiny_dataset, monkeypatch):
    """Two models of `tiny` with the same test images, and the id of one that the first alone gets wrong."""
    table = tiny_dataset.table
    known = {"dataset": {"name": "tiny", "fingerprint": tiny_dataset.content, "content": tiny_dataset.content}}
    for model_id, wrong in (("first", [4, 8]), ("second", [8])):
        positive = (table["label"] == 0).to_numpy() * 0.8 + 0.1
        positive[wrong] = 1 - positive[wrong]
        columns = {"image_id": table["image_id"], "split": "test", "group": table["group"], "label": table["label"]}
        answers = table[["image_id"]].assign(**columns, p_Parasitized=positive, p_Uninfected=1 - positive)
        made_models.write_model(answers, model_id, **known)
    return str(table.at[4, "image_id"])


def open_menu(page):
    """Open it, again where the press fell while the page was drawn anew and is lost."""
    body = page.get_by_test_id("stPopoverBody")

    def is_open():
        wait_until_settled(page)
        if not body.is_visible():
            with contextlib.suppress(sync_api.TimeoutError):
                page.get_by_role("button", name="Decide", exact=True).first.click(delay=120, timeout=5_000)
            page.wait_for_timeout(1_000)
            wait_until_settled(page)
        return body.get_by_label("Who decides").is_visible()

    wait_for(is_open, page)
    return body


def test_the_same_image_on_four_pages(chromium, judged):
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served, "evaluate?model=first&dataset=tiny&cell=Parasitized%7CUninfected")
        page.get_by_text("Parasitized, answered Uninfected").first.wait_for(timeout=MINUTE)
        body = open_menu(page)
        press(page, "Exclude", page.get_by_text("Write who decides first").first.is_visible)
        wait_until_settled(page)
        assert ledger.list_acts() == []
        body.get_by_label("Who decides").fill("A. Reader")
        body.get_by_label("Why").fill("two cells")
        press(page, "Exclude", lambda: len(ledger.list_acts()) == 1)
        page.get_by_text("Excluded").first.wait_for(timeout=MINUTE)
        page.get_by_text("Decided because of its answers").wait_for(timeout=MINUTE)
        page.get_by_test_id("stPopoverBody").wait_for(state="hidden", timeout=MINUTE)
        [act] = ledger.list_acts(kind="exclude", by="A. Reader", model_id="first")
        assert act.why.startswith("two cells (labelled Parasitized; first answers Uninfected with ")

        page.goto(f"{served.address}/compare?dataset=tiny&view=cases&a=first&b=second&image={judged}")
        body = open_menu(page)
        body.get_by_label("Who decides").fill("B. Reader")
        press(page, "Send to review", lambda: ledger.list_acts(kind="second_look"))
        page.get_by_text("Waits for review").first.wait_for(timeout=MINUTE)
        asked = ledger.list_acts(kind="second_look")
        assert [(one.image_id, one.model_id, one.by) for one in asked] == [(judged, "first", "B. Reader")]
        body = open_menu(page)
        sync_api.expect(body.get_by_label("Who decides")).to_have_value("B. Reader", timeout=MINUTE)  # asked once

        page.goto(f"{served.address}/explore?dataset=tiny&view=images&image={act.image_id}")
        page.get_by_text("A. Reader, ").first.wait_for(timeout=MINUTE)
        wait_until_settled(page)
        page.get_by_label("Who decides").fill("C. Reader")
        press(page, "Take back", lambda: not ledger.list_acts(kind="exclude"))
        page.get_by_role("button", name="Exclude").wait_for(timeout=MINUTE)

        page.goto(f"{served.address}/datasets?dataset=tiny&part=doctor")
        page.get_by_text("Kept beside the data set").wait_for(timeout=MINUTE)
        wait_until_settled(page)
        page.get_by_label("Who decides").last.fill("D. Reader")
        press(page, "Take all back (1)", lambda: not ledger.list_acts())
        assert [one.by for one in ledger.read_acts("tiny") if one.withdrawn] == ["C. Reader", "D. Reader"]
        assert faults_of(page) == []
        assert page.foreign == []
    assert "Traceback" not in served.log.read_text()
