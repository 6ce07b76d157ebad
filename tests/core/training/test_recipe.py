"""Recipes: checked once, written down, read back."""

import dataclasses

import pytest

from core import errors
from core.training import recipe


def test_what_is_written_is_read():
    wanted = recipe.Recipe("cells", epochs=3, batch_size=7, learning_rate=0.01, seed=5, split="random")
    assert recipe.Recipe.from_json(wanted.to_json()) == wanted


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
    ],
)
def test_values_out_of_range_are_named(field, value):
    with pytest.raises(errors.RecipeNotUsable, match=field):
        recipe.Recipe("cells", **{field: value})


def test_an_unknown_architecture_names_those_there_are():
    with pytest.raises(errors.UnknownArchitecture, match="base_cnn"):
        recipe.Recipe("cells", architecture="alexnet")


def test_settings_of_another_version_are_refused_by_name():
    with pytest.raises(errors.RecipeNotUsable, match="optimizer"):
        recipe.Recipe.from_json({"dataset": "cells", "optimizer": "sgd"})


def test_the_command_names_every_setting_that_a_person_can_choose():
    said = recipe.Recipe("cells").as_command()
    hidden = {"dataset", "validation_fraction", "test_fraction"}
    for field in dataclasses.fields(recipe.Recipe):
        assert field.name in hidden or f"--{field.name.replace('_', '-')} " in said
    assert "train cells " in said
