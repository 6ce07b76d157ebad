"""A data set in a real browser: uploaded, divided with an audit, examined, seen in every view, caught by a lasso."""

import io
import shutil

import pytest
from PIL import Image
from playwright import sync_api

from core.base import paths
from core.checks import muting
from core.datasets.index import index
from core.datasets.sample import drawn
from core.datasets.splits import saved_splits
from pages.explore import explore_views
from tests.browser import serving
from tests.browser.windows import (
    MINUTE,
    choose,
    expect_address,
    faults_of,
    open_page,
    press,
    wait_for,
    wait_until_settled,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

IMAGES = 240
READY = {
    "images": "in random order",
    "shape": "The files take",
    "averages": "Difference of means",
    "colours": "Hue by patient",
    "filters": "as a network sees it",
    "normalised": "cut from its ground",
    "augmentation": "framed as it is",
    "map": "Draw around some points",
}


@pytest.fixture
def planted(home, tmp_path):
    """A zip of drawn cells with copies of five of them planted among another patient's, and one torn file."""
    drawn.draw_dataset("drawn", images=IMAGES, seed=3)
    source = tmp_path / "cells"
    shutil.copytree(paths.datasets_folder() / "drawn", source)
    chosen = sorted((source / "images" / "Uninfected").glob("*.png"))[:5]
    for number, path in enumerate(chosen):
        picture = Image.open(path).convert("RGB")
        saved = io.BytesIO()
        picture.resize((round(picture.width * 1.3), round(picture.height * 1.3))).save(saved, "JPEG", quality=85)
        (source / "images" / "Uninfected" / f"P900thinF_IMG_1_cell_{number}.jpg").write_bytes(saved.getvalue())
    (source / "images" / "Uninfected" / "P900thinF_IMG_1_cell_9.png").write_bytes(chosen[0].read_bytes()[:300])
    archive = shutil.make_archive(str(tmp_path / "planted"), "zip", source)
    shutil.rmtree(paths.datasets_folder() / "drawn")
    index.remove_index("drawn")
    return archive


def test_from_an_upload_to_the_map(chromium, planted):
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served, "datasets")
        choose(page, "Upload")
        page.locator("input[type=file]").set_input_files(planted)
        button = page.get_by_role("button", name="Import", exact=True)
        sync_api.expect(button).to_be_enabled(timeout=MINUTE)
        button.click(delay=120)
        wait_for(
            lambda: [row["name"] for row in index.list_datasets() if row["status"] == "ready"] == ["planted"], page
        )
        page.goto(f"{served.address}/datasets?dataset=planted")
        page.get_by_text("1 could not be read").first.wait_for(timeout=MINUTE)

        divide_and_audit(page)
        examine(page)
        mute_a_check(page, served)
        see_every_view(page, served)
        open_an_image(page, served)
        catch_with_the_lasso(page, served)
        assert faults_of(page) == []
        assert page.foreign == []
    assert "Traceback" not in served.log.read_text()


def divide_and_audit(page):
    """By patient nothing is shared; at random patients are, and it is said; near-identical copies are found."""
    choose(page, "Split")
    page.get_by_text("Nothing that was looked for").wait_for(timeout=MINUTE)
    choose(page, "At random")
    page.get_by_text("This split leaks").wait_for(timeout=MINUTE)
    page.locator(".tile img").nth(1).wait_for(timeout=MINUTE)
    page.wait_for_timeout(1500)  # pictures above the button still move it
    press(page, "Save the split", lambda: saved_splits.list_splits("planted"))
    assert [saved.name for saved in saved_splits.list_splits("planted")] == ["random-0"]
    assert saved_splits.read_split("planted", "random-0").audit["leaks"]


def examine(page):
    """The doctor finds the planted copies and the torn file; excluding the copies takes them out of the set."""
    choose(page, "Data doctor")
    page.get_by_role("button", name="Examine").click(delay=120, timeout=MINUTE)
    page.locator("label", has_text="Nearly identical pictures").first.wait_for(timeout=3 * MINUTE)
    before = len(index.read_index("planted").usable)
    page.wait_for_timeout(1500)
    page.locator("label", has_text="Nearly identical pictures").first.click(timeout=MINUTE)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=MINUTE)
    press(page, "Decide about all", page.get_by_label("Who decides").last.is_visible)
    page.get_by_label("Who decides").last.fill("Ada")
    press(page, "Exclude all but the first", lambda: len(index.read_index("planted").usable) == before - 5)


def mute_a_check(page, served):
    """Muted by somebody, it is counted instead of listed, after a reload too; and comes back."""
    page.goto(f"{served.address}/datasets?dataset=planted&part=doctor&finding=unreadable")
    page.get_by_role("button", name="D101").wait_for(timeout=MINUTE)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=MINUTE)
    press(page, "D101", page.get_by_label("Who mutes it").is_visible)
    page.get_by_label("Who mutes it").fill("Ada")
    press(page, "Mute in this data set", lambda: "D101" in muting.read(paths.muted_folder("planted")))
    assert muting.read(paths.muted_folder("planted"))["D101"].by == "Ada"
    listed = page.locator("label", has_text="Files that cannot be used")
    sync_api.expect(listed).to_have_count(0, timeout=MINUTE)
    page.goto(f"{served.address}/datasets?dataset=planted")
    choose(page, "Data doctor")
    page.get_by_text("1 muted").click(timeout=MINUTE)
    page.get_by_text("D101, muted by Ada").wait_for(timeout=MINUTE)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=MINUTE)
    sync_api.expect(listed).to_have_count(0, timeout=MINUTE)
    unmute = page.get_by_role("button", name="Unmute")

    def is_unmuted():
        if unmute.is_visible():  # a click while the page is drawn anew is lost
            unmute.click(delay=120)
            page.wait_for_timeout(1500)
        return "D101" not in muting.read(paths.muted_folder("planted"))

    wait_for(is_unmuted, page, 90)
    listed.first.wait_for(timeout=MINUTE)
    assert muting.read(paths.muted_folder("planted")) == {}


def see_every_view(page, served):
    assert list(READY) == list(explore_views.VIEWS)
    page.goto(f"{served.address}/explore?dataset=planted")
    for view, words in READY.items():
        choose(page, explore_views.VIEWS[view][0])
        page.get_by_text(words).first.wait_for(timeout=2 * MINUTE)
        wait_until_settled(page)
        expect_address(page, f"view={view}")
        assert page.get_by_test_id("stException").count() == 0
        assert page.get_by_test_id("stAlertContentError").count() == 0


def open_an_image(page, served):
    page.goto(f"{served.address}/explore?dataset=planted&view=images")
    tile = page.locator("button.tile").nth(2)
    tile.wait_for(timeout=MINUTE)
    more = page.get_by_role("button", name="More of this patient")

    def is_open():
        wait_until_settled(page)
        if not more.is_visible():
            tile.click()
            page.wait_for_timeout(2000)
        return more.is_visible()

    wait_for(is_open, page)
    wait_until_settled(page)
    press(page, "More of this patient", tile.is_visible)
    wait_for(lambda: "image=" not in page.url, page, seconds=60)


def catch_with_the_lasso(page, served):
    page.goto(f"{served.address}/explore?dataset=planted&view=map")
    layer = page.locator(".picture-map-figure .nsewdrag").first
    layer.wait_for(timeout=2 * MINUTE)
    page.wait_for_timeout(1500)
    box = layer.bounding_box()
    left, top, width, height = box["x"], box["y"], box["width"], box["height"]
    corners = [(0.05, 0.05), (0.95, 0.05), (0.95, 0.95), (0.05, 0.95), (0.05, 0.06)]
    page.mouse.move(left + corners[0][0] * width, top + corners[0][1] * height)
    page.mouse.down()
    for x, y in corners[1:]:
        page.mouse.move(left + x * width, top + y * height, steps=12)
    page.mouse.up()
    page.locator("button.tile img").nth(11).wait_for(timeout=MINUTE)
