"""The flags of a recipe: one for each setting, and only those that were given change anything."""

import shlex

import pytest

from core.base import errors
from core.models import augmentation, registry
from core.terminal import parser, recipes
from core.training import recipe, settings_table

GIVEN = {
    "epochs": 7,
    "batch_size": 33,
    "learning_rate": 0.002,
    "patience": 3,
    "seed": 9,
    "split": "random",
    "validation_fraction": 0.2,
    "test_fraction": 0.25,
    "precision": "float32",
    "augmentation": augmentation.Augmentation(rotation_degrees=20),
    "saved_split": "mine",
    "input_px": 224,
    "optimizer": "adamw",
    "schedule": "cosine",
    "warmup_epochs": 2,
    "weight_decay": 0.01,
    "label_smoothing": 0.05,
    "class_weights": "balanced",
    "averaging": 0.99,
    "head_epochs": 4,
    "unfreeze_layers": -1,
    "fine_tuning_rate": 0.00002,
    "feature_copies": 3,
}


def parse(*arguments):
    return parser.build_parser(None).parse_args([str(argument) for argument in arguments])


def as_flags(settings):
    flags = []
    for name, value in settings.items():
        said = augmentation.as_argument(value) if name == "augmentation" else value
        flags += ["--" + name.replace("_", "-"), str(said)]
    return flags


def test_what_is_not_given_is_as_the_architecture_likes_it():
    for key in registry.ARCHITECTURES:
        assert recipes.read_recipe(parse("train", "cells", "--architecture", key)) == recipe.suggest("cells", key)
    assert recipes.read_recipe(parse("train", "cells")) == recipe.suggest("cells")


def test_every_flag_arrives():
    options = parse("train", "cells", "--architecture", "mobilenet_v2_frozen", *as_flags(GIVEN))
    assert recipes.read_changes(options) == GIVEN
    alone = {
        name: value for name, value in GIVEN.items() if name not in settings_table.SPLIT_RULES
    }  # a kept split decides
    options = parse("train", "cells", "--architecture", "mobilenet_v2_frozen", *as_flags(alone))
    assert recipes.read_recipe(options) == recipe.suggest("cells", "mobilenet_v2_frozen", **alone)


@pytest.mark.parametrize("key", registry.ARCHITECTURES)
@pytest.mark.parametrize("changes", [{}, {"epochs": 3, "seed": 4, "class_weights": "balanced"}, {"saved_split": "a-b"}])
def test_the_command_of_a_recipe_trains_the_same_again(key, changes):
    wanted = recipe.suggest("cells", key, **changes)
    words = shlex.split(wanted.as_command())
    assert words[:3] == ["python", "-m", "core"]
    assert recipes.read_recipe(parse(*words[3:])) == wanted


def test_going_on_may_change_only_what_a_run_may_change_on_its_way():
    options = parse("resume", "x", "--epochs", 30, "--learning-rate", 0.0001)
    assert recipes.read_changes(options) == {"epochs": 30, "learning_rate": 0.0001}
    assert recipes.read_changes(parse("resume", "x")) == {}
    with pytest.raises(SystemExit):
        parse("resume", "x", "--seed", 3)


@pytest.mark.parametrize(
    "flags",
    [
        ("--epochs", "many"),
        ("--epochs", "2.5"),
        ("--optimizer", "lion"),
        ("--split", "by-moon"),
        ("--learning-rate", "fast"),
        ("--no-such-flag", "1"),
        ("--patience",),
    ],
)
def test_what_is_no_value_at_all_is_a_fault_of_usage(flags):
    with pytest.raises(SystemExit) as caught:
        parse("train", "cells", *flags)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--epochs", 0), "epochs"),
        (("--learning-rate", "nan"), "learning_rate"),
        (("--weight-decay", -1), "weight_decay"),
        (("--unfreeze-layers", -2), "unfreeze_layers"),
        (("--input-px", 9999), "input_px"),
        (("--augmentation", "sideways"), "none, cells"),
        (("--augmentation", '{"rotation_degrees": 999}'), "rotation_degrees"),
    ],
)
def test_what_is_out_of_range_is_named(flags, words):
    with pytest.raises(errors.RecipeNotUsable, match=words):
        recipes.read_recipe(parse("train", "cells", *flags))
