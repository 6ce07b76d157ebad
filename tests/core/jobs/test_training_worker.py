"""Real trainings of a tiny data set: published whole, killed at any moment, stopped, resumed, on a full disk."""

import errno
import os
import signal
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.base import background, errors, files, paths
from core.datasets.index import index, originals, pixels
from core.explanation import gradcam
from core.gate import gate, gate_file
from core.jobs import publishing, training_worker
from core.models import backend, exporting, loading, normalisation, package, registry, tables
from core.prediction import evidence, predictor
from core.results import on_dataset
from core.runtimes import opening
from core.training import checkpoint, history, input_form, recipe, run, watched
from core.training.fit import callbacks
from tests.support import dying, plain_cells, small_network

pytestmark = [pytest.mark.ml, pytest.mark.usefixtures("small_network")]


def create(**settings):
    usual = {"architecture": small_network.KEY, "batch_size": 8, "epochs": 3, "patience": 99}
    return run.create_run(recipe.Recipe("tiny", **{**usual, **settings}))


def wait_until(condition, child, seconds=240):
    deadline = time.time() + seconds
    while not condition():
        assert child.poll() is None, child.stderr.read().decode()
        assert time.time() < deadline
        time.sleep(0.02)


def weights_of(found):
    network = loading.read_network(checkpoint.model_path(found.folder))
    return [np.asarray(weight) for weight in network.get_weights()]


def test_a_finished_run_is_a_whole_model(tiny_dataset):
    found = create(architecture="base_cnn")
    state = training_worker.work(found.id)
    assert (state.name, state.message) == ("finished", "")
    made = package.find_package(state.details.model_id)
    manifest = made.manifest
    predictions = pd.read_parquet(made.file(package.PREDICTIONS_FILE))
    trained = pd.read_parquet(made.file(package.TRAINING_IMAGES_FILE))

    assert sorted(tables.read_pictures(made).image_ids) == sorted(tiny_dataset.usable["image_id"])
    assert set(predictions["split"]) == {"validation", "test"}
    assert len(predictions) + len(trained) == len(tiny_dataset.usable)
    assert not set(predictions["image_id"]) & set(trained["image_id"])
    assert not set(predictions["group"]) & set(trained["group"])
    assert np.allclose(predictions.filter(like="p_").sum(axis=1), 1, atol=1e-5)
    test = predictions[predictions["split"] == "test"]
    assert np.sum(manifest.test.confusion) == manifest.test.n == len(test)
    assert manifest.parameters == registry.find_architecture("base_cnn").parameters
    assert manifest.positive_class == "Parasitized"
    assert manifest.dataset.fingerprint == tiny_dataset.fingerprint
    assert manifest.command.startswith("python -m core train tiny ")
    assert manifest.heatmap.images > 0
    assert made.has(package.ONNX_FILE), "it answers without TensorFlow"
    speed = manifest.milliseconds_per_image
    assert speed.value > 0 and speed.batch == 1 and speed.processor
    assert {"python", "tensorflow", "keras"} <= set(manifest.versions)
    assert len(pd.read_csv(made.file(package.HISTORY_FILE))) == 3

    learnt = history.read_history(found.folder)
    assert [row["epoch"] for row in learnt["epochs"]] == [1, 2, 3]
    steps = -(-manifest.split.images.train // 8)
    assert [row["step"] for row in learnt["batches"]] == list(range(1, 3 * steps + 1))
    sizes = np.full(steps, 8.0)
    sizes[-1] = manifest.split.images.train - 8 * (steps - 1)
    first = np.average([row["loss"] for row in learnt["batches"][:steps]], weights=sizes)
    assert first == pytest.approx(learnt["epochs"][0]["loss"], rel=1e-3)

    assert loading.load_model(made.id).network.get_layer("logits").units == 2
    with pytest.raises(errors.RunNotUsable, match="finished"):
        run.start_run(found)


def test_killed_in_an_epoch_and_while_publishing_it_ends_with_the_same_bits(tiny_dataset):
    """An uninterrupted run and one that was killed (-9) twice end with identical weights and optimizer state."""
    whole, broken = create(), create()
    assert training_worker.work(whole.id).name == "finished"
    listed = {made.id for made in dying.own_packages()}
    child = dying.start_worker(broken)
    wait_until(lambda: has_batches_after(broken, 1, 6), child)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert_interrupted(broken, listed)

    dying.die_as_told(broken, dying.IN_PUBLISHING)  # it went on from there, to its end
    assert_interrupted(broken, listed)
    assert checkpoint.read_progress(broken.folder).epochs_done == 3
    assert training_worker.work(broken.id).name == "finished"
    assert not list(broken.folder.glob(".*")) and not list(paths.user_models_folder().glob(".*"))
    for one, other in zip(weights_of(whole), weights_of(broken), strict=True):
        np.testing.assert_array_equal(one, other)
    learnt = [history.read_history(found.folder) for found in (whole, broken)]
    for name in ("loss", "accuracy", "validation_loss"):
        assert [row[name] for row in learnt[0]["epochs"]] == [row[name] for row in learnt[1]["epochs"]]
    assert [row["step"] for row in learnt[0]["batches"]] == [row["step"] for row in learnt[1]["batches"]]
    told = [watched.read_stories(found.folder, epochs=3) for found in (whole, broken)]
    assert told[0] == told[1]
    assert [story.epochs for story in told[0]] == [(1, 2, 3)] * watched.MOST


def test_the_watched_answers_are_those_of_the_weights_that_are_judged(tiny_dataset):
    """With a mean of the weights: what was kept after the best epoch is what the published model answers."""
    found = create(epochs=2, averaging=0.9)
    made = package.find_package(training_worker.work(found.id).details.model_id)
    published = pd.read_parquet(made.file(package.PREDICTIONS_FILE)).set_index("image_id")
    best = history.read_history(found.folder)["best_epoch"]
    stories = watched.read_stories(found.folder, epochs=2)
    assert len({story.image.group for story in stories}) > 1
    for story in stories:
        row = published.loc[story.image.image_id]
        assert (row["split"], row["label"]) == ("validation", story.image.label)
        own = float(row[f"p_{made.class_names[story.image.label]}"])
        assert story.true_class[best - 1] == pytest.approx(own, abs=0.01), "rounded, and perhaps in bfloat16"


def assert_interrupted(found, listed):
    """It says so, may go on, and nothing that it did not finish is listed."""
    assert found.state.name == "interrupted"
    assert found.state.can_resume
    assert {made.id for made in dying.own_packages()} == listed and not package.list_broken()


def has_batches_after(found, epoch, steps):
    """Whether a checkpoint of this epoch is there and the next epoch has begun."""
    done = checkpoint.read_progress(found.folder).epochs_done
    return done >= epoch and len(history.read_history(found.folder)["batches"]) > steps


def test_stop_keeps_what_was_learnt_and_can_be_resumed(tiny_dataset):
    found = create(epochs=1000)
    child = dying.start_worker(found)
    wait_until(lambda: checkpoint.read_progress(found.folder).epochs_done >= 1, child)
    asked = time.time()
    run.stop_run(found)
    child.communicate(timeout=120)
    state = found.state
    assert state.name == "stopped"
    assert time.time() - asked < 60
    assert package.find_package(state.details.model_id).manifest.training.stopped_by_hand
    done = checkpoint.read_progress(found.folder).epochs_done
    assert 1 <= done < 1000

    changed = run.change_course(found, epochs=done + 1)
    run.require_startable(changed)
    background.queue_work(changed.folder)
    assert training_worker.work(found.id).name == "finished"
    assert checkpoint.read_progress(found.folder).epochs_done == done + 1


def test_the_same_epoch_is_published_once_and_a_stop_while_waiting_forgets_no_model(tiny_dataset):
    found = create(epochs=2)
    first = training_worker.work(found.id).details.model_id
    again = background.files.read_json(found.folder / background.STATUS)
    background.files.write_json(
        found.folder / background.STATUS, {**again, "phase": "training"}
    )  # killed just after publishing
    assert found.state.name == "interrupted"
    run.queue_again(found)
    background.request_stop(found.folder)
    half = paths.user_models_folder() / ".publishing-0000-0000000000-000000"
    half.mkdir()
    state = training_worker.work(found.id)
    assert (state.name, state.details.model_id) == ("stopped", first)
    run.queue_again(found)
    assert training_worker.work(found.id).details.model_id == first
    mine = [made for made in package.list_packages() if made.folder.parent == paths.user_models_folder()]
    assert [made.id for made in mine] == [first]
    assert not half.exists()


def test_a_loss_that_becomes_no_number_keeps_the_best_epoch(tiny_dataset, monkeypatch):
    found = create(epochs=4)
    end = callbacks.Recorder.on_epoch_end

    def diverge(self, epoch, logs):
        end(self, epoch, {**logs, "val_loss": float("nan")} if epoch == 2 else logs)

    monkeypatch.setattr(callbacks.Recorder, "on_epoch_end", diverge)
    state = training_worker.work(found.id)
    assert state.name == "failed"
    assert "Lower the learning rate" in state.message
    made = package.find_package(state.details.model_id)
    assert made.manifest.training.best_epoch in (1, 2)


def test_stopped_before_the_first_epoch_there_is_no_model_and_no_lie(tiny_dataset):
    found = create()
    background.request_stop(found.folder)
    state = training_worker.work(found.id)
    assert state.name == "stopped"
    assert state.details.model_id is None
    assert package.list_packages() == [] or all(
        p.folder.parent != paths.user_models_folder() for p in package.list_packages()
    )
    background.queue_work(found.folder)
    assert training_worker.work(found.id).name == "finished"


def test_patience_ends_a_training_and_the_best_epoch_is_published(tiny_dataset):
    found = create(epochs=60, patience=1, learning_rate=0.01)
    state = training_worker.work(found.id)
    assert state.name == "finished"
    learnt = history.read_history(found.folder)
    reached = checkpoint.read_progress(found.folder)
    losses = [row["validation_loss"] for row in learnt["epochs"]]
    assert reached.best_epoch == int(np.argmin(losses)) + 1 == learnt["best_epoch"]
    assert len(losses) == reached.best_epoch + 1 or len(losses) == 60


def test_a_full_disk_at_a_checkpoint_fails_in_words_and_loses_nothing(tiny_dataset, monkeypatch):
    found = create(epochs=3)
    save = checkpoint.write_checkpoint

    def full_at_the_second(folder, network, reached, extra=None):
        if reached.epochs_done == 2:
            with background.files.disk_full_as_message(folder):
                raise OSError(errno.ENOSPC, "No space left on device")
        save(folder, network, reached, extra)

    with monkeypatch.context() as filling:
        filling.setattr(checkpoint, "write_checkpoint", full_at_the_second)
        state = training_worker.work(found.id)
    assert state.name == "failed"
    assert "Free some space" in state.message
    assert checkpoint.read_progress(found.folder).epochs_done == 1
    background.queue_work(found.folder)
    assert training_worker.work(found.id).name == "finished"


def test_that_the_disk_is_full_can_still_be_said(tiny_dataset, monkeypatch):
    """Nothing at all can be written any more but into the room that the run has kept."""
    found = create(epochs=2)
    write = files.write_json
    full = []

    def fill(folder, network, reached, extra=None):
        full.append(folder)
        raise errors.DiskFull(expected="room", found="none", where=str(folder), todo="Free some space.")

    def write_if_there_is_room(path, content, **settings):
        if full and (found.folder / training_worker.RESERVE).exists():
            raise errors.DiskFull(expected="room", found="none", where=str(path), todo="Free some space.")
        write(path, content, **settings)

    monkeypatch.setattr(checkpoint, "write_checkpoint", fill)
    monkeypatch.setattr(files, "write_json", write_if_there_is_room)
    state = training_worker.work(found.id)
    assert full
    assert state.name == "failed"
    assert "Free some space" in state.message
    assert not (found.folder / training_worker.RESERVE).exists()


@pytest.mark.parametrize(("size", "words"), [(8, "batch size of 2"), (1, "smaller images")])
def test_too_little_memory_after_the_fit_is_said_too(tiny_dataset, monkeypatch, size, words):
    def publish(*arguments, **settings):
        raise backend.load_tensorflow().errors.ResourceExhaustedError(None, None, "OOM")

    monkeypatch.setattr(publishing, "publish", publish)
    state = training_worker.work(create(epochs=1, batch_size=size).id)
    assert state.name == "failed" and state.can_resume
    assert "Not enough memory" in state.message and words in state.message


def test_a_damaged_run_says_which_file_and_what_to_do(tiny_dataset):
    found = create(epochs=1)
    assert training_worker.work(found.id).name == "finished"
    for made in dying.own_packages():
        background.files.remove_folder(made.folder)
    content = background.files.read_json(found.folder / run.RECIPE)
    content["recipe"]["epochs"] = 2
    background.files.write_json(found.folder / run.RECIPE, content)
    kept = found.folder / "checkpoint-0001"
    best = checkpoint.best_weights_path(found.folder, 1)
    for path in (kept / "model.keras", kept / "state.json", found.folder / run.SPLIT, best):
        whole = path.read_bytes()
        path.write_bytes(whole[:40])
        background.queue_work(found.folder)
        state = training_worker.work(found.id)
        if path == best and state.name == "finished":
            assert checkpoint.read_progress(found.folder).best_epoch == 2  # a better epoch replaced what was damaged
            return
        assert state.name == "failed", path
        assert path.name in state.message
        assert "Start a new training" in state.message
        path.write_bytes(whole)


def test_a_data_set_that_changed_since_is_refused(tiny_dataset):
    found = create()
    folder = paths.datasets_folder() / "tiny" / "Uninfected"
    next(folder.iterdir()).unlink()
    index.build_index("tiny")
    state = training_worker.work(found.id)
    assert state.name == "failed"
    assert "DatasetChanged" in state.message
    assert "Start a new run" in state.message


def test_a_loss_that_is_no_number_is_a_message(tmp_path):
    recorder = callbacks.Recorder(tmp_path, lambda *a, **k: None, images=8, batch_size=8, epochs=1, epochs_done=0)
    recorder.on_epoch_begin(0)
    with pytest.raises(errors.TrainingFailed, match="Lower the learning rate"):
        recorder.on_train_batch_end(0, {"loss": float("nan"), "accuracy": 0.5})


def test_the_status_tells_the_rate_of_now_and_no_time_that_nobody_can_know(tmp_path, monkeypatch):
    monkeypatch.setattr(callbacks, "STATUS_SECONDS", -1.0)
    said = []
    recorder = callbacks.Recorder(
        tmp_path,
        lambda phase, **details: said.append(details),
        images=16,
        batch_size=8,
        epochs=4,
        epochs_done=0,
        slower_from=1,
    )
    optimizer = SimpleNamespace(learning_rate=0.25)
    recorder.set_model(SimpleNamespace(optimizer=optimizer))
    clock = iter(range(100))
    monkeypatch.setattr(callbacks.time, "monotonic", lambda: float(next(clock)))
    recorder.on_train_begin()  # the head: fast, and no measure of what follows
    recorder.on_epoch_begin(0)
    recorder.on_train_batch_end(0, {"loss": 1.0, "accuracy": 0.5})
    assert (said[-1]["learning_rate"], said[-1]["seconds_left"]) == (0.25, None)
    optimizer.learning_rate = 0.125
    recorder.on_train_begin()  # from here the clock is asked once more by the epoch and twice by the batch
    recorder.on_epoch_begin(1)
    recorder.on_train_batch_end(0, {"loss": 1.0, "accuracy": 0.5})
    assert said[-1]["learning_rate"] == 0.125
    assert said[-1]["seconds_left"] == pytest.approx((3 * 16 - 8) * 3 / 8), "the second phase's own pace"


def test_dropout_is_reseeded_by_epoch_so_that_resuming_repeats_it():
    keras = backend.load_keras()
    layer = keras.layers.Dropout(0.5)
    model = keras.Sequential([keras.Input((50,)), layer])
    reseed = callbacks.Reseed(3)
    reseed.set_model(model)
    ones = np.ones((1, 50), np.float32)

    def drop(epoch):
        reseed.on_epoch_begin(epoch)
        return np.asarray(model(ones, training=True))

    assert (drop(2) == drop(2)).all()
    assert (drop(2) != drop(3)).any()


def test_bfloat16_training_ends_in_a_float32_model(tiny_dataset):
    found = create(epochs=1, precision="mixed_bfloat16")
    state = training_worker.work(found.id)
    assert state.name == "finished"
    made = package.find_package(state.details.model_id)
    assert made.manifest.training.precision == "mixed_bfloat16"
    network = loading.load_model(made.id).network
    assert {layer.compute_dtype for layer in network.layers if layer.weights} == {"float32"}


def test_a_form_is_the_same_in_training_in_prediction_and_on_another_data_set(home):
    """The whole way of a cell on white ground: what the package says of its test images is what anybody gets."""
    data = plain_cells.write_dataset("drawn", patients=40)
    wanted = recipe.Recipe("drawn", small_network.KEY, batch_size=8, epochs=1, patience=99, normalisation="cells")
    found = run.create_run(wanted)
    state = training_worker.work(found.id)
    assert (state.name, state.message) == ("finished", "")
    made = package.find_package(state.details.model_id)
    assert made.form.kind == normalisation.CELLS and made.form == input_form.prepare(found, data)
    assert "--normalisation cells" in made.manifest.command
    assert pixels.cache_path(data.content, *made.input_size_px, made.form.change).exists()

    kept = tables.read_predictions(made).set_index("image_id")["p_Parasitized"]
    asked = opening.open_runtime(made)
    rows = data.usable.index[data.usable["image_id"].isin(kept.index)][:6]
    one_by_one = [predictor.predict_image(made, asked, originals.read_image(data, int(row))) for row in rows]
    by_hand = [answer.probabilities["Parasitized"] for answer in one_by_one]
    np.testing.assert_allclose(by_hand, kept[data.table.loc[rows, "image_id"]], atol=1e-5)
    table = on_dataset.build_table(made, data)
    again = on_dataset.predict_rows(made, data, table, asked)[:, made.class_names.index("Parasitized")]
    both = pd.Series(again, table["image_id"])
    np.testing.assert_allclose(both[kept.index], kept, atol=1e-5)

    guard = gate_file.read(made)
    assert guard.wide is not None and len(guard.states) == len(kept)
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    assert guard.judge(gate.look_at_images(made, asked, [noise]))[0].refused

    image_rgb = originals.read_image(data, int(rows[0]))
    box = normalisation.cut(image_rgb, normalisation.CELLS).box
    heat = evidence.explain(made, gradcam.find_gradients(asked), image_rgb, 0)
    outside = np.ones(image_rgb.shape[:2], bool)
    outside[box.top : box.bottom, box.left : box.right] = False
    assert heat.values.shape == image_rgb.shape[:2] and not heat.values[outside].any()
    folder = exporting.export_model(made.id, home / "exported")
    assert "cut from its ground" in " ".join((folder / exporting.README_FILE).read_text().split())
