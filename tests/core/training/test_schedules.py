"""The learning rate of each batch, against hand-worked values."""

import itertools
import math
from dataclasses import replace

import pytest

from core.training import recipe, schedules

STEPS = 10


def rates(wanted, losses=()):
    return [schedules.rate_at(wanted, step, STEPS, losses) for step in range(wanted.epochs * STEPS)]


def test_constant_is_constant():
    assert set(rates(recipe.Recipe("d", epochs=3, learning_rate=0.01))) == {0.01}


def test_warm_up_rises_evenly_and_never_begins_at_nothing():
    found = rates(recipe.Recipe("d", epochs=3, learning_rate=0.11, warmup_epochs=1))
    assert found[:10] == pytest.approx([0.01 * k for k in range(1, 11)])
    assert set(found[10:]) == {0.11}


def test_cosine_falls_from_all_to_nothing_with_half_in_the_middle():
    found = rates(recipe.Recipe("d", epochs=4, learning_rate=0.2, schedule="cosine"))
    assert found[0] == 0.2 and found[20] == pytest.approx(0.1) and 0 < found[-1] < 0.001
    assert found[10] == pytest.approx(0.2 * (1 + math.cos(math.pi / 4)) / 2)
    assert all(a > b for a, b in itertools.pairwise(found))


def test_cosine_after_warm_up_begins_at_its_top():
    found = rates(recipe.Recipe("d", epochs=4, learning_rate=0.2, schedule="cosine", warmup_epochs=2))
    assert max(found) == found[20] == 0.2 and found[30] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("losses", "count"),
    [
        ([], 0),
        ([3, 2, 1], 0),
        ([1, 2, 2, 2], 1),
        ([1, 2, 2, 0.5, 2, 2], 0),
        ([1, 2, 2, 2, 2, 2, 2], 2),
        ([1, 2, 2, 2, 0.5, 1, 1, 1], 2),
        ([1, 1, 1, 1], 1),  # as good is not better
        ([float("nan")] * 3, 1),
    ],
)
def test_plateaus(losses, count):
    assert schedules.count_plateaus(losses) == count
    wanted = recipe.Recipe("d", epochs=20, learning_rate=0.1, schedule="plateau")
    expected = 0.1 * schedules.PLATEAU_FACTOR**count
    assert schedules.rate_at(wanted, len(losses) * STEPS, STEPS, losses) == pytest.approx(expected)


def test_plateaus_before_the_rate_was_chosen_do_not_count():
    wanted = recipe.Recipe("d", epochs=20, learning_rate=0.1, schedule="plateau")
    losses = [1, 2, 2, 2, 2, 2, 2]  # two plateaus
    assert schedules.rate_at(wanted, 7 * STEPS, STEPS, losses) == pytest.approx(0.1 * schedules.PLATEAU_FACTOR**2)
    assert schedules.rate_at(wanted, 7 * STEPS, STEPS, losses, since=7) == 0.1
    later = [*losses, 2, 3, 3, 3]
    assert schedules.rate_at(wanted, 11 * STEPS, STEPS, later, since=7) == pytest.approx(0.1 * schedules.PLATEAU_FACTOR)


def test_a_cosine_that_is_spread_over_more_epochs_rises_again_and_that_is_said():
    before = recipe.Recipe("d", epochs=10, learning_rate=0.2, schedule="cosine")
    said = schedules.describe_rise(before, replace(before, epochs=20), 10)
    assert "over all 20 epochs" in said
    assert "goes on at 0.1, up from almost nothing" in said  # half way through a cosine is half of it
    assert "at the end of epoch 10" in said
    assert schedules.describe_rise(before, replace(before, epochs=20), 0) == ""
    assert "up from 0.1 at" in schedules.describe_rise(before, replace(before, epochs=100), 5)


@pytest.mark.parametrize(
    ("before", "changes", "done"),
    [
        ({"schedule": "constant"}, {"epochs": 20}, 10),
        ({"schedule": "plateau"}, {"epochs": 20}, 10),
        ({"schedule": "cosine"}, {"epochs": 11}, 1),  # hardly another curve
        ({"schedule": "cosine"}, {"patience": 9}, 5),
        ({"schedule": "cosine"}, {"epochs": 5}, 5),  # nothing is to come
    ],
)
def test_a_rate_that_goes_on_as_it_was_needs_no_words(before, changes, done):
    wanted = recipe.Recipe("d", epochs=10, learning_rate=0.2, **before)
    assert schedules.describe_rise(wanted, replace(wanted, **changes), done) == ""


def test_fine_tuning_has_a_schedule_of_its_own():
    wanted = recipe.Recipe(
        "d",
        "mobilenet_v2_finetuned",
        epochs=6,
        learning_rate=0.01,
        head_epochs=2,
        unfreeze_layers=-1,
        fine_tuning_rate=0.0001,
        schedule="cosine",
    )
    found = rates(wanted)
    assert set(found[:20]) == {0.01} and found[20] == 0.0001 and found[40] == pytest.approx(0.00005)
    losses = [1.0, 1.0, 0.9, 0.9, 0.9, 0.9]  # the head's two epochs do not count
    late = schedules.rate_at(recipe.Recipe.from_json({**wanted.to_json(), "schedule": "plateau"}), 60, STEPS, losses)
    assert late == pytest.approx(0.0001 * schedules.PLATEAU_FACTOR)


def test_more_epochs_stretch_the_cosine_but_keep_what_is_known():
    short, long = (recipe.Recipe("d", epochs=n, schedule="cosine") for n in (4, 8))
    assert rates(long)[40] > rates(short)[-1]
    assert schedules.learning_rates(short) == [schedules.rate_at(short, n, 1) for n in range(4)]
    assert len(schedules.learning_rates(short, points_per_epoch=5)) == 20
