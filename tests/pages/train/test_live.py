"""The training that is watched: its numbers, its notes, what can be done with it, and the views beside it."""

import json

import numpy as np
import pytest

from core.base import background, files
from core.training import checkpoint, recipe, run, run_comparison, watched
from tests.support import made_models


def say(found, phase, **details):
    files.write_json(found.folder / background.STATUS, {"phase": phase, "queued_at": 0.0, **details})


def learn(found, epochs, *, best=None, rate=0.001):
    """Write a history and a checkpoint as if the run had trained for so many epochs."""
    best = best or epochs
    rows = [
        {
            "kind": "epoch",
            "epoch": number,
            "loss": 1 / number,
            "accuracy": 0.9,
            "validation_loss": 0.3 + 0.01 * abs(number - best),
            "validation_accuracy": 0.9,
            "learning_rate": rate,
            "seconds": 4.0,
            "images_per_second": 500.0,
        }
        for number in range(1, epochs + 1)
    ]
    (found.folder / run.METRICS).write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder = found.folder / f"checkpoint-{epochs:04d}"
    folder.mkdir()
    reached = checkpoint.Progress(epochs, best, 0.3, 10.0)
    files.write_json(folder / checkpoint.STATE, reached.__dict__)


def number(test, label):
    return next(metric.value for metric in test.metric if metric.label == label)


def field(test, label):
    """A field of the form that goes on, not of a new training."""
    ours = (entry for entry in test.number_input if str(entry.key).startswith("go-on-"))
    return next(entry for entry in ours if entry.label == label)


def words(test):
    parts = (*test.markdown, *test.caption, *test.info, *test.warning, *test.error)
    return " ".join(str(part.value) for part in parts)


def go_on(test):
    next(button for button in test.button if button.label == "Go on").click().run()
    assert not test.exception, test.exception


@pytest.fixture
def one_run(tiny_dataset, started):
    return run.create_run(recipe.Recipe("tiny", epochs=4, patience=3))


def test_the_numbers_of_a_run_at_work(app, one_run):
    learn(one_run, 2, rate=0.0005)
    with background.hold(one_run.folder):
        numbers = {"epoch": 3, "epochs": 4, "step": 1, "steps": 7, "images_per_second": 12.0, "seconds_left": 95.0}
        say(one_run, "training", **numbers, threads=1, learning_rate=0.00025)
        test = app("train")
    assert number(test, "Epoch") == "3 of 4"
    assert "12 images a second · learning rate 0.00025 · 1 processor" in words(test), "of now, not of the last epoch"
    assert number(test, "Time left") == "2 min"
    assert number(test, "Validation accuracy") == "90.0 %"
    assert "Right on" not in words(test)
    assert not [button for button in test.button if button.label == "Go on"]


def read_strip(test):
    return next((entry.proto.body for entry in test.get("html") if '<ul class="watched">' in entry.proto.body), "")


def test_eight_validation_images_are_watched_while_it_learns(app, one_run):
    learn(one_run, 2)
    table = one_run.read_split()
    chosen = watched.choose_images(table[table["split"] == "validation"], seed=0)
    watched.write_images(one_run.folder, chosen)
    positive = [0.8 if label == 0 else 0.3 for label in chosen["label"]]
    watched.append_answers(one_run.folder, 1, [[0.5, 0.5]] * len(chosen))
    watched.append_answers(one_run.folder, 2, [[share, 1 - share] for share in [0.1, *positive[1:]]])
    with background.hold(one_run.folder):
        say(one_run, "training", epoch=3, epochs=4, step=1, steps=7)
        drawn = read_strip(app("train"))
    assert drawn.count("<li") == len(chosen) == 8
    assert drawn.count('src="data:image/jpeg;base64,') == 8
    assert (drawn.count("✓ right"), drawn.count("✕ wrong")) == (7, 1)
    assert 'style="width:90%"' in drawn and "✕ wrong 90 %" in drawn
    assert drawn.count('<b title="Parasitized">') == (chosen["label"] == 0).sum()
    assert 'alt="Right after 1 of 2 epochs"' in drawn and drawn.count("data:image/svg+xml;base64,") == 8


def test_a_run_that_kept_no_answers_shows_no_strip(app, one_run):
    learn(one_run, 2)
    with background.hold(one_run.folder):
        say(one_run, "training", epoch=3, epochs=4, step=1, steps=7)
        test = app("train")
    assert not read_strip(test)
    assert "The same validation images" not in words(test)


def test_watched_images_whose_data_set_is_gone_still_have_their_answers(app, one_run):
    learn(one_run, 1)
    images = {"kind": "images", "images": [{"image_id": "gone", "label": 1, "group": "<b>P1"}]}
    answers = {"kind": "answers", "epoch": 1, "probabilities": [[0.25, 0.75]]}
    files.append_lines(one_run.folder / watched.FILE, [images, answers])
    with background.hold(one_run.folder):
        say(one_run, "training", epoch=2, epochs=4, step=1, steps=7)
        drawn = read_strip(app("train"))
    assert "No picture" in drawn and "✓ right 75 %" in drawn and "<b>P1" not in drawn


def finish(found, *, patients=24, images=240, **changes):
    """The run has ended and its model was published: right on 9 of 10 test images, of so many patients."""
    labels = np.tile([0, 1], images // 2)
    wrong = np.arange(len(labels)) % 10 == 0
    chance = np.where(labels == 0, 0.9, 0.1)
    table = made_models.make_answers(labels, groups=[f"P{n}" for n in np.arange(images) % patients])
    table["p_Parasitized"] = np.where(wrong, 1 - chance, chance).astype(np.float32)
    table["p_Uninfected"] = 1 - table["p_Parasitized"]
    made = made_models.write_model(table, "made-of-it", **changes)
    learn(found, 4, best=3)
    say(found, "finished", model_id=made.id)
    return made


def test_the_result_on_unseen_patients_stands_on_top_and_the_validation_number_is_small(app, one_run):
    finish(one_run)
    test = app("train", run=one_run.id)
    verdicts = [entry.proto.body for entry in test.get("html") if 'verdict"' in entry.proto.body]
    assert len(verdicts) == 1
    assert "Right on 216 of 240 images of 24 patients it never saw: 90.0\N{NO-BREAK SPACE}% (" in verdicts[0]
    assert not test.metric, "no number in large letters beside it"
    small = " ".join(entry.value for entry in test.caption)
    assert "Validation loss chose epoch 3; validation accuracy there 90.0 %" in small
    assert "It finds 80 of 100 Parasitized" in small
    assert not test.get("badge")
    links = [link.proto.label for link in test.get("page_link")]
    assert links.index("Evaluate it") < links.index("Predict with it")


def test_the_most_confident_mistakes_are_a_click_away(app, one_run, tiny_dataset):
    table = one_run.read_split()
    part = table[table["split"] == "test"].reset_index(drop=True)
    answers = made_models.make_answers(part["label"].tolist(), groups=part["group"].tolist())
    answers["image_id"] = part["image_id"]
    share = np.where(part["label"] == 0, 0.9, 0.1)
    share[:3] = np.where(part["label"][:3] == 0, [0.2, 0.01, 0.4], [0.8, 0.99, 0.6])
    answers["p_Parasitized"], answers["p_Uninfected"] = share, 1 - share
    origin = {"name": "tiny", "fingerprint": "f" * 64, "content": tiny_dataset.content}
    made = made_models.write_model(answers, "three-wrong", dataset=origin)
    learn(one_run, 4)
    say(one_run, "finished", model_id=made.id)
    test = app("train", run=one_run.id)
    links = [link.proto for link in test.get("page_link") if "image=" in link.proto.query_string]
    assert [part["image_id"][place] in link.query_string for place, link in zip((1, 0, 2), links, strict=True)]
    assert links[0].label.endswith(", 99.0 %")
    assert f"All 3 wrong of {len(part)} test images" in [link.proto.label for link in test.get("page_link")]


def test_where_no_mistake_can_be_shown_there_is_no_place_for_one(app, one_run):
    finish(one_run)  # of images that are not on this machine
    assert "Mistakes to look at" not in [entry.value for entry in app("train", run=one_run.id).header]


def say_badges(test):
    return [entry.value for entry in test.markdown if "-badge[" in entry.value]


def test_what_limits_the_result_stands_beside_it(app, one_run):
    finish(
        one_run,
        patients=6,
        leaky=True,
        recipe={"epochs": 40},
        training={"epochs": 4, "best_epoch": 3, "seconds": 9.0, "precision": "float32", "stopped_by_hand": True},
    )
    said = " ".join(say_badges(app("train", run=one_run.id)))
    assert "red-badge" in said
    for mark in ("Leaky split", "Only 6 patients", "Half-trained"):
        assert mark in said


def test_a_run_without_a_test_image_says_so(app, one_run):
    finish(one_run)
    table = made_models.make_answers([0, 1] * 10, split="validation")
    made = made_models.write_model(table, "without-a-test")
    say(one_run, "finished", model_id=made.id)
    test = app("train", run=one_run.id)
    assert any("There was no unseen image to test it on" in entry.proto.body for entry in test.get("html"))
    assert not test.metric


def test_a_model_that_was_removed_leaves_the_curves(app, one_run):
    learn(one_run, 4)
    say(one_run, "finished", model_id="gone")
    test = app("train", run=one_run.id)
    assert "ModelNotFound" in test.error[0].value
    assert "Validation loss chose epoch 4" in words(test)


def test_a_finished_run_goes_on_with_more_epochs_as_a_segment(app, one_run, started):
    learn(one_run, 4)
    say(one_run, "finished")
    test = app("train", run=one_run.id)
    assert field(test, "Epochs in all").value == 8
    field(test, "Epochs in all").set_value(6)
    field(test, "Learning rate").set_value(0.0002)
    go_on(test)
    changed = run.read_run(one_run.id)
    assert (changed.recipe.epochs, changed.recipe.learning_rate, changed.recipe.patience) == (6, 0.0002, 3)
    assert [segment.epoch for segment in changed.facts.segments] == [4]
    assert started == [(one_run.folder, ["work", one_run.id])]
    said = words(test)
    assert "After epoch 4: " in said
    assert "epochs 4 → 6" in said
    assert "learning rate 0.001 → 0.0002" in said


def test_what_patience_ended_goes_on_with_more_patience(app, tiny_dataset, started):
    found = run.create_run(recipe.Recipe("tiny", epochs=9, patience=2))
    learn(found, 3, best=1)
    say(found, "finished")
    test = app("train", run=found.id)
    patience = field(test, "Patience")
    assert (patience.min, patience.value) == (3, 4)
    go_on(test)
    assert not test.error
    assert run.read_run(found.id).recipe.patience == 4
    assert started == [(found.folder, ["work", found.id])]


def test_going_on_without_a_change_is_a_resume(app, one_run, started):
    learn(one_run, 2)
    say(one_run, "stopped")
    test = app("train", run=one_run.id)
    go_on(test)
    assert started == [(one_run.folder, ["work", one_run.id])]
    assert not run.read_run(one_run.id).facts.segments


def test_a_run_that_learnt_nothing_yet_cannot_go_on_but_resume(app, one_run):
    say(one_run, "interrupted-by-nothing")
    test = app("train", run=one_run.id)
    labels = [button.label for button in test.button]
    assert "Go on" not in labels
    assert "Resume" in labels


def test_a_run_that_failed_in_its_first_epoch_can_begin_anew_at_another_rate(app, one_run, started):
    say(one_run, "failed", message="expected: a loss that is a number")
    test = app("train", run=one_run.id)
    assert "No epoch is done yet" in words(test)
    field(test, "Learning rate").set_value(0.0001)
    go_on(test)
    assert "RunNotUsable" not in words(test)
    assert run.read_run(one_run.id).recipe.learning_rate == 0.0001
    assert started == [(one_run.folder, ["work", one_run.id])]


def test_a_run_with_all_the_epochs_there_can_be_is_still_shown(app, tiny_dataset, started):
    found = run.create_run(recipe.Recipe("tiny", epochs=1000, patience=1000))
    learn(found, 1000)
    say(found, "finished")
    test = app("train", run=found.id)
    assert not test.exception
    assert "1000 of 1000 epochs" in words(test)


def test_patience_is_never_proposed_beyond_its_limit(app, tiny_dataset, started):
    found = run.create_run(recipe.Recipe("tiny", epochs=900, patience=600))
    learn(found, 700, best=100)
    say(found, "finished")
    test = app("train", run=found.id)
    assert not test.exception
    assert field(test, "Patience").value == 1000


def test_a_rate_that_rises_again_is_said_before_it_does(app, tiny_dataset, started):
    found = run.create_run(recipe.Recipe("tiny", epochs=4, schedule="cosine", patience=9))
    learn(found, 4)
    say(found, "finished")
    test = app("train", run=found.id)
    assert "The cosine schedule spreads over all 8 epochs" in words(test)
    field(test, "Epochs in all").set_value(12).run()
    assert "The cosine schedule spreads over all 12 epochs" in words(test)


def test_what_comes_before_the_first_batch_has_a_bar(app, one_run):
    row = {"what": "Running the backbone once", "done": 300, "total": 1200, "seconds_left": 95.0}
    with background.hold(one_run.folder):
        say(one_run, "preparing", what=row["what"], progress=row)
        test = app("train", run=one_run.id)
    assert "Running the backbone once: 300 of 1,200, 2 min left" in words(test)
    (bar,) = test.get("progress")
    assert bar.proto.value == 25


def test_a_stop_that_came_before_its_turn_says_what_is_kept(app, one_run):
    learn(one_run, 3, best=2)
    say(one_run, "stopped", epoch=3, epochs=4, best_epoch=2)
    said = words(app("train", run=one_run.id))
    assert "best weights so far, of epoch 2, are kept" in said
    assert "before the first epoch" not in said
    say(one_run, "stopped")
    assert "Stopped before the first epoch ended" in words(app("train", run=one_run.id))


def test_a_fine_tuned_run_is_not_asked_for_the_rate_of_its_head(app, tiny_dataset, started):
    found = run.create_run(recipe.suggest("tiny", "mobilenet_v2_finetuned", epochs=8))
    learn(found, 6)
    say(found, "stopped")
    test = app("train", run=found.id)
    labels = [entry.label for entry in test.number_input if not (entry.key or "").startswith("recipe-")]
    assert "Epochs in all" in labels
    assert "Learning rate" not in labels


def test_notes_stand_under_the_curves(app, one_run):
    learn(one_run, 4)
    say(one_run, "finished")
    loss = [0.5, 0.3, 0.5, 0.9, 1.2, 1.6]
    rows = [json.loads(line) for line in (one_run.folder / run.METRICS).read_text().splitlines()]
    many = [{**rows[0], "epoch": n, "loss": 0.5 / n, "validation_loss": each} for n, each in enumerate(loss, 1)]
    (one_run.folder / run.METRICS).write_text("".join(json.dumps(row) + "\n" for row in many))
    test = app("train", run=one_run.id)
    assert any("overfits" in str(note.value) for note in test.warning), [note.value for note in test.warning]


def test_the_view_stands_in_the_address(app, one_run):
    say(one_run, "stopped")
    learn(one_run, 2)
    test = app("train", run=one_run.id, panel="compare")
    assert not test.metric
    assert "Validation loss chose" not in words(test)
    test.segmented_control(key="view-panel").select("run").run()
    assert test.query_params["panel"] == "run"
    assert "Validation loss chose epoch 2" in words(test)
    test.segmented_control(key="view-panel").select("series").run()
    assert not test.exception
    assert "will stand here" in words(test)


def test_the_run_that_trains_comes_before_one_that_waits(app, one_run):
    second = run.create_run(recipe.Recipe("tiny", epochs=9))
    with background.hold(one_run.folder), background.hold(second.folder):
        numbers = {"epoch": 1, "epochs": 4, "step": 1, "steps": 7, "images_per_second": 12.0, "seconds_left": 95.0}
        say(one_run, "training", **numbers)
        say(second, "waiting")
        assert app("train").query_params["run"] == one_run.id


def test_the_others_are_called_as_their_models_are(app, tiny_dataset, one_run):
    named = run.create_run(recipe.Recipe("tiny", seed=3), save_as="cells-fold-2-of-5")
    say(named, "finished")
    test = app("train", run=one_run.id)
    said = [link.proto.label for link in test.get("page_link")]
    assert f"cells-fold-2-of-5 · Finished · {run_comparison.describe_start(named)}" in said


def test_a_note_is_muted_by_somebody_counted_and_taken_back(app, one_run):
    learn(one_run, 4, best=1)
    say(one_run, "finished")
    test = app("train", run=one_run.id)
    (note,) = [entry.value for entry in test.info if "validation part has" in entry.value]
    next(box for box in test.text_input if str(box.key).startswith("mute-who-C209")).set_value("Ada").run()
    next(button for button in test.button if str(button.key).startswith("mute-C209")).click().run()
    assert not test.exception, test.exception
    assert note not in [entry.value for entry in test.info]
    assert "1 muted" in [expander.label for expander in test.expander]
    assert note in words(test) and "C209, muted by Ada, " in words(test)
    next(button for button in test.button if str(button.key).startswith("unmute-C209")).click().run()
    assert note in [entry.value for entry in test.info]
