"""An import, a download or a drawing that was asked for: it ends with the new data set, and what is next."""

import pytest

from core.base import background, files, paths
from core.datasets.index import index
from core.jobs import jobs
from tests import conftest as shared


def words(test):
    parts = (*test.markdown, *test.caption, *test.info, *test.success, *test.error)
    return " ".join(str(part.value) for part in parts)


def begin(test, folder):
    """Ask for the import of a folder, with a torn file in it; returns the job, at which nobody works yet."""
    shared.write_tiny_images(folder)
    (folder / "Uninfected" / "P1thin_text.png").write_text("not an image")
    test.text_input(key="import-path").set_value(str(folder)).run()
    next(button for button in test.button if button.label == "Import").click().run()
    assert not test.exception, test.exception
    assert not test.error
    return jobs.list_jobs()[0]


def end(job, test):
    """The worker does its work; the page is drawn anew, as its poll would."""
    assert jobs.work(job.id).name == "finished"
    test.run()
    assert not test.exception, test.exception


def path_fields(test):
    return [field.value for field in test.text_input if (field.key or "").startswith("import-path")]


def labels(test):
    return [button.label for button in test.button]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "More Cells"


def test_an_import_ends_with_the_new_data_set_what_came_in_and_an_empty_form(app, tiny_dataset, folder):
    test = app("datasets")
    assert test.selectbox(key="choice-dataset").value == "tiny"
    job = begin(test, folder)
    assert path_fields(test) == [str(folder)], "kept while it runs"
    assert "On its way …" in labels(test)
    end(job, test)
    assert test.selectbox(key="choice-dataset").value == "more-cells"
    assert test.query_params["dataset"] == "more-cells"
    assert test.success[0].value == "more-cells: 72 images in 2 classes of 12 patients; 1 could not be read"
    assert path_fields(test) == [""]
    assert {"Look at them", "Train", "Dismiss"} <= set(labels(test))


def test_it_happens_once(app, tiny_dataset, folder):
    test = app("datasets")
    end(begin(test, folder), test)
    test.selectbox(key="choice-dataset").set_value("tiny").run()
    assert not test.success, "another one was chosen: it has been read"
    test.run()
    assert test.selectbox(key="choice-dataset").value == "tiny"
    assert "job" not in test.query_params


def test_it_can_be_dismissed(app, tiny_dataset, folder):
    test = app("datasets")
    job = begin(test, folder)
    end(job, test)
    test.button(key=f"arrived-{job.id}").click().run()
    assert not test.success
    assert test.selectbox(key="choice-dataset").value == "more-cells"


def test_nothing_is_taken_from_who_has_chosen_another_one_since(app, tiny_dataset, folder):
    shared.write_tiny_images(paths.datasets_folder() / "third", patients=3)
    index.build_index("third")
    test = app("datasets", dataset="tiny")
    job = begin(test, folder)
    test.selectbox(key="choice-dataset").set_value("third").run()
    end(job, test)
    assert test.selectbox(key="choice-dataset").value == "third"
    assert "more-cells: 72 images" in test.success[0].value


def test_what_was_typed_since_stays(app, tiny_dataset, folder):
    test = app("datasets")
    job = begin(test, folder)
    test.text_input(key="import-path").set_value("/another/folder").run()
    end(job, test)
    assert path_fields(test) == ["/another/folder"]


def test_a_page_that_is_loaded_again_goes_on_waiting(app, tiny_dataset, folder):
    test = app("datasets")
    job = begin(test, folder)
    address = {name: test.query_params[name] for name in ("job", "dataset")}
    assert jobs.work(job.id).name == "finished"
    test = app("datasets", **address)
    assert test.selectbox(key="choice-dataset").value == "more-cells"
    assert "more-cells: 72 images" in test.success[0].value


def test_another_page_says_it_and_stays_with_what_it_shows(app, tiny_dataset, folder):
    test = app("datasets")
    job = begin(test, folder)
    test.switch_page("pages/explore/page.py").run()
    end(job, test)
    assert test.selectbox(key="choice-dataset").value == "tiny"
    assert "more-cells: 72 images" in test.success[0].value
    test.run()
    assert test.success
    next(button for button in test.button if button.label == "Look at them").click().run()
    assert not test.exception
    assert test.query_params["dataset"] == "more-cells"
    assert not test.success


def test_what_was_told_at_home_is_not_told_again_elsewhere(app, tiny_dataset, folder):
    test = app("datasets")
    end(begin(test, folder), test)
    test.switch_page("pages/explore/page.py").run()
    assert not test.success


def test_what_a_terminal_began_is_nobodys_here(app, tiny_dataset, started):
    job = jobs.start_job("draw", "cells", images=100, seed=1)
    test = app("datasets")
    end(job, test)
    assert test.selectbox(key="choice-dataset").value == "tiny"
    assert not test.success


def test_a_failed_import_stays_and_so_does_what_was_typed(app, tiny_dataset, folder):
    test = app("datasets")
    job = begin(test, folder)
    files.write_json(job.folder / background.STATUS, {"phase": "failed", "message": "DiskFull: free some space"})
    test.run()
    test.run()
    assert "DiskFull: free some space" in test.error[0].value
    assert path_fields(test) == [str(folder)]
    assert test.selectbox(key="choice-dataset").value == "tiny"
    assert "Import" in labels(test)
    test.button(key=f"dismiss-{job.id}").click().run()
    assert not test.error
    assert "job" not in test.query_params


def test_a_cancelled_import_says_so_and_the_form_stays(app, tiny_dataset, folder):
    test = app("datasets")
    job = begin(test, folder)
    jobs.stop_job(job)
    assert jobs.work(job.id).name == "stopped"
    test.run()
    assert "Importing **more-cells** was cancelled" in test.info[0].value
    assert path_fields(test) == [str(folder)]
    assert test.selectbox(key="choice-dataset").value == "tiny"
    test.button(key=f"dismiss-{job.id}").click().run()
    assert "cancelled" not in words(test)


def test_cells_that_were_asked_for_are_shown_when_they_are_drawn(app, tiny_dataset):
    test = app("datasets")
    test.segmented_control(key="import-from").set_value("Draw").run()
    test.text_input(key="draw-name").set_value("drawn-cells")
    test.number_input(key="draw-images").set_value(100)
    next(button for button in test.button if button.label == "Draw").click().run()
    end(jobs.list_jobs()[0], test)
    assert test.selectbox(key="choice-dataset").value == "drawn-cells"
    assert test.success[0].value.startswith("drawn-cells: 100 images in 2 classes")


def test_a_folder_that_was_read_is_shown(app, tiny_dataset):
    shared.write_tiny_images(paths.datasets_folder() / "by-hand", patients=3)
    test = app("datasets", dataset="tiny")
    test.button(key="read-by-hand").click().run()
    end(jobs.list_jobs()[0], test)
    assert test.selectbox(key="choice-dataset").value == "by-hand"
    assert "by-hand: 18 images" in test.success[0].value


def test_an_address_of_a_job_that_is_gone_is_no_fault(app, tiny_dataset):
    test = app("datasets", job="20260101-000000-import-abcdef")
    assert "job" not in test.query_params
    assert not test.success
