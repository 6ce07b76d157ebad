"""Judging in a real browser: a cell of the matrix opens, a threshold is dragged and frozen, two models are compared,
and the report opens by itself."""

import re

import numpy as np
import pandas as pd
import pytest

from core.base import paths
from core.datasets.index import index
from core.datasets.sample import drawn
from core.models import package
from tests.browser import serving
from tests.browser.windows import AWAY, BUTTONS, LINKS, MINUTE, faults_of, open_page, wait_for
from tests.support import made_models

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

IMAGES = 400
FIRST, SECOND = "cells-first", "cells-second"


@pytest.fixture
def judged(home):
    """Two models of different skill about the same drawn cells, half of the patients each validation and test."""
    drawn.draw_dataset("drawn", images=IMAGES, seed=3)
    data = index.build_index("drawn")
    table = data.usable
    patients = np.unique(table["group"])
    split = np.where(table["group"].isin(patients[::2]), "validation", "test")
    for number, (model_id, skill) in enumerate({FIRST: 1.2, SECOND: 3.0}.items()):
        answers = made_models.make_answers(
            table["label"], skill=skill, seed=number, groups=table["group"].to_numpy(), split=split
        )
        made_models.write_model(
            answers.assign(image_id=table["image_id"].to_numpy()),
            model_id,
            dataset={"name": "drawn", "fingerprint": data.fingerprint, "content": data.content},
        )
    return data


def test_from_the_matrix_to_the_report(chromium, judged, tmp_path):
    with serving.app(paths.home_folder()) as served:
        page = open_page(chromium, served, f"evaluate?model={FIRST}")
        open_a_cell(page)
        drag_and_freeze(page, served)
        compare_two(page, served)
        report = take_the_report(page, served, tmp_path)
        assert faults_of(page) == []
        assert page.foreign == []
        page.close()
        open_the_report(chromium, report)
    assert "Traceback" not in served.log.read_text()


def open_a_cell(page):
    """The cell of the missed cells: its count is the number of pictures that are offered below."""
    page.get_by_text("Right and wrong").wait_for(timeout=MINUTE)
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.wait_for(timeout=MINUTE)
    box = plot.bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])  # right of the first row
    wait_for(lambda: "cell=Parasitized%7CUninfected" in page.url, page, seconds=60)
    missed = int(np.sum(read_confusion(FIRST)[0, 1]))
    page.get_by_text(re.compile(rf"\b{missed}\b.*image")).first.wait_for(timeout=MINUTE)
    page.locator(".tile img").first.wait_for(timeout=MINUTE)


def read_confusion(model_id):
    table = pd.read_parquet(package.find_package(model_id).file(package.PREDICTIONS_FILE))
    test = table[table["split"] == "test"]
    answers = test[["p_Parasitized", "p_Uninfected"]].to_numpy().argmax(1)
    counts = np.zeros((2, 2), int)
    np.add.at(counts, (test["label"].to_numpy(), answers), 1)
    return counts


def drag_and_freeze(page, served):
    """Dragging changes what is said of validation images; freezing needs a name, and writes the manifest."""
    page.goto(f"{served.address}/evaluate?model={FIRST}&view=point")
    said = page.get_by_text("Flags from").first
    said.wait_for(timeout=2 * MINUTE)
    before = said.inner_text()
    place = page.locator("[data-testid=stSlider] input[type=range]").first  # hidden, inside what is seen as the thumb
    place.scroll_into_view_if_needed()
    box = place.locator("xpath=..").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 90, box["y"] + box["height"] / 2, steps=12)
    page.mouse.up()
    wait_for(lambda: said.inner_text() != before, page, seconds=60)
    freeze = page.get_by_role("button", name="Freeze this operating point")
    assert freeze.is_disabled()
    page.get_by_label("Who decides").first.fill("A. Reader")
    page.keyboard.press("Tab")
    wait_for(freeze.is_enabled, page, seconds=60)
    freeze.click(delay=120)
    page.get_by_text("Chosen by A. Reader").first.wait_for(timeout=MINUTE)
    kept = package.find_package(FIRST).manifest.operating_point
    assert kept.aim.kind == "own" and kept.by == "A. Reader" and 0 < kept.threshold < 0.5
    assert kept.test.n == read_confusion(FIRST).sum()


def compare_two(page, served):
    page.goto(f"{served.address}/compare?view=pair&dataset=drawn&a={FIRST}&b={SECOND}")
    page.get_by_text(re.compile(f"{SECOND} is better by")).first.wait_for(timeout=2 * MINUTE)
    page.goto(f"{served.address}/compare?view=cases&dataset=drawn&a={FIRST}&b={SECOND}")
    page.get_by_text("B right, A wrong").first.wait_for(timeout=MINUTE)
    page.locator("[data-testid=stImage] img, .stImage img, img").first.wait_for(timeout=MINUTE)


def take_the_report(page, served, folder):
    page.goto(f"{served.address}/evaluate?model={FIRST}&view=card")
    button = page.get_by_role("button", name="Report", exact=True)
    button.wait_for(timeout=2 * MINUTE)
    with page.expect_download(timeout=2 * MINUTE) as download:
        button.click(delay=120)
    path = folder / "report.html"
    download.value.save_as(path)
    return path


def open_the_report(chromium, path):
    """By itself, without the app: its figures are drawn, and it asks nobody for anything."""
    page = chromium.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=MINUTE)
    words = page.locator("body").inner_text()
    assert FIRST in words and "diagnos" in words and "A. Reader" in words
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert [said for said in page.evaluate(BUTTONS) if AWAY.search(said)] == []
    assert [link for link in page.evaluate(LINKS) if not link.startswith("file:")] == []
    page.close()
