"""The risk-coverage figure: the curve, its band, the two orders it stands between, and the chosen limit."""

import json

import numpy as np
import pandas as pd
import pytest

from core.figures import risk_curve

COLUMNS = ["coverage", "error", "low", "high", "n", "limit"]


def make_table(errors):
    count = len(errors)
    coverage = np.arange(1, count + 1) / count
    low, high = np.maximum(0, np.array(errors) - 0.01), np.array(errors) + 0.02
    return pd.DataFrame(dict(zip(COLUMNS, [coverage, errors, low, high, coverage * 1000, 5 - coverage], strict=True)))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_curve_stands_between_an_ideal_and_a_random_order(theme):
    table = make_table(np.linspace(0, 0.06, 100))
    figure = risk_curve.figure_risk_coverage(table, 0.06, theme, chosen=(0.9, 0.05))
    band, random, ideal, model, chosen = figure.data
    assert model.x[0] == risk_curve.LEFT and model.y[-1] == pytest.approx(0.06)
    assert list(random.y) == [0.06, 0.06]
    assert ideal.y[-1] == pytest.approx(0.06) and max(ideal.y[:180]) == 0
    assert len(band.x) == 2 * len(model.x)
    assert (chosen.x[0], chosen.y[0]) == (0.9, 0.05)
    low, top = figure.layout.yaxis.range
    assert low < 0 and top > 0.06
    assert {note.text for note in figure.layout.annotations} >= {"every error last", "<b>this model</b>"}


@pytest.mark.parametrize("errors", [[0.0] * 50, [1.0] * 50, [0.3]])
def test_perfect_useless_and_single_are_figures(errors):
    figure = risk_curve.figure_risk_coverage(make_table(errors), errors[-1], "light")
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert figure.layout.yaxis.range[1] > 0
    assert len(figure.data) == 4


def test_nothing_is_still_a_figure():
    figure = risk_curve.figure_risk_coverage(pd.DataFrame([], columns=COLUMNS), 0.0, "dark")
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert risk_curve.NOTHING in [note.text for note in figure.layout.annotations]
    assert risk_curve.CAPTION
