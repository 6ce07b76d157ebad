"""What work comes to, in a real browser: an import that was asked for, and the verdict on a training that is over."""

import shutil

import pytest
from playwright import sync_api

from core.base import paths
from tests import conftest as shared
from tests.browser import serving
from tests.browser.windows import MINUTE, choose, faults_of, open_page
from tests.support import finished_run

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SOON = 60_000
TALLEST = """() => {
  const main = document.querySelector("[data-testid=stMainBlockContainer]");
  const sizes = [...main.querySelectorAll("h2, p, span, div")].filter((node) => [...node.childNodes].some(
      (child) => child.nodeType === 3 && /[0-9]/.test(child.textContent)) && node.getBoundingClientRect().height);
  return sizes.map((node) => [parseFloat(getComputedStyle(node).fontSize), node.textContent])
      .sort((a, b) => b[0] - a[0])[0][1];
}"""


def expect_chosen(page, name):
    field = page.get_by_role("combobox", name="Data set").first
    sync_api.expect(field).to_have_value(f"{name} (72 images)", timeout=SOON)


def import_and_look(page, name):
    """Press Import; the page goes on to the new data set by itself."""
    button = page.get_by_role("button", name="Import", exact=True)
    sync_api.expect(button).to_be_enabled(timeout=MINUTE)
    button.click(delay=120)
    page.get_by_text(f"{name}: 72 images in 2 classes of 12 patients").wait_for(timeout=MINUTE)
    page.get_by_text("72 images of 12 patients, 2 classes").first.wait_for(timeout=MINUTE)
    page.wait_for_function(f"() => location.search.includes('dataset={name}')", timeout=MINUTE)


def test_an_import_ends_with_the_new_data_set(chromium, tiny_dataset, tmp_path):
    folder = tmp_path / "first-cells"
    shared.write_tiny_images(folder)
    (folder / "Uninfected" / "P1thin_text.png").write_text("not an image")
    archive = shutil.make_archive(str(tmp_path / "second-cells"), "zip", folder)
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served, "datasets?dataset=tiny")
        field = page.get_by_label("Folder or .zip").first
        field.fill(str(folder))
        field.press("Enter")
        import_and_look(page, "first-cells")
        sync_api.expect(field).to_have_value("", timeout=SOON)
        expect_chosen(page, "first-cells")
        page.get_by_role("button", name="What could not be read").click(delay=120)
        page.get_by_test_id("stPopoverBody").get_by_test_id("stDataFrame").wait_for(timeout=SOON)
        page.keyboard.press("Escape")

        choose(page, "Upload")
        page.locator("input[type=file]").set_input_files(archive)
        import_and_look(page, "second-cells")
        sync_api.expect(page.get_by_test_id("stFileUploaderFile")).to_have_count(0, timeout=SOON)
        expect_chosen(page, "second-cells")

        page.get_by_role("button", name="Look at them").click(delay=120)
        page.get_by_role("heading", name="Explore").wait_for(timeout=MINUTE)
        expect_chosen(page, "second-cells")
        assert faults_of(page) == []
        assert page.foreign == []


@pytest.fixture
def finished(tiny_dataset):
    return finished_run.write_finished_run()


def test_the_verdict_and_the_start_of_the_curves_are_seen_at_once(chromium, finished):
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served, f"train?run={finished.id}")
        page.set_viewport_size({"width": 1280, "height": 800})
        verdict = page.get_by_text("Right on 216 of 240 images")
        verdict.wait_for(timeout=MINUTE)
        page.locator(".live-chart .xy").first.wait_for(timeout=MINUTE, state="attached")
        page.wait_for_timeout(1500)
        chart = page.locator(".live-chart").first.bounding_box()
        links = page.get_by_role("link", name="Evaluate it").bounding_box()
        assert verdict.bounding_box()["y"] < links["y"] < chart["y"] < 800 - 60
        for mark in ("Leaky split", "Only 6 patients"):
            sync_api.expect(page.locator(".stMarkdownBadge", has_text=mark).first).to_be_visible(timeout=SOON)
        assert "Right on 216 of 240" in page.evaluate(TALLEST), "the largest number on the page"
        assert faults_of(page) == []
