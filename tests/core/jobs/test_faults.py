"""Trainings that the world interrupts: state tells the truth, nothing listed is broken, and resuming works."""

import itertools
import shutil
import time

import numpy as np
import pytest

from core.base import background, paths
from core.datasets.index import index
from core.jobs import publishing, training_worker
from core.models import augmentation, backend, loading, package
from core.training import checkpoint, history, recipe, run
from tests.support import small_network
from tests.support.dying import IN_A_CHECKPOINT, best_of, die_as_told, own_packages, start_worker

pytestmark = [pytest.mark.ml, pytest.mark.usefixtures("small_network")]


def create(**settings):
    usual = {"batch_size": 8, "epochs": 3, "patience": 99, "averaging": 0.9, "schedule": "cosine", "optimizer": "adamw"}
    usual |= {"architecture": small_network.KEY, "weight_decay": 0.01}
    return run.create_run(recipe.Recipe("tiny", **{**usual, **settings}))


def test_killed_in_the_middle_of_a_checkpoint(tiny_dataset):
    """With everything that a resumed run must find again, while the reading thread is ahead of the training: every kind
    of change to its images, mean of weights, schedule, decay that leaves biases out."""
    settings = augmentation.Augmentation("both", 180, 0.2, 0.1, 0.2, 0.2, 20, 0.3)
    whole, broken = create(augmentation=settings), create(augmentation=settings)
    assert training_worker.work(whole.id).name == "finished"
    listed = {made.id for made in own_packages()}
    die_as_told(broken, IN_A_CHECKPOINT)
    assert broken.state.name == "interrupted" and broken.state.can_resume
    assert {made.id for made in own_packages()} == listed and not package.list_broken()
    assert checkpoint.read_progress(broken.folder).epochs_done == 1

    state = training_worker.work(broken.id)
    assert (state.name, state.message) == ("finished", "")
    assert not list(broken.folder.glob(".*")) and not list(paths.user_models_folder().glob(".*"))
    for one, other in zip(best_of(whole), best_of(broken), strict=True):
        np.testing.assert_array_equal(one, other)
    rows = [history.read_history(found.folder)["epochs"] for found in (whole, broken)]
    for name in ("loss", "validation_loss", "learning_rate"):
        assert [row[name] for row in rows[0]] == [row[name] for row in rows[1]]
    made = package.find_package(state.details.model_id)
    network = loading.load_model(made.id).network
    answers = np.asarray(network.get_weights()[0])
    np.testing.assert_array_equal(answers, best_of(broken)[0])  # the mean is what is published
    assert recipe.Recipe.from_json(made.manifest.recipe) == whole.recipe
    assert not [layer.name for layer in network.layers if "random" in type(layer).__name__.lower()]
    assert network.count_params() == small_network.ENTRY.parameters

    plain = create(epochs=1)
    training_worker.work(plain.id)
    assert history.read_history(plain.folder)["epochs"][0]["loss"] != rows[0][0]["loss"]


def test_going_on_with_another_rate_is_a_segment_of_the_same_run(tiny_dataset):
    found = create(epochs=2, averaging=0.0, schedule="constant")
    assert training_worker.work(found.id).name == "finished"
    changed = run.change_course(found, epochs=4, learning_rate=0.0001)
    background.queue_work(changed.folder)
    state = training_worker.work(found.id)
    assert state.name == "finished"
    rows = history.read_history(found.folder)["epochs"]
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]
    assert [row["learning_rate"] for row in rows] == pytest.approx([0.001, 0.001, 0.0001, 0.0001])
    made = package.find_package(state.details.model_id)
    best = checkpoint.read_progress(found.folder).best_epoch
    assert made.manifest.training.best_epoch == best
    assert best > 2, "else nothing new was published, and the lines below say nothing"
    assert made.manifest.training.segments[0].epoch == 2
    assert made.manifest.recipe["epochs"] == 4
    first, words, then = publishing._compose_command(run.read_run(found.id)).split("\n")
    assert "--epochs 2 " in first and "--learning-rate 0.001 " in first
    assert words == "# when it has ended; RUN is the id of the new run"
    assert then == "python -m core resume RUN --epochs 4 --learning-rate 0.0001"


def test_the_folder_of_the_data_set_disappears_and_comes_back(tiny_dataset):
    found = create(epochs=1)
    folder = paths.datasets_folder() / "tiny"
    folder.rename(folder.with_name("elsewhere"))
    shutil.rmtree(paths.cache_folder())
    state = training_worker.work(found.id)
    assert state.name == "failed" and state.can_resume
    assert "tiny" in state.message and str(paths.datasets_folder()) in state.message
    folder.with_name("elsewhere").rename(folder)
    background.queue_work(found.folder)
    assert training_worker.work(found.id).name == "finished"
    assert index.read_index("tiny").content == tiny_dataset.content


def test_all_data_is_moved_away_under_a_training_and_comes_back(tiny_dataset):
    """As when a drive is unplugged: the worker ends in words, makes nothing in its place, and what was learnt stays."""
    found = create(epochs=1000)
    child = start_worker(found)
    deadline = time.monotonic() + 240
    while checkpoint.read_progress(found.folder).epochs_done < 2:
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    data, away = paths.data_folder(), paths.home_folder() / "moved"
    data.rename(away)
    said = child.stderr.read().decode()
    assert child.wait(timeout=60) == 2
    assert "RunNotFound" in said and "moved or removed" in said
    assert not data.exists()
    away.rename(data)
    assert (found.state.name, found.state.can_resume) == ("interrupted", True)
    done = checkpoint.read_progress(found.folder).epochs_done
    assert done >= 2
    changed = run.change_course(found, epochs=done + 1)
    run.queue_again(changed)
    assert training_worker.work(found.id).name == "finished"


def test_too_little_memory_names_the_batch_size_to_try(tiny_dataset, monkeypatch):
    found = create(batch_size=64)
    tf, keras = backend.load_tensorflow(), backend.load_keras()

    def exhausted(self, *arguments, **settings):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[64,62,62,32]")

    with monkeypatch.context() as patched:
        patched.setattr(keras.Model, "fit", exhausted)
        state = training_worker.work(found.id)
    assert state.name == "failed" and "batch size of 16" in state.message
    background.queue_work(found.folder)
    assert training_worker.work(found.id).name == "finished"


def test_a_clock_that_jumps_changes_nothing_but_the_stamps(tiny_dataset, monkeypatch):
    """Each look at the clock finds another day, before and after; what is measured is measured by another clock."""
    plain, found = create(epochs=2), create(epochs=2)
    assert training_worker.work(plain.id).name == "finished"
    seen, true = [], time.time
    days = itertools.cycle([-400, 2, -1, 400])

    def jump():
        with monkeypatch.context() as looking:  # as a page that looks at it just then, by yet another clock
            looking.setattr(time, "time", lambda: true() + 86_400 * next(days))
            seen.append(found.state.name)
        return true() + 86_400 * next(days)

    with monkeypatch.context() as jumping:
        jumping.setattr(time, "time", jump)
        state = training_worker.work(found.id)
    assert (state.name, state.message) == ("finished", "")
    assert len(seen) > 5
    assert set(seen) <= {"starting", "preparing", "training", "publishing", "finished"}
    assert found.state.name == "finished"
    rows = history.read_history(found.folder)["epochs"]
    assert [row["epoch"] for row in rows] == [1, 2]
    assert all(0 < row["seconds"] < 240 and row["images_per_second"] > 0 for row in rows)
    for one, other in zip(best_of(plain), best_of(found), strict=True):
        np.testing.assert_array_equal(one, other)


def test_two_workers_of_one_run_do_not_train_twice(tiny_dataset):
    found = create(epochs=1)
    with background.hold(found.folder):  # another app on the same folder has started it
        child = start_worker(found)
        said = child.communicate(timeout=240)[1].decode()
    assert child.returncode == 2 and "no other worker" in said
    assert not checkpoint.read_progress(found.folder).epochs_done
    assert training_worker.work(found.id).name == "finished"
