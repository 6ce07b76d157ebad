"""The table of settings: whole, the same for form and terminal, and right about what has an effect."""

import argparse
import dataclasses
import re

import pytest

from core.base import paths
from core.datasets.splits import splits
from core.models import augmentation, registry
from core.terminal import parser
from core.training import recipe, run_comparison, schedules, setting_entry, settings_table
from tests.support import made_indexes

SETTINGS = settings_table.SETTINGS
FREE = {"dataset", "architecture", "saved_split", "augmentation"}  # neither a number nor one of a few
CELLS = augmentation.PRESETS["cells"]
FIELDS = {field.name: field for field in dataclasses.fields(recipe.Recipe)}
STRAY = {"unfreeze_layers": -1, "head_epochs": 3, "fine_tuning_rate": 0.5, "feature_copies": 9}


def flags_of(verb):
    (subparsers,) = [a for a in parser.build_parser(None)._actions if isinstance(a, argparse._SubParsersAction)]
    return {action.option_strings[-1]: action for action in subparsers.choices[verb]._actions if action.option_strings}


def other_values(name):
    """Values of a setting besides the usual one, as far as they need no data."""
    setting, usual = SETTINGS[name], getattr(recipe.Recipe("cells"), name)
    values = [recipe.kind_of(name)(end) for end in setting.limits or ()] + [*setting.choices]
    values += {"saved_split": ["mine"], "augmentation": [CELLS]}.get(name, [])
    return [value for value in values if value != usual and not (name == "input_px" and value)]


def test_every_field_of_a_recipe_has_an_entry_and_no_other():
    assert set(SETTINGS) == set(FIELDS)
    assert (
        len({setting.label for setting in SETTINGS.values()})
        == len({s.called for s in SETTINGS.values()})
        == len(FIELDS)
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_an_entry_is_whole(name):
    setting, kind = SETTINGS[name], recipe.kind_of(name)
    assert setting.name == name
    assert setting.label[0].isupper()
    assert re.fullmatch(r"[A-Z].*[.]", setting.help)
    assert setting.flag == "--" + name.replace("_", "-")
    assert setting.group in (*setting_entry.GROUPS, setting_entry.ABOVE, setting_entry.NOWHERE)
    assert bool(setting.limits) == (kind in (int, float))
    assert bool(setting.choices) == (kind is str and name not in FREE)
    if setting.limits:
        low, high = setting.limits
        assert low <= FIELDS[name].default <= high
        assert all(low <= value <= high for value in setting.words)
        assert isinstance(kind(setting.step), kind) and kind(setting.step) > 0
    if setting.choices:
        assert FIELDS[name].default in setting.choices


@pytest.mark.parametrize("verb", ["train", "duplicate", "crossvalidate", "repeat"])
def test_every_setting_has_a_flag_with_its_help_limits_and_choices(verb):
    flags = flags_of(verb)
    for name, setting in SETTINGS.items():
        if name in recipe.NAMING:
            continue
        action = flags[setting.flag]
        assert action.default == argparse.SUPPRESS  # what is not given is as the architecture has it, as in the form
        assert action.help.replace("%%", "%").startswith(setting.help)
        assert tuple(action.choices or ()) == tuple(setting.choices)
        if setting.limits:
            assert "({} to {}".format(*setting.limits) in action.help


def test_a_run_may_change_on_its_way_what_the_table_says():
    known = {setting.flag for setting in SETTINGS.values()}
    assert set(flags_of("resume")) & known == {s.flag for s in SETTINGS.values() if s.on_the_way}


def test_the_glossary_says_the_same_of_a_setting():
    lines = (paths.PROJECT_FOLDER / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
    glossary = dict(re.findall(r"^\*\*(.+?)\*\*: (.+)$", "\n".join(lines), flags=re.MULTILINE))
    said = {setting.called: setting.help for setting in SETTINGS.values() if setting.called in glossary}
    assert len(said) >= 15
    assert said == {term: glossary[term] for term in said}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_limit_and_choice_is_refused_beyond(name):
    setting, kind = SETTINGS[name], recipe.kind_of(name)
    beyond = ["of nobody"] if setting.choices else []
    if setting.limits:
        low, high = setting.limits
        beyond = [kind(low) - 1, kind(high) + 1]
    for value in beyond:
        with pytest.raises(recipe.errors.RecipeNotUsable, match=name):
            recipe.Recipe("cells", **{name: value})


def test_a_network_without_a_backbone_has_none_of_its_settings():
    """They are said nowhere: not as a difference, not in a command, not in a name."""
    usual, stray = recipe.suggest("cells"), recipe.suggest("cells", augmentation=augmentation.NONE, **STRAY)
    assert not STRAY.keys() & stray.list_effective().keys()
    assert stray.find_differences(usual) == []
    assert stray.as_command() == usual.as_command()
    assert run_comparison.find_differing([stray, usual]) == []
    assert run_comparison.list_differences([stray, usual]) == {}
    assert run_comparison.say_difference(stray, usual) == ""
    assert not [name for name in STRAY if SETTINGS[name].is_asked(stray)]


@pytest.mark.parametrize("key", registry.ARCHITECTURES)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"augmentation": CELLS},
        {"unfreeze_layers": 2, "head_epochs": 0},
        {"saved_split": "mine"},
        {"split": "given"},
    ],
)
def test_what_has_no_effect_changes_nothing_that_a_fit_asks_for(key, changes):
    """The rate of every epoch, what is prepared, what learns: alike whatever a setting without effect says."""

    def asked(wanted):
        prepared = wanted.feature_copies if wanted.extracts_features and not wanted.augmentation.is_none else None
        learns = (wanted.unfreeze_layers, wanted.head_epochs) if wanted.fine_tunes else None
        return schedules.learning_rates(wanted), wanted.size_px, wanted.extracts_features, prepared, learns

    wanted = recipe.suggest("cells", key, **changes)
    idle = [name for name in SETTINGS if not SETTINGS[name].matters(wanted)]
    for name in idle:
        for value in other_values(name):
            changed = dataclasses.replace(wanted, **{name: value})
            assert asked(changed) == asked(wanted), name
            assert changed.find_differences(wanted) == []
            assert changed.as_command() == wanted.as_command()


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in recipe.NAMING])
def test_where_a_setting_has_an_effect_another_value_is_a_difference(name):
    shown = 0
    for key in registry.ARCHITECTURES:
        wanted = recipe.suggest("cells", key, augmentation=augmentation.PRESETS["photos"])
        for value in other_values(name) if SETTINGS[name].matters(wanted) and name != "input_px" else ():
            changed = dataclasses.replace(wanted, **{name: value})
            assert (name in [found for found, *_ in changed.find_differences(wanted)]) == (
                value != getattr(wanted, name)
            )
            shown += value != getattr(wanted, name)
    assert shown or name == "input_px"


def test_the_folders_say_what_the_test_is_whatever_its_share():
    assert "test_fraction" not in recipe.Recipe("tiny", split="given").list_effective()
    assert {"validation_fraction", "test_fraction"} <= recipe.Recipe("tiny").list_effective().keys()
    given = made_indexes.make_index([0, 1] * 50, [""] * 100, given=["train"] * 80 + ["test"] * 20)
    made = [splits.make_split(given, rule="given", seed=0, test_fraction=share).table for share in (0.1, 0.4)]
    assert made[0].equals(made[1])


def test_input_size_is_compared_as_it_comes_to():
    own, written = recipe.Recipe("cells"), recipe.Recipe("cells", input_px=64)
    assert written.find_differences(own) == []
    assert recipe.Recipe("cells", "compact_cnn").find_differences(own)[-1] == ("input_px", 50, 64)


@pytest.mark.parametrize(
    ("name", "value", "said", "named"),
    [
        ("epochs", 7, "7", "epochs 7"),
        ("learning_rate", 0.00001, "1e-05", "learning rate 1e-05"),
        ("weight_decay", 0.0, "none", "weight decay none"),
        ("optimizer", "adamw", "AdamW", "optimizer AdamW"),
        ("schedule", "cosine", "Cosine", "schedule cosine"),
        ("unfreeze_layers", -1, "all", "unfrozen layers all"),
        ("precision", "mixed_bfloat16", "bfloat16", "precision bfloat16"),
        ("augmentation", CELLS, "Cells", "augmentation cells"),
        ("augmentation", CELLS.to_json(), "Cells", "augmentation cells"),
        ("saved_split", "", "none", "no kept split"),
        ("saved_split", "Mine", "Mine", "Mine"),
        ("dataset", "cells", "cells", "on cells"),
        ("input_px", 48, "48", "input size 48 px"),
        ("head_epochs", None, "–", ""),
    ],
)
def test_a_value_is_said_one_way(name, value, said, named):
    assert SETTINGS[name].say(value) == said
    assert SETTINGS[name].say_in_name(value) == named


def test_text_has_no_limits():
    with pytest.raises(ValueError, match="dataset is no number"):
        SETTINGS["dataset"].find_limits("base_cnn")
