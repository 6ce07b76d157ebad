"""Models that somebody sent, in a real browser: each fault is one sentence, nothing hangs, the whole model answers."""

import os
import shutil
import time

import pytest

from core.base import files, paths
from core.datasets.index import index
from core.datasets.sample import drawn
from core.models import package
from tests.browser import serving
from tests.browser.windows import MINUTE, faults_of, open_page
from tests.support import hostile_networks, made_models

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

GOOD, REFUSED, JUNK = "sample-cells-base-cnn", "sent-lambda", "sent-junk"
SECONDS = 10


@pytest.fixture
def sent(home):
    """A data set to ask about, and four folders that were copied in: two found when listed, two when opened."""
    drawn.draw_dataset("drawn", images=80, seed=3)
    index.build_index("drawn")
    for name in (REFUSED, "sent-bomb"):
        _copy(home, name)
    found = package.find_package(REFUSED)
    parts = hostile_networks.read_parts(found.file(package.MODEL_FILE))
    hostile_networks.replace_file(found, package.MODEL_FILE, hostile_networks.CHANGES["lambda"](*parts))
    parts = hostile_networks.read_parts(found.file(package.MODEL_FILE).parent.parent / "sent-bomb" / package.MODEL_FILE)
    bomb = hostile_networks.CHANGES["bomb"](*parts)
    hostile_networks.replace_file(package.find_package("sent-bomb"), package.MODEL_FILE, bomb)
    junk = made_models.write_model(made_models.make_answers([0, 1] * 20), JUNK)
    hostile_networks.replace_file(junk, package.PREDICTIONS_FILE, b"p_Parasitized\n0.5\n")
    for name, spoil in {"sent-brackets": _write_brackets, "sent-pipe": _make_pipe}.items():
        _copy(home, name)
        spoil(home / "trained_models" / name / package.MANIFEST)


def _copy(home, name):
    folder = home / "trained_models" / name
    shutil.copytree(paths.PROJECT_FOLDER / "trained_models" / GOOD, folder)
    files.write_json(folder / package.MANIFEST, {**files.read_json(folder / package.MANIFEST), "id": name})


def _write_brackets(path):
    path.write_text("[" * 200_000)


def _make_pipe(path):
    path.unlink()
    os.mkfifo(path)


def test_each_fault_is_a_sentence_and_the_whole_model_answers(chromium, sent):
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served)
        listed = (
            "trained_models/sent-brackets",
            "trained_models/sent-pipe",
            f"{REFUSED}/model.keras",
            "sent-bomb/model",
        )
        page.get_by_text(f"{len(listed)} things here cannot be used").click(timeout=MINUTE)
        for name in listed:
            page.get_by_text(name).wait_for(timeout=MINUTE)
            assert page.get_by_text(name).count() == 1
        page.goto(f"{served.address}/predict?model={GOOD}")
        page.locator("p.result").wait_for(timeout=2 * MINUTE)
        for name, words in ((REFUSED, "keras.layers.Lambda"), ("sent-bomb", "would unpack to more")):
            began = time.monotonic()
            page.goto(f"{served.address}/predict?model={name}")
            page.get_by_text(words).wait_for(timeout=MINUTE)
            assert time.monotonic() - began < SECONDS
            assert page.locator("p.result").count() == 0
        page.goto(f"{served.address}/evaluate?model={JUNK}")
        page.get_by_text("found a file that cannot be read").wait_for(timeout=MINUTE)
        page.goto(f"{served.address}/evaluate?model={GOOD}")
        page.get_by_text("Right and wrong").wait_for(timeout=MINUTE)
        assert faults_of(page) == []
        page.close()
    assert "Traceback" not in served.log.read_text()
