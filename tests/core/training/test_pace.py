"""How long an epoch takes, from histories that the test writes."""

import json
from dataclasses import replace

import pytest

from core.training import pace, recipe, run

WANTED = recipe.Recipe("tiny", epochs=10)


def invent_run(tmp_path, name, seconds, wanted=WANTED):
    folder = tmp_path / name
    folder.mkdir()
    common = {"kind": "epoch", "loss": 1.0, "accuracy": 0.5, "validation_loss": 1.0, "validation_accuracy": 0.5}
    rows = [{**common, "epoch": number, "seconds": each} for number, each in enumerate(seconds, 1)]
    (folder / run.METRICS).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run.Run(name, folder, wanted, {})


def test_nothing_is_known_before_the_first_epoch(tmp_path):
    assert pace.find_pace(WANTED, []) is None
    assert pace.find_pace(WANTED, [invent_run(tmp_path, "a", [])]) is None


def test_the_median_leaves_the_first_epoch_out_where_there_are_others(tmp_path):
    runs = [invent_run(tmp_path, "a", [60, 10, 12, 14]), invent_run(tmp_path, "b", [30])]
    assert pace.find_pace(WANTED, runs) == pace.Pace(13.0, 4, 2)


@pytest.mark.parametrize(
    "other",
    [
        {"dataset": "others"},
        {"architecture": "leaky_swish_cnn"},
        {"architecture": "leaky_swish_cnn", "input_px": 96},
    ],
)
def test_other_work_does_not_count(tmp_path, other):
    assert pace.find_pace(WANTED, [invent_run(tmp_path, "a", [1, 2], replace(WANTED, **other))]) is None


def test_what_changes_no_work_counts(tmp_path):
    same = replace(WANTED, epochs=3, learning_rate=0.1, seed=5)
    assert pace.find_pace(WANTED, [invent_run(tmp_path, "a", [1, 2], same)]) == pace.Pace(2.0, 1, 1)


def test_only_the_newest_are_asked(tmp_path):
    runs = [invent_run(tmp_path, f"r{number}", [1, 2 + number]) for number in range(pace.NEWEST + 3)]
    assert pace.find_pace(WANTED, runs) == pace.Pace(4.0, pace.NEWEST, pace.NEWEST)


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (pace.Pace(21.4, 31, 3), "About 21 s an epoch here, so 7 min at most: the median of 31 epochs of 3 earlier"),
        (pace.Pace(0.2, 1, 1), "Less than 1 s an epoch here, so 4 s at most: the median of 1 epoch of 1 earlier"),
    ],
)
def test_the_words_carry_what_was_measured(measured, said):
    assert pace.describe(measured, 20).startswith(said)


def test_a_frozen_backbone_has_its_own_cost():
    frozen = recipe.suggest("tiny", "mobilenet_v2_frozen")
    assert "runs once over 85 images" in pace.describe_backbone(frozen, 100)
    assert pace.describe_backbone(WANTED, 100) == ""
    assert pace.describe_backbone(recipe.suggest("tiny", "mobilenet_v2_finetuned"), 100) == ""
