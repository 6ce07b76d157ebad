"""Sending to review on Predict: one image of a data set, one of one's own, and all that need a person."""

import pytest

from core.base import paths
from core.datasets.index import acts, ledger
from core.results import kept_answers
from core.review import cases, database, database_faults, waiting
from core.runtimes import opening
from tests.support import answering, brightness, made_models, sent_images
from tests.support.app_pages import messages, words


@pytest.fixture(autouse=True)
def closed():
    yield
    database.close_all()


@pytest.fixture
def predict(app, tiny_dataset, monkeypatch):
    """Open Predict with a model that answers by how bright an image is."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    found = made_models.write_small_model()
    return lambda **address: app("predict", model=found.id, **address)


def find_form(test, label="Send"):
    """The key of what stands in the popover whose words begin so."""
    assert any(words.startswith(label) for words in popovers(test))
    return next(button.key for button in test.button if button.label == "Send").removesuffix("-send")


def send(test, who="Ada", why="odd"):
    form = find_form(test)
    test.text_input(key=f"{form}-who").set_value(who)
    test.text_input(key=f"{form}-why").set_value(why)
    return form, test.button(key=f"{form}-send").click().run()


def upload(test, seed=1, name="mine.png"):
    test.segmented_control(key="predict-from").set_value("own").run()
    test.file_uploader[0].set_value((name, sent_images.encode(seed, 30), "image/png")).run()
    return test


def popovers(test):
    return [str(block.proto.popover.label) for block in test.get("popover")]


def test_an_image_of_a_data_set_goes_into_its_ledger(predict):
    test = predict()
    assert "Send to review" in popovers(test) and not paths.review_folder().exists()
    send(test)
    (act,) = ledger.list_acts(kind=acts.SECOND_LOOK)
    assert (act.dataset, act.by) == ("tiny", "Ada") and act.why.startswith("odd (") and "answers" in act.why
    assert "Waits for review" in popovers(test) and not paths.review_database().exists()
    next(button for button in test.button if button.label == "Take back").click().run()
    assert ledger.list_acts() == [] and "Send to review" in popovers(test)


def test_an_upload_becomes_a_case_with_what_the_model_answered(predict):
    test = upload(predict())
    send(test)
    (case,) = cases.list_waiting()
    assert (case.name, case.sent.by, case.sent.why) == ("mine.png", "Ada", "odd")
    assert sum(case.sent.answered.probabilities.values()) == pytest.approx(1)
    assert cases.read_image(case) == sent_images.encode(1, 30)
    assert "Waits for review" in popovers(test)
    upload(test, 2, "second.png")
    form = find_form(test)
    assert test.text_input(key=f"{form}-who").value == "Ada"
    test.checkbox(key=f"{form}-pseudonym").check()
    test.button(key=f"{form}-send").click().run()
    assert [case.name for case in cases.list_waiting()] == ["case-000002", "mine.png"]
    assert "Waits for review, with 1 other" in popovers(test)


def test_without_a_name_nothing_is_sent(predict):
    test = upload(predict())
    form = find_form(test)
    test.button(key=f"{form}-send").click().run()
    assert not paths.review_database().exists() and "Write who decides" in test.toast[0].value


def test_a_press_that_failed_is_the_same_when_it_is_repeated(predict, monkeypatch):
    test = upload(predict())
    seen = []

    def refuse(*arguments, client_id, **options):
        seen.append(client_id)
        raise database_faults.busy("review.db")

    with monkeypatch.context() as patched:
        patched.setattr(cases, "send", refuse)
        form, _ = send(test)
        assert "DatabaseBusy" in test.toast[0].value
    test.button(key=f"{form}-send").click().run()
    (case,) = cases.list_waiting()
    assert [event.client_id for event in cases.list_events(case.id)] == seen


def test_what_waits_is_listed_taken_back_and_deleted(predict):
    for seed in range(3):
        cases.send(sent_images.encode(seed), f"{seed}.png", by="Ben", why="blurred")
    test = predict()
    assert [shown.label for shown in test.expander][-1] == "Waiting for review (3)"
    test.session_state["waiting-open"] = True
    test.run()
    table = test.dataframe[-1].value
    assert table["Name"].tolist() == ["2.png", "1.png", "0.png"] and set(table["Why"]) == {"blurred"}
    assert all(picture.startswith("data:image/png;base64,") for picture in table["Picture"])
    key = f"waiting-3-{cases.list_waiting()[0].sent.at}"
    test.session_state[key] = {"selection": {"rows": [0, 2], "columns": [], "cells": []}}
    test.run()
    test.text_input(key="waiting-ticked-who").set_value("Cleo")
    test.button(key="waiting-ticked-back").click().run()
    assert [case.name for case in cases.list_waiting()] == ["1.png"]
    key = f"waiting-1-{cases.list_waiting()[0].sent.at}"
    test.session_state[key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    test.run()
    test.button(key="waiting-ticked-delete").click().run()
    assert waiting.count() == 0 and [case.state for case in [cases.read_case(1), cases.read_case(3)]] == [
        "withdrawn",
        "withdrawn",
    ]


def test_a_damaged_database_is_said_and_predict_goes_on(predict):
    paths.review_folder().mkdir(parents=True)
    paths.review_database().write_bytes(b"no database" * 400)
    test = upload(predict())
    assert "DatabaseBroken" in messages(test) and not test.exception
    assert messages(test).count("DatabaseBroken") == 1
    assert "The model answers" in words(test) and test.info, "what follows is there: why there is no heatmap"


def test_of_many_answers_all_that_need_a_person_are_sent(app, home, tmp_path, monkeypatch):
    _, found = answering.write_guarded(monkeypatch)
    folder = answering.write_images(tmp_path / "in")
    about = kept_answers.make(found.id, [folder])
    test = app("predict", view="many", model=found.id, batch=about.id)
    (label,) = [name for name in popovers(test) if name.startswith("Send ")]
    assert label == "Send 1 that needs a person to review"
    send(test)
    assert "Sent 1 to review. 1 cannot be read" in words(test)
    (case,) = cases.list_waiting()
    assert (case.source, case.patient, case.sent.why) == ("batch", "smear 0", "odd")
    assert not [name for name in popovers(test) if name.startswith("Send ")]
    assert [shown.label for shown in test.expander][-1] == "Waiting for review (1)"
    (folder / "smear 0" / "z noise.png").unlink()
    cases.withdraw(case.id, by="Ada")
    test.run()
    send(test)
    assert "Sent 0 to review. 1 could not be sent" in words(test)
