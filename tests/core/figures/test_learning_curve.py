"""Quality against reviewed cases, drawn."""

import pytest

from core.figures import learning_curve

POINTS = [
    learning_curve.Trained("a", 1, 0, 0.90, 0.86, 0.93),
    learning_curve.Trained("b", 2, 120, 0.92, 0.88, 0.95, is_champion=True),
    learning_curve.Trained("c", 2, 120, 0.91, None, None),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_model_is_a_dot_and_the_line_goes_through_the_best_of_each_version(theme):
    figure = learning_curve.figure_learning_curve(POINTS, theme)
    line, dots = figure.data
    assert (list(line.x), list(line.y)) == ([0, 120], [0.90, 0.92])
    assert list(dots.x) == [0, 120, 120]
    assert list(dots.marker.symbol) == ["circle-open", "circle", "circle-open"]
    assert len(figure.layout.shapes) >= 2
    assert [note.text for note in figure.layout.annotations] == ["v1: 90.0 %", "v2: 92.0 %"]
    assert "v2, 120 settled cases: 92.0 % (88.0 to 95.0)" in dots.customdata[1][1]


def test_all_intervals_are_within_the_axis():
    low, high = learning_curve.figure_learning_curve(POINTS, "light").layout.yaxis.range
    assert low <= 0.86 and high >= 0.95
