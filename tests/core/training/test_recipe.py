"""Recipes: checked once, written down, read back."""

import dataclasses
import json
import shlex

import pytest

from core.base import errors
from core.models import augmentation, registry
from core.training import recipe, settings_table

CELLS = augmentation.PRESETS["cells"]
TUNED = {"unfreeze_layers": 3}


def test_what_is_written_is_read():
    wanted = recipe.Recipe(
        "cells", epochs=3, batch_size=7, learning_rate=0.01, seed=5, split="random", augmentation=CELLS
    )
    assert recipe.Recipe.from_json(json.loads(json.dumps(wanted.to_json()))) == wanted


def test_a_recipe_from_before_augmentation_has_none():
    content = recipe.Recipe("cells").to_json()
    del content["augmentation"]
    assert recipe.Recipe.from_json(content).augmentation.is_none


@pytest.mark.parametrize("content", [{"rotation_degrees": 400}, {"shear": 1}, "cells", None])
def test_a_wrong_augmentation_is_named(content):
    with pytest.raises(errors.RecipeNotUsable, match="augmentation"):
        recipe.Recipe.from_json({"dataset": "cells", "augmentation": content})


@pytest.mark.parametrize("settings", [augmentation.NONE, CELLS, augmentation.Augmentation("both", contrast=0.25)])
def test_the_command_means_the_same_augmentation(settings):
    words = shlex.split(recipe.Recipe("cells", augmentation=settings).as_command())
    assert augmentation.read_argument(words[words.index("--augmentation") + 1]) == settings


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("batch_size", 5000),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("patience", 0),
        ("seed", -1),
        ("split", "by luck"),
        ("precision", "float16"),
        ("epochs", "1"),
        ("epochs", 1.5),
        ("epochs", True),
        ("seed", None),
        ("test_fraction", 0.9),
        ("augmentation", None),
        ("augmentation", {"flip": "both"}),
    ],
)
def test_values_out_of_range_are_named(field, value):
    with pytest.raises(errors.RecipeNotUsable, match=field):
        recipe.Recipe("cells", **{field: value})


def test_an_unknown_architecture_names_those_there_are():
    with pytest.raises(errors.UnknownArchitecture, match="base_cnn"):
        recipe.Recipe("cells", architecture="alexnet")


def test_settings_of_another_version_are_refused_by_name():
    with pytest.raises(errors.RecipeNotUsable, match="momentum"):
        recipe.Recipe.from_json({"dataset": "cells", "momentum": 0.9})


OTHER = {"saved_split": "mine", "split": "random", "augmentation": CELLS}
MATTERS = {"feature_copies": {"augmentation": CELLS}, "head_epochs": TUNED, "fine_tuning_rate": TUNED}


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(recipe.Recipe)][2:])
def test_the_command_names_every_setting_that_differs(name):
    usual = recipe.suggest("cells", "mobilenet_v2_frozen", **MATTERS.get(name, {}))
    setting = settings_table.SETTINGS[name]
    others = [value for value in setting.choices if value != getattr(usual, name)]
    if setting.limits:
        others = [recipe.kind_of(name)(setting.find_limits(usual.architecture)[0 if name == "input_px" else 1])]
    changed = dataclasses.replace(usual, **{name: OTHER.get(name, next(iter(others), None))})
    found = shlex.split(changed.as_command())
    place = found.index(f"--{name.replace('_', '-')}")
    said = found[place + 1]
    value = getattr(changed, name)
    if name == "augmentation":
        assert augmentation.read_argument(said) == value
    else:
        assert type(value)(said) == value
    before = usual.size_px if name == "input_px" else usual.to_json()[name]
    assert (name, changed.to_json()[name], before) in changed.find_differences(usual)


def test_the_command_leaves_out_what_the_architecture_does_anyway():
    said = recipe.suggest("my cells").as_command()
    assert said.startswith("python -m core train 'my cells' --architecture base_cnn --epochs 20 ")
    assert "--label-smoothing" not in said and "--split patient" in said


@pytest.mark.parametrize("key", list(registry.ARCHITECTURES))
def test_the_defaults_of_every_architecture_are_a_recipe(key):
    usual = recipe.suggest("cells", key)
    assert usual.size_px == registry.find_architecture(key).input_px
    assert recipe.Recipe.from_json(json.loads(json.dumps(usual.to_json()))) == usual


@pytest.mark.parametrize(
    ("key", "settings", "name"),
    [
        ("mobilenet_v2_finetuned", {"epochs": 4, "head_epochs": 4}, "head_epochs"),
        ("base_cnn", {"epochs": 3, "schedule": "cosine", "warmup_epochs": 3}, "warmup_epochs"),
    ],
)
def test_a_phase_that_would_never_come_is_refused(key, settings, name):
    with pytest.raises(errors.RecipeNotUsable, match=name):
        recipe.suggest("d", key, **settings).require_phases()
    recipe.suggest("d", key, **{**settings, "epochs": 9}).require_phases()
    recipe.suggest("d", "mobilenet_v2_frozen", epochs=1, head_epochs=4).require_phases()  # no second phase at all


def test_the_rate_in_force_is_that_of_its_phase():
    wanted = recipe.suggest("d", "mobilenet_v2_finetuned", head_epochs=2, learning_rate=0.1, fine_tuning_rate=0.2)
    assert wanted.find_base_rate(1) == ("learning rate", 0.1)
    assert wanted.find_base_rate(2) == ("fine-tuning rate", 0.2)
    assert recipe.suggest("d").find_base_rate(99) == ("learning rate", 0.001)


def test_rules_that_a_kept_split_overrules_are_neither_said_nor_a_difference():
    kept = recipe.suggest("d", saved_split="mine", test_fraction=0.3)
    assert "--split" not in kept.as_command() and "--test-fraction" not in kept.as_command()
    assert kept.find_differences(recipe.suggest("d", saved_split="mine", split="random")) == []
    other = [("saved_split", "mine", ""), ("test_fraction", None, 0.15)]
    assert kept.find_differences(recipe.suggest("d")) == other  # a rule that both have is none, whoever follows it
