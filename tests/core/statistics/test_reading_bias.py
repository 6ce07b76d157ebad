"""Over-reliance and under-reliance, counted by hand; with and without the reveal; and where nobody can be counted."""

import numpy as np
import pytest

from core.statistics import estimate, reading_bias, wilson

# truth, model, blind, final, how often: one row a kind of reading, classes 0 and 1.
SHOWN = [
    (1, 0, 1, 0, 6),  # right, follows the wrong model
    (1, 0, 1, 1, 14),  # right, stays
    (0, 0, 1, 0, 9),  # wrong, follows the right model
    (0, 0, 1, 1, 3),  # wrong, stays
    (1, 1, 1, 1, 60),
    (0, 1, 1, 1, 8),  # both wrong
]
HIDDEN = [(1, 0, 1, 0, 1), (1, 0, 1, 1, 9), (0, 0, 1, 0, 1), (0, 0, 1, 1, 4), (1, 1, 1, 1, 5)]


def make_readings(shown: list = SHOWN, hidden: list = HIDDEN, **options: object) -> reading_bias.Readings:
    rows = np.array([row[:4] for row in shown + hidden for _ in range(row[4])]).reshape(-1, 4)
    truth, model, blind, final = rows.T
    seen = np.arange(len(rows)) < sum(row[4] for row in shown)
    return reading_bias.Readings(blind, final, model, truth, seen, **options)


def test_counted_by_hand() -> None:
    found = reading_bias.measure(make_readings())
    shown, hidden = found.shown, found.hidden
    assert (shown.n, shown.to_right, shown.to_wrong) == (100, 9, 6)
    assert (shown.to_right_share.value, shown.to_wrong_share.value) == (0.09, 0.06)
    assert shown.over_reliance == wilson.compute_wilson(6, 20)
    assert shown.under_reliance == wilson.compute_wilson(3, 12)
    assert (hidden.n, hidden.to_right, hidden.to_wrong) == (20, 1, 1)
    assert hidden.over_reliance == wilson.compute_wilson(1, 10)
    assert hidden.under_reliance == wilson.compute_wilson(4, 5)


def test_the_difference_is_what_the_model_did_with_newcombes_interval() -> None:
    found = reading_bias.measure(make_readings()).more_over_reliance
    first, second = wilson.compute_wilson(1, 10), wilson.compute_wilson(6, 20)
    low = np.hypot(second.value - second.low, first.high - first.value)
    high = np.hypot(second.high - second.value, first.value - first.low)
    assert found.value == pytest.approx(0.2)
    assert found.ends == pytest.approx((0.2 - low, 0.2 + high))
    assert reading_bias.measure(make_readings()).more_under_reliance.value == pytest.approx(0.25 - 0.8)


def test_where_nobody_can_be_counted_nothing_is_measured() -> None:
    never_wrong = [(1, 1, 1, 1, 5), (1, 1, 0, 1, 5)]
    found = reading_bias.measure(make_readings(never_wrong, []))
    assert found.shown.over_reliance == estimate.NOT_MEASURED
    assert found.shown.under_reliance.value == 0.0
    assert (found.hidden.n, found.hidden.to_right_share) == (0, estimate.NOT_MEASURED)
    assert found.more_to_right.value is None and found.more_over_reliance.value is None
    empty = reading_bias.measure(make_readings([], []))
    assert empty.shown.n == 0 and empty.shown.over_reliance == estimate.NOT_MEASURED


def test_of_more_classes_another_wrong_answer_stays_wrong() -> None:
    found = reading_bias.measure(make_readings([(2, 2, 0, 1, 4), (2, 2, 0, 2, 1)], []))
    assert found.shown.under_reliance.value == 0.8
    assert (found.shown.to_right, found.shown.to_wrong) == (1, 0)


def test_readings_of_one_patient_say_less() -> None:
    alone = reading_bias.measure(make_readings()).shown.over_reliance
    units = np.arange(120) // 6
    together = reading_bias.measure(make_readings(units=units)).shown.over_reliance
    assert together.value == alone.value and together.n == alone.n == 20
    assert together.high - together.low > alone.high - alone.low


def test_columns_of_other_lengths_are_refused() -> None:
    column = np.zeros(3, dtype=np.int64)
    with pytest.raises(ValueError, match="same length"):
        reading_bias.Readings(column, column, column, column[:2], column == 0)
    with pytest.raises(ValueError, match="same length"):
        reading_bias.Readings(column, column, column, column, column == 0, units=column[:1])
