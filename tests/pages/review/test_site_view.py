"""Does it work here? Asked, begun, read and kept on the page; Predict and Evaluate say so."""

import pytest

from core.jobs import jobs
from core.models import package
from core.results import site_checks
from core.review import database, reviews, site_check
from tests.support import checked_sites
from tests.support.app_pages import messages, words


@pytest.fixture(autouse=True)
def closed():
    yield
    database.close_all()


@pytest.fixture
def place(home, tmp_path, monkeypatch):
    found = checked_sites.write_model(monkeypatch)
    folder = tmp_path / "north"
    truth = checked_sites.write_images(folder, images=80, patients=20, prevalence=0.5, sensitivity=0.5)
    return found, folder, truth


def press(test, label):
    return next(button for button in test.button if button.label == label).click().run()


def test_a_check_is_asked_for_begun_read_and_kept(app, place, started):
    found, folder, truth = place
    test = app("review", view="site", model=found.id)
    assert f"Does {found.id} work where you are?" in words(test)
    test.text_input(key="site-path").set_value(str(folder)).run()
    press(test, "Ask the model")
    (job,) = jobs.list_jobs()
    assert job.verb == "answer" and jobs.work(job.id).name == "finished"
    test.run()
    assert "of 20 patients" in words(test) and "Draw and begin reading" in [one.label for one in test.button]
    assert test.button(key="site-begin").disabled
    test.text_input(key="site-place").set_value("Microscope 2")
    test.segmented_control(key="site-n").set_value(50)
    test.text_input(key="site-who").set_value("Ada").run()
    test.button(key="site-begin").click().run()
    (review,) = reviews.list_reviews()
    assert (review.name, review.made_by) == ("Microscope 2", "Ada")
    assert "0 of 50 read" in words(test) and test.query_params["site"] == str(review.id)
    checked_sites.read(review, truth, most=20)
    test.run()
    assert "20 of 50 read" in words(test) and "So far" in words(test)
    checked_sites.read(review, truth)
    test.run()
    assert "Microscope 2: not usable here" in words(test) and "What would be right here" in words(test)
    key = f"site-keep-{review.id}"
    test.text_input(key=f"{key}-who").set_value("Ada L.")
    test.button(key=key).click().run()
    (check,) = site_checks.list_checks(package.find_package(found.id))
    assert (check.by, check.name, check.read) == ("Ada L.", "Microscope 2", 50)
    assert "Kept with the model by Ada L." in words(test)
    assert "Checked at Microscope 2: Not usable here" in words(app("predict", view="many", model=found.id))
    card = app("evaluate", view="card", model=found.id)
    assert "Where it was checked" in words(card) and "Microscope 2" in str(card.dataframe[0].value)


def test_where_nothing_was_checked_predict_says_so_with_the_way_to_begin(app, place):
    found, _, _ = place
    test = app("predict", view="many", model=found.id)
    assert "Never checked where you are" in words(test)


def test_reading_leads_to_the_read_view_and_can_be_ended(app, place):
    found, folder, truth = place
    review = checked_sites.begin(found, checked_sites.ask(found, folder), n=20)
    checked_sites.read(review, truth, most=12)
    test = app("review", view="site", model=found.id)
    test.button(key="site-close").click().run()
    assert reviews.read_review(review.id).closed_at and "Only 12 of 20 read" in words(test)
    other = checked_sites.begin(found, checked_sites.ask(found, folder), "South", n=20)
    test = app("review", view="site", model=found.id, site=str(other.id))
    test.button(key="site-read").click().run()
    assert (test.query_params["view"], test.query_params["review"]) == ("read", str(other.id))


def test_a_check_that_is_not_there_is_said(app, place):
    found, folder, _ = place
    checked_sites.begin(found, checked_sites.ask(found, folder), n=20)
    assert len(site_check.list_reviews(found)) == 1
    test = app("review", view="site", model=found.id, site="99")
    assert "is no check of this model" in messages(test) and not test.exception
