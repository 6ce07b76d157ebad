"""How long an epoch takes, from histories that the test writes."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.base import progress
from core.datasets.splits import leak_audit, saved_splits
from core.models import augmentation
from core.training import duration, recipe, run
from core.training.fit import backbone_features

WANTED = recipe.Recipe("tiny", epochs=10)


def invent_run(tmp_path, name, seconds, wanted=WANTED):
    folder = tmp_path / name
    folder.mkdir()
    common = {"kind": "epoch", "loss": 1.0, "accuracy": 0.5, "validation_loss": 1.0, "validation_accuracy": 0.5}
    rows = [{**common, "epoch": number, "seconds": each} for number, each in enumerate(seconds, 1)]
    (folder / run.METRICS).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run.Run(name, folder, wanted, {})


def test_nothing_is_known_before_the_first_epoch(tmp_path):
    assert duration.find_pace(WANTED, []) is None
    assert duration.find_pace(WANTED, [invent_run(tmp_path, "a", [])]) is None


def test_the_median_leaves_the_first_epoch_out_where_there_are_others(tmp_path):
    runs = [invent_run(tmp_path, "a", [60, 10, 12, 14]), invent_run(tmp_path, "b", [30])]
    assert duration.find_pace(WANTED, runs) == duration.Pace(13.0, 4, 2)


@pytest.mark.parametrize(
    "other",
    [
        {"dataset": "others"},
        {"architecture": "leaky_swish_cnn"},
        {"architecture": "leaky_swish_cnn", "input_px": 96},
    ],
)
def test_other_work_does_not_count(tmp_path, other):
    assert duration.find_pace(WANTED, [invent_run(tmp_path, "a", [1, 2], replace(WANTED, **other))]) is None


def test_what_changes_no_work_counts(tmp_path):
    same = replace(WANTED, epochs=3, learning_rate=0.1, seed=5)
    assert duration.find_pace(WANTED, [invent_run(tmp_path, "a", [1, 2], same)]) == duration.Pace(2.0, 1, 1)


def test_only_the_newest_are_asked(tmp_path):
    runs = [invent_run(tmp_path, f"r{number}", [1, 2 + number]) for number in range(duration.NEWEST + 3)]
    assert duration.find_pace(WANTED, runs) == duration.Pace(4.0, duration.NEWEST, duration.NEWEST)


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (
            duration.Pace(21.4, 31, 3),
            "About 21 s an epoch here, so 7 min at most: the median of 31 epochs of 3 earlier",
        ),
        (duration.Pace(0.2, 1, 1), "Less than 1 s an epoch here, so 4 s at most: the median of 1 epoch of 1 earlier"),
    ],
)
def test_the_words_carry_what_was_measured(measured, said):
    assert duration.describe(measured, 20).startswith(said)


def test_the_line_beside_the_button():
    assert duration.say_whole(duration.Pace(21.4, 31, 3), 20) == "At most 7 min here, for 20 epochs."
    assert "none like it" in duration.say_whole(None, 20), "nothing is said that was not measured"


def test_a_frozen_backbone_has_its_own_cost():
    frozen, data = recipe.suggest("tiny", "mobilenet_v2_frozen"), SimpleNamespace(usable=range(100))
    assert "runs once over all 100 images" in duration.describe_backbone(frozen, data)
    assert duration.describe_backbone(WANTED, None) == "", "without a look at the data"
    assert duration.describe_backbone(recipe.suggest("tiny", "mobilenet_v2_finetuned"), None) == ""


def test_a_series_pays_for_its_backbone_once_or_each_time():
    data = SimpleNamespace(usable=range(100_000))
    plain = recipe.suggest("tiny", "mobilenet_v2_frozen", augmentation=augmentation.NONE)
    copied = replace(plain, augmentation=augmentation.PRESETS["cells"], feature_copies=2)
    speed = backbone_features.estimate_images_per_second("mobilenet_v2", plain.size_px)
    said = duration.describe_backbone_of_series(plain, data, 5, folds=True)
    assert "for all of them together" in said
    assert progress.describe_seconds(100_000 / speed) in said
    said = duration.describe_backbone_of_series(copied, data, 5, folds=True)
    assert progress.describe_seconds(5 * (2 * 60_000 + 20_000) / speed) in said
    said = duration.describe_backbone_of_series(copied, data, 5, folds=False)
    assert "for each of them" in said
    assert progress.describe_seconds(5 * (2 * 70_000 + 15_000) / speed) in said
    assert duration.describe_backbone_of_series(WANTED, None, 5, folds=True) == ""


def test_parts_are_those_of_the_shares_of_a_kept_split_or_of_the_folders(tiny_dataset):
    shares = replace(WANTED, test_fraction=0.25, validation_fraction=0.125)
    assert duration.estimate_parts(shares, tiny_dataset) == (45, 9, 18)
    settings = saved_splits.Settings(test_fraction=0.5)
    split = saved_splits.make_split(tiny_dataset, settings, None)
    audited = leak_audit.audit_split(split.table, tiny_dataset, None)
    kept = saved_splits.write_split("mine", tiny_dataset, settings, split, audited)
    found = duration.estimate_parts(replace(WANTED, saved_split="mine"), tiny_dataset)
    assert found == (kept.counts["train"], kept.counts["validation"], kept.counts["test"])
    assert found.test > 20
    tiny_dataset.table.loc[:9, "split"] = "test"
    assert duration.estimate_parts(replace(WANTED, split="given"), tiny_dataset).test == 10
