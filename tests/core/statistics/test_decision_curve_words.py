"""Decision curves in words: each sentence says what the numbers are, and none says more."""

import pandas as pd
import pytest

from core.statistics import decision_curve, decision_curve_words
from tests.support.sampled_tasks import make_study, make_task

ROW = {
    "probability": 0.1,
    "alarms": 9.0,
    "model": 0.412,
    "model_low": 0.39,
    "model_high": 0.43,
    "answers": -0.02,
    "answers_low": None,
    "answers_high": None,
    "all": 0.332,
    "over": "all",
    "gain": 0.08,
    "gain_low": 0.05,
    "gain_high": 0.11,
}


@pytest.mark.parametrize(
    ("alarms", "said"),
    [
        (9.0, "9 false alarms for 1 found"),
        (1.0, "1 false alarm for 1 found"),
        (1 / 4, "1 false alarm for 4 found"),
        (1.5, "1.5 false alarms for 1 found"),
    ],
)
def test_preferences(alarms: float, said: str) -> None:
    assert decision_curve_words.say_preference(alarms) == said


def test_worth_against_flagging_all() -> None:
    worth, compared = decision_curve_words.say_worth(ROW, "Parasitized")
    assert "from a probability of 10 % on is worth 412 (390 to 430) Parasitized found without any false alarm" in worth
    assert "Flagging every image would be worth 332" in compared
    # 0.08 more found is 9 times as many false alarms.
    assert "+80 (50 to 110) against flagging every image" in compared and "720 fewer false alarms" in compared


def test_worth_against_flagging_none_and_doubt() -> None:
    none = {**ROW, "all": -0.05, "over": "none"}
    assert "worth \N{MINUS SIGN}50, flagging none 0. The model is worth more than either." in "".join(
        decision_curve_words.say_worth(none, "x")
    )
    for low in (-0.01, None):
        doubt = {**ROW, "gain_low": low}
        assert "cannot be told from flagging every image" in decision_curve_words.say_worth(doubt, "x")[1]
    harm = {**none, "gain": -0.1, "gain_low": -0.2, "gain_high": -0.05}
    assert "worth less than flagging none: \N{MINUS SIGN}100" in decision_curve_words.say_worth(harm, "x")[1]
    assert "worth \N{MINUS SIGN}20 there" in decision_curve_words.say_answers(ROW, kept=True)


def test_where_it_is_better() -> None:
    table = pd.DataFrame({"alarms": [99.0, 50, 9, 4, 1], "gain_low": [0.1, -0.1, 0.1, 0.2, float("nan")]})
    curve = decision_curve.Curve(table, 0.5, 0.5, 10, 5, 0, False)
    assert "none from 9 false alarms for 1 found to 4 false alarms for 1 found." in decision_curve_words.say_better(
        curve
    )
    never = decision_curve.Curve(table.assign(gain_low=-1.0), 0.5, 0.5, 10, 5, 0, False)
    assert decision_curve_words.say_better(never).startswith("Nowhere")


def test_probabilities_that_were_moved_are_said() -> None:
    task = make_study(200, patients=10)
    curve = decision_curve.compute_curve(task, prevalence=0.05)
    row = decision_curve.find_row(curve, 9.0)
    assert row is not None
    assert "moved by Bayes' rule" in decision_curve_words.say_shift(curve, row)
    own = decision_curve.compute_curve(task)
    assert decision_curve_words.say_shift(own, row) == ""
    assert "No temperature is kept" in decision_curve_words.say_probabilities(None)
    assert "temperature 1.40 that is kept" in decision_curve_words.say_probabilities(1.4)


def test_the_short_table() -> None:
    task = make_study(200, patients=10)
    table = decision_curve_words.tabulate_preferences(decision_curve.compute_curve(task))
    assert len(table) == len(decision_curve.PREFERENCES) and table["flag from"].iloc[0] == "1 %"
    empty = decision_curve_words.tabulate_preferences(decision_curve.compute_curve(make_task([], [])))
    assert empty.empty and "you accept" in empty
