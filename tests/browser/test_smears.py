"""A smear in a real browser: an archive and a folder are asked about and counted, and one image looked at alone."""

import zipfile

import pytest
from PIL import Image
from playwright import sync_api

from core.base import paths
from core.results import kept_answers
from tests.browser import serving
from tests.browser.windows import MINUTE, choose, faults_of, open_page, press, wait_until_settled
from tests.support import plain_cells

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MODEL = "malaria-smear-cnn-micro-normalised"
DONE = "images need a person first"


@pytest.fixture
def smears(tmp_path):
    """Two smears of drawn cells as a folder of folders and as an archive; a file is torn."""
    folder = tmp_path / "slides"
    for smear in ("one", "two"):
        (folder / smear).mkdir(parents=True)
        for number in range(6):
            drawn = plain_cells.draw_cell((240, 238, 235), parasite=number % 2 == 0, noise=4, radius=20 + number)
            Image.fromarray(drawn).save(folder / smear / f"{number}.png")
    (folder / "two" / "torn.png").write_bytes((folder / "two" / "0.png").read_bytes()[:200])
    with zipfile.ZipFile(tmp_path / "slides.zip", "w") as archive:
        for path in sorted(folder.rglob("*.png")):
            archive.write(path, path.relative_to(tmp_path))
    return folder


def ask(page, chosen):
    upload = page.locator("input[type=file]").first
    upload.wait_for(state="attached", timeout=MINUTE)
    upload.set_input_files(chosen)
    button = page.get_by_role("button", name="Ask", exact=True)
    sync_api.expect(button).to_be_enabled(timeout=MINUTE)
    wait_until_settled(page)
    press(page, "Ask", lambda: "batch=" in page.url)
    page.get_by_text(DONE).first.wait_for(timeout=MINUTE)
    wait_until_settled(page)


def test_a_smear_is_counted_and_its_images_are_looked_at(chromium, home, smears):
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served, f"predict?model={MODEL}&view=many")
        wait_until_settled(page)
        ask(page, smears.with_suffix(".zip"))
        first = kept_answers.list_kept()[0]
        assert first.images == 13 and set(kept_answers.read_rows(first.id)["smear"]) == {"slides/one", "slides/two"}
        page.get_by_text("Each of them").first.wait_for(timeout=MINUTE)
        press(page, "Ask about others", page.get_by_text("Answered before").first.is_visible)
        choose(page, "A folder")
        page.get_by_text("A folder of images").first.wait_for(timeout=MINUTE)
        wait_until_settled(page)
        ask(page, smears)
        second = kept_answers.list_kept()[0]
        assert second.id != first.id
        rows = kept_answers.read_rows(second.id)
        assert second.images == 13 and set(rows["smear"]) == {"slides/one", "slides/two"}
        place = int(rows.index[rows["verdict"] != "unreadable"][0])
        page.goto(f"{served.address}/predict?model={MODEL}&view=one&batch={second.id}&item={place}")
        page.get_by_text("chosen among many answers").first.wait_for(timeout=MINUTE)
        page.locator("h2.verdict").first.wait_for(timeout=MINUTE)
        wait_until_settled(page)
        press(page, "Back to all of them", page.get_by_text(DONE).first.is_visible)
        assert faults_of(page) == []
        assert page.foreign == []
    assert "Traceback" not in served.log.read_text()
