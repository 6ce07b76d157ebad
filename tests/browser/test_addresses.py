"""An address sent to somebody: opened in a fresh browser it shows what its sender sees; a wrong one says so."""

import pytest

from tests.browser.windows import (
    MINUTE,
    choose,
    choose_option,
    expect_address,
    expect_choice,
    faults_of,
    open_page,
    wait_until_settled,
    wait_until_still,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

MODEL, OTHER = "malaria-compact-cnn", "malaria-base-cnn"
# What a person sees of the choices: boxes, numbers, sliders, chosen buttons, headings and the sentences above all.
SEEN = """() => {
    const main = document.querySelector('[data-testid=stMain]');
    const all = (what, read) => [...main.querySelectorAll(what)].filter((e) => e.offsetParent).map(read);
    return {
        boxes: all('input[role=combobox], input[type=number], input[type=text]', (e) => [e.ariaLabel, e.value]),
        sliders: all('[data-testid=stSlider]', (e) => e.innerText),
        chosen: all('[aria-checked=true], [aria-pressed=true], [data-testid$=Active]', (e) => e.innerText),
        heads: all('h1, h2, h3', (e) => e.innerText),
        said: all('.result', (e) => e.innerText),
    };
}"""


def change_evaluate(page):
    choose_option(page, "Model", MODEL)
    wait_until_settled(page)
    choose_option(page, "Truth", "Uninfected")
    wait_until_settled(page)
    choose_option(page, "The model answers", "Parasitized")


def change_threshold(page):
    choose(page, "Threshold")
    page.get_by_text("Flags from").first.wait_for(timeout=MINUTE)
    choose(page, "By hand")
    expect_address(page, "threshold=")
    page.get_by_role("slider").first.focus()
    for _ in range(9):
        page.keyboard.press("ArrowRight")


def change_trust(page):
    choose(page, "Trust")
    page.get_by_text("Can its probabilities be taken at their word?").wait_for(timeout=MINUTE)
    choose(page, "Equally wide")


def change_explore(page):
    page.get_by_role("button", name="Shuffle").click(delay=120)
    wait_until_settled(page)
    page.get_by_role("button", name="Filter").click(delay=120)
    choose_option(page, "Class", "Uninfected")
    wait_until_settled(page)
    page.get_by_role("slider", name="Images in a row").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")


def open_an_image(page):
    tile = page.locator("button.tile").nth(2)
    tile.wait_for(timeout=MINUTE)
    wait_until_settled(page)
    tile.press("Enter")
    page.get_by_text("Back to the grid").wait_for(timeout=MINUTE)


def change_filters(page):
    choose(page, "Filters")
    page.get_by_text("as a network sees it").first.wait_for(timeout=MINUTE)
    choose(page, "Median")


def change_split(page):
    choose(page, "Split")
    choose(page, "At random")


def change_predict(page):
    choose_option(page, "Model", OTHER)
    wait_until_settled(page)
    choose_option(page, "Class", "Uninfected")
    wait_until_settled(page)
    number = page.get_by_label("Number", exact=True)
    number.fill("3")
    number.press("Enter")


def change_compare(page):
    choose(page, "Two models")
    wait_until_settled(page)
    choose_option(page, "Model A", MODEL)
    wait_until_settled(page)
    choose_option(page, "Model B", OTHER)


JOURNEY = [
    ("evaluate", change_evaluate, ("model", "view", "cell")),
    ("evaluate?model=" + OTHER, change_threshold, ("model", "view", "threshold")),
    ("evaluate?model=" + OTHER, change_trust, ("model", "view", "marks")),
    ("explore?dataset=sample-cells", change_explore, ("dataset", "view", "class", "grid", "seed")),
    ("explore?dataset=sample-cells", open_an_image, ("dataset", "view", "image")),
    ("explore?dataset=sample-cells", change_filters, ("dataset", "view", "filter")),
    ("datasets?dataset=sample-cells", change_split, ("dataset", "part", "rule")),
    ("predict", change_predict, ("model", "class", "number")),
    ("compare", change_compare, ("dataset", "view", "a", "b")),
]


def test_an_address_shows_the_same_in_a_fresh_browser(chromium, served):
    """Two people, so that what a window has loaded once is loaded again at little cost. Who gets an address has done
    nothing but open addresses, and forgets what a browser keeps before each."""
    page, fresh = open_page(chromium, served), open_page(chromium, served, JOURNEY[-1][0])
    for path, change, parts in JOURNEY:
        page.goto(f"{served.address}/{path}")
        wait_until_settled(page)
        change(page)
        expect_address(page, *(f"{part}=" for part in parts))
        wait_until_still(page)  # a slider under nine keys changes the address more than once
        assert len(page.url) < 260
        fresh.context.clear_cookies()
        fresh.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        fresh.goto(page.url)
        wait_until_settled(fresh)
        for _ in range(300):  # under load a page takes its time
            if fresh.evaluate(SEEN) == page.evaluate(SEEN):
                break
            fresh.wait_for_timeout(300)
        assert fresh.evaluate(SEEN) == page.evaluate(SEEN), page.url
        assert fresh.url == page.url
        assert [one for one in faults_of(fresh) if "Image source error" not in one] == []
    assert "Traceback" not in served.log.read_text()


WRONG = [  # as browsers write and mend them; what each page says is tested without one
    ("evaluate?model=nobody", "nobody”, which is not on this machine"),
    ("evaluate?view=point&threshold=abc", "the threshold “abc”; it is a number from 0.0 to 1.0"),
    ("evaluate?cell=cat%7Cdog", "there is none of that name here"),
    ("explore?dataset=sample-cells&image=../../x", "names an image that is not in this data set"),
    ("explore?view=" + "x" * 10_000, "there is none of that name here"),
    ("explore?view=images&view=shape", "names the view more than once"),
    ("explore?finding=%00%1b%5B31m", "is not, or no longer, reported"),
]


def test_a_wrong_address_says_so_in_a_sentence(chromium, served):
    page = open_page(chromium, served, WRONG[0][0])
    for path, said in WRONG:
        if path != WRONG[0][0]:
            page.goto(f"{served.address}/{path}")
        page.get_by_text(said).first.wait_for(timeout=MINUTE)
        wait_until_settled(page)
        assert page.get_by_test_id("stException").count() == 0, path
        assert len(page.url) < 400
        if path == "evaluate?model=nobody":
            expect_choice(page, "Model", "malaria-smear-cnn-micro")
    assert "Traceback" not in served.log.read_text()
