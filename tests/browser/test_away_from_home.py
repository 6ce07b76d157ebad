"""Predict's verdicts in a real browser, on real images of five kinds; skipped where these are not."""

import re
import zipfile

import pytest
from playwright import sync_api

from core.base import paths
from tests.browser import serving
from tests.browser.windows import MINUTE, choose, faults_of, open_page, press_switch, wait_until_settled

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.timeout(600)]

MODEL = "malaria-smear-cnn-micro-normalised"
UNKNOWN = "Not an image that this model knows"
KINDS = {
    "cell": ("cell_images.zip", "Parasitized/", "^(Parasitized|Uninfected)$"),
    "cat": ("dogs_vs_cats.zip", "cats/", UNKNOWN),
    "X-ray": ("chest_xray.zip", "NORMAL/", UNKNOWN),
    "elsewhere": ("other_images.zip", "other_lab_smear/Parasitized/", "^(Parasitized|Uninfected), with caution$"),
    "field": ("smear_fields.zip", "", UNKNOWN),
}


@pytest.fixture
def pictures(shared_datasets, tmp_path):
    """A file of each kind."""
    found = {}
    for kind, (archive_name, folder, _) in KINDS.items():
        with zipfile.ZipFile(shared_datasets / archive_name) as archive:
            names = [name for name in archive.namelist() if folder in name]
            name = next(name for name in names if name.lower().endswith((".png", ".jpg", ".jpeg")))
            found[kind] = tmp_path / f"{kind}.{name.rsplit('.', 1)[1].lower()}"
            found[kind].write_bytes(archive.read(name))
    return found


def test_each_kind_has_its_verdict(chromium, home, pictures):
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served, f"predict?model={MODEL}")
        wait_until_settled(page)
        choose(page, "My own image")
        for kind, (_, _, verdict) in KINDS.items():
            upload = page.locator("input[type=file]").first
            upload.wait_for(state="attached", timeout=MINUTE)
            upload.set_input_files(pictures[kind])
            page.get_by_text(pictures[kind].name).first.wait_for(timeout=MINUTE)
            wait_until_settled(page)
            headline = page.locator("h2.verdict").first
            expected = verdict if verdict == UNKNOWN else re.compile(verdict)
            sync_api.expect(headline).to_have_text(expected, timeout=MINUTE)
            page.get_by_text("As the model sees it").first.wait_for(timeout=MINUTE)
            answered = page.locator("p.result", has_text="The model answers")
            sync_api.expect(answered, kind).to_have_count(0 if verdict == UNKNOWN else 1, timeout=MINUTE)
            if kind == "cat":
                press_switch(page, "Answer anyway", answered.first.is_visible)
                page.get_by_text("Answered anyway").first.wait_for(timeout=MINUTE)
        assert faults_of(page) == []
        assert page.foreign == []
    assert "Traceback" not in served.log.read_text()
