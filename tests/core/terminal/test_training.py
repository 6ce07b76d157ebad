"""train, duplicate and resume: what they ask for; the training itself is held by tests of the worker."""

import pytest

from core.datasets.splits import leak_audit, saved_splits
from core.models import package
from core.training import history, recipe, run


def only_run():
    (found,) = run.list_runs()
    return found


def test_train_asks_for_what_the_flags_say(call, tiny_dataset, worked):
    status, said, _ = call("train", "tiny", "--architecture", "compact_cnn", "--epochs", 3, "--tensorboard", "--json")
    assert status == 0
    found = only_run()
    assert said == {"run_id": found.id, "model_id": None, "status": "finished"}
    assert worked == [found.id]
    assert found.recipe == recipe.suggest("tiny", "compact_cnn", epochs=3)
    assert found.facts.tensorboard is True


def test_a_duplicate_differs_in_what_was_said_only(call, tiny_dataset, worked):
    wanted = recipe.suggest("tiny", epochs=4, seed=8, class_weights="balanced")
    first = run.create_run(wanted)
    assert call("duplicate", first.id, "--learning-rate", 0.01, "--save-as", "second")[0] == 0
    second = run.read_run(worked[0])
    assert second.id != first.id
    assert second.recipe.find_differences(wanted) == [("learning_rate", 0.01, wanted.learning_rate)]
    assert second.facts.save_as == "second"
    assert second.facts.tensorboard is False
    assert call("duplicate", first.id)[0] == 0
    assert run.read_run(worked[1]).recipe == wanted
    assert call("duplicate", first.id, "--architecture", "compact_cnn")[0] == 0
    differing = run.read_run(worked[2]).recipe.find_differences(wanted)
    assert differing == [("architecture", "compact_cnn", "base_cnn"), ("input_px", 50, 64)]  # each its own size


@pytest.mark.parametrize(
    ("flags", "idle"),
    [
        (("--unfreeze-layers", -1, "--epochs", 2), "--unfreeze-layers has no effect in this training.\n"),
        (("--test-fraction", 0.2), ""),
    ],
)
def test_a_flag_without_effect_is_said(call, tiny_dataset, worked, flags, idle):
    status, _, said = call("train", "tiny", *flags)
    assert status == 0
    assert said == idle
    assert call("duplicate", worked[0], *flags)[2] == idle


def test_a_duplicate_for_another_network_takes_what_that_one_likes(call, tiny_dataset, worked):
    first = run.create_run(recipe.suggest("tiny", seed=8))
    assert call("duplicate", first.id, "--architecture", "mobilenet_v2_finetuned")[0] == 0
    assert run.read_run(worked[0]).recipe == recipe.suggest("tiny", "mobilenet_v2_finetuned", seed=8)


def test_rules_for_a_split_set_a_kept_one_aside_or_are_refused(call, tiny_dataset, worked):
    settings = saved_splits.Settings("patient", 3, 0.15, 0.15)
    split = saved_splits.make_split(tiny_dataset, settings, None)
    saved_splits.write_split(
        "mine", tiny_dataset, settings, split, leak_audit.audit_split(split.table, tiny_dataset, None)
    )
    first = run.create_run(recipe.suggest("tiny", saved_split="mine"))
    assert call("duplicate", first.id, "--split", "random")[0] == 0
    assert run.read_run(worked[0]).recipe.saved_split == ""
    assert run.read_run(worked[0]).facts.split.rule == "random"
    status, _, said = call("train", "tiny", "--saved-split", "mine", "--split", "random")
    assert status == 2
    assert "--saved-split and --split" in said


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--dataset", "nobody"), "DatasetNotFound"),
        (("--architecture", "nobody"), "UnknownArchitecture"),
        (("--epochs", 0), "RecipeNotUsable"),
        (("--save-as", "My Model"), "NameNotUsable"),
    ],
)
def test_a_duplicate_that_cannot_be_is_refused_before_anything_is_written(call, tiny_dataset, worked, flags, words):
    first = run.create_run(recipe.suggest("tiny"))
    status, _, said = call("duplicate", first.id, *flags)
    assert status == 2
    assert said.startswith(words)
    assert only_run().id == first.id
    assert worked == []


@pytest.mark.ml
def test_a_finished_training_goes_on_with_more_epochs(call, tiny_dataset, small_network):
    flags = (
        "--architecture",
        small_network,
        "--epochs",
        1,
        "--batch-size",
        16,
        "--schedule",
        "cosine",
        "--tensorboard",
        "--json",
    )
    ended = call("train", "tiny", *flags)[1]
    status, _, said = call("resume", ended["run_id"])
    assert status == 2
    assert "RunNotUsable" in said
    status, later, said = call(
        "resume", ended["run_id"], "--epochs", 3, "--learning-rate", 0.0005, "--patience", 9, "--json"
    )
    assert status == 0
    assert later["run_id"] == ended["run_id"]
    assert "The cosine schedule spreads over all 3 epochs" in said
    found = only_run()
    assert found.recipe.epochs == 3
    assert found.facts.segments[0].epoch == 1
    assert found.facts.segments[0].changes["epochs"] == (1, 3)
    assert [row["epoch"] for row in history.read_history(found.folder)["epochs"]] == [1, 2, 3]
    assert package.find_package(later["model_id"]).manifest.run_id == found.id
