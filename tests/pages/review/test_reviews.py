"""The list of reviews, and beginning one: with one click, from several sources, by a job, from a link."""

import numpy as np
import pandas as pd
import pytest

from core.base import paths
from core.jobs import jobs, review_filling
from core.review import case_record, cases, database, queueing, readings, review_record, review_sources, reviews
from core.runtimes import opening
from pages.kit import reader
from tests.support import brightness, made_models, sent_images
from tests.support.app_pages import messages, words


@pytest.fixture(autouse=True)
def closed(monkeypatch):
    monkeypatch.delenv("SECOND_LOOK_DATABASE", raising=False)
    yield
    database.close_all()


@pytest.fixture
def model(tiny_dataset, monkeypatch):
    """A model of `tiny`, tested on all of its images, 9 of which it answers with the other class."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    rows = tiny_dataset.table
    labels, wrong = rows["label"].to_numpy(np.int64), np.arange(len(rows)) % 8 == 0
    chance = np.where(np.where(wrong, 1 - labels, labels) == 0, 0.9, 0.1)
    table = pd.DataFrame(
        {"image_id": rows["image_id"], "split": "test", "group": rows["group"], "label": labels}
        | {"p_Parasitized": chance, "p_Uninfected": 1 - chance}
    )
    made_of = {"name": "tiny", "fingerprint": tiny_dataset.content, "images": tiny_dataset.content}
    return made_models.write_model(table, dataset=made_of)


def send(found, count=3):
    """So many images that wait, answered by the model."""
    said = case_record.Answer(
        found.id, found.manifest.created, "answer", "Parasitized", {"Parasitized": 0.9, "Uninfected": 0.1}
    )
    return [cases.send(sent_images.encode(n), f"{n}.png", by="Ben", answered=said).id for n in range(count)]


def press_begin(test, who="Ada"):
    if who:
        test.text_input(key="review-who").set_value(who)
    return test.button(key="review-begin").click().run()


def test_without_anything_it_says_what_to_bring(app, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    test = app("review", view="reviews")
    assert "A review needs a model or a data set" in words(test) and not paths.review_folder().exists()


def test_what_waits_is_read_after_one_click(app, model):
    send(model)
    test = app("review", view="reviews")
    assert test.button(key="review-begin").label == "Read the 3 that wait"
    press_begin(test)
    (review,) = reviews.list_reviews()
    settings = review.settings
    assert (review.made_by, settings.model_id, settings.class_names) == ("Ada", model.id, model.class_names)
    assert (settings.readers, settings.mode, settings.audit_share, settings.order) == (1, "blind", 0.1, "useful")
    assert reviews.count(review.id).open == 3 and settings.seed == review_filling.find_seed(review.name)
    said = words(test)
    assert "has begun. 3 images are in the review." in said and "1 review is open, 3 images to read" in said
    assert "3 not read" in said and test.button(key="review-begin").label != "Read the 3 that wait"
    test.button(key="review-read-now").click().run()
    assert test.query_params["view"] == ["read"] or test.query_params["view"] == "read"


def test_without_a_name_nothing_is_begun(app, model):
    send(model)
    test = press_begin(app("review", view="reviews"), who="")
    assert reviews.list_reviews() == [] and "Write who decides" in test.toast[0].value


def test_a_link_presets_mistakes_and_everything_can_be_chosen(app, model):
    test = app("review", view="reviews", model=model.id, **{"from": "mistakes"})
    assert test.button(key="review-begin").label == "Read 9 images"
    test.checkbox(key="review-certain").check()
    test.button_group(key="review-readers").set_value(2)
    test.button_group(key="review-mode").set_value("shown").run()
    assert "Readers lean towards an answer that they see" in words(test)
    test.selectbox(key="review-order").set_value("random")
    test.slider(key="review-audit").set_value(50)
    test.checkbox(key="review-pseudonym").check()
    test.text_input(key="review-name").set_value("Ours")
    press_begin(test)
    (review,) = reviews.list_reviews()
    settings = review.settings
    assert (review.name, settings.readers, settings.mode, settings.order) == ("Ours", 2, "shown", "random")
    assert settings.audit_share == 0.5 and reviews.count(review.id).total == 9
    assert all(case.name.startswith("case-") for case in cases.list_waiting())
    with database.reading() as session:
        assert all(session.scalars(reviews.sa.select(reviews.EntryRow.gold)))


def test_doubted_labels_are_compared_by_a_job_about_the_data_set(app, model, started):
    test = app("review", view="reviews", dataset="tiny", **{"from": "suspects"})
    assert test.selectbox(key="review-about").value == "data set tiny"
    assert test.button(key="review-begin").label == "Begin"
    press_begin(test)
    (job,) = jobs.list_jobs()
    assert job.verb == "fill" and job.arguments.coming == (review_sources.Source(kind="suspects", of="tiny"),)
    assert len(started) == 1 and "Its images are on their way" in words(test) and "No images yet" in words(test)
    assert jobs.work(job.id).name == "finished"


def test_the_list_says_how_far_each_is_and_closes_and_reorders(app, model):
    numbers = send(model, 4)
    review = reviews.begin("First", review_record.Settings(model.class_names, readers=2, model_id=model.id), by="Ada")
    reviews.enrol(review.id, [review_record.Enrolment(number) for number in numbers])
    for name, answer in (("Ada", "Parasitized"), ("Ben", "Uninfected")):
        entry = queueing.claim(review.id, name).entry
        for phase in ("blind", "final"):
            readings.submit(entry.id, name, phase, answer)
    test = app("review", view="reviews")
    said = words(test)
    assert any(state in said for state in ("1 disputed · 3 not read", "2 half read · 2 not read"))
    test.session_state[f"more-{review.id}"] = True
    test.run()
    assert "Read by Ada, Ben." in words(test)
    test.selectbox(key=f"order-{review.id}").set_value("oldest").run()
    assert reviews.read_review(review.id).settings.order == "oldest"
    test.button(key=f"close-{review.id}").click().run()
    assert reviews.read_review(review.id).closed_at and "All reviews are closed" in words(test)
    test.toggle(key="review-closed").set_value(True).run()
    test.session_state[f"more-{review.id}"] = True
    test.run()
    test.button(key=f"close-{review.id}").click().run()
    assert not reviews.read_review(review.id).closed_at
    assert not [button for button in test.button if button.label.lower() in ("delete", "remove")]


def test_where_people_sign_in_leads_alone_change_and_close(app, model, monkeypatch):
    begun = reviews.begin("First", review_record.Settings(model.class_names), by="Ada")
    test = app("review", view="reviews")
    test.session_state[f"more-{begun.id}"] = True
    assert not test.run().button(key=f"close-{begun.id}").disabled
    monkeypatch.setattr(reader, "is_sign_in_set_up", lambda: True)
    monkeypatch.setattr(reader, "find_reader", lambda: reader.Reader("ben@x.org", False, True))
    test.button(key=f"close-{begun.id}").click().run()
    assert not reviews.read_review(begun.id).closed_at, "of a page that was open before"
    test.session_state[f"more-{begun.id}"] = True
    test.run()
    assert test.button(key=f"close-{begun.id}").disabled and test.selectbox(key=f"order-{begun.id}").disabled
    assert "Leads change and close reviews." in words(test)


def test_a_damaged_database_is_said(app, model):
    paths.review_folder().mkdir(parents=True)
    paths.review_database().write_bytes(b"no database" * 400)
    test = app("review", view="reviews")
    assert "DatabaseBroken" in messages(test)


def test_a_model_whose_images_are_not_here_says_so(app, model):
    other = made_models.write_model(made_models.make_answers([0, 1] * 10), "elsewhere")
    test = app("review", view="reviews", model=other.id, **{"from": "mistakes"})
    assert "with the same images" in messages(test) and test.button(key="review-begin").disabled


def test_other_pages_lead_here(app, model):
    send(model)
    assert "3 images wait for a reader" in [link.proto.label for link in app("home").get("page_link")]
    links = {link.proto.label: link.proto for link in app("evaluate", model=model.id).get("page_link")}
    link = links["Have the mistakes read"]
    assert link.page == "review" and link.query_string == f"view=reviews&from=mistakes&model={model.id}"
    assert "Read what waits" in {link.proto.label for link in app("predict", model=model.id).get("page_link")}


def test_more_images_are_added_to_an_open_review(app, model):
    send(model)
    test = press_begin(app("review", view="reviews"))
    (review,) = reviews.list_reviews()
    cases.send(sent_images.encode(9), "9.png", by="Ben", answered=cases.read_case(1).sent.answered)
    test.run()
    test.selectbox(key="review-into").set_value(review.id)
    test.button_group(key="review-from").set_value(["waiting"]).run()
    assert test.button(key="review-begin").label == "Add the 1 that waits"
    press_begin(test)
    assert reviews.count(review.id).total == 4 and len(reviews.list_reviews()) == 1
    assert "was added to. 1 image is in the review." in words(test)
    reviews.close(review.id, by="Ada")
    assert not [box for box in app("review", view="reviews").selectbox if box.key == "review-into"]
