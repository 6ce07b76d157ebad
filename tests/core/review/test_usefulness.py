"""The rule by which a queue is ordered: its arithmetic, and that what the page shows of it is what it does."""

import numpy as np
import pytest

from core.review import case_record, review_record, usefulness


def test_the_greatest_sign_counts_and_says_why():
    signs = {review_record.UNCERTAIN: 0.3, review_record.SUSPECT: 0.8, review_record.SENT: 0.5}
    assert usefulness.rank(signs) == (0.8, review_record.SUSPECT)
    assert usefulness.rank({}) == (0.0, review_record.SENT)
    assert usefulness.rank({review_record.UNCERTAIN: 0.0}, review_record.DRAWN) == (0.0, review_record.DRAWN)
    tied = {review_record.MISTAKE: 0.5, review_record.UNCERTAIN: 0.5}
    assert usefulness.rank(tied)[1] == usefulness.rank(dict(reversed(tied.items())))[1] == review_record.UNCERTAIN
    assert set(usefulness.RULE) == set(review_record.Reason.__args__), "every reason has its line"
    with pytest.raises(ValueError, match="from 0 to 1"):
        usefulness.rank({review_record.UNCERTAIN: float("nan")})


def test_a_rank_never_falls_when_a_sign_rises():
    rng = np.random.default_rng(0)
    for _ in range(100):
        values = dict(zip(list(usefulness.RULE)[:5], rng.random(5), strict=True))
        more = values | {review_record.SUSPECT: min(1.0, values[review_record.SUSPECT] + 0.2)}
        assert max(values.values()) == usefulness.rank(values)[0] <= usefulness.rank(more)[0] <= 1


@pytest.mark.parametrize(
    ("chances", "expected"), [((0.5, 0.5), 1), ((1, 0), 0), ((0.9, 0.1), 0.2), ((0.4, 0.35, 0.25), 0.95)]
)
def test_uncertainty_is_one_less_the_margin(chances, expected):
    assert usefulness.compute_uncertainty(chances) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [([], 0), (["A"], 0), (["A", "A"], 0), (["A", "B"], 1), (["A", "A", "B"], 2 / 3), (["A", ""], 1)],
)
def test_disagreement_is_the_share_of_pairs_that_differ(answers, expected):
    assert usefulness.compute_disagreement(answers) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (case_record.NO_MODEL, {}),
        (case_record.Answer("m", "", "answer", "A", {"A": 0.9, "B": 0.1}), {"uncertain": 0.2}),
        (case_record.Answer("m", "", "refer", "A", {"A": 0.9, "B": 0.1}), {"uncertain": 0.5}),
        (case_record.Answer("m", "", "unknown", gate={"refused": True, "away": False}), {"refused": 1.0}),
        (case_record.Answer("m", "", "answer", gate={"refused": False, "away": True}), {"refused": 0.5}),
    ],
)
def test_what_a_model_answered_is_read_as_signs(answered, expected):
    assert usefulness.read_signs(answered) == pytest.approx(expected)
