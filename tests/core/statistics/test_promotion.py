"""The rule of promotion: each way it can go, its words, and that it seldom lets a worse model in."""

import numpy as np
import pytest

from core.statistics import differences, promotion

MARGIN = 0.02


def make(gained: int, lost: int, n: int, *, per_unit: int = 1) -> promotion.Answers:
    """So many images that the challenger alone has right, and the champion alone; of the others both have all right."""
    place = np.arange(n)
    return promotion.Answers(champion=place >= gained, challenger=(place < n - lost), units=place // per_unit)


NONE = make(0, 0, 0)


def test_not_worse_on_either_and_better_on_one() -> None:
    found = promotion.judge(make(60, 20, 2103), make(6, 5, 900), MARGIN)
    assert (found.allowed, found.better) == (True, True)
    gain = differences.compute_from_counts(60, 20, 2103)
    assert found.frozen.gain == gain
    assert (found.frozen.only_challenger, found.frozen.only_champion, found.frozen.patients) == (60, 20, 2103)
    low, high = (f"{100 * end:.1f}" for end in gain.ends)
    assert found.reasons[0] == (
        f"The challenger is right on 1.9 points more ({low} to {high}) of the 2,103 frozen test images."
    )
    assert found.reasons[1] == "It is better on the frozen test images beyond chance."
    assert found.reasons[3] == "It is not worse there by more than the 2.0 points that were agreed on."


def test_alike_is_allowed_and_not_better() -> None:
    found = promotion.judge(make(10, 10, 2000), make(3, 3, 800), MARGIN)
    assert (found.allowed, found.better) == (True, False)


@pytest.mark.parametrize(("frozen", "new"), [((20, 60, 2000), (9, 2, 800)), ((60, 20, 2000), (5, 20, 800))])
def test_what_may_be_worse_on_either_is_kept_out(frozen: tuple, new: tuple) -> None:
    found = promotion.judge(make(*frozen), make(*new), MARGIN)
    assert (found.allowed, found.better) == (False, False)
    assert "It could be worse there by more than the 2.0 points that were agreed on." in found.reasons


def test_a_loss_is_said_as_fewer() -> None:
    found = promotion.judge(make(20, 60, 2000), NONE, MARGIN)
    low, high = (100 * end for end in found.frozen.gain.ends)
    assert found.reasons[0].startswith(f"The challenger is right on 2.0 points fewer ({-high:.1f} to {-low:.1f}) of")


def test_without_new_cases_it_is_said_and_the_frozen_set_decides() -> None:
    found = promotion.judge(make(60, 20, 2000), NONE, MARGIN)
    assert (found.allowed, found.better, found.new) == (True, True, None)
    assert found.reasons[-1].startswith("There are no new cases that both models answered")


def test_without_a_frozen_set_nothing_is_allowed() -> None:
    found = promotion.judge(NONE, make(60, 20, 2000), MARGIN)
    assert (found.allowed, found.better, found.frozen) == (False, False, None)
    assert found.reasons[0].endswith("nothing is promoted without them.")


def test_too_few_images_say_so() -> None:
    found = promotion.judge(make(30, 0, 150), make(3, 1, 40), MARGIN)
    assert not found.allowed and not found.better
    assert found.frozen.needed == 189 and not found.frozen.is_enough
    assert found.reasons[1].startswith("It takes at least 189 frozen test images to show")
    enough = promotion.judge(make(60, 20, 2000), make(3, 1, 40), MARGIN)
    assert enough.allowed and not enough.new.is_enough
    assert any("at least 189 new cases" in reason for reason in enough.reasons)


def test_few_new_cases_keep_out_what_is_surely_worse_there() -> None:
    found = promotion.judge(make(60, 20, 2000), make(0, 12, 40), MARGIN)
    assert not found.allowed
    assert found.reasons[-1] == "It is worse on these new cases beyond chance."


def test_few_patients_are_less_sure() -> None:
    alone = promotion.judge(make(40, 45, 3000), NONE, MARGIN)
    together = promotion.judge(make(40, 45, 3000, per_unit=200), NONE, MARGIN)
    assert alone.allowed and not together.allowed
    assert "3,000 frozen test images of 15 patients." in together.reasons[0]


def test_weights_count_what_was_seldom_drawn_for_more() -> None:
    answers = make(30, 10, 900)
    weights = np.where(np.arange(900) >= 890, 9.0, 1.0)
    found = promotion.judge(
        answers, promotion.Answers(answers.champion, answers.challenger, answers.units, weights), 0.1
    )
    assert found.frozen.gain.value > 0 > found.new.gain.value


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.02])
def test_a_margin_is_a_share(margin: float) -> None:
    with pytest.raises(ValueError, match="margin between"):
        promotion.judge(NONE, NONE, margin)


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        promotion.Answers(np.ones(3, bool), np.ones(2, bool), np.arange(3))


def test_a_challenger_that_is_worse_by_the_margin_seldom_comes_in() -> None:
    """At the margin itself one in forty would; patients differ."""
    random, let_in = np.random.default_rng(0), []
    for _ in range(300):
        units = np.repeat(np.arange(40), 25)
        before, after = (np.clip(random.normal(mean, 0.03, 40), 0, 1)[units] for mean in (0.92, 0.90))
        both = random.random(1000)
        answers = promotion.Answers(both < before, both < after, units)
        let_in.append(promotion.judge(answers, NONE, MARGIN).allowed)
    assert np.mean(let_in) < 0.06
