"""ROC and precision-recall figures: every line and mark stands where it is, and only validation can be chosen from."""

import json

import pytest

from core.figures import roc, template

TEST = roc.Line([0.0, 0.1, 1.0], [0.5, 0.9, 1.0], ["90 %", "50 %", "1 %"])
VALIDATION = roc.Line([0.0, 0.2, 1.0], [0.4, 0.8, 1.0], ["80 %", "40 %", "2 %"])
BAND = roc.Band([0.0, 1.0], [0.3, 0.9], [0.7, 1.0])
MARKS = [roc.Mark(0.1, 0.9, "half", "0.5"), roc.Mark(0.0, 0.5, "kept", "kept"), roc.Mark(0.2, 0.8, "tried", "tried")]


def test_lines_bands_and_marks():
    figure = roc.figure_roc(TEST, BAND, VALIDATION, MARKS, "light", thresholds=[0.8, 0.4, 0.02])
    by_name = {trace.name: trace for trace in figure.data}
    assert list(by_name["test"].y) == [0.5, 0.9, 1.0] and by_name["test"].line.color == template.LIGHT.accent
    assert by_name["validation"].line.dash == "dash" and list(by_name["validation"].customdata) == [0.8, 0.4, 0.02]
    assert by_name["test"].customdata is None
    assert by_name["95 % high"].fill == "tonexty"
    symbols = [by_name[name].marker.symbol for name in ("0.5", "kept", "tried")]
    assert len(set(symbols)) == 3
    low, high = figure.layout.xaxis.range
    assert low < 0 and high > 1


def test_chance_is_a_line():
    figure = roc.figure_precision_recall(TEST, BAND, None, [], "dark", chance=0.3)
    assert [shape.y0 for shape in figure.layout.shapes] == [0.3]
    assert len(roc.figure_precision_recall(TEST, BAND, None, [], "dark").layout.shapes) == 0
    diagonal = roc.figure_roc(TEST, BAND, None, [], "dark").layout.shapes[0]
    assert (diagonal.x0, diagonal.y0, diagonal.x1, diagonal.y1) == (0, 0, 1, 1)


def test_a_curve_in_the_corner_is_looked_at_there():
    good = roc.Line([0.0, 0.03, 1.0], [0.5, 0.98, 1.0], ["", "", ""])
    assert roc.choose_side([good], [], best_x=0.0) == 0.1  # 2.5 times the 3 % of its nearest point fit
    assert roc.choose_side([good], [roc.Mark(0.03, 0.75, "tried", "tried")], best_x=0.0) == 0.3  # the mark is seen too
    assert roc.choose_side([good, roc.Line([0.0, 0.3, 1.0], [0.0, 0.7, 1.0], [])], [], best_x=0.0) == roc.WHOLE
    assert roc.choose_side([roc.Line([1.0, 0.99], [0.9, 1.0], [])], [], best_x=1.0) == 0.05
    assert roc.choose_side([roc.Line([], [], [])], [], best_x=0.0) == min(roc.STEPS)
    layout = roc.figure_roc(good, BAND, None, [], "light", side=0.1).layout
    assert layout.xaxis.range[1] == pytest.approx(0.102) and layout.yaxis.range[0] == pytest.approx(0.898)
    assert "up to 10 %" in layout.xaxis.title.text and "from 90 %" in layout.yaxis.title.text
    layout = roc.figure_precision_recall(good, BAND, None, [], "light", side=0.2).layout
    assert layout.xaxis.range[0] == pytest.approx(0.796) and layout.xaxis.range[1] == pytest.approx(1.004)
    assert "from 80 %" in layout.xaxis.title.text and "from 80 %" in layout.yaxis.title.text
    whole = roc.figure_roc(good, BAND, None, [], "light").layout
    assert "to" not in whole.xaxis.title.text


@pytest.mark.parametrize("draw", [roc.figure_roc, roc.figure_precision_recall])
def test_nothing_to_draw_is_still_a_figure(draw):
    figure = draw(roc.Line([], [], []), roc.Band([], [], []), None, [], "light")
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert roc.ROC_CAPTION and roc.ROC_READING and roc.PRECISION_CAPTION and roc.PRECISION_READING
