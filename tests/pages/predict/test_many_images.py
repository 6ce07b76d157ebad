"""Many images on Predict: asked about in the background, then all that is said of them, and each looked at alone."""

import pytest

from core.jobs import jobs
from core.results import kept_answers
from tests.support import answering
from tests.support.app_pages import messages, words


@pytest.fixture
def asked(home, tmp_path, monkeypatch):
    """A model, and a folder to ask it about."""
    _, found = answering.write_guarded(monkeypatch)
    return found, answering.write_images(tmp_path / "in <b>")


def open_many(app, found, **address):
    return app("predict", view="many", model=found.id, **address)


def test_a_folder_is_asked_about_and_answered(app, asked, started):
    found, folder = asked
    test = open_many(app, found)
    assert "will stand here" in words(test)
    test.segmented_control(key="many-from").set_value("This machine").run()
    test.text_input(key="many-path").set_value(str(folder)).run()
    next(button for button in test.button if button.label == "Ask").click().run()
    batch = test.query_params["batch"]
    assert "The answers will stand here" in words(test) and started[-1][1] == ["job", batch]
    assert jobs.work(batch).name == "finished"
    test.run()
    assert "folders" in words(test) and "images need a person first" in words(test)
    assert "1 file was left aside" not in words(test)
    table = test.dataframe[-1].value
    assert table["Answer"][:2].tolist() == ["Cannot be read", "Not known"]
    assert all(picture.startswith("data:image/jpeg") for picture in table["Picture"])


def test_uploads_are_asked_about_and_kept_with_the_answers(app, asked, started):
    found, folder = asked
    test = open_many(app, found)
    images = [(path.name, path.read_bytes(), "image/png") for path in sorted((folder / "smear 1").glob("*.png"))]
    test.file_uploader[0].set_value(images).run()
    next(button for button in test.button if button.label == "Ask").click().run()
    batch = test.query_params["batch"]
    assert jobs.work(batch).name == "finished"
    assert kept_answers.find(batch).images == len(images)
    test.run()
    assert kept_answers.read_original(batch, 0)[1] == images[0][1]
    test = app("predict", view="one", model=found.id, batch=batch, item="0")
    assert "chosen among many answers" in words(test) and not test.error
    next(button for button in test.button if button.label == "Back to all of them").click().run()
    assert "images need a person first" in words(test) and test.query_params["view"] == "many"


def test_kinds_and_smears_choose_images(app, asked):
    found, folder = asked
    about = kept_answers.make(found.id, [folder])
    test = open_many(app, found, batch=about.id, kind="waiting")
    waiting = len(test.dataframe[-1].value)
    assert 0 < waiting < about.images
    test = open_many(app, found, batch=about.id, smear="smear 1")
    assert len(test.dataframe[-1].value) == 6 and set(test.dataframe[-1].value["Belongs to"]) == {"smear 1"}
    assert len(test.dataframe[0].value) == 2, "every smear has its row"


def test_earlier_answers_are_opened_and_deleted(app, asked):
    found, folder = asked
    about = kept_answers.make(found.id, [folder / "smear 1"])
    test = open_many(app, found)
    test.button(key=f"open-{about.id}").click().run()
    assert test.query_params["batch"] == about.id
    next(button for button in test.button if button.label == "Delete").click().run()
    next(button for button in reversed(test.button) if button.label == "Delete").click().run()
    assert kept_answers.list_kept() == [] and "batch" not in test.query_params


@pytest.mark.parametrize("batch", ["nobody", "../../x"])
def test_answers_that_are_not_here_are_said(app, asked, batch):
    test = open_many(app, asked[0], batch=batch)
    assert "AnswersNotFound" in words(test) and not test.exception


def test_answers_of_a_model_that_is_gone_are_still_shown(app, asked, monkeypatch):
    found, folder = asked
    about = kept_answers.make(found.id, [folder])
    for path in sorted(found.folder.rglob("*"), reverse=True):
        path.unlink()
    found.folder.rmdir()
    test = app("predict", view="many", batch=about.id)
    assert "is not here any more" in words(test) + messages(test)
    assert len(test.dataframe[-1].value) == about.images


def test_a_wrong_path_is_said_before_anything_starts(app, asked, started):
    test = open_many(app, asked[0])
    test.segmented_control(key="many-from").set_value("This machine").run()
    test.text_input(key="many-path").set_value("/nowhere/at/all").run()
    assert "SourceNotFound" in messages(test) and not started
