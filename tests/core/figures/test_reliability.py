"""The reliability diagram: marks stand where the table says, and nothing to show is still a figure."""

import json

import pandas as pd
import pytest

from core.figures import reliability, template

COLUMNS = ["low", "high", "n", "units", "claimed", "observed", "observed_low", "observed_high"]
BINS = pd.DataFrame(
    [[0.62, 0.8, 40, 9, 0.71, 0.6, 0.48, 0.7], [0.8, 1.0, 60, 9, 0.93, 0.9, 0.84, 0.97]], columns=COLUMNS
)
STRIPS = [0] * 12 + [10, 10, 10, 10, 0, 20, 20, 20]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_and_bars_stand_where_the_table_says(theme):
    figure = reliability.figure_reliability({"before": BINS}, {"before": STRIPS}, theme, claim="what it says")
    diagonal, marks, bars = figure.data
    assert list(diagonal.x) == list(diagonal.y) == [0.4, 1]
    assert list(marks.x) == [0.71, 0.93] and list(marks.y) == [0.6, 0.9]
    assert list(marks.error_y.array) == pytest.approx([0.1, 0.07])
    assert list(marks.error_y.arrayminus) == pytest.approx([0.12, 0.06])
    assert marks.marker.color == template.find_palette(theme).accent
    assert sum(bars.y) == 100 and bars.yaxis == "y2"
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    assert not figure.layout.showlegend


def test_before_and_after_differ_by_shape_as_well_as_colour():
    after = BINS.assign(claimed=BINS["claimed"] - 0.05)
    figure = reliability.figure_reliability(
        {"before": BINS, "after": after}, {"before": STRIPS, "after": STRIPS}, "light", claim="x"
    )
    first, second = figure.data[1:3]
    assert first.marker.symbol != second.marker.symbol and first.line.dash != second.line.dash
    assert figure.layout.showlegend
    assert [trace.name for trace in figure.data[3:]] == ["before", "after"]


def test_nothing_is_still_a_figure():
    empty = pd.DataFrame([], columns=COLUMNS)
    figure = reliability.figure_reliability({"before": empty}, {"before": [0] * 20}, "dark", claim="x")
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert figure.layout.annotations[0].text == reliability.NOTHING
    assert reliability.CAPTION
