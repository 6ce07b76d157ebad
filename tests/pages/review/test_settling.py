"""Settling: both answers and notes in view, by who has not read the case, and by leads where people sign in."""

import pytest

from core.base import errors
from core.review import database, reading_tables, reading_turns
from pages.kit import reader
from tests.support.app_pages import words
from tests.support.read_reviews import find_question, make_review, press


@pytest.fixture(autouse=True)
def closed():
    yield
    database.close_all()


@pytest.fixture
def disputed(home):
    review = make_review(1, readers=2)
    for name, answers in {"Ada": ("Parasitized",) * 2, "Ben": ("Parasitized", "Uninfected")}.items():
        for answer in answers:
            reading_turns.submit(reading_turns.find_turn(review, name), name, answer, why=f"why of {answer}")
    return review


def open_as(app, name):
    test = app("review", view="settle")
    return test.text_input(key="reader-name").set_value(name).run()


def test_a_third_settles_with_all_in_view(app, disputed):
    test = open_as(app, "Cy")
    asked = find_question(test)
    assert asked["notes"] == [
        "Reader 1: Parasitized. “why of Parasitized”",
        "Reader 2: Uninfected (before seeing the model: Parasitized). “why of Uninfected”",
    ]
    assert asked["ask"] == "Model: Uninfected, 73 %" and not asked["keep"] and not asked["undo"]
    assert "1 disputed case for you" in words(test)
    press(test, "answer", 0)
    assert "Nothing is disputed" in words(test)
    assert reading_tables.tabulate(disputed.id)["settled_by"].tolist() == ["Cy", "Cy"]
    next(one for one in test.button if one.label == "Undo the last").click().run()
    assert find_question(test)["notes"] == asked["notes"]
    press(test, "answer", 1)
    assert set(reading_tables.tabulate(disputed.id)["settled"]) == {"Uninfected"}
    assert reading_tables.tabulate_trail(disputed.id)["phase"].tolist().count("settling") == 2


def test_who_read_it_cannot(app, disputed):
    test = open_as(app, "Ben")
    assert find_question(test) is None and "wait for somebody who has not read them" in words(test).replace(
        "waits", "wait"
    )


def test_the_end_of_reading_leads_there(app, disputed):
    test = app("review")
    test.text_input(key="reader-name").set_value("Cy").run()
    assert "No case in this review" in words(test)
    next(one for one in test.button if one.label == "Settle 1 disputed").click().run()
    assert find_question(test)["step"].endswith("settling")


def test_where_people_sign_in_leads_alone_may():
    reader.require_lead(reader.Reader("ada@x.org", True, True))
    with pytest.raises(errors.ReadingNotPossible, match="Have a lead do it"):
        reader.require_lead(reader.Reader("ben@x.org", False, True))
