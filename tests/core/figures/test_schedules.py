"""The learning rate's picture: the rates given, an axis on which they can be seen, and nothing yet."""

import json
from typing import Any

import pytest

from core.figures import schedules

COSINE = [0.001 * (1 - n / 20) for n in range(20)]
TWO_PHASES = [1e-3] * 4 + [1e-5] * 8


def test_the_line_has_a_step_for_each_epoch() -> None:
    figure = schedules.figure_learning_rate([0.1, 0.2, 0.1], theme="light")
    (line,) = figure.data
    assert line.line.shape == "hv"
    assert list(line.x) == [0, 1, 2, 3]
    assert list(line.y) == [0.1, 0.2, 0.1, 0.1]
    assert figure.layout.xaxis.range == (0, 3)


def test_parts_of_an_epoch_are_placed_within_it() -> None:
    figure = schedules.figure_learning_rate([0.1, 0.2, 0.3, 0.4], theme="light", points_per_epoch=4)
    assert list(figure.data[0].x) == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize(
    ("rates", "powers"),
    [([0.001] * 5, False), (COSINE, False), (TWO_PHASES, True), ([1e-3, 1e-3, 1e-3, 0.0, 0.0], False), ([], False)],
)
def test_powers_of_ten_only_where_an_even_axis_would_hide_rates(rates: list[float], powers: bool) -> None:
    figure = schedules.figure_learning_rate(rates, theme="light")
    assert (figure.layout.yaxis.type == "log") == powers
    assert schedules.needs_powers_of_ten(rates) == powers


def test_label_stands_at_the_end_of_the_line_on_both_axes() -> None:
    even = schedules.figure_learning_rate(COSINE, theme="dark").layout.annotations[0]
    assert even.y == pytest.approx(COSINE[-1])
    powers = schedules.figure_learning_rate(TWO_PHASES, theme="dark").layout.annotations[0]
    assert powers.y == pytest.approx(-5)
    assert powers.text == "1e-05"


def test_the_epochs_that_are_over_are_marked() -> None:
    assert not schedules.figure_learning_rate(COSINE, theme="light").layout.shapes
    assert schedules.figure_learning_rate(COSINE, theme="light", epochs_done=7).layout.shapes[0].x0 == 7


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_yet_and_a_rate_of_nothing(theme: Any) -> None:
    empty = schedules.figure_learning_rate([], theme=theme)
    assert empty.layout.annotations[0].text == schedules.NOTHING_YET
    idle = schedules.figure_learning_rate([0.0], theme=theme)
    json.loads(idle.to_json(), parse_constant=pytest.fail)
    assert schedules.CAPTION
