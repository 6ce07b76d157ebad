"""A person's first hour in a real browser: sample data, a training watched and stopped, a prediction with overlay."""

import re
import shutil
import time
import urllib.error
import urllib.request

import pytest
from playwright import sync_api

from core.datasets.index import index
from core.training import checkpoint, run
from tests import conftest as shared
from tests.browser import serving
from tests.browser.windows import MINUTE, expect_address, faults_of, open_page, press, wait_until_settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

AT_WORK = re.compile(r"^Batch \d+ of \d+")
COUNT_POINTS = """() => [...document.querySelectorAll(".live-chart")].map(
    (chart) => (chart.data || []).reduce((sum, trace) => sum + (trace.x ? trace.x.length : 0), 0))"""
X_RANGE = "() => document.querySelector('.live-chart').layout.xaxis.range"


def set_number(page, label, value):
    field = page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Enter")
    page.wait_for_timeout(400)


def points(page):
    counted = page.evaluate(COUNT_POINTS)
    return counted[0] if counted else 0


def test_from_the_first_start_to_an_overlay(chromium, home):
    with serving.app(home) as served:
        # The first start draws the sample data set, with progress, and then shows it.
        page = open_page(chromium, served)
        page.get_by_role("heading", name="Second Look").wait_for(timeout=MINUTE)
        page.get_by_text("Drawing sample-cells ·").wait_for(timeout=MINUTE)
        page.get_by_text("From sample-cells: 2,000 images").wait_for(timeout=3 * MINUTE)
        sync_api.expect(page.locator(".tile img")).to_have_count(12, timeout=MINUTE)

        # Train: the curve moves while it learns.
        press(page, "Train a network", page.get_by_role("heading", name="New training").is_visible)
        wait_until_settled(page)  # a click while the page is drawn anew is lost
        page.get_by_text("More settings", exact=True).click()
        set_number(page, "Epochs, at most", 60)
        set_number(page, "Patience", 60)
        page.get_by_role("button", name="Train", exact=True).click(delay=120)
        page.get_by_text(AT_WORK).wait_for(timeout=3 * MINUTE)
        page.wait_for_function(f"() => ({COUNT_POINTS})()[0] > 3", timeout=2 * MINUTE)
        before = points(page)
        page.wait_for_function(f"() => ({COUNT_POINTS})()[0] > {before}", timeout=MINUTE)

        # Zoom is kept while data arrive.
        page.locator(".live-chart .nsewdrag").first.scroll_into_view_if_needed()
        box = page.locator(".live-chart .nsewdrag").first.bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2, steps=8)
        page.mouse.up()
        zoomed = page.evaluate(X_RANGE)
        assert zoomed[1] < 30
        drawn = points(page)
        page.wait_for_function(f"() => ({COUNT_POINTS})()[0] > {drawn}", timeout=MINUTE)
        assert page.evaluate(X_RANGE) == zoomed

        # A second tab, and the first one reloaded, find the run again.
        address = page.url
        assert "run=" in address
        second = open_page(chromium, served, address.split("/", 3)[3])
        second.get_by_text(AT_WORK).wait_for(timeout=MINUTE)
        page.reload()
        page.get_by_text(AT_WORK).wait_for(timeout=MINUTE)
        second.close()
        assert faults_of(page) == []
        assert page.foreign == []
        page.close()

    # The app is gone; the training goes on, and two that are started on the same folder find it.
    (found,) = run.list_runs()
    assert found.state.name == "training"
    steps = found.state.details.epoch, found.state.details.step
    with serving.app(home) as served, serving.app(home) as other:
        page = open_page(chromium, served, f"train?run={found.id}")
        page.get_by_text(AT_WORK).wait_for(timeout=MINUTE)
        assert (found.state.details.epoch, found.state.details.step) > steps
        wait_for_an_epoch(found)

        # Stop keeps the best and publishes it; pressed in the other app, this one shows it by itself.
        elsewhere = open_page(chromium, other, f"train?run={found.id}")
        elsewhere.get_by_text(AT_WORK).wait_for(timeout=MINUTE)
        elsewhere.wait_for_function(
            f"() => ({COUNT_POINTS})()[0] > 0", timeout=MINUTE
        )  # while it draws it hears nobody
        elsewhere.get_by_role("button", name="Stop").click(delay=120)
        page.get_by_text("Right on ").and_(page.get_by_text("it never saw")).first.wait_for(timeout=2 * MINUTE)
        assert found.state.name == "stopped"
        page.get_by_role("button", name="Resume").wait_for(timeout=MINUTE)
        elsewhere.get_by_role("button", name="Resume").wait_for(timeout=MINUTE)
        assert faults_of(elsewhere) == []
        elsewhere.close()

        # Predict with it: probabilities, and the overlay beside the image.
        page.get_by_role("link", name="Predict with it").click(delay=120)
        page.locator("p.result", has_text="The model answers").first.wait_for(timeout=2 * MINUTE)
        page.get_by_text("Evidence for Parasitized, strength").or_(
            page.get_by_text("Evidence for Uninfected, strength")
        ).first.wait_for(timeout=MINUTE)
        pictures = page.locator(".zoom-frame")
        pictures.nth(1).wait_for(timeout=MINUTE)
        wait_until_settled(page)
        left, right = pictures.nth(0), pictures.nth(1)
        assert left.screenshot() != right.screenshot()
        expect_address(page, "model=")
        assert faults_of(page) == []
        assert page.foreign == []


def wait_for_an_epoch(found, seconds=240):
    deadline = time.monotonic() + seconds
    while checkpoint.read_progress(found.folder).epochs_done < 1:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_pages_leave_no_error_in_the_console_or_the_log(chromium, home, tiny_dataset):
    with serving.app(home) as served:
        for name in ("train", ""):  # the first after a start is a link to a page
            page = open_page(chromium, served, name)
            page.get_by_role("heading").first.wait_for(timeout=MINUTE)
            page.wait_for_timeout(500)
            assert page.get_by_text("Page not found").count() == 0, name
            assert faults_of(page) == []
            assert page.foreign == []
            page.close()
    assert "Traceback" not in served.log.read_text()


def test_an_upload_becomes_a_data_set(chromium, home, tiny_dataset, tmp_path):
    shared.write_tiny_images(tmp_path / "more" / "cells")
    archive = shutil.make_archive(str(tmp_path / "My Cells"), "zip", tmp_path / "more")
    with serving.app(home) as served:
        page = open_page(chromium, served, "datasets")
        page.get_by_text("Upload", exact=True).first.click(timeout=MINUTE)
        page.locator("input[type=file]").set_input_files(archive)
        button = page.get_by_role("button", name="Import", exact=True)
        sync_api.expect(button).to_be_enabled(timeout=MINUTE)
        button.click(delay=120)
        deadline = time.monotonic() + 120
        while [row["name"] for row in index.list_datasets() if row["status"] == "ready"] != ["my-cells", "tiny"]:
            assert time.monotonic() < deadline
            page.wait_for_timeout(300)
        page.goto(f"{served.address}/datasets?dataset=my-cells")
        page.get_by_text("72 images").first.wait_for(timeout=MINUTE)


def test_an_upload_without_the_pages_token_is_refused(chromium, served):
    """Protection against cross-site requests is on."""
    foreign = urllib.request.Request(
        f"{served.address}/_stcore/upload_file/session/file",
        data=b"x",
        method="PUT",
        headers={"Origin": "http://elsewhere.example"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(foreign, timeout=10)
    assert caught.value.code in (400, 403)
