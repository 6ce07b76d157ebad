"""Notes on curves: each is said of the history it is about, with its numbers, and never of an ordinary good one."""

import inspect
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base import paths
from core.training import curve_checks, curve_notes, history, recipe, run

EVEN = curve_notes.Parts((700, 700), (150, 150))


def make_recipe(**changes):
    return recipe.Recipe("tiny", **{"epochs": 20, "patience": 5, **changes})


def make_history(validation_loss, *, loss=None, accuracy=None, validation_accuracy=None):
    """Hand-made epochs; what is not given follows from the losses as it does in an honest training."""
    count = len(validation_loss)
    loss = loss if loss is not None else [value * 0.95 for value in validation_loss]
    validation_accuracy = validation_accuracy or [max(0.5, 1 - value / 2) for value in validation_loss]
    accuracy = accuracy or [min(1.0, value + 0.01) for value in validation_accuracy]
    rows = [
        {
            "epoch": number + 1,
            "loss": loss[number],
            "accuracy": accuracy[number],
            "validation_loss": validation_loss[number],
            "validation_accuracy": validation_accuracy[number],
        }
        for number in range(count)
    ]
    best = min(rows, key=lambda row: row["validation_loss"], default=None)
    return {"batches": [], "epochs": rows, "best_epoch": best and best["epoch"], "segments": []}


def say(learnt, wanted=None, state="training", parts=EVEN, **more):
    return curve_notes.find_notes(learnt, wanted or make_recipe(), state, parts=parts, **more)


def one(found, kind="warning"):
    (note,) = found
    assert note.check.severity == kind
    return note.text


# --- nothing to say -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", range(13))
def test_an_ordinary_good_training_needs_no_note_at_any_time(epochs):
    losses = [0.7 * 0.75**n + 0.15 for n in range(epochs)]
    assert say(make_history(losses)) == []


def test_noise_of_an_ordinary_size_needs_no_note():
    falling = 0.6 * 0.7 ** np.arange(20) + 0.15
    for seed in range(200):
        rng = np.random.default_rng(seed)
        losses = falling * (1 + 0.05 * rng.standard_normal(20))
        accuracies = 1 - falling / 2 + 0.012 * rng.standard_normal(20)
        learnt = make_history(list(losses), loss=list(falling * 0.9), validation_accuracy=list(accuracies))
        for upto in range(1, 21):
            assert say({**learnt, "epochs": learnt["epochs"][:upto]}) == [], (seed, upto)
        assert say(learnt, make_recipe(epochs=20), "finished") == [], seed


SHIPPED = sorted((paths.PROJECT_FOLDER / "trained_models").glob("*/history.csv"))


# From 1,400 photographs alone a network overfits, and the note is right to say so.
TOO_FEW_IMAGES = "cats-dogs-smear-cnn"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_the_models_that_ship_are_good_trainings(path: Path):
    learnt = history.from_table(pd.read_csv(path))
    wanted = make_recipe(epochs=len(learnt["epochs"]) + 5)
    said = [note.text for note in say(learnt, wanted, "finished") if note.is_warning]
    if path.parent.name == TOO_FEW_IMAGES:
        assert len(said) == 1 and said[0].startswith("Validation is far below training")
    else:
        assert said == []


# --- over-fitting ---------------------------------------------------------------------------------------------------

RISING = [0.6, 0.45, 0.40, 0.42, 0.5, 0.58, 0.66]
LOSS = [0.6, 0.4, 0.3, 0.22, 0.15, 0.10, 0.06]
FLAT = [0.7, 0.78, 0.81, 0.81, 0.81, 0.81, 0.81]


def test_overfitting_is_said_with_its_numbers_and_what_helps():
    said = one(say(make_history(RISING, loss=LOSS, validation_accuracy=FLAT)))
    assert "It overfits: since epoch 3" in said
    assert "the training loss fell from 0.300 to 0.060" in said
    assert "rose from 0.400 to 0.660" in said
    assert "The weights of epoch 3 are kept" in said
    assert "augmentation" in said


def test_advice_leaves_out_what_is_done_already():
    wanted = make_recipe(weight_decay=0.01, label_smoothing=0.05)
    said = one(say(make_history(RISING, loss=LOSS, validation_accuracy=FLAT), wanted))
    assert "weight decay" not in said
    assert "label smoothing" not in said


def test_a_rise_that_is_short_or_that_the_training_loss_shares_is_not_overfitting():
    short = make_history([0.6, 0.45, 0.40, 0.42, 0.55], loss=LOSS[:5], validation_accuracy=FLAT[:5])
    shared = make_history(RISING, loss=[0.6, 0.4, 0.3, 0.35, 0.4, 0.5, 0.55], validation_accuracy=FLAT)
    back = make_history([*RISING[:6], 0.405], loss=LOSS, validation_accuracy=FLAT)
    assert say(short) == say(shared) == say(back) == []


def test_losses_that_are_almost_nothing_may_rise_without_a_word():
    """Every image is right, and stays right: how sure the network is of it changes no answer."""
    losses = [0.3, 0.02, 0.0010, 0.0016, 0.0022, 0.0024, 0.0025]
    learnt = make_history(losses, loss=[0.3, 0.03, 0.002, 0.001, 0.0008, 0.0006, 0.0005], validation_accuracy=[1.0] * 7)
    assert say(learnt) == []


def test_accuracy_that_falls_apart_late():
    accuracies = [0.8, 0.9, 0.94, 0.95, 0.94, 0.7, 0.6, 0.62]
    learnt = make_history(
        [0.5, 0.3, 0.25, 0.24, 0.26, 1.0, 1.6, 1.5], validation_accuracy=accuracies, accuracy=[0.9] * 8
    )
    said = one(say(learnt))
    assert "collapsed: it was 94.0 % and lies between 60.0 % and 70.0 % since epoch 6" in said
    assert "training accuracy is 90.0 %" in said
    assert say({**learnt, "epochs": learnt["epochs"][:6]}) == []  # one bad epoch is no collapse


# --- not a number ---------------------------------------------------------------------------------------------------


def test_a_loss_that_is_none_names_a_lower_rate():
    message = f"TrainingFailed: expected {curve_notes.NOT_A_NUMBER}, found nan at batch 44"
    said = one(say(make_history([]), make_recipe(learning_rate=0.1), "failed", message=message))
    assert "no longer a number (in the first epoch)" in said
    assert "0.01 instead of 0.1" in said
    later = one(say(make_history([0.5, 0.4]), make_recipe(precision="mixed_float16"), "failed", message=message))
    assert "after 2 epochs" in later
    assert "best weights before that are kept" in later
    assert "float32" in later


def test_nan_in_the_history_is_seen_without_the_message():
    learnt = make_history([0.5, 0.4, math.nan])
    assert "no longer a number" in one(say(learnt))
    assert "no longer a number" in one(say({**make_history([0.5]), "batches": [{"loss": math.inf}]}))


def test_another_failure_is_not_called_a_number():
    assert say(make_history([]), state="failed", message="DiskFull: expected room") == []


def test_the_words_of_the_worker_are_the_ones_that_are_looked_for():
    source = (Path(inspect.getfile(curve_notes)).parent / "fit" / "callbacks.py").read_text()
    assert curve_notes.NOT_A_NUMBER in source or "notes.NOT_A_NUMBER" in source


# --- nothing learnt -------------------------------------------------------------------------------------------------


def make_idle(epochs, share=0.5, loss=0.6931):
    return make_history(
        [loss] * epochs, loss=[loss] * epochs, accuracy=[share] * epochs, validation_accuracy=[share] * epochs
    )


def test_nothing_learnt_after_two_epochs():
    assert say(make_idle(1)) == []
    said = one(say(make_idle(2)))
    assert "Nothing is learnt after 2 epochs" in said
    assert "larger class gives 50.0 %" in said
    assert "five epochs" in said
    assert "0.0001 or 0.003" in said
    assert "five epochs" not in one(say(make_idle(20), state="finished"))


def test_always_the_larger_class_is_nothing_learnt_though_most_are_right():
    parts = curve_notes.Parts((900, 100), (180, 20))
    entropy = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert "gives 90.0 %" in one(say(make_idle(3, 0.9, entropy), parts=parts))
    # The same accuracy with a loss that only looking at the images can reach: it is learning.
    assert say(make_idle(3, 0.9, entropy * 0.8), parts=parts) == []


def test_without_class_counts_learning_is_not_judged():
    assert say(make_idle(5), parts=None) == []


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_loss_of_chance_is_the_least_a_constant_answer_reaches(smoothing, weights):
    """Against a search over constant answers of two classes."""
    counts = (80, 20)
    wanted = make_recipe(label_smoothing=smoothing, class_weights=weights)
    shares = np.array([0.5, 0.5]) if weights == "balanced" else np.array([0.8, 0.2])
    truth = (1 - smoothing) * np.eye(2) + smoothing / 2
    answers = np.linspace(0.001, 0.999, 999)
    losses = [-(shares @ truth) @ np.log([p, 1 - p]) for p in answers]
    assert curve_checks._loss_of_chance(counts, wanted) == pytest.approx(min(losses), abs=1e-4)


# --- gap, swings, small parts ---------------------------------------------------------------------------------------


def test_validation_far_below_training():
    learnt = make_history([0.5] * 6, loss=[0.3] * 6, accuracy=[0.97] * 6, validation_accuracy=[0.8] * 6)
    said = one(say(learnt))
    assert "80.0 % against 97.0 %" in said
    assert "patients" in said
    assert "the images of the two parts" in one(say(learnt, make_recipe(split="random")))
    close = make_history([0.5] * 6, loss=[0.3] * 6, accuracy=[0.97] * 6, validation_accuracy=[0.92] * 6)
    assert say(close) == []
    # Eleven points are within chance of a validation part of 20 images.
    few = make_history([0.5] * 6, loss=[0.3] * 6, accuracy=[0.91] * 6, validation_accuracy=[0.8] * 6)
    assert say(few, parts=curve_notes.Parts((70, 70), (10, 10)))[0].check.code == "C209"


def test_wild_swings_name_what_calms_them():
    accuracies = [0.6, 0.8, 0.9, 0.75, 0.91, 0.72, 0.9, 0.93]
    learnt = make_history([0.5, 0.4, 0.3, 0.6, 0.3, 0.7, 0.3, 0.29], accuracy=[0.9] * 8, validation_accuracy=accuracies)
    said = one(say(learnt))
    assert "swings between 72.0 % and 93.0 %" in said
    assert "cosine schedule" in said
    assert "0.00033" in said
    calmed = make_recipe(schedule="cosine", averaging=0.99)
    assert "cosine" not in one(say(learnt, calmed))
    assert "averaging" not in one(say(learnt, calmed))


def test_a_curve_that_has_calmed_down_is_calm():
    accuracies = [0.6, 0.8, 0.9, 0.75, 0.91, 0.72, *[0.9, 0.91, 0.92, 0.92, 0.93, 0.93, 0.93, 0.94]]
    losses = [0.6 - 0.03 * n for n in range(14)]
    assert say(make_history(losses, accuracy=[0.9] * 14, validation_accuracy=accuracies)) == []


def test_a_small_validation_part_jumps_in_steps():
    said = one(say(make_history([0.5]), parts=curve_notes.Parts((40, 40), (12, 12))), "info")
    assert "24 images" in said
    assert "4.2 points" in said
    assert say(make_history([]), parts=curve_notes.Parts((40, 40), (12, 12))) == []


# --- how it ended ---------------------------------------------------------------------------------------------------


def test_still_improving_at_the_end():
    falling = make_history([0.6, 0.5, 0.42, 0.35, 0.3, 0.26])
    said = one(say(falling, make_recipe(epochs=6), "finished"), "info")
    assert "0.507 and then 0.303" in said
    assert "Go on with more epochs" in said
    assert "Resume" in one(say(falling, state="stopped"), "info")
    assert say(falling) == []
    flat = make_history([0.6, 0.5, 0.42, 0.4, 0.399, 0.398])
    assert say(flat, make_recipe(epochs=6), "finished") != []  # 0.507 to 0.399: still
    flatter = make_history([0.6, 0.42, 0.41, 0.40, 0.399, 0.398, 0.397])
    assert say(flatter, make_recipe(epochs=7), "finished") == []
    assert "epoch before last, last" in one(say(make_history([0.6, 0.4]), make_recipe(epochs=2), "finished"), "info")


def test_a_loss_of_nearly_nothing_is_not_worth_more_epochs():
    tiny = [10.0**-n for n in range(8)]
    assert say(make_history(tiny), make_recipe(epochs=8), "finished") == []


def test_patience_is_the_ordinary_end():
    losses = [0.5, 0.3, 0.25, 0.26, 0.27, 0.255]
    said = one(say(make_history(losses), make_recipe(patience=3), "finished"), "info")
    assert "Patience ended it after 6 of 20 epochs" in said
    assert "lowest in epoch 3 (0.250)" in said
    assert "3 epochs after it" in said
    assert say(make_history(losses), make_recipe(epochs=6, patience=3), "finished") == []


def test_warnings_come_first():
    learnt = make_history(RISING, loss=LOSS, validation_accuracy=FLAT)
    found = say(learnt, make_recipe(patience=4), "finished", curve_notes.Parts((30, 30), (20, 20)))
    assert [note.check.code for note in found] == ["C204", "C207", "C209"]


# --- parts of a run -------------------------------------------------------------------------------------------------


def test_parts_are_counted_from_the_split_of_a_run(tiny_dataset):
    created = run.create_run(make_recipe())
    parts = curve_notes.read_parts(created)
    assert sum(parts.training) == created.facts.split.images.train
    assert parts.validation_images == created.facts.split.images.validation
    assert parts.training[0] == parts.training[1]
    (created.folder / run.SPLIT).unlink()
    assert curve_notes.read_parts(created) == curve_notes.Parts()
