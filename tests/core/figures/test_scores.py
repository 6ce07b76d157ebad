"""The score histogram: all images are in it, classes on their sides, thresholds as lines, probabilities in words."""

import json

import numpy as np
import pytest

from core.figures import scores, template

EDGES = np.linspace(-5, 5, 6)
NAMES = ("ill", "well")


def test_both_classes_and_the_cuts():
    cuts = [scores.Cut(0.0, "half", "50 %"), scores.Cut(-2.0, "tried", "tried")]
    figure = scores.figure_scores(EDGES, ([0, 1, 2, 3, 4], [9, 8, 0, 0, 1]), NAMES, cuts, "light")
    ill, well = figure.data
    assert list(ill.y) == [0, 1, 2, 3, 4] and list(well.y) == [-9, -8, 0, 0, -1]
    assert (ill.marker.color, well.marker.color) == (template.POSITIVE, template.NEGATIVE)
    assert [shape.x0 for shape in figure.layout.shapes] == [0.0, -2.0]
    assert figure.layout.shapes[0].line.dash != figure.layout.shapes[1].line.dash
    assert "50 %" in figure.layout.xaxis.ticktext and figure.layout.yaxis.range == (-9.72, 9.72)


@pytest.mark.parametrize("counts", [([0], [0]), ([1], [0])])
def test_hardly_any_image_is_still_a_figure(counts):
    figure = scores.figure_scores([-0.5, 0.5], counts, NAMES, [scores.Cut(16.0, "kept", "kept")], "dark")
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    low, high = figure.layout.xaxis.range
    assert low < -0.5 and high > 16
    assert scores.CAPTION


@pytest.mark.parametrize(
    ("log_odds", "said"),
    [
        (0.0, "50.0 %"),
        (np.log(0.145 / 0.855), "14.5 %"),
        (-np.log(999), "0.10 %"),
        (np.log(9999), "99.990 %"),
        (17.0, "> 99.99999 %"),
        (-800.0, "< 0.00001 %"),
        (5.3, "99.50 %"),
    ],
)
def test_probabilities_near_the_ends_stay_apart(log_odds, said):
    assert scores.say_probability(log_odds) == said


def test_every_step_of_a_slider_has_words_of_its_own():
    steps = [round(number / 10, 1) for number in range(-160, 161)]
    assert len({scores.say_probability(step) for step in steps}) == len(steps)
