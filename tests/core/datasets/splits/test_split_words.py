"""How images were divided, in words: a split is called by patient only where patients are known."""

import pytest

from core.datasets.index import index
from core.datasets.splits import split_words
from core.models import package
from core.training import recipe, run, training_record
from tests.support import made_models


def facts(rule, *, patients=0, leaky=False):
    return made_models.make_division(rule=rule, leaky=leaky, groups={"train": patients, "validation": 0, "test": 0})


@pytest.mark.parametrize(
    ("split", "said"),
    [
        (facts("patient", patients=12), "by patient"),
        (facts("patient"), "by image"),
        (facts("given", patients=12), "as the folders say"),
        (facts("random", patients=12, leaky=True), "at random (leaky)"),
        (facts("patient", patients=12, leaky=True), "by patient (leaky)"),
        (facts("of a later version"), "of a later version"),
    ],
)
def test_it_is_called_what_it_is(split, said):
    assert split_words.say_kind(split) == said
    assert split_words.say_kind(split, with_leak=False) == said.removesuffix(" (leaky)")


def test_runs_models_and_recipes_say_by_image_where_no_patient_is_known(tiny_dataset):
    index.build_index("tiny", group_rule="none")
    created = run.create_run(recipe.Recipe("tiny"))
    assert (run.describe(created)["split"], run.describe(created)["split_rule"]) == ("by image", "patient")
    table = made_models.make_answers([0, 1] * 20)
    made = made_models.write_model(table, split=created.facts.split.to_json())
    assert package.describe(made)["split"] == "by image"
    settings = training_record.list_settings(made).set_index("Setting")["Value"]
    assert settings["Split"] == "by image"
