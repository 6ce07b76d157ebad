"""Probabilities of one image: fixed axis, fixed colours."""

import json

import pytest

from core.figures import probabilities, template

TWO = {"Parasitized": 0.942, "Uninfected": 0.058}


def test_bars_hold_the_probabilities_given_in_their_order() -> None:
    bars = probabilities.figure_probabilities(TWO, "Parasitized", "light").data[0]
    assert (list(bars.x), list(bars.y)) == ([0.942, 0.058], ["Parasitized", "Uninfected"])
    assert list(bars.text) == ["94.2 %", "5.8 %"]
    assert list(bars.marker.color) == [template.POSITIVE, template.NEGATIVE]


@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
def test_axis_is_always_nought_to_a_hundred(chance: float) -> None:
    figure = probabilities.figure_probabilities({"a": chance, "b": 1 - chance}, "b", "dark")
    assert figure.layout.xaxis.range == (0, 1)
    assert list(figure.layout.xaxis.ticktext) == ["0 %", "50 %", "100 %"]
    assert figure.layout.yaxis.autorange == "reversed"
    json.loads(figure.to_json(), parse_constant=pytest.fail)


def test_saturated_network_is_not_shown_as_certain() -> None:
    bars = probabilities.figure_probabilities({"a": 1.0, "b": 0.0}, "a", "light").data[0]
    assert list(bars.text) == ["> 99.9 %", "< 0.1 %"]


def test_class_names_that_look_like_numbers_stay_names() -> None:
    assert probabilities.figure_probabilities({"1": 0.5, "2": 0.5}, "1", "light").layout.yaxis.type == "category"


def test_five_classes_and_two_themes() -> None:
    five = dict.fromkeys("abcde", 0.2)
    light, dark = (probabilities.figure_probabilities(five, "a", theme) for theme in ("light", "dark"))
    assert list(light.data[0].marker.color) == list(template.COMPARISON[:5])
    assert light.to_json() != dark.to_json()
    assert probabilities.CAPTION


def test_the_threshold_is_a_mark_on_the_bar_of_the_positive_class():
    figure = probabilities.figure_probabilities({"a": 0.3, "b": 0.7}, "b", "light", threshold=0.2)
    (mark,) = figure.layout.shapes
    assert mark.x0 == mark.x1 == 0.2 and mark.y0 < 1 < mark.y1
    assert not probabilities.figure_probabilities({"a": 0.3, "b": 0.7}, "b", "light").layout.shapes
