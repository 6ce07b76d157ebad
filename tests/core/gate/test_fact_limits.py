"""What is usual, and what answers are worth beyond it: refused where much worse than at home, said in numbers."""

import numpy as np
import pytest

from core.gate import fact_limits, plain_facts

GREY = plain_facts.NAMES.index("colourfulness")
CUT = plain_facts.NAMES.index("cut")
USUAL = np.array([50.0, 4.0, 10.0, 0.1, 1.0, 0.0])


@pytest.fixture(scope="module")
def limits():
    ranges = np.stack([USUAL - 2, USUAL + 2], axis=1)
    return fact_limits.Limits(ranges, home=(96, 100))


def ask(limits, place, value):
    facts = USUAL.copy()
    facts[place] = value
    return limits.judge(facts)


def count(limits, place, side, value, right, asked=49):
    return limits.add(place, side, np.full(asked, value), np.arange(asked) < right)


def test_nearly_all_training_images_are_within_their_ranges():
    facts = np.random.default_rng(0).normal(USUAL, 1, (500, len(USUAL)))
    found = fact_limits.Limits(fact_limits.find_ranges(facts))
    assert np.mean([not found.judge(row)[0] for row in facts]) > 0.98


def test_answers_as_good_as_at_home_are_given_with_a_word_and_their_number(limits):
    asked = count(limits, GREY, fact_limits.BELOW, -3.0, right=46)
    [said], refused = ask(asked, GREY, -3.0)
    assert not refused and said.startswith(plain_facts.FACTS[GREY].below.words)
    assert "Of 49 pictures made so from its own validation images" in said and "93.9 %" in said


def test_answers_much_worse_than_at_home_are_not_given(limits):
    asked = count(limits, CUT, fact_limits.ABOVE, 2.5, right=38)
    [said], refused = ask(asked, CUT, 2.5)
    assert refused and "77.6 %" in said


def test_what_is_too_bad_near_is_not_better_far_out(limits):
    def add(near, far):
        values, right = np.repeat([3.0, 40.0], 25), np.concatenate([np.arange(25) < near, np.arange(25) < far])
        return limits.add(CUT, fact_limits.ABOVE, values, right)

    good_near, good_far = add(25, 5), add(5, 25)
    assert (ask(good_near, CUT, 3.5)[1], ask(good_near, CUT, 41.0)[1]) == (False, True)
    assert (ask(good_far, CUT, 3.5)[1], ask(good_far, CUT, 41.0)[1]) == (True, True)
    assert "Of 25 pictures made so" in ask(good_near, CUT, 2.2)[0][0], "nearer than any that was asked: as the nearest"


def test_contrast_hangs_on_what_is_shown_so_it_warns_and_never_refuses(limits):
    place = plain_facts.NAMES.index("contrast")
    [said], refused = ask(count(limits, place, fact_limits.BELOW, -3.0, right=10), place, -3.0)
    assert not refused and "20.4 %" in said


@pytest.mark.parametrize(("name", "refused"), [("lightness", True), ("contrast", False)])
def test_where_nobody_asked_light_and_colour_far_out_are_refused_and_others_are_not(limits, name, refused):
    few = count(limits, plain_facts.NAMES.index(name), fact_limits.BELOW, -90.0, right=0, asked=fact_limits.FEWEST - 1)
    [said], found = ask(few, plain_facts.NAMES.index(name), -90.0)
    assert found == refused and "Of " not in said


def test_images_that_are_still_within_and_those_on_the_other_side_do_not_count(limits):
    within = count(limits, GREY, fact_limits.BELOW, USUAL[GREY], right=50)
    other = count(limits, GREY, fact_limits.BELOW, 99.0, right=50)
    assert not within.asked.any() and not other.asked.any()


def test_the_same_from_arrays_and_older_ones_without_counts(limits):
    asked = count(limits, GREY, fact_limits.BELOW, -3.0, right=46)
    again = fact_limits.from_arrays(asked.to_arrays())
    assert ask(again, GREY, -3.0) == ask(asked, GREY, -3.0) and again.home == asked.home
    older = {"facts": np.array(plain_facts.NAMES[:4], "S"), "ranges": limits.ranges[:4]}
    found = fact_limits.from_arrays(older)
    assert ask(found, GREY, -90.0) == ([plain_facts.FACTS[GREY].below.words], True)
    assert ask(found, plain_facts.NAMES.index("sharpness"), -90.0) == ([], False)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("facts", np.array(["lightness"] * 6, "S")),
        ("facts", np.array(["light"], "S")),
        ("ranges", np.full((6, 2), np.nan)),
        ("asked", np.zeros((2, 2))),
        ("begins", np.full((6, 2, 4), np.nan)),
        ("begins", np.zeros((6, 2, 4))),
        ("right", np.full((6, 2, 4), 3)),
        ("home", np.array([3, 2])),
        ("home", np.array([3])),
    ],
)
def test_what_is_no_limits_is_a_fault(limits, part, value):
    with pytest.raises(ValueError, match="expected"):
        fact_limits.from_arrays({**limits.to_arrays(), part: value})
