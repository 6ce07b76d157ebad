"""Around one answer in a real browser: a file's verdict, a truncated file, pasting, zoom in step, several models."""

import io
import time

import numpy as np
import pytest
from PIL import Image
from playwright import sync_api

from core.base import paths
from tests.browser import serving
from tests.browser.windows import MINUTE, choose, faults_of, open_page, wait_for, wait_until_settled
from tests.support import made_models, onnx_files

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SCALES = "() => [...document.querySelectorAll('.zoom-layers')].map((one) => one.style.transform)"
UPLOADS = "**/_stcore/upload_file/**"
PASTE = """(bytes) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
}"""


def write_png(brightness):
    content = io.BytesIO()
    Image.fromarray(np.full((40, 30, 3), brightness, np.uint8)).save(content, "PNG")
    return content.getvalue()


def read_scales(page, count):
    wait_for(lambda: len(page.evaluate(SCALES)) == count, page, 60)
    return page.evaluate(SCALES)


def arrive_late(route):
    """A file on a slow connection: the page runs without it first."""
    time.sleep(2)
    route.continue_()


def upload(page, name, content):
    field = page.locator("input[type=file]").first
    field.wait_for(state="attached", timeout=MINUTE)
    field.set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
    page.get_by_text(name).first.wait_for(timeout=MINUTE)
    wait_until_settled(page)


def test_one_image_from_file_and_clipboard_about_several_models(chromium, home, tiny_dataset):
    first = onnx_files.give(made_models.write_small_model())
    onnx_files.give(made_models.write_model(made_models.make_answers([0, 1] * 30), "other"))
    headline = "h2.verdict"
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served, f"predict?model={first.id}&heatmap=occlusion&beside=other")
        wait_until_settled(page)
        choose(page, "My own image")
        upload(page, "cell.png", write_png(220))
        sync_api.expect(page.locator(headline)).to_have_text("Parasitized", timeout=MINUTE)
        page.get_by_text("2 of 2 models agree: Parasitized.").wait_for(timeout=MINUTE)

        page.route(UPLOADS, arrive_late)
        upload(page, "late.png", write_png(30))
        sync_api.expect(page.locator(headline)).to_have_text("Uninfected", timeout=MINUTE)
        page.unroute(UPLOADS)

        upload(page, "half.png", write_png(220)[:60])
        page.get_by_text("UnreadableImage").first.wait_for(timeout=MINUTE)
        assert "half.png" in page.get_by_test_id("stAlert").first.inner_text()
        assert page.locator(headline).count() == 0, "no verdict of the image before stays beside it"

        page.evaluate(PASTE, list(write_png(30)))
        sync_api.expect(page.locator(headline)).to_have_text("Uninfected", timeout=MINUTE)
        page.get_by_text("strength:").first.wait_for(timeout=MINUTE)

        both = read_scales(page, 2)
        assert both == ["translate(0%, 0%) scale(1)"] * 2
        frame = page.locator(".zoom-frame").first
        frame.focus()
        page.keyboard.press("+")
        page.keyboard.press("+")
        page.keyboard.press("ArrowRight")
        one, other = page.evaluate(SCALES)
        assert one == other and "scale(2.25)" in one and page.locator(".zoom-own").last.is_hidden()
        frame.hover()
        page.mouse.wheel(0, -300)
        page.mouse.wheel(0, -300)
        wait_for(page.locator(".zoom-own").last.is_visible, page, 30)
        assert page.locator(".zoom-own").last.evaluate("(one) => one.style.imageRendering") == "pixelated"
        page.locator(".zoom-tools [data-do=whole]").first.click()
        assert page.evaluate(SCALES) == both

        assert faults_of(page) == []
        assert page.foreign == []
    assert "Traceback" not in served.log.read_text()
