"""Every page: with nothing, with a data set, with a model; what it says, what its buttons do."""

import io
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.base import background, files, paths
from core.datasets.index import index
from core.datasets.sample import drawn
from core.jobs import jobs, overview
from core.models import amending, package
from core.prediction import examples, verdicts
from core.results import elsewhere, stress
from core.runtimes import opening
from core.training import recipe, run
from pages.kit import uploads
from tests import conftest as shared
from tests.support import block_runtimes, brightness, made_models, older_models, plain_cells, tiles
from tests.support.app_pages import hints, marked, words, written

PAGES = ("home", "datasets", "explore", "train", "evaluate", "compare", "predict", "review")


@pytest.fixture
def nothing_shipped(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])


@pytest.mark.parametrize("name", PAGES)
def test_with_nothing_each_page_says_what_will_stand_there(app, nothing_shipped, name):
    test = app(name)
    assert test.title[0].value == ("Second Look" if name == "home" else name.capitalize())
    assert "will stand here" in words(test)
    assert not test.error


@pytest.mark.parametrize("name", ["home", "datasets", "explore", "train"])
def test_the_first_start_draws_the_sample_once(app, started, name):
    app(name)
    app(name)
    ((folder, arguments),) = started
    assert arguments[0] == "job"
    (job,) = jobs.list_jobs()
    assert (job.verb, job.dataset) == ("draw", overview.SAMPLE_NAME)
    assert folder == job.folder


@pytest.mark.parametrize("name", [name for name in PAGES if name != "predict"])
def test_with_a_data_set_and_a_model(app, tiny_dataset, small_model, started, name):
    """Predict needs a real network: the tests with the shipped model open it."""
    test = app(name)
    assert not test.error
    assert started == []


def test_a_model_whose_split_leaks_is_not_the_first_to_be_shown(app, tiny_dataset, small_model, nothing_shipped):
    table = pd.read_parquet(small_model.file(package.PREDICTIONS_FILE))
    made_models.write_model(table, "a-leaky-one", leaky=True, created="2026-02-01T00:00:00+00:00")
    assert package.list_packages()[0].id == "a-leaky-one"
    test = app("evaluate")
    assert not test.error
    assert test.selectbox(key="choice-model").value == small_model.id


def test_home_leads_on(app, tiny_dataset, nothing_shipped):
    test = app("home")
    assert [button.label for button in test.button] == ["Train a network"]
    assert len(tiles.list_tiles(test)) == 12


def test_datasets_says_what_was_found_and_offers_problems(app, home):
    shared.write_tiny_images(paths.datasets_folder() / "tiny")
    (paths.datasets_folder() / "tiny" / "Uninfected" / "P1thin_text.png").write_text("not an image")
    index.build_index("tiny")
    test = app("datasets")
    assert "72 images of 12 patients, 2 classes" in words(test)
    assert "1 could not be read" in words(test)
    assert test.dataframe[0].value["File"].tolist() == ["Uninfected/P1thin_text.png"]


def test_datasets_imports_in_the_background(app, tiny_dataset, started, tmp_path):
    shared.write_tiny_images(tmp_path / "More Cells")
    test = app("datasets")
    test.text_input(key="import-path").set_value(str(tmp_path / "More Cells")).run()
    assert test.text_input(key="import-name-more-cells").value == "more-cells"
    next(button for button in test.button if button.label == "Import").click().run()
    assert not test.error
    (job,) = jobs.list_jobs()
    assert job.arguments == jobs.Arguments(source=str(tmp_path / "More Cells"))
    assert len(started) == 1


@pytest.mark.parametrize(("path", "name", "said"), [("/no/such", "x", "SourceNotFound"), (None, "tiny", "NameTaken")])
def test_datasets_says_what_is_wrong_before_it_starts(app, tiny_dataset, started, tmp_path, path, name, said):
    shared.write_tiny_images(tmp_path / "cells")
    test = app("datasets")
    test.text_input(key="import-path").set_value(path or str(tmp_path / "cells")).run()
    key = next(entry.key for entry in test.text_input if (entry.key or "").startswith("import-name"))
    test.text_input(key=key).set_value(name).run()
    next(button for button in test.button if button.label == "Import").click().run()
    assert said in test.error[0].value
    assert started == []


def test_datasets_notices_a_changed_folder_and_reads_it_again(app, tiny_dataset, started):
    next((paths.datasets_folder() / "tiny").rglob("P3*.png")).unlink()
    test = app("datasets")
    assert "1 removed" in test.warning[0].value
    next(button for button in test.button if button.label == "Read the folder again").click().run()
    assert jobs.list_jobs()[0].verb == "index"


def test_a_folder_without_an_index_is_offered_for_reading(app, tiny_dataset, started):
    (paths.index_folder() / "tiny.parquet").unlink()
    test = app("datasets")
    assert "**tiny** is not indexed" in test.warning[0].value
    test.button(key="read-tiny").click().run()
    assert jobs.list_jobs()[0].dataset == "tiny"


def test_a_failed_job_is_shown_until_it_is_dismissed(app, tiny_dataset, started):
    job = jobs.start_job("draw", "cells", images=100, seed=1)
    files.write_json(job.folder / background.STATUS, {"phase": "failed", "message": "DiskFull: free some space"})
    test = app("home")
    assert "DiskFull: free some space" in test.error[0].value
    test.button(key=f"dismiss-{job.id}").click().run()
    assert not test.error
    assert jobs.list_jobs() == []


def test_explore_filters_by_the_split_that_the_folder_gave(app, home):
    for split, patients in (("train", 5), ("test", 3)):
        shared.write_tiny_images(paths.datasets_folder() / "given" / split, patients=patients)
    index.build_index("given")
    test = app("explore")
    assert test.selectbox(key="explore-split-given").options == ["All", "train", "test"]
    test.selectbox(key="explore-split-given").select("test").run()
    assert "18 images" in words(test)


def test_the_address_chooses_and_an_unknown_name_is_said(app, tiny_dataset):
    shared.write_tiny_images(paths.datasets_folder() / "another", patients=3)
    index.build_index("another")
    assert app("explore", dataset="tiny").selectbox[0].value == "tiny"
    assert app("explore", dataset="another").selectbox[0].value == "another"
    test = app("explore", dataset="nobody")
    assert "nobody" in test.warning[0].value


def test_train_writes_the_run_and_starts_its_worker(app, tiny_dataset, started):
    test = app("train")
    test.number_input[0].set_value(3).run()
    next(button for button in test.button if button.label == "Train").click().run()
    assert not test.exception
    (created,) = run.list_runs()
    assert created.recipe == recipe.Recipe("tiny", epochs=3, batch_size=8)
    assert started == [(created.folder, ["work", created.id])]
    assert test.query_params["run"] == created.id
    assert "Starting" in words(test)
    assert [button.label for button in test.button if button.key == "stop"] == ["Stop"]


def test_train_offers_a_given_split_only_where_there_is_one(app, tiny_dataset):
    splits = next(entry for entry in app("train").selectbox if entry.label == "Split")
    assert splits.options == ["By patient (honest)", "At random (shows the leak)"]


def test_a_random_split_is_warned_of(app, tiny_dataset):
    test = app("train")
    next(entry for entry in test.selectbox if entry.label == "Split").select("random").run()
    assert "The numbers will be too good" in test.warning[0].value


@pytest.fixture
def one_run(tiny_dataset, started):
    return run.create_run(recipe.Recipe("tiny", epochs=4))


def say(found, phase, **details):
    files.write_json(found.folder / background.STATUS, {"phase": phase, "queued_at": 0.0, **details})


def test_an_interrupted_run_can_be_resumed(app, one_run, started):
    say(one_run, "training", epoch=2)
    test = app("train", run=one_run.id)
    assert "its process has died" in words(test)
    test.button(key="resume").click().run()
    assert started == [(one_run.folder, ["work", one_run.id])]


def test_a_failed_run_says_why(app, one_run):
    say(one_run, "failed", message="TrainingFailed: lower the learning rate")
    assert "lower the learning rate" in app("train").error[0].value


def test_a_running_run_shows_its_numbers_and_stops(app, one_run):
    with background.hold(one_run.folder):
        numbers = {"epoch": 2, "epochs": 4, "step": 3, "steps": 7, "images_per_second": 1234.0, "seconds_left": 95.0}
        say(one_run, "training", **numbers)
        test = app("train")
        assert "Batch 3 of 7" in words(test)
        assert "1,234 images a second" in words(test)
        assert {metric.label: metric.value for metric in test.metric}["Time left"] == "2 min"
        test.button(key="stop").click().run()
        assert background.stop_requested(one_run.folder)
        assert "Stopping" in words(test)


def test_a_waiting_run_says_how_many_are_before_it(app, one_run):
    say(one_run, "waiting")
    second = run.create_run(recipe.Recipe("tiny"))
    with background.hold(one_run.folder), background.hold(second.folder):
        say(one_run, "waiting", queued_at=1.0)
        say(second, "waiting", queued_at=2.0)
        files.write_json(second.folder / background.STATUS, {"phase": "waiting", "queued_at": 2.0})
        files.write_json(one_run.folder / background.STATUS, {"phase": "waiting", "queued_at": 1.0})
        assert "Waits for 1 earlier training to end" in words(app("train", run=second.id))


def test_a_half_written_run_is_named_and_harms_nothing(app, one_run):
    (paths.runs_folder() / "20260101-000000-half").mkdir()
    (paths.runs_folder() / "20260102-000000-torn").mkdir()
    (paths.runs_folder() / "20260102-000000-torn" / "recipe.json").write_text('{"recipe": {"data')
    other = files.read_json(one_run.folder / "recipe.json")
    other["recipe"]["optimizer"] = "of another version"
    (paths.runs_folder() / "20260103-000000-other").mkdir()
    files.write_json(paths.runs_folder() / "20260103-000000-other" / "recipe.json", other)
    for name in ("home", "datasets", "explore", "train"):
        test = app(name)
        assert not test.error
    assert {"20260101-000000-half", "20260102-000000-torn", "20260103-000000-other"} <= set(words(test).split())
    assert [found.id for found in run.list_runs()] == [one_run.id]


def test_images_that_vanished_are_said_where_they_would_stand(app, tiny_dataset, nothing_shipped):
    for path in (paths.datasets_folder() / "tiny").rglob("P*.png"):
        path.unlink()
    assert all("DatasetChanged" in tile["fault"] for tile in tiles.list_tiles(app("explore")))
    assert [button.label for button in app("home").button] == ["Train a network"]


def test_a_data_set_whose_images_are_gone_can_be_removed(app, tiny_dataset, started):
    shutil.rmtree(paths.datasets_folder() / "tiny")
    (paths.index_folder() / "tiny.parquet").write_bytes(b"torn")
    test = app("datasets")
    test.button(key="remove-tiny").click().run()
    assert index.list_datasets() == []


def test_a_training_is_watched_also_when_its_data_set_is_gone(app, one_run):
    say(one_run, "training", epoch=1, epochs=4, step=1, steps=2, images_per_second=5.0, seconds_left=9.0)
    shutil.rmtree(paths.datasets_folder() / "tiny")
    (paths.index_folder() / "tiny.parquet").unlink()
    with background.hold(one_run.folder):
        test = app("train")
        assert [button.label for button in test.button if button.key == "stop"] == ["Stop"]


def test_evaluate_says_the_result_with_n_and_interval(app, small_model):
    text = words(app("evaluate", model=small_model.id))
    assert "of 30 images of 5 patients it never saw: 83.3 %" in text
    assert "Test images: 30 images of 5 patients" in text
    assert "split by patient" in text
    assert "Leaky" not in text


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("result", "Right and wrong"),
        ("point", "What a flag is worth"),
        ("trust", "When should a person look?"),
        ("where", "Is acting on it worth it?"),
        ("card", "Model card"),
    ],
)
def test_every_view_of_evaluate_opens_through_the_app(app, small_model, view, said):
    assert said in words(app("evaluate", model=small_model.id, view=view))


def test_evaluate_says_how_much_a_leak_is_worth(app, small_model):
    table = pd.read_parquet(small_model.file(package.PREDICTIONS_FILE))
    right = table["label"] == 0
    flattered = table.assign(p_Parasitized=np.where(right, 0.9, 0.1), p_Uninfected=np.where(right, 0.1, 0.9))
    leaky = made_models.write_model(flattered, leaky=True, model_id="leaky")
    text = words(app("evaluate", model=leaky.id))
    assert "images of 7 patients are in more than one of training" in text
    assert "the same network seems right in 100.0 %" in text and "The difference of +16.7 points" in text


def test_evaluate_and_home_mark_a_leaky_model(app, small_model):
    table = pd.read_parquet(small_model.file(package.PREDICTIONS_FILE))
    leaky = made_models.write_model(table, leaky=True, model_id="leaky")
    assert "images of 7 patients are in more than one of training" in words(app("evaluate", model=leaky.id))
    tables = [frame.value for frame in app("home").dataframe]
    models = next(frame for frame in tables if "Model" in frame and "Split" in frame)
    assert models.set_index("Model").loc["leaky", "Split"] == "at random (leaky)"


def test_a_broken_model_is_named_and_the_others_stay(app, small_model):
    table = pd.read_parquet(small_model.file(package.PREDICTIONS_FILE))
    broken = made_models.write_model(table, model_id="broken")
    broken.file(package.MODEL_FILE).unlink()
    test = app("evaluate")
    assert "ModelBroken" in test.warning[0].value
    assert [option for option in test.selectbox[0].options if option.startswith(f"{small_model.id} · tiny: ")]


def test_names_are_text_on_every_page_never_markup(app, home, small_model):
    names = ("![x](https:evil.example)", "<b>a</b>", "**bold** :red[x]")
    for name in names:
        (paths.datasets_folder() / "odd" / name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (20, 20), (number, 9, 9)).save(paths.datasets_folder() / "odd" / name / f"{number}.png")
    index.build_index("odd")
    for page in ("home", "datasets", "explore", "train"):
        test = app(page, dataset="odd")
        captions = [str(image.proto) for image in [*test.get("imgs"), *test.get("image")]]
        text = marked(test) + " ".join(captions)
        assert "![x](" not in text
        assert " :red[" not in text
        assert "<b>a" not in written(test)


def test_altered_tables_are_refused_in_words(app, small_model):
    path = small_model.file(package.HISTORY_FILE)
    path.write_bytes(b"x" * path.stat().st_size)
    test = app("evaluate", model=small_model.id, view="card")
    assert "history.csv as it was published" in test.error[0].value.replace("\\", "")


def test_a_home_that_cannot_be_written_to_is_a_message(app, home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("SECOND_LOOK_HOME", str(home / "file"))
    for page in PAGES:
        assert "HomeNotUsable" in app(page).error[0].value


def test_a_network_that_is_none_is_refused_in_words(app, tiny_dataset, small_model):
    broken = small_model.file(package.MODEL_FILE)
    broken.write_bytes(b"x" * broken.stat().st_size)
    test = app("predict", model=small_model.id)
    assert "ModelBroken" in test.error[0].value


def image_bytes(size=(40, 30), mode="RGB"):
    stream = io.BytesIO()
    Image.new(mode, size, 128).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def drawn_cells(home):
    """Cells of the kind that the smallest shipped model knows."""
    return drawn.draw_dataset("drawn", images=80, seed=3)


@pytest.mark.ml
def test_predict_with_the_shipped_model(app, drawn_cells):
    test = app("predict", model="sample-cells-base-cnn")
    assert "with caution" not in words(test) and verdicts.NO_GATE not in hints(test)
    assert "The model answers" in words(test)
    assert "Labelled **Parasitized**" in words(test)
    assert "Bright parts" in hints(test)
    other = next(entry for entry in test.get("button_group") if entry.label == "Evidence for")
    assert set(other.options) >= {"Parasitized", "Uninfected"}


def test_predict_with_a_runtime_that_only_answers(app, tiny_dataset, monkeypatch):
    """The answer, and in the place of the heatmap why there is none, without controls for it."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    made = made_models.write_model(made_models.make_answers([0, 1] * 30), "only-answers")
    test = app("predict", model=made.id)
    assert not test.error
    assert "The model answers <strong>Parasitized</strong>" in words(test)
    assert "No gate" in words(test) and verdicts.NO_GATE in hints(test)
    assert [info.value for info in test.info] == ["This runtime gives no gradients by the image."]
    assert "Bright parts" not in hints(test) and not test.slider
    assert "Evidence for" not in [group.label for group in test.get("button_group")]
    assert "Labelled **Parasitized**" in words(test)


@pytest.mark.ml
def test_predict_refuses_what_the_model_does_not_know_and_answers_when_asked_to(app, drawn_cells):
    test = app("predict", model="sample-cells-base-cnn", **{"from": "own"})
    test.file_uploader(key="predict-upload").set_value(("cell.png", image_bytes(), "image/png")).run()
    assert "Not an image that this model knows" in words(test)
    assert "The model answers" not in words(test) and not test.slider
    assert "The most similar training image" not in words(test), "its data set is not here"
    test.toggle(key="answer-anyway").set_value(True).run()
    assert not test.exception
    assert "The model answers" in words(test) and ", answered anyway</h2>" in words(test)
    assert "Answered anyway: this is not an image that the model knows." in words(test).replace("\\", "")
    other = ("other.png", image_bytes((50, 50)), "image/png")
    test.file_uploader(key="predict-upload").set_value(other).run()
    assert not test.toggle(key="answer-anyway").value, "asked for one image, and no other"
    assert "The model answers" not in words(test)


def test_predict_with_a_gate_that_is_damaged_is_a_message(app, tiny_dataset, monkeypatch):
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    made = made_models.write_model(made_models.make_answers([0, 1] * 30), "guarded")
    amending.add_file(made, package.GATE_FILE, lambda path: path.write_bytes(b"none"))
    test = app("predict", model=made.id)
    assert "ModelBroken" in test.error[0].value and "gate.npz" in test.error[0].value
    assert "The model answers" not in words(test)


def test_evaluate_says_what_the_gate_refuses_at_home_and_of_whom(app, tiny_dataset):
    test = app("evaluate", model="malaria-smear-cnn-micro", view="trust")
    said = words(test)
    assert not test.exception and "test images the gate refuses 1.5 %" in said
    assert "of 24 patients have a refused image" in said
    made = made_models.write_model(made_models.make_answers([0, 1] * 30), "unguarded")
    assert verdicts.NO_GATE in words(app("evaluate", model=made.id, view="trust"))


def test_the_stress_table_is_measured_in_the_background_and_then_drawn(app, home, started, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (block_runtimes.BlockRuntime,))
    monkeypatch.setattr(stress, "IMAGES", 8)
    data = plain_cells.write_dataset("drawn", patients=40)
    found = older_models.write_older(data, older_models.divide(data))
    test = app("evaluate", model=found.id, view="where")
    test.button(key="stress-start").click().run()
    assert not test.exception
    (job,) = jobs.list_jobs()
    assert (job.verb, job.dataset, job.arguments.model) == ("stress", "drawn", found.id)
    assert test.button(key="stress-start").disabled
    assert jobs.work(job.id).name == "finished"
    said = words(app("evaluate", model=found.id, view="where"))
    assert "8 test images of" in said and "Where the line falls and no bar rises" in said


def test_another_data_set_is_asked_in_the_background_and_then_told(app, home, started, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (block_runtimes.BlockRuntime,))
    data = plain_cells.write_dataset("drawn", patients=40)
    found = older_models.write_older(data, older_models.divide(data))
    assert "No other data set with" in words(app("evaluate", model=found.id, view="trust"))
    plain_cells.write_dataset("other", patients=6, first=100)
    test = app("evaluate", model=found.id, view="trust")
    test.button(key="elsewhere-start").click().run()
    assert not test.exception
    (job,) = jobs.list_jobs()
    assert (job.verb, job.dataset, job.arguments.model) == ("elsewhere", "other", found.id)
    assert test.button(key="elsewhere-start").disabled
    worked = jobs.work(job.id)
    assert worked.name == "finished"
    images = elsewhere.read(found, "other").images
    assert f"of {images:,} images there" in words(app("evaluate", model=found.id, view="trust", elsewhere="other"))


@pytest.mark.ml
def test_predict_follows_what_was_decided_about_the_model(app, drawn_cells):
    decided = {"by": "A. Reader", "at": "2026-01-02T03:04:05+00:00"}
    amending.amend(
        package.find_package("sample-cells-base-cnn"),
        {
            "operating_point": {"threshold": 0.2, **decided},
            "calibration": {"temperature": 1.5, **decided},
            "referral": {"limit": 80.0, **decided},
        },
    )
    test = app("predict", model="sample-cells-base-cnn")
    said = words(test)
    assert "A person should look" in said and "The model answers" not in said
    threshold = 100 / (1 + 4 ** (1 / 1.5))
    assert f"from a probability of {threshold:.1f} % on, decided by A. Reader on 2026-01-02" in said
    assert "temperature of 1.50" in said


@pytest.mark.ml
def test_predict_takes_an_upload_and_refuses_what_is_no_image(app, tiny_dataset):
    test = app("predict", model="sample-cells-base-cnn")
    test.segmented_control(key="predict-from").select("My own image").run()
    assert "will stand here" in words(test)
    test.file_uploader(key="predict-upload").set_value(("cell.png", image_bytes(), "image/png")).run()
    assert not test.exception
    assert "Not an image that this model knows" in words(test)
    test.file_uploader(key="predict-upload").set_value(("text.png", b"not an image", "image/png")).run()
    assert "UnreadableImage" in test.error[0].value


@pytest.mark.ml
def test_predict_refuses_an_upload_that_went_around_the_browsers_limit(app, tiny_dataset, monkeypatch):
    """The bytes are a fine image: what is too large is not read, let alone decoded."""
    monkeypatch.setattr(examples, "from_upload", lambda *_: pytest.fail("the file was read"))
    test = app("predict", model="sample-cells-base-cnn")
    test.segmented_control(key="predict-from").select("My own image").run()
    large = image_bytes() + bytes(uploads.MOST_IMAGE_MB * uploads.MB)
    test.file_uploader(key="predict-upload").set_value(("cell.png", large, "image/png")).run()
    assert not test.exception
    assert "UploadTooLarge: expected at most 50 MB; found 52 MB" in test.error[0].value
    assert "The model answers" not in words(test)


def test_an_archive_that_is_too_large_is_not_kept(app, tiny_dataset, monkeypatch):
    monkeypatch.setattr(uploads, "most_of_all_mb", lambda: 1)
    test = app("datasets")
    test.segmented_control(key="import-from").select("Upload").run()
    test.file_uploader(key="import-upload").set_value(("c.zip", bytes(uploads.MB + 1), "application/zip")).run()
    assert not test.exception
    assert "UploadTooLarge: expected at most 1 MB" in test.error[0].value
    assert not paths.uploads_folder().exists()


def test_pages_other_than_predict_load_no_tensorflow(home, tiny_dataset, small_model):
    """In a process of its own, since other tests of this one load it."""
    script = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\nfrom tests.support import app_pages\n"
        "app = AppTest.from_file('app.py', default_timeout=120)\n"
        f"for page in {[name for name in PAGES if name != 'predict']}:\n"
        "    app_pages.choose(app, page).run()\n"
        "    assert not app.exception, (page, app.exception)\n"
        "heavy = {'tensorflow', 'keras', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=paths.PROJECT_FOLDER,
        env=paths.child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]


def test_one_begins_with_the_best_honest_model_and_not_with_the_newest(app, tiny_dataset, nothing_shipped):
    """The newest one learnt from drawn cells; the best of the rest is the older of two."""
    table = made_models.make_answers([0, 1] * 60, skill=3.0)
    poor = made_models.make_answers([0, 1] * 60, skill=0.5)
    made_of = {"name": "tiny", "fingerprint": tiny_dataset.content, "content": tiny_dataset.content}
    drawn = made_of | {"content": "d" * 64, "kind": "drawn"}
    made_models.write_model(table, "the-best", dataset=made_of, created="2026-01-01T00:00:00+00:00")
    made_models.write_model(poor, "the-newer", dataset=made_of, created="2026-01-02T00:00:00+00:00")
    made_models.write_model(table, "the-newest", dataset=drawn, created="2026-01-03T00:00:00+00:00")
    box = app("evaluate").selectbox(key="choice-model")
    assert box.value == "the-best"
    assert box.options[0] == "the-best · tiny: 250 images of 30 patients"
    assert box.options[-1] == "the-newest · drawn cells"
    assert app("home").dataframe[1].value["Trained on"].iloc[0] == "drawn cells"
