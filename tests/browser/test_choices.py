"""What a person chose stays chosen: from page to page, back and forward, in haste, and with others at work."""

import re

import pytest

from core.models import package
from core.statistics import estimate
from tests.browser.windows import (
    MINUTE,
    choose_option,
    chosen_in,
    expect_address,
    expect_choice,
    faults_of,
    open_page,
    wait_until_settled,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PEOPLE, TURNS = 3, 2  # a turn over each of two ways
MODELS = ("malaria-compact-cnn", "malaria-base-cnn", "malaria-smear-cnn-micro")


def go_to(page, title):
    link = page.get_by_test_id("stSidebarNavLink").filter(has=page.get_by_text(title, exact=True))
    link.click(timeout=MINUTE, delay=120)
    head = "Second Look" if title == "Home" else title
    page.get_by_role("heading", name=head, exact=True).wait_for(timeout=MINUTE)


def test_a_model_stays_chosen_from_page_to_page(chromium, served):
    page = open_page(chromium, served, "evaluate")
    expect_choice(page, "Model", "")
    choose_option(page, "Model", "malaria-compact-cnn")
    for title in (
        "Predict",
        "Evaluate",
        "Explore",
        "Predict",
        "Home",
        "Evaluate",
        "Compare",
        "Evaluate",
        "Predict",
    ):
        go_to(page, title)
        wait_until_settled(page)
        if title in ("Predict", "Evaluate"):
            expect_choice(page, "Model", "malaria-compact-cnn")
            expect_address(page, "model=malaria-compact-cnn")
    choose_option(page, "Model", "malaria-base-cnn")
    wait_until_settled(page)
    go_to(page, "Evaluate")
    expect_choice(page, "Model", "malaria-base-cnn")
    assert [one for one in faults_of(page) if "Image source error" not in one] == []  # of a page that was left
    assert "Traceback" not in served.log.read_text()


def test_a_data_set_stays_chosen_from_page_to_page(chromium, served):
    page = open_page(chromium, served, "explore")
    expect_choice(page, "Data set", "")
    first = chosen_in(page, "Data set").split(" ")[0]
    other = "two" if first == "sample-cells" else "sample-cells"
    choose_option(page, "Data set", re.compile(f"^{other} "))
    for title in ("Train", "Datasets", "Explore", "Evaluate", "Train", "Compare", "Home", "Datasets", "Explore"):
        go_to(page, title)
        wait_until_settled(page)
        if title in ("Train", "Datasets", "Explore"):
            expect_choice(page, "Data set", f"{other} ")
            expect_address(page, f"dataset={other}")
    assert [one for one in faults_of(page) if "Image source error" not in one] == []  # of a page that was left
    assert "Traceback" not in served.log.read_text()


def test_under_load_every_page_answers_for_the_model_that_was_chosen(chromium, served):
    """Several people at once: each page names the result of the model that its person chose, and no other."""
    said = {model_id: say_accuracy(model_id) for model_id in MODELS}
    assert len(set(said.values())) == len(MODELS)
    people = [open_page(chromium, served, "evaluate") for _ in range(PEOPLE)]
    for page in people:
        expect_choice(page, "Model", "")
    for turn in range(TURNS):
        chosen = [MODELS[(turn + place) % len(MODELS)] for place in range(PEOPLE)]
        for page, model_id in zip(people, chosen, strict=True):
            choose_option(page, "Model", model_id)
        for title in ("Predict", "Evaluate", "Predict") if turn % 2 else ("Evaluate", "Explore", "Evaluate"):
            for page in people:
                go_to(page, title)
            for page, model_id in zip(people, chosen, strict=True):
                if title != "Explore":
                    expect_choice(page, "Model", model_id)
                    if title == "Predict":
                        ask_how_far_it_was_tested(page)
                    page.get_by_text(said[model_id]).first.wait_for(timeout=MINUTE)
                    expect_address(page, f"model={model_id}")
                    others = [words for other, words in said.items() if other != model_id]
                    shown = page.locator("body").inner_text().replace("\N{NO-BREAK SPACE}", " ")
                    assert all(words not in shown for words in others)
    assert "Traceback" not in served.log.read_text()


def ask_how_far_it_was_tested(page):
    """It stands behind the question mark of what the model learnt from."""
    line = page.get_by_test_id("stCaptionContainer").filter(has_text="Trained on real cells")
    line.get_by_test_id("stTooltipHoverTarget").first.hover(timeout=MINUTE)


def say_accuracy(model_id):
    """How a page says how often a model is right."""
    found = package.find_package(model_id)
    return found.manifest.test.accuracy.say(estimate.PER_CENT)


def test_back_and_forward_show_what_was_chosen_there(chromium, served):
    page = open_page(chromium, served, f"evaluate?model={MODELS[0]}&view=trust")
    expect_choice(page, "Model", MODELS[0])
    choose_option(page, "Model", MODELS[1])
    expect_choice(page, "Model", MODELS[1])
    expect_address(page, f"model={MODELS[1]}")
    page.go_back()
    expect_choice(page, "Model", MODELS[0])
    page.go_forward()
    expect_choice(page, "Model", MODELS[1])
    expect_address(page, "view=trust")
    page.get_by_text("Can its probabilities be taken at their word?").wait_for(timeout=MINUTE)


def test_two_windows_choose_for_themselves(chromium, served):
    pages = [open_page(chromium, served, f"evaluate?model={model_id}") for model_id in MODELS[:2]]
    for title in ("Predict", "Evaluate"):
        for page in pages:
            go_to(page, title)
        for page, model_id in zip(pages, MODELS, strict=False):
            expect_choice(page, "Model", model_id)


def test_a_data_set_does_not_change_the_model_nor_the_model_the_data_set(chromium, served):
    page = open_page(chromium, served, f"evaluate?model={MODELS[0]}")
    expect_choice(page, "Model", MODELS[0])
    go_to(page, "Explore")
    wait_until_settled(page)
    other = "two" if chosen_in(page, "Data set").startswith("sample-cells") else "sample-cells"
    choose_option(page, "Data set", re.compile(f"^{other} "))
    go_to(page, "Evaluate")
    expect_choice(page, "Model", MODELS[0])
    choose_option(page, "Model", MODELS[1])
    go_to(page, "Compare")  # which has no model of either set, and says so instead of changing the choice
    page.get_by_text("has no model yet").wait_for(timeout=MINUTE)
    go_to(page, "Explore")
    expect_choice(page, "Data set", f"{other} ")
