import dataclasses

import msgspec
import pytest

from core.models import augmentation
from core.training import recipe, training_record
from tests.support import made_models

LAYERS, COPIES = "Backbone layers that learn too", "Copies of each image, prepared"


def tell(found, **settings):
    manifest = msgspec.structs.replace(found.manifest, recipe={"epochs": 5, **settings})
    table = training_record.list_settings(dataclasses.replace(found, manifest=manifest))
    return dict(zip(table["Setting"], table["Value"], strict=True))


def test_settings_without_effect_are_left_out(small_model):
    plain = recipe.suggest("cells").to_json()
    said = tell(small_model, **plain)
    assert said["Split"] == "by patient"
    assert said["Input size, pixels"] == "64 x 64"
    assert said["Warm-up, epochs"] == "none"
    assert said["Augmentation"] == "none"
    assert not {"Kept split", LAYERS, "Learning rate after that"} & set(said)
    kept = tell(small_model, **{**plain, "saved_split": "mine"})
    assert kept["Kept split"] == "mine"
    assert not {"Split", "Test share"} & set(kept)


def test_a_network_without_a_backbone_has_no_layers_of_one_that_learn(small_model):
    said = tell(small_model, **{**recipe.suggest("cells").to_json(), "unfreeze_layers": -1, "head_epochs": 3})
    assert not {LAYERS, "Epochs of the head alone", "Learning rate after that"} & set(said)


def test_settings_of_a_backbone_are_told_where_they_have_an_effect(small_model):
    tuned = tell(small_model, **recipe.suggest("cells", "mobilenet_v2_finetuned", head_epochs=3).to_json())
    assert (tuned[LAYERS], tuned["Epochs of the head alone"]) == ("all", "3")
    frozen = recipe.suggest("cells", "mobilenet_v2_frozen").to_json()
    assert tell(small_model, **frozen)[LAYERS] == "none"
    assert COPIES not in tell(small_model, **frozen)
    altered = dataclasses.asdict(dataclasses.replace(augmentation.NONE, rotation_degrees=20))
    assert tell(small_model, **{**frozen, "augmentation": altered})[COPIES] == "4"


@pytest.mark.parametrize("other", [{"architecture": "of_a_later_version"}, {"schedule": "zigzag"}])
def test_where_nobody_can_tell_what_had_an_effect_all_is_told(small_model, other):
    said = tell(small_model, **{**recipe.suggest("cells").to_json(), "unfreeze_layers": -1, **other})
    assert said[LAYERS] == "all"
    assert next(iter(other.values())) in said.values()


def test_old_and_later_recipes(small_model):
    assert tell(small_model, epochs=5) == {"Epochs, at most": "5"}
    assert tell(small_model, epochs=5, new_setting=0.5) == {"Epochs, at most": "5", "New setting": "0.5"}


def test_augmentation_in_words(small_model):
    changed = dataclasses.replace(augmentation.NONE, rotation_degrees=20)
    said = tell(small_model, augmentation=dataclasses.asdict(changed))["Augmentation"]
    assert said == augmentation.describe(changed)


def test_history_has_the_best_epoch_and_the_segments(small_model):
    segment = {"epoch": 1, "changes": {"learning_rate": [0.001, 0.0001]}, "at": "2026-01-01T00:00:00+00:00"}
    learnt = training_record.read_history(made_models.alter(small_model, training={"segments": [segment]}))
    assert learnt["best_epoch"] == 1
    assert [row["epoch"] for row in learnt["epochs"]] == [1, 2]
    assert training_record.describe_segments(learnt) == ["After epoch 1: learning rate 0.001 → 0.0001."]
    assert training_record.describe_segments({}) == []


@pytest.mark.parametrize("by_hand", [True, False])
def test_facts(small_model, by_hand):
    found = made_models.alter(small_model, training={"stopped_by_hand": by_hand}, versions={"keras": "3"})
    facts = dict(zip(*training_record.list_facts(found).to_numpy().T, strict=True))
    assert facts["Epochs"] == f"2 ({'stopped by a person' if by_hand else 'ended by itself'}); the best was 1"
    assert facts["Time"] == "3 s"
    assert facts["Keras"] == "3"
    assert facts["Data fingerprint"] == "f" * 16
