"""The decision curve: every line stands where it is, and what falls far below nothing does not squeeze the rest."""

import json

import pandas as pd
import pytest

from core.figures import decision_curve, template

TABLE = pd.DataFrame(
    {
        "alarms": [99.0, 9.0, 1.0, 1 / 9],
        "model": [0.45, 0.4, 0.3, 0.2],
        "model_low": [0.4, 0.35, 0.25, float("nan")],
        "model_high": [0.5, 0.45, 0.35, float("nan")],
        "answers": [0.4, 0.4, 0.3, -0.1],
        "all": [0.45, 0.4, 0.0, -4.0],
    }
)


def test_lines_are_images_of_a_thousand():
    figure = decision_curve.figure_benefit(TABLE, "light")
    by_name = {trace.name: trace for trace in figure.data}
    assert list(by_name["flag by its probability"].y) == [450, 400, 300, 200]
    assert list(by_name["flag every image"].y) == [450, 400, 0, -4000]
    assert by_name["flag by its probability"].line.color == template.LIGHT.accent
    assert by_name["95 % high"].fill == "tonexty"
    assert by_name["its answers as they are now"].text[1] == "9 false alarms for 1 found, from 10 %"
    dashes = {by_name[name].line.dash for name in ("flag by its probability", "flag every image")}
    assert len(dashes) == 2, "told apart without colour"
    low, high = figure.layout.yaxis.range
    assert -200 < low < 0 and high > 500
    assert list(by_name["flag every image"].x) == sorted(by_name["flag every image"].x)


def test_a_preference_is_marked_where_the_model_is():
    figure = decision_curve.figure_benefit(TABLE, "dark", chosen=1.0)
    mark = next(trace for trace in figure.data if trace.name == "your preference")
    assert (list(mark.x), list(mark.y)) == ([0.0], [300.0])
    assert len(figure.layout.shapes) == 2
    assert "1 : 1<br>50 %" in figure.layout.xaxis.ticktext


@pytest.mark.parametrize("chosen", [None, 9.0])
def test_nothing_to_draw_is_still_a_figure(chosen):
    figure = decision_curve.figure_benefit(TABLE.iloc[:0], "light", chosen=chosen)
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert decision_curve.CAPTION
