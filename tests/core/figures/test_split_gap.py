"""Two ways to divide the same data set, and their distance."""

import pytest

from core.figures import split_gap


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_sides_and_the_distance_are_there(theme):
    honest = split_gap.Side("patients kept apart", 0.951, 0.94, 0.962)
    leaky = split_gap.Side("at random", 0.989, 0.985, 0.992)
    figure = split_gap.figure_split_gap(honest, leaky, "3.8 points", theme)
    assert [trace.x[0] for trace in figure.data] == [0.951, 0.989]
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol
    assert "<b>3.8 points</b>" in [note.text for note in figure.layout.annotations]
    low, high = figure.layout.xaxis.range
    assert low <= 0.94
    assert high >= 0.992
    figure.to_json()


def test_without_intervals():
    side = split_gap.Side("x", 1.0, None, None)
    figure = split_gap.figure_split_gap(side, side, "0.0 points", "light")
    assert not [shape for shape in figure.layout.shapes if shape.type == "rect"]
