"""The model card and the history of training, on the page."""

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import jobs
from core.models import export_zip, package
from core.reports import cards
from tests.support import said


def show_card(model_id):
    from core.models import package
    from pages.evaluate import card

    card.show_count(package.find_package(model_id))
    card.show_card(package.find_package(model_id))


def show_history(model_id):
    from core.models import package
    from pages.evaluate import history

    history.show_history(package.find_package(model_id))


def open_view(view, model_id):
    test = AppTest.from_function(view, default_timeout=120, kwargs={"model_id": model_id}).run()
    assert not test.exception, test.exception
    return test


def box(test, key):
    return next(area for area in test.text_area if area.key.endswith(f"-{key}"))


def press(test, label):
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception, test.exception


def test_what_is_known_is_text_and_what_is_open_is_a_box(started, small_model):
    test = open_view(show_card, small_model.id)
    sections = cards.build_card(small_model)
    parts = [part.label.rsplit(" (", 1)[0] for part in test.expander]
    assert [label for label in parts if label in {s.heading for s in sections}] == [s.heading for s in sections]
    assert "646,338 parameters" in " ".join(entry.value for entry in test.markdown)
    assert box(test, "users").placeholder.startswith("Not answered yet.")
    assert not [area for area in test.text_area if area.key.endswith("-what")]


def test_answers_are_kept_and_counted(started, small_model):
    test = open_view(show_card, small_model.id)
    count = len(test.text_area)
    box(test, "users").set_value("Trained *staff* <b>only</b>")
    test.text_input[0].set_value("Ada")
    press(test, "Keep these answers")
    kept = package.find_package(small_model.id).manifest.card
    assert (kept["users"], kept[cards.WHO]) == ("Trained *staff* <b>only</b>", "Ada")
    assert set(kept) == {"users", cards.WHO, cards.WHEN}
    assert len(test.text_area) == count  # what a person wrote can be changed
    assert box(test, "users").value == "Trained *staff* <b>only</b>"
    assert "Last written by Ada" in said.read_all(test)


def test_a_name_is_asked_for(started, small_model):
    test = open_view(show_card, small_model.id)
    box(test, "users").set_value("x")
    press(test, "Keep these answers")
    assert "Who writes this" in test.error[0].value.replace("\\", "")
    assert package.find_package(small_model.id).manifest.card is None
    assert box(test, "users").value == "x"  # nothing is lost


def test_what_another_wrote_meanwhile_stays(started, small_model):
    test = open_view(show_card, small_model.id)
    cards.write_card(small_model, {"places": "Chittagong"}, "Ben")
    box(test, "users").set_value("x")
    test.text_input[0].set_value("Ada")
    press(test, "Keep these answers")
    assert cards.read_written(package.find_package(small_model.id)) == {"places": "Chittagong", "users": "x"}
    assert box(test, "places").value == "Chittagong"


def test_nothing_changed_writes_nothing(started, small_model):
    test = open_view(show_card, small_model.id)
    test.text_input[0].set_value("Ada")
    press(test, "Keep these answers")
    assert test.info
    assert package.find_package(small_model.id).manifest.card is None


def test_history_shows_recipe_and_facts(started, small_model):
    test = open_view(show_history, small_model.id)
    assert list(test.dataframe[0].value["Setting"]) == ["Data set", "Split", "Epochs, at most"]
    assert "Parameters" in list(test.dataframe[1].value["What"])
    assert test.code[0].value == small_model.manifest.command


def test_export_is_a_job_and_then_a_download(started, small_model, monkeypatch):
    test = open_view(show_history, small_model.id)
    press(test, "Export structure and weights")
    job = jobs.list_jobs()[0]
    assert (job.verb, job.arguments) == ("export", jobs.Arguments(model_id=small_model.id))
    assert len(started) == 1
    busy = next(button for button in test.button if button.label.startswith("Being exported"))
    assert busy.disabled
    archive = export_zip._archive_path(small_model)
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"zip")
    test.run()
    assert not test.exception, test.exception
    assert not [button for button in test.button if "xport" in button.label]


@pytest.mark.parametrize("view", [show_card, show_history])
def test_a_damaged_file_is_a_message(started, small_model, view):
    name = package.PREDICTIONS_FILE if view is show_card else package.HISTORY_FILE
    size = small_model.file(name).stat().st_size
    small_model.file(name).write_bytes(b"x" * size)
    test = open_view(view, small_model.id)
    assert "ModelBroken" in test.error[0].value
