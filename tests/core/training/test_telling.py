import dataclasses

import msgspec
import pytest

from core.models import augmentation
from core.training import recipe, telling
from tests import made_models


def tell(found, **settings):
    manifest = msgspec.structs.replace(found.manifest, recipe={"epochs": 5, **settings})
    table = telling.list_settings(dataclasses.replace(found, manifest=manifest))
    return dict(zip(table["Setting"], table["Value"], strict=True))


def test_every_setting_of_a_recipe_has_a_title():
    assert set(telling.TITLES) == {field.name for field in dataclasses.fields(recipe.Recipe)}


def test_settings_without_effect_are_left_out(small_model):
    plain = recipe.suggest("cells").to_json()
    said = tell(small_model, **plain)
    assert said["Split"] == "by patient"
    assert said["Input size"] == "64 x 64 px"
    assert said["Warm-up, epochs"] == "none"
    assert said["Augmentation"] == "none"
    assert not {"Kept split", "Backbone layers that learnt too", "Learning rate after that"} & set(said)
    kept = tell(small_model, **{**plain, "saved_split": "mine"})
    assert kept["Kept split"] == "mine"
    assert not {"Split", "Share for the test"} & set(kept)
    tuned = tell(small_model, **{**plain, "unfreeze_layers": -1, "head_epochs": 3})
    assert tuned["Backbone layers that learnt too"] == "all"
    assert tuned["Epochs of the head alone"] == "3"
    copies = {**plain, "feature_copies": 4}
    assert "Copies of each image, prepared" not in tell(small_model, **copies)
    altered = dataclasses.asdict(dataclasses.replace(augmentation.NONE, rotation_degrees=20))
    assert tell(small_model, **{**copies, "augmentation": altered})["Copies of each image, prepared"] == "4"


def test_old_and_later_recipes(small_model):
    assert tell(small_model, epochs=5) == {"Epochs, at most": "5"}
    assert tell(small_model, epochs=5, new_setting=0.5) == {"Epochs, at most": "5", "New setting": "0.5"}


def test_augmentation_in_words(small_model):
    changed = dataclasses.replace(augmentation.NONE, rotation_degrees=20)
    said = tell(small_model, augmentation=dataclasses.asdict(changed))["Augmentation"]
    assert said == augmentation.describe(changed)


def test_history_has_the_best_epoch_and_the_segments(small_model):
    segment = {"epoch": 1, "changes": {"learning_rate": [0.001, 0.0001]}, "at": "2026-01-01T00:00:00+00:00"}
    learnt = telling.read_history(made_models.alter(small_model, training={"segments": [segment]}))
    assert learnt["best_epoch"] == 1
    assert [row["epoch"] for row in learnt["epochs"]] == [1, 2]
    assert telling.describe_segments(learnt) == ["After epoch 1: learning rate 0.001 → 0.0001."]
    assert telling.describe_segments({}) == []


@pytest.mark.parametrize("by_hand", [True, False])
def test_facts(small_model, by_hand):
    found = made_models.alter(small_model, training={"stopped_by_hand": by_hand}, versions={"keras": "3"})
    facts = dict(zip(*telling.list_facts(found).to_numpy().T, strict=True))
    assert facts["Epochs"] == f"2 ({'stopped by a person' if by_hand else 'ended by itself'}); the best was 1"
    assert facts["Time"] == "3 s"
    assert facts["Keras"] == "3"
    assert facts["Data fingerprint"] == "f" * 16
