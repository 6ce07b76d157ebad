"""Reading in a real browser by keyboard: two readers, a dispute, a third; nothing lost, nothing twice, nothing told."""

import pytest

from core.base import paths
from core.review import database, reading_tables, reviews
from tests.browser import glance, serving
from tests.browser.windows import MINUTE, SIZE, faults_of, open_page, wait_for
from tests.support.read_reviews import make_review

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
READY = ".answers[data-ready]"
GIVEN_AWAY = (b"7313", b"73 %", b"secret-model")


@pytest.fixture(autouse=True)
def closed():
    yield
    database.close_all()


class Desk:
    """One reader's window, with all that the server told it."""

    def __init__(self, chromium, served, path, name):
        self.context = chromium.new_context(viewport=SIZE)
        self.page = open_page(self.context, served)
        self.told = []
        self.page.on("websocket", lambda socket: socket.on("framereceived", self.hear))
        self.page.goto(f"{served.address}/{path}")
        field = self.page.get_by_label("Who reads")
        field.fill(name, timeout=MINUTE)
        field.press("Enter")
        self.wait()

    def hear(self, message):
        self.told.append(message if isinstance(message, bytes) else message.encode())

    @property
    def step(self):
        return self.page.locator(".answers").get_attribute("data-step", timeout=MINUTE)

    def wait(self):
        self.page.locator(READY).wait_for(timeout=MINUTE)
        self.page.wait_for_timeout(300)  # before that a press may have been meant for the picture before

    def press(self, key):
        """Press a key and wait for what comes of it."""
        before = self.step
        self.page.keyboard.press(key)
        other = self.page.locator(f"{READY}:not([data-step='{before}'])").or_(self.page.get_by_text("All read"))
        other.first.wait_for(timeout=MINUTE)
        self.page.wait_for_timeout(300)

    def has_heard(self, words):
        return any(words in one for one in self.told)


def list_trail(review):
    table = reading_tables.tabulate_trail(review.id)
    return list(zip(table["reader"], table["phase"], table["answer"], strict=True))


def test_two_read_disagree_and_a_third_settles(chromium, home):
    review = make_review(3, readers=2)
    with serving.app(paths.home_folder()) as served:
        ada, ben = (Desk(chromium, served, f"review?review={review.id}", name) for name in ("Ada", "Ben"))
        assert not any(desk.has_heard(words) for desk in (ada, ben) for words in GIVEN_AWAY)
        ada.page.locator(".answers-why").fill("12 ? x")
        assert list_trail(review) == [], "typing is no answer"
        ada.page.locator(".answers-why").press("Enter")
        for _ in range(3):  # both have the same three cases, each in an order of their own
            ada.press("1")
            ada.press("Enter")
        assert any(ada.has_heard(words) for words in GIVEN_AWAY), "what is told once the reader has answered"
        assert not any(ben.has_heard(words) for words in GIVEN_AWAY)
        first = ben.step
        ben.page.keyboard.press("2")
        ben.page.keyboard.press("2")  # a press that falls twice
        ben.page.locator(f"{READY}:not([data-step='{first}'])").wait_for(timeout=MINUTE)
        assert glance.find_violations(ben.page) == []
        locked = ben.step
        ben.page.reload()
        ben.wait()
        assert ben.step == locked, "the same case, with its answer, and the same reader"
        ben.press("Enter")
        for _ in range(2):
            ben.press("1")
            ben.press("1")
        ben.page.get_by_text("All read").wait_for(timeout=MINUTE)
        said = {"Ada": ["Parasitized"] * 3, "Ben": ["Uninfected", "Parasitized", "Parasitized"]}
        for name, answers in said.items():
            wanted = [(name, phase, answer) for answer in answers for phase in ("blind", "final")]
            assert [one for one in list_trail(review) if one[0] == name] == wanted
        assert (reviews.count(review.id).settled, reviews.count(review.id).disputed) == (2, 1)

        third = Desk(chromium, served, f"review?view=settle&review={review.id}", "Cy")
        third.page.get_by_text("Reader 2: ").wait_for(timeout=MINUTE)
        third.page.keyboard.press("1")
        third.page.get_by_text("Nothing is disputed").wait_for(timeout=MINUTE)
        assert list_trail(review)[-1] == ("Cy", "settling", "Parasitized")
        assert reviews.count(review.id).settled == 3
        assert [fault for desk in (ada, ben, third) for fault in faults_of(desk.page)] == []
    assert "Traceback" not in served.log.read_text()


def test_tools_change_what_is_seen_and_reset_brings_it_back(chromium, home):
    make_review(2)
    with serving.app(paths.home_folder()) as served:
        desk = Desk(chromium, served, "review", "Ada")
        picture = desk.page.locator(".reading .zoom-base")
        plain = picture.get_attribute("src")
        find_filter = "(one) => getComputedStyle(one).filter"
        assert picture.evaluate(find_filter) == "none"
        desk.page.get_by_role("button", name="Invert").click()
        assert "invert(1)" in picture.evaluate(find_filter)
        desk.page.get_by_label("Brightness").fill("150")
        assert "brightness(1.5)" in picture.evaluate(find_filter)
        desk.page.get_by_role("button", name="Saturation").click()
        wait_for(lambda: picture.get_attribute("src") != plain, desk.page)
        assert glance.find_violations(desk.page) == []
        desk.press("2")  # a slider that has the focus is no text field
        desk.page.get_by_role("button", name="Reset").click()
        wait_for(lambda: picture.get_attribute("src") == plain, desk.page)
        assert picture.evaluate(find_filter) == "none"
        desk.page.locator(".answers-choices button").nth(1).click()  # by hand
        wait_for(lambda: desk.step.endswith("blind"), desk.page)
        desk.wait()
        desk.press("u")
        assert desk.step.endswith("again")
        assert faults_of(desk.page) == []
