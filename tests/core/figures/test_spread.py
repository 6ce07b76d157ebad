"""The spread of a series: all dots, mean and band where there are any, an axis that holds them."""

import json
from typing import Any

import pytest

from core.figures import spread
from core.statistics import estimate


def make_row(**changes: Any) -> spread.Row:
    given = {"name": "Accuracy", "values": {"fold 1": 0.94, "fold 2": 0.96}, "mean": 0.95, "low": 0.91, "high": 0.99}
    return spread.Row(**{**given, "write": estimate.PER_CENT.say, **changes})


def test_a_dot_a_run_and_the_mean_in_its_band() -> None:
    band, dots, mean = spread.figure_spread([make_row()], "light").data
    assert list(dots.x) == [0.94, 0.96]
    assert [name for name, _ in dots.customdata] == ["fold 1", "fold 2"]
    assert list(mean.x) == [0.95]
    assert (min(band.x), max(band.x)) == (0.91, 0.99)
    assert "95.0 % (91.0 % to 99.0 %)" in mean.hovertemplate


def test_equal_dots_do_not_hide_each_other() -> None:
    dots = spread.figure_spread([make_row(values=dict.fromkeys("abc", 0.9), low=None, high=None)], "light").data[0]
    assert len(set(dots.y)) == 3
    assert max(abs(y) for y in dots.y) < 0.5


def test_rows_stand_in_order_from_the_top() -> None:
    figure = spread.figure_spread([make_row(), make_row(name="AUC", mean=0.983, write=estimate.NUMBER.say)], "dark")
    assert list(figure.layout.yaxis.ticktext) == ["Accuracy", "AUC"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert [note.text for note in figure.layout.annotations] == ["95.0 %", "0.983"]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([0.94, 0.96], [0.9, 1.0]),
        ([0.5], [0.45, 0.55]),
        ([0.0, 1.0], [0.0, 1.0]),
        ([], [0.0, 1.0]),
        ([0.999], [0.95, 1.0]),
    ],
)
def test_axis_holds_all_values_in_round_steps(values: list[float], ends: list[float]) -> None:
    assert spread.choose_range(values) == pytest.approx(ends)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_run_or_none(theme: Any) -> None:
    one = spread.figure_spread([make_row(values={"fold 1": 0.9}, mean=0.9, low=None, high=None)], theme)
    assert len(one.data) == 2
    none = spread.figure_spread([make_row(values={}, mean=None, low=None, high=None)], theme)
    assert none.layout.annotations[0].text == spread.NOTHING_YET
    for figure in (one, none, spread.figure_spread([], theme)):
        json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert spread.CAPTION
