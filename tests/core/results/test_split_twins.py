"""The same network by patient and at random."""

import numpy as np
import pytest

from core.results import split_twins
from core.statistics import differences
from tests.support import made_models

LABELS = np.tile([0, 1], 100)
GROUPS = np.repeat([f"P{n}" for n in range(20)], 10)


def make(model_id, *, skill=1.5, seed=0, labels=LABELS, **options):
    groups = GROUPS[: len(labels)]
    table = made_models.make_answers(labels, skill=skill, seed=seed, groups=groups)
    return made_models.write_model(table, model_id, **options)


def test_the_newest_of_the_other_kind(home):
    honest = make("honest")
    others = [
        make("old", leaky=True),
        make("new", leaky=True, created="2026-02-02T00:00:00+00:00"),
        make("deeper", leaky=True, architecture="deeper_cnn", created="2026-03-03T00:00:00+00:00"),
        make(
            "elsewhere", leaky=True, dataset={"name": "x", "fingerprint": "e" * 64}, created="2026-04-04T00:00:00+00:00"
        ),
        make("honest-too", created="2026-05-05T00:00:00+00:00"),
    ]
    assert split_twins.find_twin(honest, [honest, *others]).id == "new"
    assert split_twins.find_twin(others[1], [honest, *others]).id == "honest-too"
    assert split_twins.find_twin(honest, [honest, others[4]]) is None


def test_the_same_content_under_decisions_is_the_same_data_set(home):
    decided = {"name": "tiny", "fingerprint": "d" * 64, "content": "f" * 64}
    honest, leaky = make("honest"), make("leaky", leaky=True, dataset=decided)
    assert split_twins.find_twin(honest, [leaky]).id == "leaky"


def test_the_effect_is_leaky_less_honest_whoever_is_asked(home):
    honest, leaky = make("honest", skill=1.0), make("leaky", skill=4.0, seed=1, leaky=True)
    effect = split_twins.describe_effect(honest, leaky)
    assert effect == split_twins.describe_effect(leaky, honest)
    assert (effect["honest"]["id"], effect["leaky"]["id"]) == ("honest", "leaky")
    gap = leaky.manifest.test.accuracy.value - honest.manifest.test.accuracy.value
    assert effect["accuracy"].value == pytest.approx(gap)
    ends = differences.compute_apart(honest.manifest.test.accuracy, leaky.manifest.test.accuracy)
    assert effect["accuracy"] == ends
    assert effect["headline"].startswith("The leak flatters it by +")
    assert effect["sentence"] == f"{effect['basis']} {effect['headline']}."
    assert "200 images of 20 patients" in effect["sentence"]
    assert effect["also_differ"] == []


def test_other_settings_that_differ_are_named(home):
    honest = make("honest")
    leaky = make("leaky", leaky=True, recipe={"dataset": "tiny", "epochs": 9, "split": "random", "seed": 4})
    assert split_twins.describe_effect(honest, leaky)["also_differ"] == ["epochs", "seed"]


def test_a_recipe_of_an_earlier_version_is_no_fault(home):
    honest, leaky = make("honest", recipe={"epochs": 5}), make("leaky", leaky=True, recipe={"epochs": 5, "beauty": 1})
    assert split_twins.describe_effect(honest, leaky)["also_differ"] == []


def test_what_has_no_effect_in_either_does_not_differ(home):
    common = {"dataset": "tiny", "epochs": 5}
    honest = make("honest", recipe={**common, "fine_tuning_rate": 0.1})
    leaky = make("leaky", leaky=True, recipe={**common, "unfreeze_layers": -1})
    assert split_twins.describe_effect(honest, leaky)["also_differ"] == []


def test_of_a_later_version_what_stands_there_differs(home):
    honest = make("honest", recipe={"dataset": "tiny", "epochs": 5, "schedule": "zigzag"})
    leaky = make("leaky", leaky=True, recipe={"dataset": "tiny", "epochs": 6, "schedule": "zigzag"})
    assert split_twins.describe_effect(honest, leaky)["also_differ"] == ["epochs"]


@pytest.mark.parametrize(
    ("skills", "words"), [((2.0, 2.0), "may be chance"), ((4.0, 0.5), "the leaky one is the worse")]
)
def test_no_effect_is_not_called_one(home, skills, words):
    honest, leaky = make("honest", skill=skills[0]), make("leaky", skill=skills[1], seed=1, leaky=True)
    assert words in split_twins.describe_effect(honest, leaky)["sentence"]


def test_without_test_images_nothing_is_said(home):
    honest, leaky = make("honest"), make("leaky", leaky=True, labels=LABELS[:0])
    effect = split_twins.describe_effect(honest, leaky)
    assert (effect["accuracy"].value, effect["accuracy"].ends) == (None, None)
    assert "not known" in effect["sentence"]
