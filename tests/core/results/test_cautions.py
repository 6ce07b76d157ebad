"""What limits a test result, as marks beside it."""

import numpy as np
import pytest

from core.results import cautions
from tests.support import made_models

CUT = {"epochs": 2, "best_epoch": 1, "seconds": 3.0, "precision": "float32", "stopped_by_hand": True}


def make(patients, images, **options):
    groups = [f"P{n % patients}" for n in range(images)] if patients else ""
    table = made_models.make_answers(np.arange(images) % 2, groups=groups)
    return made_models.write_model(table, f"m-{patients}-{images}", **options)


@pytest.mark.parametrize(
    ("patients", "images", "marks"),
    [
        (24, 240, []),
        (10, 240, []),
        (9, 240, ["Only 9 patients"]),
        (1, 240, ["Only 1 patient"]),
        (0, 240, []),
        (0, 40, ["Only 40 images"]),
    ],
)
def test_few_patients_or_images(home, patients, images, marks):
    assert [caution.mark for caution in cautions.find_cautions(make(patients, images))] == marks


def test_a_leak_is_the_severe_one_and_comes_first(home):
    found = cautions.find_cautions(make(6, 240, leaky=True, training=CUT))
    assert [(caution.mark, caution.is_severe) for caution in found] == [
        ("Leaky split", True),
        ("Only 6 patients", False),
        ("Half-trained", False),
    ]
    assert "7 patients" in found[0].meaning
    assert "after 2 of 5 epochs" in found[2].meaning


def test_a_training_that_did_all_its_epochs_is_not_cut_short(home):
    assert cautions.find_cautions(make(24, 240, training={**CUT, "epochs": 5})) == []


def test_a_few_copies_across_an_honest_split_are_a_warning(home):
    found = make(24, 240)
    audit = {"near_identical_pairs_shared": 2}
    copied = made_models.alter(found, split={**found.manifest.split.to_json(), "audit": audit})
    [caution] = cautions.find_cautions(copied)
    assert (caution.mark, caution.is_severe) == ("Copies on both sides", False)
    assert "2 pairs nearly the same" in caution.meaning
